"""Writes typed Python packages from OpenAPI descriptions: ``modelhunter-codegen generate``.

The stages, in the order in which ``build`` goes through them: ``files`` reads YAML and JSON into
nodes that know their place (``source``), ``documents`` follows references from file to file;
``flatten`` makes each schema flat, ``lower``, ``unions`` and ``operations`` turn schemas and paths
into the typed form (``ir``); ``naming`` names everything, ``lock_names`` is what was named before;
``render``, ``client`` and ``provider`` write source, and ``proven`` is the gate through which text
gets into it; ``publish`` formats, compares and writes it.
"""

from modelhunter_codegen._version import __version__

__all__ = ["__version__"]
