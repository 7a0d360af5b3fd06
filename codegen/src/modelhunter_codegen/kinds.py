"""What kind of value a flat schema describes, also where it does not say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter_codegen import ir
    from modelhunter_codegen.flatten import Shape

STRING_FORMATS: dict[str, ir.ScalarKind] = {
    "date-time": "datetime",
    "date": "date",
    "decimal": "decimal-text",
    "byte": "base64",
    "base64": "base64",
    "base64url": "base64url",
    "binary": "binary",
}
"""The formats that make another type of a text."""

_BINARY = re.compile(r"(image|audio|video|font)/.+|application/octet-stream", re.I).fullmatch
"""Media that are no text: how version 3.1 says that a string is a file."""


def string_kind(shape: Shape) -> ir.ScalarKind:
    """What the text of a string stands for."""
    if shape.encoding == "base64":
        return "base64"
    if shape.encoding == "base64url":
        return "base64url"
    kind = shape.limits.get("contentMediaType")
    if isinstance(kind, str) and shape.encoding in (None, "binary") and _BINARY(kind):
        return "binary"
    return STRING_FORMATS.get(shape.format or "", "string")


def is_model(shape: Shape) -> bool:
    """Whether a schema becomes a class: an object with fields of its own."""
    types = (inferred(shape) or set()) - {"null"}
    return types == {"object"} and bool(shape.properties)


def inferred(shape: Shape) -> set[str] | None:
    """The JSON types that fit, by what the schema asks for; None where any does."""
    if shape.types is not None:
        return shape.types
    if shape.properties or shape.additional or shape.patterns or shape.required:
        return {"object"}
    if shape.items or shape.prefix is not None:
        return {"array"}
    if shape.format in ("binary", "byte", "date-time", "date") or shape.encoding:
        return {"string"}
    return None
