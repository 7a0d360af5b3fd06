"""The security schemes of a description, and which of them each operation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import evolve, frozen

from modelhunter_codegen import names
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.lock_names import Kept
    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import Name

Needs = tuple[tuple[str, ...], ...]
"""Alternatives, each the names of schemes that go together."""

_TAKEN = (
    "self", "base_url", "options", "timeout", "retries", "headers", "allow_http", "transport",
    "clock", "servers", "reading",
)  # fmt: skip
"""What the constructor of a client has beside credentials."""

SCHEMES = "#/components/securitySchemes"
"""The place of the arguments for credentials in the record of names."""

_BEARERS = ("oauth2", "openIdConnect")


@frozen
class Scheme:
    """One security scheme; ``place`` and ``wire`` say where a key goes."""

    name: str
    python: Name
    kind: Literal["bearer", "basic", "key"]
    place: str
    wire: str
    doc: str


@frozen
class Security:
    """The schemes that a client can speak, and what calls need that say nothing themselves."""

    schemes: tuple[Scheme, ...]
    default: Needs | None
    declared: frozenset[str]
    """The names of all schemes, those included that no client can speak."""
    report: Report

    @classmethod
    def read(cls, workspace: Workspace, kept: Kept | None = None) -> Security:
        """Read a description; schemes that no client can speak land in the report.

        ``kept`` has the names of arguments from before.
        """
        root = workspace.root.root
        components = root.get("components")
        given = components.get("securitySchemes") if isinstance(components, Map) else None
        nodes: dict[str, Map] = {}
        given = given if isinstance(given, Map) else root.like({})
        for name, node in given.items():
            held = workspace.follow(node) if isinstance(node, Map) else None
            if held is not None:
                nodes[name] = held
            elif not isinstance(node, Map):
                workspace.report.add("malformed", given.where(name), "a scheme is a mapping")
        earlier = kept.variables(SCHEMES) if kept is not None else {}
        pythons = names.resolve(nodes, _argument, taken=_TAKEN, kept=earlier)
        found = []
        for name, node in nodes.items():
            scheme = _scheme(name, pythons[name], node)
            if scheme is not None:
                found.append(scheme)
            else:
                workspace.report.add(
                    "unsupported-security-scheme",
                    node.where(),
                    f"{name} ({node.get('scheme') or node.get('type')}) is left to the transport",
                )
        made = cls(tuple(found), None, frozenset(given), workspace.report)
        default = made._needs(root)
        if default is None and _any_operation_says(root):
            default = ()
        return evolve(made, default=default)

    def arguments(self) -> dict[str, Name]:
        """The names of arguments for credentials, by scheme."""
        return {scheme.name: scheme.python for scheme in self.schemes}

    def of(self, operation: Map) -> Needs | None:
        """What an operation needs, None where that is the default."""
        needs = self._needs(operation)
        return None if needs == self.default else needs

    def _needs(self, node: Map) -> Needs | None:
        given = node.get("security")
        if not isinstance(given, Seq):
            if given is not None:
                words = "security is a list of mappings of schemes"
                self.report.add("malformed", node.where("security"), words)
            return None
        for name in dict.fromkeys(name for one in given.maps() for name in one):
            if name not in self.declared:
                words = f"there is no scheme {name!r}; it is left to the transport"
                self.report.add("unsupported-security-scheme", node.where("security"), words)
        known = {scheme.name for scheme in self.schemes}
        found = (tuple(name for name in one if name in known) for one in given.maps())
        return tuple(dict.fromkeys(found))


def _argument(name: str) -> Name:
    python = names.snake(name)
    return names.longer(python, "_") if python in _TAKEN else python


def _any_operation_says(root: Map) -> bool:
    paths = root.get("paths")
    items = paths.values() if isinstance(paths, Map) else ()
    return any(
        isinstance(operation, Map) and operation.get("security")
        for item in items
        if isinstance(item, Map)
        for operation in item.values()
    )


def _scheme(name: str, python: Name, node: Map) -> Scheme | None:
    doc = one_line(node.text("description") or "")
    kind, place = node.get("type"), node.text("in")
    if kind == "apiKey" and place in ("header", "query", "cookie"):
        wire = node.text("name")
        if not wire:
            return None
        doc = doc or f"The API key, sent in the {place} {one_line(wire)}."
        return Scheme(name, python, "key", place, wire, doc)
    how = str(node.get("scheme", "")).lower()
    if kind in _BEARERS or (kind == "http" and how == "bearer"):
        return Scheme(name, python, "bearer", "", "", doc or "The token, sent as a bearer token.")
    if kind == "http" and how == "basic":
        return Scheme(name, python, "basic", "", "", doc or "User name and password.")
    return None
