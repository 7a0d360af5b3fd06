"""What is counted for a price: a number among the inputs, characters, items, megapixels.

Each quantity tells the least and the most that it may come to for a job. Both are the same where
all that it counts is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from modelhunter.plugins.messages import listed
from modelhunter.plugins.rules import is_integer, is_number

if TYPE_CHECKING:
    from modelhunter.plugins.catalogue import Capability, Field

Span = tuple[Decimal, Decimal]

INFINITE = Decimal("Infinity")
_NONE = (Decimal(0), Decimal(0))
_LEADING_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_SIZE = re.compile(r"([0-9]{1,6})[xX*]([0-9]{1,6})")
_MILLION = Decimal(1_000_000)


class Job(Protocol):
    """What is known of a job: its inputs by wire name, defaults among them, and their fields."""

    @property
    def values(self) -> Mapping[str, Any]:
        """What is known."""
        ...

    @property
    def fields(self) -> Mapping[str, Field]:
        """What inputs there are."""
        ...


def number_of(value: Any) -> Decimal | None:
    """A count of units, also from text such as ``"8"`` or ``"8s"``; None where it is none."""
    if isinstance(value, str):
        match = _LEADING_NUMBER.match(value)
        return Decimal(match[0]) if match else None
    if not is_number(value) or value < 0:
        return None
    return Decimal(int(value)) if is_integer(value) else Decimal(str(value))


def span_of(job: Job, name: str) -> Span:
    """The least and the most that an input which is a number may be."""
    number = number_of(job.values.get(name))
    if number is not None:
        return number, number
    held = job.fields.get(name)
    if held is None:
        return Decimal(0), INFINITE
    numbers = [n for choice in held.choices if (n := number_of(choice)) is not None]
    if numbers:
        return min(numbers), max(numbers)
    least, most = number_of(held.minimum), number_of(held.maximum)
    return least or Decimal(0), INFINITE if most is None else most


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@frozen(kw_only=True)
class Quantity:
    """What a price counts. A unit is ``per`` of it; ``rounded_up`` bills a part as a whole one."""

    per: int = 1
    rounded_up: bool = False

    def units(self, job: Job) -> Span:
        """The least and the most units of a job."""
        low, high = self._counted(job)
        return self._in_units(low), self._in_units(high)

    def names(self) -> tuple[str, ...]:
        """The inputs that are counted, by wire name."""
        raise NotImplementedError

    def faults(self, capability: Capability) -> Iterator[str]:
        """Why nothing can be counted in some inputs of a capability, a phrase each."""
        raise NotImplementedError

    def _counted(self, job: Job) -> Span:
        raise NotImplementedError

    def _what(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        per = "" if self.per == 1 else f"{self.per:,} "
        return f"{per}{self._what()}" + (", rounded up" if self.rounded_up else "")

    def _in_units(self, count: Decimal) -> Decimal:
        if not count.is_finite():
            return count
        units = count / self.per
        return units.to_integral_value(ROUND_CEILING) if self.rounded_up else units


@frozen
class Number(Quantity):
    """An input that is a number, or a text that begins with one."""

    input: str

    def names(self) -> tuple[str, ...]:
        """The inputs that are counted, by wire name."""
        return (self.input,)

    def faults(self, capability: Capability) -> Iterator[str]:
        """Why nothing can be counted in some inputs of a capability, a phrase each."""
        held = capability.field(self.input)
        if held is not None and not _is_counting(held):
            yield f"{self.input!r} is no number"

    def _counted(self, job: Job) -> Span:
        return span_of(job, self.input)

    def _what(self) -> str:
        return self.input


@frozen
class Characters(Quantity):
    """The characters of one text or several, summed over the items of lists.

    A member of the objects in a list is named with a dot: ``"shots.prompt"``.
    """

    inputs: tuple[str, ...] = field(converter=_names)

    def names(self) -> tuple[str, ...]:
        """The inputs that are counted, by wire name."""
        return tuple(name.partition(".")[0] for name in self.inputs)

    def faults(self, capability: Capability) -> Iterator[str]:
        """Why nothing can be counted in some inputs of a capability, a phrase each."""
        for name in self.inputs:
            held = capability.field(name.partition(".")[0])
            if held is not None and _text_at(held, name.split(".")[1:]) is None:
                yield f"{name!r} is no text"

    def _counted(self, job: Job) -> Span:
        return _sum(_length(job, name) for name in self.inputs)

    def _what(self) -> str:
        return f"characters of {listed(self.inputs, 'and')}"


@frozen
class Items(Quantity):
    """The items of one list or several; a single value counts as one."""

    inputs: tuple[str, ...] = field(converter=_names)

    def names(self) -> tuple[str, ...]:
        """The inputs that are counted, by wire name."""
        return self.inputs

    def faults(self, capability: Capability) -> Iterator[str]:
        """Why nothing can be counted in some inputs of a capability, a phrase each."""
        for name in self.inputs:
            held = capability.field(name)
            if held is not None and held.type != "array":
                yield f"{name!r} is no list"

    def _counted(self, job: Job) -> Span:
        return _sum(self._of(job, name) for name in self.inputs)

    def _of(self, job: Job, name: str) -> Span:
        value = job.values.get(name)
        if value is not None:
            count = Decimal(len(value) if isinstance(value, (list, tuple)) else 1)
            return count, count
        return _if_required(job.fields.get(name), "min_items", "max_items")

    def _what(self) -> str:
        return f"items of {listed(self.inputs, 'and')}"


@frozen
class Megapixels(Quantity):
    """Millions of pixels: of a text such as ``"2048x1152"``, or of a width and a height."""

    size: str | None = None
    width: str | None = None
    height: str | None = None

    def names(self) -> tuple[str, ...]:
        """The inputs that are counted, by wire name."""
        return tuple(name for name in (self.size, self.width, self.height) if name is not None)

    def faults(self, capability: Capability) -> Iterator[str]:
        """Why nothing can be counted in some inputs of a capability, a phrase each."""
        sides = [one is not None for one in (self.width, self.height)]
        if all(sides) is (self.size is not None) or any(sides) is not all(sides):
            yield "it takes either a size, or a width and a height"
            return
        for name in self.names():
            held = capability.field(name)
            if held is None:
                continue
            if name != self.size and held.type not in ("integer", "number"):
                yield f"{name!r} is no number"
            sized = held.pixels is not None or any(map(_pixels, held.choices))
            if name == self.size and not (held.type == "string" and sized):
                yield f"{name!r} is no size in pixels"

    def _counted(self, job: Job) -> Span:
        if self.size is None:
            width, height = span_of(job, self.width or ""), span_of(job, self.height or "")
            low, high = map(_product, width, height)
            return low / _MILLION, high / _MILLION
        known = _pixels(job.values.get(self.size))
        if known is not None:
            return known, known
        held = job.fields.get(self.size)
        choices = [] if held is None else [n for one in held.choices if (n := _pixels(one))]
        limits = None if held is None else held.pixels
        if limits is not None:
            choices += [n for one in limits.presets if (n := _pixels(one))]
            if limits.max_pixels is not None:
                least, most = Decimal(limits.min_pixels or 0), Decimal(limits.max_pixels)
                return least / _MILLION, max([most / _MILLION, *choices])
        return (min(choices), max(choices)) if choices else (Decimal(0), INFINITE)

    def _what(self) -> str:
        return f"megapixels of {listed(self.names(), 'and')}"


Counted = str | Quantity | tuple[str | Quantity, ...]
"""What a price counts: the name of an input that is a number, a quantity, or several multiplied."""


def factors_of(counted: Counted | None) -> tuple[Quantity, ...]:
    """The quantities that are multiplied; none where a price is for the job."""
    if counted is None:
        return ()
    several = counted if isinstance(counted, tuple) else (counted,)
    return tuple(Number(one) if isinstance(one, str) else one for one in several)


def units_of(counted: Counted | None, job: Job) -> Span:
    """The least and the most units of a job; one where a price is for the job."""
    low, high = Decimal(1), Decimal(1)
    for quantity in factors_of(counted):
        least, most = quantity.units(job)
        low, high = _product(low, least), _product(high, most)
    return low, high


def in_words(counted: Counted) -> str:
    """What is counted: ``duration``, ``1,000 characters of prompt, rounded up``."""
    return " times ".join(map(str, factors_of(counted)))


def is_counted(given: Any) -> bool:
    """Whether a value is one that says what a price counts."""
    several = given if isinstance(given, tuple) else (given,)
    return bool(several) and all(isinstance(one, (str, Quantity)) for one in several)


def _is_counting(held: Field) -> bool:
    """Whether every value of an input is a number of units: 8, or a choice such as "8s"."""
    if held.type in ("integer", "number"):
        return True
    return (
        held.type == "string"
        and bool(held.choices)
        and all(number_of(choice) is not None for choice in held.choices)
    )


def _text_at(held: Field, path: Sequence[str]) -> Field | None:
    """The text that a path leads to within an input, through lists; None where it is none."""
    if held.item is not None:
        return _text_at(held.item, path)
    if not path:
        return held if held.type == "string" else None
    inner = next((one for one in held.properties if one.name == path[0]), None)
    return None if inner is None else _text_at(inner, path[1:])


def _length(job: Job, name: str) -> Span:
    first, _, rest = name.partition(".")
    value = job.values.get(first)
    if value is not None:
        count = Decimal(_characters(value, rest))
        return count, count
    held = job.fields.get(first)
    if held is None or held.type == "string":
        return _if_required(held, "min_length", "max_length")
    return _if_required(held, "", "")


def _characters(value: Any, path: str) -> int:
    if isinstance(value, (list, tuple)):
        return sum(_characters(one, path) for one in value)
    if isinstance(value, Mapping):
        step, _, rest = path.partition(".")
        return _characters(value.get(step), rest)
    return len(value) if isinstance(value, str) else 0


def _if_required(held: Field | None, least: str, most: str) -> Span:
    """The span of what was not given: nothing, unless it must still come."""
    if held is None or not held.required:
        return _NONE
    low, high = getattr(held, least, None), getattr(held, most, None)
    return Decimal(low or 0), INFINITE if high is None else Decimal(high)


def _pixels(value: Any) -> Decimal | None:
    match = _SIZE.match(value) if isinstance(value, str) else None
    return None if match is None else Decimal(int(match[1]) * int(match[2])) / _MILLION


def _product(one: Decimal, other: Decimal) -> Decimal:
    return Decimal(0) if not one or not other else one * other


def _sum(spans: Iterator[Span]) -> Span:
    low = high = Decimal(0)
    for least, most in spans:
        low, high = low + least, high + most
    return low, high
