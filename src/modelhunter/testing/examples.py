"""Inputs to try a capability with, derived from its fields: what fits, and what lies at an edge."""

from __future__ import annotations

import io
import math
import os
import warnings
from itertools import combinations
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.plugins import UnverifiedInput, check
from modelhunter.plugins.patterns import compiled
from modelhunter.plugins.rules import is_multiple
from modelhunter.testing.patterns import matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from modelhunter.plugins import Capability, Field, MediaRule, Model, Pixels, Problem

_SUBJECT = "A lighthouse in a storm"
_SENTENCE = f"{_SUBJECT}, seen from the sea. "
_NAMES = {"image": "sample.png", "video": "sample.mp4", "audio": "sample.mp3", "3d": "sample.glb"}
_WRONG = {
    "string": 5,
    "integer": "five",
    "number": "five",
    "boolean": "perhaps",
    "array": "one",
    "object": "one",
}
"""For each type of field a value of another."""

_LONGEST = 1_000_000
"""Characters of a text that is made, and of a limit at whose edge one is."""
_MOST_ITEMS = 10_000
"""The same for the items of a list."""

_MISFITS = ("", "~", "\n", "\u00a7 no such thing")


@frozen
class Edge:
    """A value beside a limit: what it tries, and whether it should pass."""

    what: str
    value: Any
    fits: bool


