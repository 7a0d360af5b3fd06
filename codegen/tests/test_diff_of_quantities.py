"""Whatever a price counts otherwise, the diff tells."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from modelhunter_codegen.diff.prices import price_changes
from modelhunter_codegen.source import Map, Seq

FORMS: tuple[Any, ...] = (
    None,
    "prompt",
    {"characters": "prompt"},
    {"characters": ["prompt", "shots.prompt"]},
    {"characters": "prompt", "per": 1000},
    {"characters": "prompt", "per": 1000, "rounded_up": True},
    {"items": "prompt"},
    {"megapixels": "prompt"},
    {"megapixels": ["width", "height"]},
    {"number": "prompt", "per": 2},
    [{"characters": "prompt"}, "count"],
)


def price(quantity: Any) -> Map:
    made = Map("a.yaml", 1)
    made.update({"unit": "unit", "low": "1", "high": "1"})
    if quantity is not None:
        made["quantity"] = node(quantity)
    return made


def node(given: Any) -> Any:
    if isinstance(given, dict):
        made = Map("a.yaml", 1)
        made.update({key: node(value) for key, value in given.items()})
        return made
    if isinstance(given, list):
        listed = Seq("a.yaml", 1)
        listed.extend(map(node, given))
        return listed
    return given


@pytest.mark.parametrize(("old", "new"), [*permutations(FORMS, 2)])
def test_each_form_is_told_from_each_other(old: Any, new: Any) -> None:
    (change,) = price_changes(price(old), price(new), {})
    assert (change.kind, change.impact) == ("price-unit-changed", "possibly")


@pytest.mark.parametrize("form", FORMS)
def test_what_counts_as_before_is_no_change_also_under_a_new_name(form: Any) -> None:
    assert not [*price_changes(price(form), price(form), {})]
    renamed = json.loads(json.dumps(form).replace('"prompt"', '"words"'))
    assert not [*price_changes(price(form), price(renamed), {"prompt": "words"})]
