from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.errors import ModelHunterError
from modelhunter.runtime import decode, forms, params, unions
from modelhunter.runtime.encode import Upload, decimal_number, instant_text, plain, register
from modelhunter.runtime.escape import Encoded
from modelhunter.runtime.forms import Encoding


def test_unset_is_one_false_thing() -> None:
    assert not decode.UNSET
    assert repr(decode.UNSET) == "UNSET"
    assert copy.deepcopy(decode.UNSET) is decode.UNSET
    assert pickle.loads(pickle.dumps(decode.UNSET)) is decode.UNSET


def test_an_error_says_where_and_survives_pickling() -> None:
    error = decode.WireError("a number", "x" * 100).under(3).under("my data").under("page")
    assert isinstance(error, ModelHunterError)
    assert error.path == '$.page["my data"][3]'
    assert len(str(error)) < 120
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.path) == (str(error), error.path)


@given(finite=st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_are_exact(finite: float) -> None:
    made = decode.decimal(json.loads(json.dumps(finite)))
    assert made == Decimal(repr(finite))
    assert decimal_number(made) == finite
    assert decimal_number(Decimal(10**30 + 1)) == 10**30 + 1


def test_decimals_that_are_no_numbers_are_not_sent() -> None:
    for value in ("NaN", "Infinity"):
        with pytest.raises(decode.WireError):
            decimal_number(Decimal(value))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T08:15:00Z", "2026-03-02T08:15:00Z"),
        ("2026-03-02T08:15:00", "2026-03-02T08:15:00Z"),
        ("2026-03-02T08:15:00.123456789Z", "2026-03-02T08:15:00.123456Z"),
        ("2026-03-02T10:15:00+02:00", "2026-03-02T10:15:00+02:00"),
    ],
)
def test_instants_are_aware(text: str, utc: str) -> None:
    made = decode.instant(text)
    assert made.tzinfo is not None
    assert instant_text(made) == utc


def test_an_instant_without_a_zone_is_sent_as_utc() -> None:
    assert instant_text(dt.datetime(2026, 1, 1)) == "2026-01-01T00:00:00Z"


def test_one_of_prefers_what_knows_most_and_tells_the_deepest_error() -> None:
    def reader(key: str) -> decode.Reader[Any]:
        def read(value: Any) -> Any:
            decode.member(key, decode.integer)(value)
            return key

        return read

    read = unions.one_of(
        "A or B",
        objects=((frozenset({"a"}), reader("a")), (frozenset({"a", "b"}), reader("b"))),
        others=(decode.string,),
    )
    assert read({"a": 1}) == "a"
    assert read({"a": 1, "b": 2}) == "b"
    assert read("text") == "text"
    with pytest.raises(decode.WireError, match=r"\$\.a: expected a whole number"):
        read({"a": "x"})
    with pytest.raises(decode.WireError, match=r"\$: expected A or B, got the number 4"):
        read(4)


def test_an_unknown_tag_keeps_the_object() -> None:
    read = unions.one_of("X", tag="t", tagged={"x": decode.member("n", decode.integer)})
    assert read({"t": "x", "n": 1}) == 1
    assert read({"t": "new", "n": "?"}) == {"t": "new", "n": "?"}
    assert read({"n": 1}) == 1
    with pytest.raises(decode.WireError):
        read([])


def test_lazy_functions_take_their_own_place() -> None:
    namespace: dict[str, Any] = {"__package__": "modelhunter.runtime"}
    namespace["f"] = stub = decode.lazy(namespace, ".decode", "integer")
    assert stub(3) == 3
    assert namespace["f"] is decode.integer
    assert stub(4) == 4


def test_plain_writes_by_type_and_refuses_the_rest() -> None:
    @define
    class Point:
        x: int

    register(Point, lambda value: Point(value["x"]), lambda point: {"x": point.x})
    given_ = {"a": [Point(1), None], "b": dt.date(2026, 1, 2), "c": b"hi", "d": decode.UNSET}
    assert plain(given_) == {"a": [{"x": 1}, None], "b": "2026-01-02", "c": "aGk="}
    with pytest.raises(decode.WireError):
        plain(object())


def test_cookies_forms_and_parts() -> None:
    assert params.cookies(("a", "1;2", True), ("b", None, True)) == {"Cookie": "a=1%3B2"}
    assert params.cookies(("b", None, True)) == {}
    assert params.headers(("X", [1, 2], False), ("Y", None, False)) == {"X": "1,2"}
    assert forms.form({"a": None, "b": {"c": 1}}, {"b": Encoding("deepObject")}) == [("b[c]", "1")]
    (part,) = forms.parts([("f", Upload(b"x", "n.txt")), ("g", None)], {})
    assert (part.name, part.filename) == ("f", "n.txt")
    assert isinstance(params.query("q", ["a"], explode=False)[0][1], Encoded)
    assert params.query("q", [], explode=False) == []
    with pytest.raises(decode.WireError):
        forms.members(3)


def test_floats_that_json_lacks_are_no_whole_numbers() -> None:
    for value in (math.inf, math.nan, 1.5, True, "1"):
        with pytest.raises(decode.WireError):
            decode.integer(value)
