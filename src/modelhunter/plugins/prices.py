"""Prices as data, and what a job will cost.

A price is documented as a range per unit; rows may say which inputs lead to which amount, and
some of those rows are inferred. An estimate's ``low`` and ``high`` rest on documented facts only;
``likely`` also uses what was inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

if TYPE_CHECKING:
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
            return f"${_plain(self.low)}"
        span = f"${_plain(self.low)} to ${_plain(self.high)}"
        return f"{span}, likely ${_plain(self.likely)}" if self.likely is not None else span


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    if "." not in text:
        return f"{text}.00"
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def estimate(price: Price, fields: Sequence[Field], inputs: Mapping[str, Any]) -> Estimate:
    """What a job with these inputs (wire names) will cost by this price.

    A field that was not given counts with its documented default; where the default is inferred
    or unknown, ``low`` and ``high`` span all that the field allows and ``likely`` uses the
    inferred one.
    """
    by_name = {field.name: field for field in fields}
    documented = {**_defaults(fields, inferred=False), **inputs}
    assumed = {**_defaults(fields, inferred=True), **inputs}
    low_rate, high_rate = _documented_rate(price, documented, by_name)
    low_units, high_units = _documented_units(price, documented, by_name)
    low, high = low_rate * low_units, high_rate * high_units
    for factor in price.factors:
        low, high = _apply(factor, documented, by_name, low, high)
    likely = _likely(price, assumed)
    if likely is None and low == high:
        likely = low
    return Estimate(
        low=low, high=high, likely=likely, as_of=price.as_of, notes=_notes(price, low, high, inputs)
    )


def _defaults(fields: Sequence[Field], *, inferred: bool) -> dict[str, Any]:
    return {
        field.name: field.default
        for field in fields
        if field.default is not None and (inferred or not _guessed(field))
    }


def _guessed(field: Field) -> bool:
    return bool(field.unverified & {"default", "field"})


def _holds(when: When, inputs: Mapping[str, Any]) -> bool:
    for name, wanted in when.items():
        given = inputs.get(name)
        if isinstance(wanted, Present):
            if (given not in (None, [], ())) != wanted.given:
                return False
        elif given != wanted:
            return False
    return True


def _undecided(when: When, inputs: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    """Whether ``when`` hangs on a field that was not given and whose default is only inferred."""
    return any(
        name not in inputs and not isinstance(wanted, Present) and name in fields
        for name, wanted in when.items()
    ) and all(
        name not in inputs or isinstance(wanted, Present) or inputs[name] == wanted
        for name, wanted in when.items()
    )


def _documented_rate(
    price: Price, inputs: Mapping[str, Any], fields: Mapping[str, Field]
) -> tuple[Decimal, Decimal]:
    possible: list[Decimal] = []
    for rate in price.rates:
        if rate.unverified:
            return price.low, price.high
        if _holds(rate.when, inputs):
            possible.append(rate.amount)
            return min(possible), max(possible)
        if _undecided(rate.when, inputs, fields):
            possible.append(rate.amount)
    return price.low, price.high


def _documented_units(
    price: Price, inputs: Mapping[str, Any], fields: Mapping[str, Field]
) -> tuple[Decimal, Decimal]:
    low, high = Decimal(1), Decimal(1)
    if price.quantity is not None:
        low, high = _span(price.quantity, inputs, fields)
    extra = price.extra_quantity
    if extra is not None and _holds({extra.field: Present()}, inputs):
        low, high = low + extra.low, high + extra.high
    return low, high


def _span(
    name: str, inputs: Mapping[str, Any], fields: Mapping[str, Field]
) -> tuple[Decimal, Decimal]:
    given = inputs.get(name)
    if given is not None:
        return Decimal(str(given)), Decimal(str(given))
    field = fields[name]
    values = [*field.choices] or [field.minimum, field.maximum]
    numbers = [Decimal(str(value)) for value in values if value is not None]
    return (min(numbers), max(numbers)) if numbers else (Decimal(0), Decimal(0))


def _apply(
    factor: Factor,
    inputs: Mapping[str, Any],
    fields: Mapping[str, Field],
    low: Decimal,
    high: Decimal,
) -> tuple[Decimal, Decimal]:
    if _holds(factor.when, inputs) and not factor.unverified:
        return low * factor.factor, high * factor.factor
    if _holds(factor.when, inputs) or _undecided(factor.when, inputs, fields):
        return min(low, low * factor.factor), max(high, high * factor.factor)
    return low, high


def _likely(price: Price, inputs: Mapping[str, Any]) -> Decimal | None:
    amount = next((rate.amount for rate in price.rates if _holds(rate.when, inputs)), None)
    if amount is None and price.low == price.high:
        amount = price.low
    if amount is None:
        return None
    units = Decimal(1)
    if price.quantity is not None:
        given = inputs.get(price.quantity)
        if given is None:
            return None
        units = Decimal(str(given))
    extra = price.extra_quantity
    if extra is not None and _holds({extra.field: Present()}, inputs):
        units += (extra.low + extra.high) / 2
    total = amount * units
    for factor in price.factors:
        if _holds(factor.when, inputs):
            total *= factor.factor
    return total


def _notes(
    price: Price, low: Decimal, high: Decimal, inputs: Mapping[str, Any]
) -> tuple[str, ...]:
    if low == high:
        return ()
    open_fields = [
        name for name in (*price.depends_on, price.quantity) if name and name not in inputs
    ]
    notes = [f"the documentation gives a range of ${_plain(price.low)} to ${_plain(price.high)} per {price.unit}"]
    if price.low == price.high:
        notes = []
    if open_fields:
        notes.append("narrower when these are given: " + ", ".join(dict.fromkeys(open_fields)))
    return tuple(notes)
