"""ModelHunter for agents: a server of the Model Context Protocol (the extra ``mcp``).

``modelhunter mcp`` runs it. What it may do stands in :mod:`~modelhunter.mcp.limits`, the tools in
:mod:`~modelhunter.mcp.server`, what keeps a repeated call from paying twice in
:mod:`~modelhunter.mcp.journal`.
"""
