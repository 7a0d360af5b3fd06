"""The JSON Schema of a request body with all that it refers to, for whoever checks requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from modelhunter_codegen import names
from modelhunter_codegen.source import Map, Seq, Value

if TYPE_CHECKING:
    from modelhunter_codegen.documents import Workspace

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def bundled(workspace: Workspace, schema: Map) -> dict[str, Any]:
    """The schema with every ``$ref`` turned into one to its own ``$defs``."""
    bundle = _Bundle(workspace)
    made = bundle.copy(schema)
    return {"$schema": _DIALECT, **made, **({"$defs": bundle.found} if bundle.found else {})}


class _Bundle:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.found: dict[str, Any] = {}
        self.named: dict[int, str] = {}

    def copy(self, node: Value) -> Any:
        if isinstance(node, Seq):
            return [self.copy(item) for item in node]
        if not isinstance(node, Map):
            return node
        made = {
            key: self.copy(value)
            for key, value in node.items()
            if key not in ("example", "examples", "$ref")
        }
        if isinstance(node.get("$ref"), str):
            made["$ref"] = f"#/$defs/{self.name(node)}"
        return made

    def name(self, node: Map) -> str:
        target = self.workspace.target(node)
        if not isinstance(target, Map):
            return "Missing"
        known = self.named.get(id(target))
        if known is None:
            known = _UNSAFE.sub("_", target.key)
            if known in self.found:
                known = f"{known}{names.short_hash(target.file + target.pointer)}"
            self.named[id(target)] = known
            self.found[known] = {}
            self.found[known] = self.copy(target)
        return known
