"""Rules and inputs that say little take little work. It is counted in calls, not in time."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.plugins.rules import faults, holds, is_multiple

if TYPE_CHECKING:
    from collections.abc import Callable


def calls(act: Callable[[], object]) -> int:
    """How many functions are called, those of the interpreter included."""
    found = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize(
    "item", [lambda n: n, lambda n: [n], lambda n: {"a": n}, lambda n: {"a": [{"b": str(n)}]}]
)
def test_unique_items_cost_as_they_are_many(item: Callable[[int], Any]) -> None:
    rule = {"uniqueItems": True}
    short, long = ([item(n) for n in range(count)] for count in (200, 800))
    assert calls(lambda: holds(rule, long)) < 6 * calls(lambda: holds(rule, short))
    assert holds(rule, long)
    assert not holds(rule, [*long, item(7)])


def test_a_rule_of_too_many_schemas_is_told_and_not_followed() -> None:
    rule: Any = {"required": ["a"]}
    for _ in range(900):
        rule = {"not": rule}
    (fault,) = faults(rule)
    assert "too many schemas" in fault


def test_a_rule_that_repeats_itself_is_told_and_not_followed() -> None:
    rule: Any = {"required": ["a"]}
    for _ in range(40):
        rule = {"allOf": [rule, rule]}
    assert calls(lambda: list(faults(rule))) < 2_000_000
    assert any("too many schemas" in fault for fault in faults(rule))


@pytest.mark.parametrize(
    "number", [10**100_000, Decimal("1e999999"), Decimal("1e-999999"), 1e308], ids="abcd"
)
@pytest.mark.parametrize("step", [0.1, 3, 1e-300, Decimal("1e-999999")])
def test_multiples_of_numbers_without_end_take_no_time(number: Any, step: Any) -> None:
    assert calls(lambda: is_multiple(number, step)) < 200
