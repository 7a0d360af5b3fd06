"""Any value of a described type comes back as it was, and any other is refused with its place."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from modelhunter.runtime.decode import WireError
from modelhunter.runtime.encode import plain

if TYPE_CHECKING:
    from sample_package import Generated, Make

Pair = tuple[dict[str, Any], st.SearchStrategy[Any]]
"""A schema, and values of it."""

names = st.text(min_size=1, max_size=6)
finite = st.floats(allow_nan=False, allow_infinity=False)
instants = st.datetimes(min_value=dt.datetime(1, 1, 2), max_value=dt.datetime(9999, 12, 30)).map(
    lambda at: at.replace(tzinfo=dt.UTC).isoformat().replace("+00:00", "Z")
)

LEAVES: list[Pair] = [
    ({"type": "string"}, st.text()),
    ({"type": "integer"}, st.integers()),
    ({"type": "number"}, finite),
    ({"type": "boolean"}, st.booleans()),
    ({"type": "string", "format": "date-time"}, instants),
    ({"type": "string", "format": "date"}, st.dates().map(dt.date.isoformat)),
    ({"type": "number", "format": "decimal"}, finite),
    ({"type": "string", "format": "byte"}, st.binary().map(lambda b: base64.b64encode(b).decode())),
    ({"enum": ["a", "b c", "3"]}, st.sampled_from(["a", "b c", "3"]) | st.text()),
    ({"const": "k"}, st.just("k")),
    ({}, st.none() | st.integers() | st.text() | st.lists(st.integers())),
]  # fmt: skip


def nullable(pair: Pair) -> Pair:
    return {"anyOf": [pair[0], {"type": "null"}]}, st.none() | pair[1]


def array(pair: Pair) -> Pair:
    return {"type": "array", "items": pair[0]}, st.lists(pair[1], max_size=3)


def mapping(pair: Pair) -> Pair:
    values = st.dictionaries(names, pair[1], max_size=3)
    return {"type": "object", "additionalProperties": pair[0]}, values


def model(members: dict[str, tuple[Pair, bool]]) -> Pair:
    schema = {
        "type": "object",
        "properties": {name: pair[0] for name, (pair, _) in members.items()},
        "required": [name for name, (_, required) in members.items() if required],
    }
    required = {name: pair[1] for name, (pair, needed) in members.items() if needed}
    optional = {
        name: pair[1].filter(lambda value: value is not None)
        for name, (pair, needed) in members.items()
        if not needed
    }
    return schema, st.fixed_dictionaries(required, optional=optional)


def pairs(depth: int = 2) -> st.SearchStrategy[Pair]:
    leaves = st.sampled_from(LEAVES)
    if depth == 0:
        return leaves
    inner = pairs(depth - 1)
    members = st.dictionaries(names, st.tuples(inner, st.booleans()), min_size=1, max_size=4)
    return leaves | inner.map(nullable) | inner.map(array) | inner.map(mapping) | members.map(model)


@pytest.fixture
def generated(make: Make) -> Any:
    return lambda schema: make({"Value": schema})


@given(pair=pairs(), data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_read_is_written_back(generated: Any, pair: Pair, data: st.DataObject) -> None:
    schema, values = pair
    made: Generated = generated(schema)
    for _ in range(3):
        value = data.draw(values)
        wire = json.loads(json.dumps(value))
        assert same(plain(made.decode("Value", wire)), value)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON: 1 and 1.0 are one number, times may be written in two ways."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return dt.datetime.fromisoformat(one) == dt.datetime.fromisoformat(other)
    return bool(one == other)


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, str),
        ({"type": "integer"}, int),
        ({"type": "number"}, (int, float)),
        ({"type": "boolean"}, bool),
        ({"type": "array"}, list),
        ({"type": "object"}, dict),
    ],
)
def test_what_is_of_another_type_is_refused(generated: Any, schema: Any, kinds: Any) -> None:
    made: Generated = generated(
        {"type": "object", "properties": {"v": {"type": "array", "items": schema}}}
    )

    @given(
        st.none()
        | st.booleans()
        | finite
        | st.text()
        | st.lists(st.none())
        | st.dictionaries(names, st.none())
    )
    @settings(max_examples=40, deadline=None)
    def refuses(value: Any) -> None:
        is_bool = isinstance(value, bool)
        assume(not isinstance(value, kinds) or (is_bool and kinds is not bool))
        assume(not (kinds is int and isinstance(value, float) and value.is_integer()))
        with pytest.raises(WireError) as caught:
            made.decode("Value", {"v": [value]})
        assert caught.value.path == "$.v[0]"

    refuses()
