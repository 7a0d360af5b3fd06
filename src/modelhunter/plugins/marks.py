"""What the marks of an annotation make of a field, and what those of a model change in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, fields

from modelhunter.plugins.catalogue import Field
from modelhunter.plugins.limits import Each, Inferred, Required
from modelhunter.plugins.media import MediaRule
from modelhunter.plugins.rules import is_number, same

if TYPE_CHECKING:
    from collections.abc import Iterable

_ATTRIBUTES = frozenset(("field", *(one.alias for one in fields(Field))))


def said(marks: Iterable[Any], kind: str, place: str) -> dict[str, Any]:
    """The attributes of a field of this type that marks state.

    What else stands in an annotation means nothing here. ``place`` is for messages.

    Raises:
        TypeError: a mark does not go with the type.
    """
    found: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, str):
            found["description"] = mark
        elif isinstance(mark, MediaRule):
            found["media"] = mark
        elif mark is Required:
            found["required"] = True
        elif hasattr(mark, "limits"):
            try:
                found |= mark.limits(kind)
            except TypeError as error:
                raise TypeError(f"{place}: {error}") from None
    return found


def inferred(marks: Iterable[Any], place: str) -> frozenset[str]:
    """What of a field is inferred.

    Raises:
        TypeError: something is named that a field does not have.
    """
    found: frozenset[str] = frozenset()
    for mark in marks:
        if isinstance(mark, Inferred):
            found |= mark.attributes
    if unknown := sorted(found - _ATTRIBUTES):
        raise TypeError(f"{place}: Inferred names {unknown[0]!r}, which is no attribute of a Field")
    return found


def changed(field: Field, marks: Iterable[Any], place: str) -> Field:
    """A field as it is for a model: what the marks state takes the place of what it had.

    That is documented unless it is marked as inferred.

    Raises:
        TypeError: a mark means nothing, or does not go with the field.
    """
    marks = tuple(marks)
    for mark in marks:
        if not _is_mark(mark):
            raise TypeError(f"{place}: {mark!r} says nothing about an input; Default({mark!r})?")
    changes = said(marks, field.type, place)
    if "media" in changes and field.media is None:
        raise TypeError(f"{place}: {changes['media'].kind} belongs to Media")
    for mark in marks:
        if isinstance(mark, Each):
            if field.item is None:
                raise TypeError(f"{place}: Each is for the items of a list")
            changes["item"] = changed(field.item, mark.marks, f"{place}[]")
    kept = field.unverified - changes.keys()
    return _consistent(evolve(field, **changes, unverified=kept | inferred(marks, place)))


def _is_mark(mark: Any) -> bool:
    known = isinstance(mark, (str, MediaRule, Inferred, Each)) or hasattr(mark, "limits")
    return known or mark is Required


def _consistent(field: Field) -> Field:
    """The field without choices and without a default that its own limits exclude."""
    choices = tuple(one for one in field.choices if _within(field, one))
    default = field.default
    fits = default is None or (
        _within(field, default) and (not choices or any(same(default, one) for one in choices))
    )
    unverified = field.unverified if fits else field.unverified - {"default"}
    return evolve(field, choices=choices, default=default if fits else None, unverified=unverified)


def _within(field: Field, value: Any) -> bool:
    if not is_number(value):
        return True
    low, high = field.minimum, field.maximum
    return (low is None or value >= low) and (high is None or value <= high)
