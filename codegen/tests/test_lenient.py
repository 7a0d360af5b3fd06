"""Answers that deviate from their description: refused, or read as far as they fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhunter.errors import InvalidArgument, UnexpectedResponse
from modelhunter.runtime.client import Client
from modelhunter.runtime.message import Request, Response

if TYPE_CHECKING:
    from sample_package import Generated, Make

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
SCHEMAS: dict[str, Any] = {
    "Kind": {"type": "string", "enum": ["a", "b"]},
    "Owner": {"type": "object", "required": ["name"], "properties": {"name": TEXT, "age": NUMBER}},
    "Cat": {
        "type": "object",
        "required": ["kind", "lives"],
        "properties": {"kind": {"const": "cat"}, "lives": NUMBER},
    },
    "Dog": {
        "type": "object",
        "required": ["kind", "bark"],
        "properties": {"kind": {"const": "dog"}, "bark": TEXT},
    },
    "Pet": {
        "type": "object",
        "required": ["id", "name", "born", "owner", "any"],
        "properties": {
            "id": NUMBER,
            "name": TEXT,
            "born": {"type": "string", "format": "date-time"},
            "owner": {"$ref": "#/components/schemas/Owner"},
            "any": {},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "weight": {"type": "number"},
            "tags": {"type": "array", "items": TEXT},
            "owners": {"type": "array", "items": {"$ref": "#/components/schemas/Owner"}},
            "by_name": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/Owner"},
            },
            "pair": {"type": "array", "prefixItems": [TEXT, NUMBER], "items": False},
            "friend": {
                "oneOf": [
                    {"$ref": "#/components/schemas/Cat"},
                    {"$ref": "#/components/schemas/Dog"},
                ]
            },
            "day": {"type": "string", "format": "date"},
            "good": {"type": "boolean"},
        },
    },
}
GOOD: dict[str, Any] = {
    "id": 1,
    "name": "Tom",
    "born": "2026-01-01T00:00:00Z",
    "owner": {"name": "Ann", "age": 3},
    "any": [1],
    "kind": "a",
    "weight": 1.5,
    "tags": ["x", "y"],
    "owners": [{"name": "A"}, {"name": "B"}],
    "by_name": {"c": {"name": "C"}},
    "pair": ["x", 1],
    "friend": {"kind": "cat", "lives": 9},
    "day": "2026-01-01",
    "good": True,
}


def package(make: Make) -> Generated:
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    answers = {"200": {"description": "d", **answer}}
    paths = {"/p": {"get": {"operationId": "pet", "tags": ["t"], "responses": answers}}}
    return make(SCHEMAS, paths)


class Answering:
    """A transport that answers with one document."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def send(self, request: Request) -> Response:
        return Response(200, {}, json.dumps(self.document).encode())

    def close(self) -> None:
        self.document = None


def lenient(document: Any, **more: Any) -> Any:
    return Client("http://127.0.0.1:1", transport=Answering(document), reading="lenient", **more)


def test_what_fits_is_read_and_what_does_not_is_kept_and_listed(make: Make) -> None:
    made = package(make)
    bad = {
        **GOOD,
        "id": "seven",
        "born": "yesterday",
        "owner": {"age": "old"},
        "kind": ["a"],
        "weight": {},
        "tags": ["x", 2],
        "owners": [{"name": "A"}, 5, {"name": 6, "age": 7}],
        "by_name": {"c": {"name": None}},
        "pair": ["x", "y"],
        "friend": {"kind": "cat", "lives": "nine"},
        "day": 5,
        "good": "yes",
    }
    call = made.module("t").pet()
    answer = lenient(bad).exchange(call)
    pet = answer.value
    assert (pet.id, pet.name, pet.born, pet.kind, pet.weight) == (
        *("seven", "Tom", "yesterday", ["a"], {}),
    )
    assert (pet.owner.name, pet.owner.age) == (None, "old")
    assert (pet.tags, pet.pair, pet.day, pet.good) == (["x", 2], ("x", "y"), 5, "yes")
    assert pet.owners[1] == 5
    assert [(one.name, one.age) for one in (pet.owners[0], pet.owners[2])] == [("A", None), (6, 7)]
    assert pet.by_name["c"].name is None
    assert (type(pet.friend).__name__, pet.friend.lives) == ("Cat", "nine")
    assert {problem.path for problem in answer.problems} == {
        *("$.id", "$.born", "$.owner.name", "$.owner.age", "$.kind", "$.weight", "$.tags[1]"),
        *("$.owners[1]", "$.owners[2].name", "$.by_name.c.name", "$.pair[1]", "$.friend.lives"),
        *("$.day", "$.good"),
    }
    texts = [str(problem) for problem in answer.problems]
    assert '$.id: expected a whole number, got the string "seven"' in texts
    assert "$.owner.name: it is missing; expected a value" in texts


def test_strict_is_the_rule(make: Make) -> None:
    call = package(make).module("t").pet()
    client: Any = Client("http://127.0.0.1:1", transport=Answering({**GOOD, "id": "x"}))  # type: ignore[arg-type]
    with pytest.raises(UnexpectedResponse) as caught:
        client.send(call)
    assert caught.value.path == "$.id"
    assert json.loads(caught.value.raw)["id"] == "x"
    with pytest.raises(InvalidArgument, match="reading"):
        Client("http://127.0.0.1:1", reading="loose")  # type: ignore[arg-type]


def test_an_answer_of_another_kind_is_refused_in_any_case(make: Make) -> None:
    with pytest.raises(UnexpectedResponse, match="an object"):
        lenient([GOOD]).send(package(make).module("t").pet())


def test_one_odd_member_costs_nothing_else(make: Make) -> None:
    """Whatever stands in one member, the others are read as ever, and only that one is listed."""
    call = package(make).module("t").pet()
    whole = lenient(GOOD).exchange(call)
    assert whole.problems == ()
    values = st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
        *(st.lists(st.integers()), st.dictionaries(st.text(), st.integers())),
    )

    @settings(max_examples=60, deadline=None)
    @given(name=st.sampled_from(sorted(GOOD)), value=values)
    def one(name: str, value: Any) -> None:
        answer = lenient({**GOOD, name: value}).exchange(call)
        for other in GOOD:
            if other != name:
                assert getattr(answer.value, other) == getattr(whole.value, other)
        for problem in answer.problems:
            assert problem.path.startswith(f"$.{name}")

    one()
