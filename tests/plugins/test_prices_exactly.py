"""Prices to the cent: what each part of one does, one at a time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modelhunter.errors import PluginError
from modelhunter.plugins import ExtraQuantity, Factor, Field, Number, Present, Price, Rate, estimate

FIELDS = (
    Field(name="mode", type="string", choices=("std", "pro")),
    Field(name="style", type="string", default="plain", unverified=frozenset({"default"})),
    Field(name="video", type="string"),
    Field(name="seconds", type="integer", minimum=1, maximum=4),
    Field(name="frames", type="integer", minimum=2, maximum=3),
)


def price(low: str = "1", high: str | None = None, **more: Any) -> Price:
    usual = {"unit": "video", "as_of": date(2026, 11, 21)}
    return Price(low=Decimal(low), high=Decimal(high or low), **(usual | more))


def costs(one: Price, **inputs: Any) -> tuple[float, float, float | None]:
    found = estimate(one, FIELDS, inputs)
    return (
        float(found.low),
        float(found.high),
        None if found.likely is None else float(found.likely),
    )


def test_what_is_not_said_is_documented_and_given() -> None:
    assert Present().given
    row = Rate(when={"mode": "std"}, amount=Decimal(3))
    assert costs(price("1", "9", rates=(row,)), mode="std") == (3, 3, 3)
    assert costs(price(factors=(Factor(when={"mode": "std"}, factor=Decimal(3)),)), mode="std") == (
        *(3, 3, 3),
    )
    assert not ExtraQuantity(field="video", low=Decimal(1), high=Decimal(1)).unverified


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [("1", None, "$1.00 per video"), ("1", "2", "$1.00 to $2.00 per video")],
)
def test_a_price_reads_well(low: str, high: str | None, shown: str) -> None:
    assert str(price(low, high)) == shown


@pytest.mark.parametrize(
    ("factor", "unverified", "expected"),
    [
        ("0.5", False, (5, 10)),
        ("2", False, (20, 40)),
        ("0.5", True, (5, 20)),
        ("2", True, (10, 40)),
    ],
)
def test_a_factor_moves_the_range_and_an_inferred_one_widens_it(
    factor: str, unverified: bool, expected: tuple[float, float]
) -> None:
    row = Factor(when={"mode": "pro"}, factor=Decimal(factor), unverified=unverified)
    assert costs(price("10", "20", factors=(row,)), mode="pro")[:2] == expected
    assert costs(price("10", "20", factors=(row,)), mode="std")[:2] == (10, 20)


def test_what_is_billed_beside_it_is_added() -> None:
    extra = ExtraQuantity(field="video", low=Decimal(2), high=Decimal(5))
    found = price("10", quantity="seconds", extra_quantity=extra)
    assert costs(found, seconds=3) == (30, 30, 30)
    assert costs(found, seconds=3, video="https://x/a.mp4") == (50, 80, None)


def test_a_row_for_what_the_field_can_not_be_widens_nothing() -> None:
    rows = (
        Rate(when={"mode": "std"}, amount=Decimal(2)),
        Rate(when={"mode": "pro"}, amount=Decimal(3)),
        Rate(when={"mode": "ultra"}, amount=Decimal(9)),
    )
    assert costs(price("2", "9", rates=rows))[:2] == (2, 3)


def test_notes_say_what_a_range_hangs_on_where_that_is_known() -> None:
    assert estimate(price("1", "2"), FIELDS, {}).notes == (
        "documented as $1.00 to $2.00 per video",
    )
    hanging = price("1", "2", depends_on=("mode", "style"))
    (note,) = estimate(hanging, FIELDS, {}).notes
    assert note.endswith("; depends on mode, style")
    (note,) = estimate(price(quantity=(Number("seconds"), Number("frames"))), FIELDS, {}).notes
    assert note == "seconds and frames were not given, so all that they may be is counted"
    (note,) = estimate(
        price(quantity=(Number("seconds"), Number("frames"))), FIELDS, {"frames": 2}
    ).notes
    assert note == "seconds was not given, so all that it may be is counted"


# ------------------------------------------------------------------- a function


def by(function: Any) -> Price:
    return price("1", "9", cost=function)


@pytest.mark.parametrize("amount", [0, 1, 7.5])
def test_one_amount_is_the_price(amount: float) -> None:
    assert costs(by(lambda known: Decimal(str(amount)))) == (amount, amount, amount)


@pytest.mark.parametrize(
    ("likely", "expected"),
    [((1, 1), 1), ((3, 3), 3), ((2, 2), 2), ((2, 3), None), ((4, 4), None), ((0, 0), None)],
)
def test_a_range_is_likely_what_inferred_defaults_make_of_it(
    likely: tuple[int, int], expected: int | None
) -> None:
    def cost(known: dict[str, Any]) -> tuple[Decimal, Decimal]:
        low, high = likely if "style" in known else (1, 3)
        return Decimal(low), Decimal(high)

    assert costs(by(cost)) == (1, 3, expected)


def test_a_function_may_know_no_end() -> None:
    assert costs(by(lambda known: (Decimal(1), Decimal("Infinity"))))[1] == float("inf")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Decimal(-1), "gives -1, which is no price"),
        (Decimal("-0.01"), "gives -0.01,"),
        (Decimal("NaN"), "gives NaN,"),
        (Decimal("Infinity"), "gives Infinity,"),
        (1, "gives 1,"),
        ("1", "gives '1',"),
        (None, "gives None,"),
        ((Decimal(2), Decimal(1)), "gives the least and the most, which is no price"),
        ((Decimal(1),), "gives the least and the most,"),
        ((Decimal(1), Decimal(2), Decimal(3)), "gives the least and the most,"),
        ((Decimal(1), "2"), "gives the least and the most,"),
        ((Decimal(1), Decimal("NaN")), "gives the least and the most,"),
    ],
)
def test_what_is_no_price_is_told(told: object, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        costs(by(lambda known: told))
