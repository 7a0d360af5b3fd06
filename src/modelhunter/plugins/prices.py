"""Prices as data, and what a job will cost.

A price is documented as a range per unit; rows may say which inputs lead to which amount, and
some of those rows are inferred. An estimate's ``low`` and ``high`` rest on documented facts only;
``likely`` also uses what was inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.errors import PluginError
from modelhunter.estimates import Estimate, in_usd
from modelhunter.plugins.messages import listed, shown, summary
from modelhunter.plugins.quantities import Counted, factors_of, units_of
from modelhunter.plugins.rules import same

if TYPE_CHECKING:
    from datetime import date

    from modelhunter.plugins.catalogue import Field


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

    ``unit`` is what one unit is, in the singular (``"second"``, ``"image"``, ``"video"``,
    ``"song"``, ``"1,000 characters"``); ``low`` and ``high`` are the documented range; ``as_of`` is
    the date the documentation was read.

    ``quantity`` is what counts the units: the name of an input that is a number, or
    :class:`Characters`, :class:`Items`, :class:`Megapixels` or :class:`Number`, which may be per
    so many and rounded up; several in a tuple are multiplied; None: one unit per job.

    ``cost`` is for what none of this can say: a function of the inputs (wire names, documented
    defaults among them, and not all need be there) that returns what the job costs, or the least
    and the most, as ``Decimal``. Then ``low`` and ``high`` are only shown.
    """

    unit: str
    low: Decimal
    high: Decimal
    as_of: date
    quantity: Counted | None = None
    depends_on: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    factors: tuple[Factor, ...] = ()
    extra_quantity: ExtraQuantity | None = None
    cost: Callable[[Mapping[str, Any]], Decimal | tuple[Decimal, Decimal]] | None = None

    def __str__(self) -> str:
        low, high = in_usd(self.low), in_usd(self.high)
        return f"{low if low == high else f'{low} to {high}'} per {self.unit}"


def estimate(price: Price, fields: Sequence[Field], inputs: Mapping[str, Any]) -> Estimate:
    """What a job with these inputs (wire names) will cost by this price.

    A field that was not given counts with its documented default. Where the default is inferred
    or unknown, ``low`` and ``high`` span all that the field may be and ``likely`` uses the
    inferred one; ``high`` is infinite where nothing bounds what is billed.

    Raises:
        PluginError: the price's own function failed, or its result is no price.
    """
    if price.cost is not None:
        return _by_function(price, price.cost, fields, inputs)
    cases = _cases(price, fields, inputs, with_inferred=False)
    rates = [rate for case in cases for rate in _documented_rate(price, case)]
    costs = [cost for case in cases for cost in _documented_cost(price, case)]
    low, high = min(costs), max(costs)
    if low == high:
        likely: Decimal | None = low
    else:
        assumed = _cases(price, fields, inputs, with_inferred=True)
        guesses = {_likely(price, case) for case in assumed}
        likely = guesses.pop() if len(guesses) == 1 else None
    notes = tuple(_notes(price, min(rates), max(rates), cases[0]))
    return Estimate(low=low, high=high, likely=likely, as_of=price.as_of, notes=notes)


@frozen
class _Case:
    """One of the ways in which a job may turn out, as far as its price asks."""

    given: frozenset[str]
    values: Mapping[str, Any]
    fields: Mapping[str, Field]

    def meets(self, when: When) -> bool:
        return all(
            (name in self.given) is wanted.given
            if isinstance(wanted, Present)
            else name in self.values and same(self.values[name], wanted)
            for name, wanted in when.items()
        )


def _cases(
    price: Price, fields: Sequence[Field], inputs: Mapping[str, Any], *, with_inferred: bool
) -> list[_Case]:
    """Every combination of the values that are not known and that the price asks for."""
    by_name = {field.name: field for field in fields}
    given = _given(inputs)
    known = {**_defaults(fields, with_inferred=with_inferred), **given}
    asked: dict[str, list[Any]] = {}
    rows: list[Rate | Factor] = [*price.rates, *price.factors]
    for name, wanted in (condition for row in rows for condition in row.when.items()):
        if name in by_name and name not in known and not isinstance(wanted, Present):
            asked.setdefault(name, []).append(wanted)
    possible = [_possible(by_name[name], wanted) for name, wanted in asked.items()]
    return [
        _Case(frozenset(given), {**known, **dict(zip(asked, values, strict=True))}, by_name)
        for values in product(*possible)
    ]


