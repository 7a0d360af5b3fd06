"""Servers: where an API is, and where single operations of it are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
    from modelhunter_codegen.problems import Report


_VARIABLE = re.compile(r"\{([^{}]*)\}")


def servers_of(node: Map, report: Report) -> list[str] | None:
    """The addresses of a node's servers, their variables at the defaults; None where it has none.

    A variable that has no default stays as it is.
    """
    given = node.get("servers")
    if given is None:
        return None
    found = [
        _filled_in(server)
        for server in (given.maps() if isinstance(given, Seq) else ())
        if isinstance(server.get("url"), str)
    ]
    if not isinstance(given, Seq) or len(found) < len(given):
        report.add(
            "malformed",
            node.where("servers"),
            "servers are a list of mappings that have a url",
            "correct the description",
        )
    return found or None


def _filled_in(server: Map) -> str:
    defaults: dict[str, str] = {}
    variables = server.mapping("variables")
    for name, variable in variables.items() if variables is not None else ():
        default = variable.get("default") if isinstance(variable, Map) else None
        if default is not None:
            defaults[name] = str(default)
    # once through the text: what a default brings is no variable again
    return _VARIABLE.sub(lambda m: defaults.get(m[1], m[0]), str(server["url"]).strip())


def own_server(root: Map, item: Map, operation: Map, report: Report) -> str | None:
    """The server of an operation that has one of its own, by itself or by its path; else None."""
    own = servers_of(operation, report) or servers_of(item, report)
    if own is None or own[:1] == (servers_of(root, report) or [])[:1]:
        return None
    return own[0]


def is_address(url: str) -> bool:
    """Whether a server's address is whole: neither relative nor with a variable left open."""
    return url.startswith(("https://", "http://")) and "{" not in url
