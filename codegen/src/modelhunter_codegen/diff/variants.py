"""What a type says beside the values that it takes: how its variants are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir
from modelhunter_codegen.diff.words import in_words
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def tags(made: ir.Type, definitions: Mapping[str, ir.Definition]) -> dict[str, str]:
    """The words by which the variants of unions are told apart, each with what it stands for."""
    return dict(_tags(made, definitions))


def _tags(made: ir.Type, definitions: Mapping[str, ir.Definition]) -> Iterator[tuple[str, str]]:
    if isinstance(made, ir.Union) and made.tag is not None:
        for value, index in made.tagged:
            word = f"{one_line(made.tag)} {one_line(literal(value))}"
            yield word, in_words(made.variants[index], definitions)
    for part in _parts(made):
        yield from _tags(part, definitions)


def closed(made: ir.Type) -> list[bool]:
    """Of the constants in a type, whether other values are refused."""
    found = [made.closed] if isinstance(made, ir.Literals) else []
    return [*found, *(one for part in _parts(made) for one in closed(part))]


def _parts(made: ir.Type) -> tuple[ir.Type, ...]:
    if isinstance(made, ir.ListOf):
        return (made.item,)
    if isinstance(made, ir.MapOf):
        return (made.value,)
    if isinstance(made, ir.TupleOf):
        return made.items
    if isinstance(made, ir.Nullable):
        return (made.inner,)
    return made.variants if isinstance(made, ir.Union) else ()