def problems_of(
    model: Model, capability: Capability, inputs: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """What is wrong with inputs. Values that are only doubtful are fine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedInput)
        return tuple(check(model, capability, inputs))


def example_inputs(
    model: Model, capability: Capability, known: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Inputs by keyword that pass every check: what is required, ``known``, and what rules need.

    None where none were found.
    """
    given = dict(known or {})
    others: dict[str, Any] = {}
    for field in capability.fields:
        if field.keyword not in given and field.name not in given:
            (given if field.required else others)[field.keyword] = example(field)
    for count in range(3):
        for names in combinations(others, count):
            inputs = {**given, **{name: others[name] for name in names}}
            if not problems_of(model, capability, inputs):
                return inputs
    return None


def example(field: Field) -> Any:
    """A value that fits a field, as far as its limits tell."""
    if field.media is not None:
        return f"https://example.com/{_NAMES.get(field.media.kind, 'sample')}"
    if field.default is not None:
        return field.default
    if field.choices:
        return field.choices[0]
    if field.type in ("integer", "number"):
        return _number(field)
    if field.type == "boolean":
        return True
    if field.type == "array":
        return [_item(field)] * min(max(1, field.min_items or 0), _MOST_ITEMS)
    if field.type == "object":
        return {inner.name: example(inner) for inner in field.properties if inner.required}
    length = max(field.min_length or 0, min(len(_SUBJECT), _most(field)))
    return _matching(field) or _text(min(length, _LONGEST))


def edges(field: Field) -> Iterator[Edge]:
    """Values on both sides of every limit of a field and of its parts.

    Within parts of a form that can't be derived only what should not pass is tried.
    """
    derivable = _is_derivable(field)
    for edge in _edges(field):
        if derivable or not edge.fits:
            yield edge


def _edges(field: Field) -> Iterator[Edge]:
    yield Edge("another type", {} if field.other_types else _WRONG[field.type], False)
    if field.media is not None:
        yield Edge("an address", example(field), True)
        yield from _media_edges(field.media)
    elif field.choices:
        yield from (Edge("a choice", choice, True) for choice in field.choices)
        if not field.is_inferred("choices"):
            yield Edge("no choice", _no_choice(field), False)
    elif field.type in ("integer", "number"):
        yield from _number_edges(field)
    elif field.type == "string":
        yield from _text_edges(field)
    elif field.type == "array":
        yield from _list_edges(field)
    elif field.type == "object":
        yield from _object_edges(field)
    if field.default is not None:
        yield Edge("the default", field.default, True)


def _number(field: Field) -> float:
    low = field.minimum if field.minimum is not None else min(1, field.maximum or 1)
    step = field.multiple_of
    if step is not None and not is_multiple(low, step):
        low = (low // step + 1) * step
    return int(low) if field.type == "integer" and math.isfinite(low) else low


def _number_edges(field: Field) -> Iterator[Edge]:
    step = field.multiple_of or (1 if field.type == "integer" else 0.5)
    for limit, way in ((field.minimum, -1), (field.maximum, 1)):
        if limit is None:
            continue
        if field.multiple_of is None or is_multiple(limit, field.multiple_of):
            yield Edge("a limit", limit, True)
        yield Edge("beyond a limit", limit + way * step, False)
    if field.multiple_of is not None:
        between = _number(field) + field.multiple_of / 2
        if field.type == "number" or float(between).is_integer():
            yield Edge("between two steps", between, False)
    if field.type == "integer":
        yield Edge("no whole number", _number(field) + 0.5, False)


def _text(length: int) -> str:
    return (_SENTENCE * (length // len(_SENTENCE) + 1))[:length]


def _matching(field: Field) -> str | None:
    if field.pixels is not None:
        return _size(field.pixels)
    if field.pattern is None:
        return None
    return matching(field.pattern, field.min_length or 0, field.max_length)


def _size(rule: Pixels) -> str:
    """A square that a model draws."""
    if rule.presets:
        return rule.presets[0]
    step = rule.multiple_of or 1
    least = max(rule.min_side or 1, math.isqrt(rule.min_pixels or 1), step)
    side = -(-least // step) * step
    while side * side < (rule.min_pixels or 1):
        side += step
    return f"{side}x{side}"


def _is_derivable(field: Field) -> bool:
    """Whether a fitting value can be made: not of a pattern that is too clever."""
    if field.default is not None or field.choices or field.media is not None:
        return True
    if field.pattern is not None:
        return _matching(field) is not None
    parts = [inner for inner in field.properties if inner.required]
    return all(map(_is_derivable, [*parts, *([field.item] if field.item is not None else [])]))


def _most(field: Field) -> int:
    return 2**31 if field.max_length is None else field.max_length


def _text_edges(field: Field) -> Iterator[Edge]:
    lengths = [(field.min_length, -1), (field.max_length, 1)]
    for limit, way in lengths:
        if limit is None or limit > _LONGEST:
            continue
        if field.pattern is None:
            yield Edge("a length", _text(limit), True)
        if limit + way >= 0:
            yield Edge("beyond a length", _text(limit + way), False)
    if field.pattern is not None:
        pattern = compiled(field.pattern)
        if (text := _matching(field)) is not None:
            yield Edge("the form", text, True)
        yield from (
            Edge("another form", text, False) for text in _MISFITS if not pattern.finds(text)
        )


def _no_choice(field: Field) -> Any:
    if field.type == "string":
        return "no such choice"
    return max(choice for choice in field.choices) + 1 if field.type != "boolean" else None


def _item(field: Field) -> Any:
    return "one" if field.item is None else example(field.item)


def _list_edges(field: Field) -> Iterator[Edge]:
    for limit, way in ((field.min_items, -1), (field.max_items, 1)):
        if limit is None or limit > _MOST_ITEMS:
            continue
        yield Edge("a count", [_item(field)] * limit, True)
        if limit + way >= 0:
            yield Edge("beyond a count", [_item(field)] * (limit + way), False)
    if field.item is not None and field.max_items != 0:
        count = max(1, field.min_items or 0)
        for edge in edges(field.item):
            yield Edge(f"in a list, {edge.what}", [edge.value] * count, edge.fits)


def _object_edges(field: Field) -> Iterator[Edge]:
    if not field.properties:
        return
    whole = {inner.name: example(inner) for inner in field.properties if inner.required}
    yield Edge("a member nobody knows", {**whole, "no_such_member": 1}, False)
    for inner in field.properties:
        if inner.required:
            less = {name: value for name, value in whole.items() if name != inner.name}
            yield Edge(f"without {inner.name}", less, False)
        for edge in edges(inner):
            yield Edge(f"{inner.name}: {edge.what}", {**whole, inner.name: edge.value}, edge.fits)


def _media_edges(rule: MediaRule) -> Iterator[Edge]:
    yield Edge("nothing", "", False)
    yield Edge("a file that is not there", "no-such-file.bin", False)
    if not rule.data_uri:
        yield Edge("a data: URI", "data:application/octet-stream;base64,AAAA", False)
    if rule.max_bytes is not None:
        yield Edge("too large a file", _Large(rule.max_bytes + 1), False)
    if rule.kind in ("image", "video", "audio"):
        other = "audio" if rule.kind == "image" else "image"
        if not any(kind.startswith(f"{other}/") for kind in rule.formats):
            yield Edge("another kind of media", _Named(_NAMES[other]), False)


class _Named(io.BytesIO):
    """An open file whose name promises a kind of media."""

    def __init__(self, name: str) -> None:
        super().__init__(b"?" * 100)
        self.name = name


class _Large(io.RawIOBase):
    """An open file that claims a size, and takes no room."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = start + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        return b""


def local_file(rule: MediaRule) -> tuple[str, bytes] | None:
    """The name and the content of a small file that a field takes; None for an unknown kind."""
    name = _NAMES.get(rule.kind)
    if name is None:
        return None
    if rule.kind != "image":
        return name, b"\0" * 1000
    from PIL import Image

    side = max(rule.min_side or 0, 64)
    ratio = min(max(1.0, rule.min_ratio or 0.0), rule.max_ratio or 1.0)
    sides = (round(side * max(1.0, ratio)), round(side / min(1.0, ratio)))
    content = io.BytesIO()
    suits = not rule.formats or "image/png" in rule.formats
    Image.new("RGB", sides, "navy").save(content, "PNG" if suits else "JPEG")
    return (name if suits else "sample.jpg"), content.getvalue()


def walk(table: tuple[Field, ...], within: str = "") -> Iterator[tuple[str, Field]]:
    """Every field of a table and of what is in them, with its place."""
    for field in table:
        yield f"{within}{field.name}", field
        inner = field if field.item is None else field.item
        yield from walk(inner.properties, f"{within}{field.name}.")


def is_about(field: Field, place: str | None) -> bool:
    """Whether a problem at this place concerns the field."""
    return place is not None and place.partition(".")[0].partition("[")[0] == field.name


def holds_media(field: Field) -> bool:
    """Whether parts of a field take media."""
    parts = [*field.properties, *([field.item] if field.item is not None else [])]
    return any(part.media is not None or holds_media(part) for part in parts)


def as_file(field: Field, folder: Path, mark: str) -> Any:
    """A local file for a field that takes media, or a list of one; None for other fields.

    The mark makes its content new, as what was uploaded once is not uploaded again.
    """
    rule: MediaRule | None = field.media
    if rule is None and field.item is not None:
        rule = field.item.media
    found = None if rule is None else local_file(rule)
    if found is None:
        return None
    name, content = found
    path = folder / name
    path.write_bytes(content + mark.encode())
    return path if field.media is not None else [path] * max(1, field.min_items or 0)
