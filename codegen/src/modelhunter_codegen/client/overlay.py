"""The overlay: what a description does not say about its lists, in a small file beside it.

Names are those of the wire; they are looked up in the description here, so that a wrong one is an
error when the package is generated and not when a list is read.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from typing import TYPE_CHECKING

from attrs import define, frozen

from modelhunter_codegen import ir
from modelhunter_codegen.files import read
from modelhunter_codegen.proven import name
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen.problems import Location, Report
    from modelhunter_codegen.proven import Name

_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "cursor": ({"parameter", "next"}, {"items", "more"}),
    "offset": ({"parameter"}, {"items", "total"}),
    "page": ({"parameter"}, {"items", "first", "pages"}),
    "link": (set(), {"items", "next"}),
}
"""By style: the keys that it needs, and those that it may have."""

_PLACES = ("items", "next", "more", "total", "pages")


@frozen
class Listing:
    """How one operation's list goes on: the class of the runtime and its arguments.

    ``answer`` and ``item`` are the types of a page and of what is in its list.
    """

    operation: str
    style: str
    arguments: dict[Name, object]
    answer: tuple[ir.Response, ...]
    item: ir.Type


@frozen
class Overlay:
    """What an overlay file says, and a hash of that."""

    listings: tuple[Listing, ...] = ()
    digest: str = ""


def read_overlay(path: Path, package: ir.Package, report: Report) -> Overlay:
    """Read an overlay file; what is wrong with it lands in the report.

    Raises:
        DescriptionError: the file can't be read.
    """
    root = read(path, path.as_posix())
    text = json.dumps(root, sort_keys=True)
    paging = root.get("paging")
    for key in root:
        if key != "paging":
            report.add("bad-overlay", root.where(key), f"{key!r} is nothing an overlay has")
    if not isinstance(paging, Map):
        report.add("bad-overlay", root.where("paging"), "an overlay has a mapping `paging`")
        return Overlay()
    endpoints = {
        endpoint.operation_id: endpoint
        for found in package.endpoints.values()
        for endpoint in reversed(found)
    }
    reader = _Reader(package, report)
    found = []
    for operation, node in paging.items():
        endpoint = endpoints.get(operation)
        if endpoint is None:
            near = difflib.get_close_matches(operation, endpoints, 1)
            hint = f"did you mean {near[0]}?" if near else "give its operationId"
            words = f"no operation has the operationId {operation!r}"
            report.add("bad-overlay", paging.where(operation), words, hint)
        elif not isinstance(node, Map):
            report.add("bad-overlay", paging.where(operation), "it must be a mapping")
        else:
            listing = reader.listing(endpoint, node)
            if listing is not None:
                found.append(listing)
    return Overlay(tuple(found), hashlib.sha256(text.encode()).hexdigest())


@define(eq=False)
class _Reader:
    package: ir.Package
    report: Report

    def listing(self, endpoint: ir.Endpoint, node: Map) -> Listing | None:
        style = node.text("style")
        if style is None or style not in _KEYS:
            words = f"style is one of {', '.join(_KEYS)}"
            self._bad(node.where("style" if "style" in node else None), words)
            return None
        needed, possible = _KEYS[style]
        for key in node:
            if key not in needed | possible | {"style"}:
                may = ", ".join(sorted(needed | possible))
                self._bad(
                    node.where(key), f"{key!r} is no key of the style {style}", f"keys: {may}"
                )
        for key in sorted(needed - node.keys()):
            self._bad(node.where(), f"the style {style} needs {key!r}")
            return None
        arguments: dict[Name, object] = {}
        if "parameter" in node:
            in_body = self._in_body(endpoint, node)
            if in_body is None:
                return None
            arguments[name("parameter")] = node["parameter"]
            if in_body:
                arguments[name("in_body")] = True
        item: ir.Type = ir.ANY
        for key in _PLACES:
            if key in node or key == "items":
                place = self._place(endpoint, node, key)
                if place is None:
                    return None
                steps, made = place
                if steps:
                    arguments[name(key)] = steps
                if key == "items" and isinstance(made, ir.ListOf):
                    item = made.item
        if "first" in node:
            if type(node["first"]) is not int:
                self._bad(node.where("first"), "first is the number of the first page")
                return None
            arguments[name("first")] = node["first"]
        return Listing(endpoint.operation_id, style, arguments, endpoint.answers, item)

    def _bad(self, at: Location, words: str, hint: str = "") -> None:
        self.report.add("bad-overlay", at, words, hint)

    def _in_body(self, endpoint: ir.Endpoint, node: Map) -> bool | None:
        """Whether the parameter is sent in the body; None, and a problem, where there is none."""
        name = node["parameter"]
        if any(p.wire == name and p.place == "query" for p in endpoint.parameters):
            return False
        body = endpoint.body
        if body is not None and body.kind == "json":
            model = self._definition(body.type)
            if isinstance(model, ir.Model) and any(p.wire == name for p in model.properties):
                return True
        self._bad(
            node.where("parameter"),
            f"{endpoint.operation_id} has no parameter {name!r} in its query or its JSON body",
        )
        return None

    def _definition(self, made: ir.Type) -> ir.Definition | None:
        made = ir.bare(made)
        definition = self.package.definitions.get(made.key) if isinstance(made, ir.Named) else None
        return self._definition(definition.type) if isinstance(definition, ir.Alias) else definition

    def _resolved(self, made: ir.Type) -> ir.Type:
        made = ir.bare(made)
        definition = self.package.definitions.get(made.key) if isinstance(made, ir.Named) else None
        return self._resolved(definition.type) if isinstance(definition, ir.Alias) else made

    def _place(
        self, endpoint: ir.Endpoint, node: Map, key: str
    ) -> tuple[tuple[str, ...], ir.Type] | None:
        """The path of attributes to what stands at a dotted path of the wire, and its type."""
        text = node.get(key, "")
        if not isinstance(text, str):
            self._bad(node.where(key), f"{key} is a path such as meta.{key}")
            return None
        made = self._resolved(endpoint.answers[0].type)
        steps: list[str] = []
        for step in text.split(".") if text else ():
            definition = self._definition(made)
            if isinstance(definition, ir.Model):
                prop = next((p for p in definition.properties if p.wire == step), None)
                if prop is None:
                    known = ", ".join(p.wire for p in definition.properties)
                    words = f"{definition.name} has no {step!r}"
                    self._bad(node.where(key), words, f"it has: {one_line(known)}")
                    return None
                steps.append(prop.python)
                made = self._resolved(prop.type)
            elif isinstance(made, ir.MapOf) or made == ir.ANY:
                steps.append(step)
                made = made.value if isinstance(made, ir.MapOf) else made
            else:
                self._bad(node.where(key), f"nothing with a {step!r} stands there")
                return None
        if key == "items" and not isinstance(made, (ir.ListOf, ir.Union)) and made != ir.ANY:
            where = node.where(key) if key in node else node.where()
            self._bad(where, "the items are no list", "give `items`, the path to the list")
            return None
        return tuple(steps), made
