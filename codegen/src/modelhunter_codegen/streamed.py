"""Answers that come item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEMBERS = frozenset({"data", "event", "id", "retry", "comment"})
"""What an event of ``text/event-stream`` has to say."""
_ITEMS = ("events", "lines", "parts")


def streamed_beside(
    chosen: Sequence[ir.Response], answers: Sequence[ir.Response]
) -> ir.Response | None:
    """The answer item by item that an operation has beside those that one function is for."""
    if any(answer.kind in _ITEMS for answer in chosen):
        return None
    return next((answer for answer in answers if answer.kind in _ITEMS), None)


def is_event(
    made: ir.Type, definitions: Mapping[str, ir.Definition], seen: frozenset[str] = frozenset()
) -> bool:
    """Whether a type describes whole events and not their data: by the names of its members."""
    if isinstance(made, ir.Nullable):
        return is_event(made.inner, definitions, seen)
    if isinstance(made, ir.Union):
        return all(is_event(variant, definitions, seen) for variant in made.variants)
    if not isinstance(made, ir.Named) or made.key in seen:
        return False
    definition = definitions[made.key]
    if isinstance(definition, ir.Alias):
        return is_event(definition.type, definitions, seen | {made.key})
    if not isinstance(definition, ir.Model):
        return False
    wires = {prop.wire for prop in definition.properties}
    return "data" in wires and wires <= _MEMBERS
