"""Prices as data, and what a job will cost.

A price is documented as a range per unit; rows may say which inputs lead to which amount, and
some of those rows are inferred. An estimate's ``low`` and ``high`` rest on documented facts only;
``likely`` also uses what was inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from modelhunter.plugins.rules import is_integer, is_number, same

if TYPE_CHECKING:
    from datetime import date

    from modelhunter.plugins.catalogue import Field

Unit = Literal["second", "image", "video"]


@frozen
class Present:
    """A condition on whether a field was given at all."""

    given: bool = True


When = Mapping[str, Any]
"""Conditions on input fields: a value the field must have, or :class:`Present`."""


@frozen(kw_only=True)
class Rate:
    """One row of a price table: the amount per unit (USD) where ``when`` holds."""

    when: When
    amount: Decimal
    unverified: bool = False


@frozen(kw_only=True)
class Factor:
    """A discount or surcharge that multiplies the price where ``when`` holds."""

    when: When
    factor: Decimal
    unverified: bool = False


@frozen(kw_only=True)
class ExtraQuantity:
    """Units billed beyond the quantity when ``field`` is given, such as seconds of input video."""

    field: str
    low: Decimal
    high: Decimal
    unverified: bool = False


@frozen(kw_only=True)
class Price:
    """What one unit costs (USD) and what that depends on.

    ``low`` and ``high`` are the documented range; ``quantity`` names the field that counts the
    units (None: one unit per job); ``as_of`` is the date the documentation was read.
    """

    unit: Unit
    low: Decimal
    high: Decimal
    as_of: date
    quantity: str | None = None
    depends_on: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    factors: tuple[Factor, ...] = ()
    extra_quantity: ExtraQuantity | None = None


@frozen(kw_only=True)
class Estimate:
    """What a job will cost, in USD: between ``low`` and ``high``, ``likely`` where it is known.

    ``as_of`` is the date the prices were read, ``notes`` say what the range hangs on.
    """

    low: Decimal
    high: Decimal
    as_of: date
    likely: Decimal | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.low == self.high:
            return in_usd(self.low)
        if not self.high.is_finite():
            return f"{in_usd(self.low)} or more"
        span = f"{in_usd(self.low)} to {in_usd(self.high)}"
        return f"{span}, likely {in_usd(self.likely)}" if self.likely is not None else span


def in_usd(amount: Decimal) -> str:
    """An amount as messages show it: two places, or as many more as it has (``$0.10``)."""
    text = f"{amount:f}"
    if "." not in text:
        return f"${text}.00"
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"


def estimate(price: Price, fields: Sequence[Field], inputs: Mapping[str, Any]) -> Estimate:
    """What a job with these inputs (wire names) will cost by this price.

    A field that was not given counts with its documented default. Where the default is inferred
    or unknown, ``low`` and ``high`` span all that the field may be and ``likely`` uses the
    inferred one; ``high`` is infinite where nothing bounds what is billed.
    """
    documented = _Known.of(fields, inputs, with_inferred=False)
    assumed = _Known.of(fields, inputs, with_inferred=True)
    rate = _documented_rate(price, documented)
    units = _units(price, documented)
    low, high = rate[0] * units[0], _times(rate[1], units[1])
    for factor in price.factors:
        applies = documented.meets(factor.when)
        if applies is False:
            continue
        least, most = sorted((_times(low, factor.factor), _times(high, factor.factor)))
        certain = applies is True and not factor.unverified
        low, high = (least, most) if certain else (min(low, least), max(high, most))
    likely = low if low == high else _likely(price, assumed)
    notes = tuple(_notes(price, rate, units, documented))
    return Estimate(low=low, high=high, likely=likely, as_of=price.as_of, notes=notes)


@frozen
class _Known:
    """What is known of the inputs of a job: the values that count, and what was left open."""

    given: frozenset[str]
    values: Mapping[str, Any]
    fields: Mapping[str, Field]

    @classmethod
    def of(
        cls, fields: Sequence[Field], inputs: Mapping[str, Any], *, with_inferred: bool
    ) -> _Known:
        given = {name: value for name, value in inputs.items() if not _is_empty(value)}
        defaults = {
            field.name: field.default
            for field in fields
            if field.default is not None and (with_inferred or not field.is_inferred("default"))
        }
        return cls(
            given=frozenset(given),
            values={**defaults, **given},
            fields={field.name: field for field in fields},
        )

    def meets(self, when: When) -> bool | None:
        """Whether the conditions hold; None where that hangs on a value that is not known."""
        answers = [self._meets(name, wanted) for name, wanted in when.items()]
        if False in answers:
            return False
        return None if None in answers else True

    def _meets(self, name: str, wanted: Any) -> bool | None:
        if isinstance(wanted, Present):
            return (name in self.given) is wanted.given
        if name in self.values:
            return same(self.values[name], wanted)
        field = self.fields.get(name)
        if field is None:
            return False
        if field.choices and not any(same(choice, wanted) for choice in field.choices):
            return False
        return None

    def span(self, name: str) -> tuple[Decimal, Decimal]:
        """The least and the most that a field that counts units may be."""
        number = _number(self.values.get(name))
        if number is not None:
            return number, number
        field = self.fields.get(name)
        if field is None:
            return Decimal(0), _INFINITE
        numbers = [n for choice in field.choices if (n := _number(choice)) is not None]
        if numbers:
            return min(numbers), max(numbers)
        least, most = _number(field.minimum), _number(field.maximum)
        return least or Decimal(0), _INFINITE if most is None else most


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (list, tuple)) and not value)


_INFINITE = Decimal("Infinity")
_LEADING_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")


def _number(value: Any) -> Decimal | None:
    """A count of units, also from text such as ``"8"`` or ``"8s"``; None where it is none."""
    if isinstance(value, str):
        match = _LEADING_NUMBER.match(value)
        return Decimal(match[0]) if match else None
    if not is_number(value) or value < 0:
        return None
    return Decimal(int(value)) if is_integer(value) else Decimal(str(value))


def _times(amount: Decimal, count: Decimal) -> Decimal:
    return Decimal(0) if not amount or not count else amount * count


def _documented_rate(price: Price, known: _Known) -> tuple[Decimal, Decimal]:
    """The least and most per unit, by the rows that are documented.

    Rows are tried in order. One that may or may not hold adds its amount to what is possible; an
    inferred row that may hold says only that the documented range applies, as does the end of
    the table.
    """
    possible: list[Decimal] = []
    for rate in price.rates:
        applies = known.meets(rate.when)
        if applies is False:
            continue
        possible += [price.low, price.high] if rate.unverified else [rate.amount]
        if applies:
            break
    else:
        possible += [price.low, price.high]
    return min(possible), max(possible)


def _units(price: Price, known: _Known) -> tuple[Decimal, Decimal]:
    low, high = (Decimal(1),) * 2 if price.quantity is None else known.span(price.quantity)
    extra = price.extra_quantity
    if extra is not None and extra.field in known.given:
        return low + extra.low, high + extra.high
    return low, high


def _likely(price: Price, assumed: _Known) -> Decimal | None:
    """The price by all rows, inferred ones too; None where they leave it open."""
    amount = _likely_rate(price, assumed)
    low, high = _units(price, assumed)
    if amount is None or low != high:
        return None
    total = amount * low
    for factor in price.factors:
        applies = assumed.meets(factor.when)
        if applies is None:
            return None
        total *= factor.factor if applies else 1
    return total


def _likely_rate(price: Price, assumed: _Known) -> Decimal | None:
    if price.low == price.high:
        return price.low
    for rate in price.rates:
        applies = assumed.meets(rate.when)
        if applies is None:
            return None
        if applies:
            return rate.amount
    return None


def _notes(
    price: Price,
    rate: tuple[Decimal, Decimal],
    units: tuple[Decimal, Decimal],
    known: _Known,
) -> Iterator[str]:
    if rate[0] != rate[1]:
        hint = f"; depends on {', '.join(price.depends_on)}" if price.depends_on else ""
        span = f"{in_usd(rate[0])} to {in_usd(rate[1])}"
        yield f"documented as {span} per {price.unit}{hint}"
    extra = price.extra_quantity
    if price.quantity is not None and _number(known.values.get(price.quantity)) is None:
        yield f"{price.quantity} was not given, so all that it may be is counted"
    if extra is not None and extra.field in known.given and extra.low != extra.high:
        billed = f"{extra.low} to {extra.high} times the price per {price.unit}"
        yield f"{extra.field} is billed too: {billed}"
