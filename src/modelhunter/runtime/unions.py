"""Reading one of several types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from modelhunter.runtime.decode import (
    MISSING,
    Reader,
    WireError,
    day,
    instant,
)
from modelhunter.runtime.misfits import is_lenient, strictly

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

T = TypeVar("T")


def one_of(
    expected: str,
    others: Sequence[Reader[Any]] = (),
    objects: Sequence[tuple[frozenset[str], Reader[Any]]] = (),
    tag: str | None = None,
    tagged: Mapping[Any, Reader[Any]] | None = None,
) -> Reader[Any]:
    """A reader of one of several types.

    An object with a known ``tag`` goes to its reader; one with an unknown tag, where all are told
    apart by it, stays the dict that it is. Without a tag the variant is chosen by fit, in this
    order: ``objects`` that know all of its members; what else takes an object, a dictionary say, as
    that keeps all of them; the other ``objects``, those first that leave fewest members unknown;
    each time those first that know most, and then as they are declared. ``others`` read everything
    that is no object, in order.
    """
    tagged = tagged or {}

    def read(value: Any) -> Any:
        if isinstance(value, dict) and (tagged or objects):
            if tag is not None:
                reader = _by_tag(tagged, value.get(tag, MISSING))
                if reader is not None:
                    return reader(value)
                if not objects and tag in value:
                    return value
            whole, partly = _by_fit(objects, value)
            if not objects:
                whole = list(dict.fromkeys(tagged.values()))
            return _first_that_reads(expected, (*whole, *others, *partly), value)
        return _first_that_reads(expected, others, value)

    return read


def _by_fit(
    objects: Sequence[tuple[frozenset[str], Reader[Any]]], value: dict[str, Any]
) -> tuple[list[Reader[Any]], list[Reader[Any]]]:
    """The readers that know all members of an object, and the others, each the best first."""
    ranked = sorted(
        (
            (len(value.keys() - known), -len(value.keys() & known), index)
            for index, (known, _) in enumerate(objects)
        )
    )
    whole = [objects[index][1] for unknown, _, index in ranked if not unknown]
    return whole, [objects[index][1] for unknown, _, index in ranked if unknown]


def by_tag(tag: str, tagged: Mapping[str, Reader[Any]], otherwise: Reader[Any]) -> Reader[Any]:
    """A reader of a base type: the value of ``tag`` says which subtype an object is."""

    def read(value: Any) -> Any:
        found = _by_tag(tagged, value.get(tag)) if isinstance(value, dict) else None
        return (otherwise if found is None else found)(value)

    return read


def _by_tag(tagged: Mapping[Any, Reader[Any]], value: Any) -> Reader[Any] | None:
    try:
        return tagged.get(value)
    except TypeError:
        return None


def _first_that_reads(expected: str, readers: Sequence[Reader[Any]], value: Any) -> Any:
    if is_lenient():  # the variant that fits is looked for first
        with strictly():
            best = _best_fit(readers, value)
        if best is not None:
            return best(value)
    deepest: WireError | None = None
    for read in readers:
        try:
            return read(value)
        except WireError as error:
            if deepest is None or len(error.steps) > len(deepest.steps):
                deepest = error
    if deepest is not None and deepest.steps:
        raise deepest
    raise WireError(expected, value)


def _best_fit(readers: Sequence[Reader[Any]], value: Any) -> Reader[Any] | None:
    """The first reader that takes a value, else the one that first found a fault within it."""
    best: Reader[Any] | None = None
    for read in readers:
        try:
            read(value)
        except WireError as error:
            if best is None and error.steps:
                best = read
        else:
            return read
    return best


_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.A
).fullmatch
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.A).fullmatch


def strict_instant(value: Any) -> dt.datetime:
    """A moment, where a text could be something else: only what RFC 3339 calls a date-time."""
    if isinstance(value, str) and _INSTANT(value):
        return instant(value)
    raise WireError("a date and time (RFC 3339)", value)


def strict_day(value: Any) -> dt.date:
    """A date, where a text could be something else: only what RFC 3339 calls a full-date."""
    if isinstance(value, str) and _DAY(value):
        return day(value)
    raise WireError("a date (YYYY-MM-DD)", value)
