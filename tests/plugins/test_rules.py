"""The rule evaluator against an independent implementation of JSON Schema."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins.rules import (
    faults,
    fields_named,
    holds,
    is_integer,
    is_multiple,
    is_number,
)

jsonschema = pytest.importorskip("jsonschema")

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-4, 4),
    st.sampled_from([0.0, 1.0, 1.5, -2.0]),
    st.sampled_from(["", "a", "ab", "xyz"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from(["null", "boolean", "string", "number", "integer", "array", "object"])
COUNTS = st.integers(0, 3)


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    by_name = st.dictionaries(NAMES, inner, max_size=2)
    names = st.lists(NAMES, unique=True, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "const": VALUES,
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "properties": by_name,
            "additionalProperties": inner,
            "required": names,
            "dependentRequired": st.dictionaries(NAMES, names, max_size=2),
            "dependentSchemas": by_name,
            "minProperties": COUNTS,
            "maxProperties": COUNTS,
            "items": inner,
            "contains": inner,
            "minContains": COUNTS,
            "maxContains": COUNTS,
            "minItems": COUNTS,
            "maxItems": COUNTS,
            "uniqueItems": st.booleans(),
            "minLength": COUNTS,
            "maxLength": COUNTS,
            "pattern": st.sampled_from(["a", "^a", "b$", "^$", "[xyz]{2}"]),
            "minimum": st.integers(-3, 3),
            "maximum": st.integers(-3, 3),
            "exclusiveMinimum": st.integers(-3, 3),
            "exclusiveMaximum": st.integers(-3, 3),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "not": inner,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "if": inner,
            "then": inner,
            "else": inner,
            "description": st.just("words"),
        },
    )


SCHEMAS = st.recursive(st.booleans() | schemas(st.booleans()), schemas, max_leaves=6)


@given(SCHEMAS, VALUES)
def test_it_agrees_with_jsonschema(schema, value):
    assert list(faults(schema)) == []
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert holds(schema, value) is expected


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"prefixItems": [True]}, "#/prefixItems"),
        ({"$ref": "#/x"}, "#/$ref"),
        ({"properties": {"a": {"format": "uri"}}}, "#/properties/a/format"),
        ({"allOf": [True, {"minimum": "1"}]}, "#/allOf/1/minimum"),
        ({"if": {"pattern": "("}}, "#/if/pattern"),
        ({"required": "a"}, "#/required"),
        ({"type": "text"}, "#/type"),
        ({"type": [1]}, "#/type"),
        ({"multipleOf": 0}, "#/multipleOf"),
        ({"anyOf": []}, "#/anyOf"),
        ({"dependentRequired": {"a": "b"}}, "#/dependentRequired"),
        ({"not": 3}, "#/not"),
        ({"minItems": True}, "#/minItems"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(schema, place):
    (fault,) = faults(schema)
    assert fault.startswith(f"{place}: ")


def test_annotations_are_allowed():
    assert list(faults({"description": "x", "x-unverified": True, "title": "t"})) == []


def test_the_fields_that_a_rule_speaks_about():
    rule = {
        "if": {"required": ["a"], "properties": {"b": {"properties": {"deep": True}}}},
        "then": {"anyOf": [{"required": ["c"]}, {"not": {"dependentRequired": {"d": ["e"]}}}]},
        "dependentSchemas": {"f": {"required": ["g"]}},
    }
    assert fields_named(rule) == set("abcdefg")


@given(st.from_type(object) | st.floats() | st.decimals() | st.complex_numbers())
def test_telling_numbers_never_fails(value):
    assert is_integer(value) <= is_number(value)


@pytest.mark.parametrize(
    ("value", "of", "expected"),
    [
        (0.3, 0.1, True),
        (0.35, 0.1, False),
        (10**50, 2, True),
        (10**50 + 1, 2, False),
        (Decimal("1e9000"), 0.1, False),
        (6, 1.5, True),
    ],
)
def test_multiples_are_decimal(value, of, expected):
    assert is_multiple(value, of) is expected
