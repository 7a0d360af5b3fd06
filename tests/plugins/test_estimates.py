from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins import ExtraQuantity, Factor, Field, Present, Price, Rate, estimate

GUESSED = frozenset({"default"})
FIELDS = (
    Field(name="duration", type="integer", minimum=1, maximum=16, default=5, unverified=GUESSED),
    Field(name="resolution", type="string", choices=("540p", "720p", "1080p"), default="720p"),
    Field(name="mode", type="string", choices=("std", "pro"), default="std", unverified=GUESSED),
    Field(name="sound", type="string", choices=("on", "off"), default="off", unverified=GUESSED),
    Field(name="off_peak", type="boolean", default=False),
    Field(name="videos", type="array"),
    Field(name="seconds", type="string", choices=("4s", "8s")),
)


def price(low, high, **more):
    defaults = {"unit": "second", "quantity": "duration", "as_of": date(2026, 11, 21)}
    return Price(low=Decimal(low), high=Decimal(high), **(defaults | more))


def rate(amount, unverified=True, **when):
    return Rate(when=when, amount=Decimal(amount), unverified=unverified)


def costs(price, **inputs):
    found = estimate(price, FIELDS, inputs)
    return tuple(None if n is None else str(n) for n in (found.low, found.high, found.likely))


# seconds by resolution, the split inferred, half price off peak
BY_RESOLUTION = price(
    "0.04",
    "0.08",
    depends_on=("resolution", "off_peak"),
    rates=(
        rate("0.04", resolution="540p"),
        rate("0.06", resolution="720p"),
        rate("0.08", resolution="1080p"),
    ),
    factors=(Factor(when={"off_peak": True}, factor=Decimal("0.5")),),
)
# a fixed price per video, by mode, sound and length, with holes in the table
PER_VIDEO = price(
    "0.21",
    "1.40",
    unit="video",
    quantity=None,
    depends_on=("mode", "sound", "duration"),
    rates=(
        rate("0.21", mode="std", sound="off", duration=5),
        rate("0.70", mode="pro", sound="on", duration=5),
        rate("1.40", mode="pro", sound="on", duration=10),
    ),
)
# a documented table; a video as input costs less per second and its own seconds
DOCUMENTED = price(
    "0.0575",
    "0.51",
    depends_on=("resolution", "videos"),
    rates=(
        rate("0.0575", False, resolution="540p", videos=Present()),
        rate("0.125", False, resolution="720p", videos=Present()),
        rate("0.095", False, resolution="540p", videos=Present(False)),
        rate("0.205", False, resolution="720p", videos=Present(False)),
    ),
    extra_quantity=ExtraQuantity(field="videos", low=Decimal(0), high=Decimal(15)),
)


@pytest.mark.parametrize(
    ("table", "inputs", "expected"),
    [
        (BY_RESOLUTION, {"duration": 4, "resolution": "720p"}, ("0.16", "0.32", "0.24")),
        # the default of the resolution is documented
        (BY_RESOLUTION, {"duration": 4}, ("0.16", "0.32", "0.24")),
        (BY_RESOLUTION, {"duration": 4, "off_peak": True}, ("0.080", "0.160", "0.120")),
        (BY_RESOLUTION, {"duration": 4, "off_peak": False}, ("0.16", "0.32", "0.24")),
        # the default of the duration is not: anything from 1 to 16 counts, 5 is likely
        (BY_RESOLUTION, {}, ("0.04", "1.28", "0.30")),
        (BY_RESOLUTION, {"duration": None}, ("0.04", "1.28", "0.30")),
        # a resolution that the table lacks
        (BY_RESOLUTION, {"duration": 4, "resolution": "4K"}, ("0.16", "0.32", None)),
        (PER_VIDEO, {"mode": "std", "sound": "off", "duration": 5}, ("0.21", "1.40", "0.21")),
        (PER_VIDEO, {"duration": 5}, ("0.21", "1.40", "0.21")),
        (PER_VIDEO, {"mode": "std", "sound": "on", "duration": 5}, ("0.21", "1.40", None)),
        (PER_VIDEO, {"mode": "pro", "sound": "on"}, ("0.21", "1.40", "0.70")),
        (DOCUMENTED, {"duration": 5}, ("1.025", "1.025", "1.025")),
        (DOCUMENTED, {"duration": 5, "videos": []}, ("1.025", "1.025", "1.025")),
        (DOCUMENTED, {"duration": 5, "resolution": "540p"}, ("0.475", "0.475", "0.475")),
        (DOCUMENTED, {"duration": 5, "videos": ["x"]}, ("0.625", "2.500", None)),
    ],
)
def test_examples(table, inputs, expected):
    assert costs(table, **inputs) == expected


def test_an_inferred_row_that_does_not_hold_hides_no_documented_one():
    table = price(
        "1", "3", rates=(rate("3", mode="pro"), rate("2", False, mode="std")), quantity=None
    )
    assert costs(table, mode="std") == ("2", "2", "2")
    # the default mode is inferred, so the documented price is the whole range
    assert costs(table) == ("1", "3", "2")


def test_documented_rows_that_may_hold_span_the_range():
    rates = (rate("1", False, mode="std"), rate("2", False, mode="pro"), rate("3", False))
    # the last row is for neither mode, and there is no third
    assert costs(price("1", "9", rates=rates, quantity=None)) == ("1", "2", "1")


def test_an_inferred_discount_widens_the_range_and_moves_the_likely():
    half = Factor(when={"off_peak": True}, factor=Decimal("0.5"), unverified=True)
    table = price("2", "2", factors=(half,), quantity=None)
    assert costs(table, off_peak=True) == ("1.0", "2", "1.0")


