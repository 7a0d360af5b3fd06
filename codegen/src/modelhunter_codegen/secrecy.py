"""What of a value may be shown: passwords, keys and signed links stay out of ``repr``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter_codegen.flatten import Shape

Secrecy: TypeAlias = Literal["", "all", "query"]
"""What is hidden: nothing, the whole value, or the query of an address, in which signatures are."""


def secrecy_of(schema: object, shape_of: Callable[[Map], Shape]) -> Secrecy:
    """What a description wants hidden of a value.

    It says so by ``format: password``, ``writeOnly`` or ``x-secret`` (``true``, or ``query`` for an
    address); of the schema itself, of the items of a list, or of one of several forms.
    """
    waiting, seen = [schema], set()
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Map) or (place := str(part.where())) in seen:
            continue
        seen.add(place)
        shape = shape_of(part)
        mark = shape.annotations.get("x-secret")
        if mark == "query":
            return "query"
        if mark or shape.format == "password" or shape.annotations.get("writeOnly") is True:
            return "all"
        waiting += shape.items
        waiting += [variant for group in shape.groups for variant in group.variants]
    return ""
