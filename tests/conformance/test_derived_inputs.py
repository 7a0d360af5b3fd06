"""Inputs that the kit derives from fields lie on that side of each limit that it says."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins import Field, MediaRule
from modelhunter.plugins.field_validation import value_findings
from modelhunter.testing.examples import edges, example
from modelhunter.testing.patterns import matching

NUMBERS = st.integers(-50, 50)


def whole_numbers() -> st.SearchStrategy[Field]:
    def make(low: int, span: int, step: int | None) -> Field:
        # a span of a step holds a multiple of it
        high = low + span + (step or 0)
        return Field(name="f", type="integer", minimum=low, maximum=high, multiple_of=step)

    return st.builds(make, NUMBERS, st.integers(0, 60), st.none() | st.integers(1, 9))


def texts() -> st.SearchStrategy[Field]:
    def make(least: int | None, more: int | None) -> Field:
        most = None if more is None else (least or 0) + more
        return Field(name="f", type="string", min_length=least, max_length=most)

    sizes = st.none() | st.integers(0, 60)
    return st.builds(make, sizes, sizes)


def choices() -> st.SearchStrategy[Field]:
    words = st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True)
    numbers = st.lists(NUMBERS, min_size=1, max_size=4, unique=True)
    return words.map(lambda c: Field(name="f", type="string", choices=tuple(c))) | numbers.map(
        lambda c: Field(name="f", type="integer", choices=tuple(c))
    )


def others() -> st.SearchStrategy[Field]:
    media = st.builds(
        MediaRule,
        kind=st.sampled_from(["image", "video", "audio", "3d"]),
        max_bytes=st.none() | st.integers(1, 10**8),
        data_uri=st.booleans(),
    )
    return st.just(Field(name="f", type="boolean")) | media.map(
        lambda rule: Field(name="f", type="string", media=rule)
    )


def composed(inner: st.SearchStrategy[Field]) -> st.SearchStrategy[Field]:
    def in_list(item: Field, least: int | None, more: int | None) -> Field:
        most = None if more is None else (least or 0) + more
        return Field(name="f", type="array", item=item, min_items=least, max_items=most)

    def in_object(parts: list[Field], required: bool) -> Field:
        named = tuple(evolve(p, name=f"p{n}", required=required) for n, p in enumerate(parts))
        return Field(name="f", type="object", properties=named)

    counts = st.none() | st.integers(0, 3)
    lists = st.builds(in_list, inner, counts, st.none() | st.integers(1, 3))
    return lists | st.builds(in_object, st.lists(inner, min_size=1, max_size=3), st.booleans())


FIELDS = st.recursive(whole_numbers() | texts() | choices() | others(), composed, max_leaves=4)


@given(FIELDS)
def test_examples_fit_and_edges_are_on_the_side_they_say(made):
    assert not list(value_findings(made, example(made), "f", "m"))
    for edge in edges(made):
        found = list(value_findings(made, edge.value, "f", "m"))
        assert (not found) == edge.fits, edge


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        r"^\d{4}-\d{2}$",
        "^(png|jpe?g)$",
        r"^#[0-9A-Fa-f]{6}$",
        r"^[^/\s]+/[^/]+$",
        r"^\w[\w.-]*@\w+\.[a-z]{2,}$",
        "x",
        r"^(?:[A-G][#b]?)(?: [A-G])*$",
        r"^\S\D\W$",
        "^[^a-zA-Z0-9 ]b?$",
    ],
)
def test_texts_of_usual_forms_are_made(pattern):
    assert re.search(pattern, matching(pattern))
    made = Field(name="f", type="string", pattern=pattern)
    assert not list(value_findings(made, example(made), "f", "m"))


def test_a_form_keeps_its_length():
    assert matching("^[a-z]+$", 5, 5) == "aaaaa"
    assert matching("^[a-z]{3}$", 5) is None


def test_a_form_that_is_too_clever_is_tried_from_outside_only():
    clever = Field(name="f", type="string", pattern="^(?=.*[0-9])(?=.*[a-z])[a-z0-9]{2}$")
    made = Field(name="f", type="array", item=clever, min_items=1)
    assert matching(clever.pattern) is None
    assert {edge.fits for edge in edges(made)} == {False}