def test_a_discount_that_may_apply_widens_the_range():
    fields = (Field(name="tier", type="string", choices=("flex", "default")),)
    half = Factor(when={"tier": "flex"}, factor=Decimal("0.5"))
    found = estimate(price("2", "2", factors=(half,), quantity=None), fields, {})
    assert (found.low, found.high, found.likely) == (1, 2, None)


def test_a_price_that_depends_on_a_field_the_capability_lacks():
    table = price(
        "1", "2", rates=(rate("1", False, elsewhere="x"), rate("2", False)), quantity=None
    )
    assert costs(table) == ("2", "2", "2")


@pytest.mark.parametrize(
    ("given_seconds", "expected"),
    [
        ({"seconds": "8s"}, ("8", "8", "8")),
        ({"seconds": "8"}, ("8", "8", "8")),
        ({}, ("4", "8", None)),
    ],
)
def test_lengths_may_be_text(given_seconds, expected):
    assert costs(price("1", "1", quantity="seconds"), **given_seconds) == expected


def test_what_nothing_bounds_costs_infinitely_much_at_most():
    fields = (Field(name="duration", type="number"),)
    found = estimate(price("0.04", "0.08"), fields, {})
    assert (found.low, found.high) == (0, Decimal("Infinity"))
    assert str(found) == "$0.00 or more"
    free = estimate(price("0", "0"), fields, {})
    assert (free.low, free.high, free.likely) == (0, 0, 0)


def test_an_estimate_reads_well():
    found = estimate(BY_RESOLUTION, FIELDS, {"duration": 4})
    assert str(found) == "$0.16 to $0.32, likely $0.24"
    assert found.as_of == date(2026, 11, 21)
    assert found.notes == (
        "documented as $0.04 to $0.08 per second; depends on resolution, off_peak",
    )
    assert str(estimate(DOCUMENTED, FIELDS, {"duration": 5})) == "$1.025"
    assert estimate(DOCUMENTED, FIELDS, {"duration": 5}).notes == ()


def test_the_notes_say_what_a_range_hangs_on():
    notes = estimate(DOCUMENTED, FIELDS, {"videos": ["x"]}).notes
    assert notes == (
        "duration was not given, so all that it may be is counted",
        "videos is billed too: 0 to 15 times the price per second",
    )


# ------------------------------------------------------------------- for any table

AMOUNTS = st.decimals("0.01", "2", places=2)
VALUES = {
    "resolution": st.sampled_from(["540p", "720p", "1080p"]),
    "mode": st.sampled_from(["std", "pro"]),
    "sound": st.sampled_from(["on", "off"]),
    "off_peak": st.booleans(),
    "videos": st.sampled_from([["x"], []]),
}
WHENS = st.fixed_dictionaries(
    {}, optional={name: v for name, v in VALUES.items() if name != "videos"}
) | st.fixed_dictionaries({"videos": st.builds(Present, st.booleans())})
INPUTS = st.fixed_dictionaries({}, optional={**VALUES, "duration": st.integers(1, 16)})


@st.composite
def tables(draw, quantity=None):
    low, high = sorted((draw(AMOUNTS), draw(AMOUNTS)))
    within = st.decimals(low, high, places=2)
    extra = ExtraQuantity(field="videos", low=Decimal(0), high=Decimal(15))
    return price(
        low,
        high,
        quantity=quantity or draw(st.sampled_from([None, "duration"])),
        rates=tuple(
            draw(
                st.lists(
                    st.builds(Rate, when=WHENS, amount=within, unverified=st.booleans()), max_size=5
                )
            )
        ),
        factors=tuple(
            draw(
                st.lists(
                    st.builds(
                        Factor,
                        when=WHENS,
                        factor=st.sampled_from([Decimal("0.5"), Decimal(2)]),
                        unverified=st.booleans(),
                    ),
                    max_size=2,
                )
            )
        ),
        extra_quantity=draw(st.sampled_from([None, extra])),
    )


@given(tables(), INPUTS)
def test_the_likely_price_lies_within_the_range(table, inputs):
    found = estimate(table, FIELDS, inputs)
    assert 0 <= found.low <= found.high
    assert found.likely is None or found.low <= found.likely <= found.high


@given(tables("duration"), INPUTS, st.integers(1, 16), st.integers(1, 16))
def test_a_longer_job_never_costs_less(table, inputs, some, more):
    one = estimate(table, FIELDS, inputs | {"duration": min(some, more)})
    other = estimate(table, FIELDS, inputs | {"duration": max(some, more)})
    assert one.low <= other.low
    assert one.high <= other.high


@given(tables(), INPUTS, INPUTS)
def test_saying_more_never_widens_the_range(table, inputs, more):
    # the price of what was said lies within the price of what was left open, unless it replaces
    # a documented default
    documented = {"resolution", "off_peak", "videos"}
    more = {n: v for n, v in more.items() if n not in documented and n not in inputs}
    open_price, said = estimate(table, FIELDS, inputs), estimate(table, FIELDS, inputs | more)
    assert open_price.low <= said.low
    assert said.high <= open_price.high


@given(
    tables(),
    st.dictionaries(
        st.sampled_from([f.name for f in FIELDS]),
        st.one_of(
            st.text(), st.floats(), st.integers(), st.none(), st.lists(st.integers()), st.decimals()
        ),
    ),
)
def test_inputs_that_were_not_checked_never_break_it(table, inputs):
    found = estimate(table, FIELDS, inputs)
    assert found.low <= found.high