def _possible(field: Field, asked: Sequence[Any]) -> list[Any]:
    """What a field may be, as far as it matters: one value stands for all that no row asks for."""
    if not field.choices:
        return [*_distinct(asked), None]
    others = [choice for choice in field.choices if not _among(choice, asked)]
    return [value for value in _distinct(asked) if _among(value, field.choices)] + others[:1]


def _among(value: Any, values: Sequence[Any]) -> bool:
    return any(same(value, one) for one in values)


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for n, value in enumerate(values) if not _among(value, values[:n])]


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (list, tuple)) and not value)


def _given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if not _is_empty(value)}


def _defaults(fields: Sequence[Field], *, with_inferred: bool) -> dict[str, Any]:
    return {
        field.name: field.default
        for field in fields
        if field.default is not None and (with_inferred or not field.is_inferred("default"))
    }


def _by_function(
    price: Price,
    cost: Callable[[Mapping[str, Any]], object],
    fields: Sequence[Field],
    inputs: Mapping[str, Any],
) -> Estimate:
    """The estimate that a price's own function makes."""
    low, high = _told(cost, {**_defaults(fields, with_inferred=False), **_given(inputs)})
    likely: Decimal | None = low
    if low != high:
        least, most = _told(cost, {**_defaults(fields, with_inferred=True), **_given(inputs)})
        likely = least if least == most and low <= least <= high else None
    return Estimate(low=low, high=high, likely=likely, as_of=price.as_of)


def _told(cost: Callable[[Mapping[str, Any]], object], known: Mapping[str, Any]) -> Any:
    try:
        told = cost(known)
    except Exception as error:
        raise PluginError(f"the function of its price failed: {summary(error)}") from error
    span: tuple[Any, ...] = told if isinstance(told, tuple) else (told, told)
    fits = len(span) == 2 and all(
        isinstance(one, Decimal) and not one.is_nan() and one >= 0 for one in span
    )
    if not fits or span[0] > span[1] or not span[0].is_finite():
        what = "the least and the most" if isinstance(told, tuple) else shown(told)
        raise PluginError(
            f"the function of its price gives {what}, which is no price: a Decimal, or a tuple of "
            "the least and the most"
        )
    return span


def _documented_rate(price: Price, case: _Case) -> tuple[Decimal, Decimal]:
    """The least and most per unit: the first row that holds, if it is documented."""
    row = next((rate for rate in price.rates if case.meets(rate.when)), None)
    if row is None or row.unverified:
        return price.low, price.high
    return row.amount, row.amount


def _documented_cost(price: Price, case: _Case) -> tuple[Decimal, Decimal]:
    rates, units = _documented_rate(price, case), _units(price, case)
    low, high = _times(rates[0], units[0]), _times(rates[1], units[1])
    for factor in price.factors:
        if case.meets(factor.when):
            changed = _times(low, factor.factor), _times(high, factor.factor)
            low = min(low, changed[0]) if factor.unverified else changed[0]
            high = max(high, changed[1]) if factor.unverified else changed[1]
    return low, high


def _times(amount: Decimal, count: Decimal) -> Decimal:
    return Decimal(0) if not amount or not count else amount * count


def _units(price: Price, case: _Case) -> tuple[Decimal, Decimal]:
    low, high = units_of(price.quantity, case)
    extra = price.extra_quantity
    if extra is not None and extra.field in case.given:
        return low + extra.low, high + extra.high
    return low, high


def _likely(price: Price, case: _Case) -> Decimal | None:
    """The price by all rows, inferred ones too; None where they leave it open."""
    row = next((rate for rate in price.rates if case.meets(rate.when)), None)
    low, high = _units(price, case)
    if low != high or (row is None and price.low != price.high):
        return None
    amount = price.low if row is None else row.amount
    return amount * low * prod(f.factor for f in price.factors if case.meets(f.when))


def _notes(price: Price, low: Decimal, high: Decimal, case: _Case) -> Iterator[str]:
    if low != high:
        hint = f"; depends on {', '.join(price.depends_on)}" if price.depends_on else ""
        yield f"documented as {in_usd(low)} to {in_usd(high)} per {price.unit}{hint}"
    extra = price.extra_quantity
    if len(set(units_of(price.quantity, case))) > 1:
        names = [name for one in factors_of(price.quantity) for name in one.names()]
        missing = [name for name in names if name not in case.values]
        if len(missing) > 1:
            said = f"{listed(missing, 'and')} were not given, so all that they may be is counted"
        else:
            said = f"{''.join(missing) or 'what is counted'} was not given, so all that it may be"
            said += " is counted"
        yield said
    if extra is not None and extra.field in case.given and extra.low != extra.high:
        billed = f"{extra.low} to {extra.high} times the price per {price.unit}"
        yield f"{extra.field} is billed too: {billed}"
