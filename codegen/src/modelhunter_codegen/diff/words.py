"""Types as readers of a report want them: ``list[Task]``, ``str or None``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCALARS: dict[str, str] = {
    "any": "anything",
    "null": "None",
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "decimal": "Decimal",
    "decimal-text": "Decimal (sent as text)",
    "base64": "bytes (sent as base64)",
    "binary": "bytes",
}


def in_words(made: ir.Type, definitions: Mapping[str, ir.Definition]) -> str:
    """The type by the names that users know."""

    def shown(part: ir.Type) -> str:
        return in_words(part, definitions)

    if isinstance(made, ir.Scalar):
        return _SCALARS.get(made.kind, made.kind)
    if isinstance(made, ir.Literals):
        return " or ".join(one_line(literal(value)) for value in made.values)
    if isinstance(made, ir.Named):
        return definitions[made.key].name
    if isinstance(made, ir.ListOf):
        return f"list[{shown(made.item)}]"
    if isinstance(made, ir.MapOf):
        return f"dict[str, {shown(made.value)}]"
    if isinstance(made, ir.TupleOf):
        return f"tuple[{', '.join(shown(item) for item in made.items)}]"
    if isinstance(made, ir.Nullable):
        return f"{shown(made.inner)} or None"
    return " or ".join(dict.fromkeys(shown(variant) for variant in made.variants))
