from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.runtime.decode import UNSET, WireError

if TYPE_CHECKING:
    from sample_package import Make


def body(name: str) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        },
        "responses": {"204": {"description": "done"}},
    }


def test_scalars_are_read_strictly_and_written_back(make: Make) -> None:
    made = make(
        {
            "All": {
                "type": "object",
                "required": ["text", "whole", "real", "yes", "at", "day", "money", "price", "raw"],
                "properties": {
                    "text": {"type": "string"},
                    "whole": {"type": "integer"},
                    "real": {"type": "number"},
                    "yes": {"type": "boolean"},
                    "at": {"type": "string", "format": "date-time"},
                    "day": {"type": "string", "format": "date"},
                    "money": {"type": "number", "format": "decimal"},
                    "price": {"type": "string", "format": "decimal"},
                    "raw": {"type": "string", "format": "byte"},
                    "any": {},
                },
            }
        }
    )
    wire = {
        "text": "t",
        "whole": 3,
        "real": 2.5,
        "yes": True,
        "at": "2026-03-02T08:15:00Z",
        "day": "2026-03-02",
        "money": 0.1,
        "price": "0.10",
        "raw": "aGk=",
        "any": {"a": [1]},
    }
    value = made.decode("All", wire)
    assert value.at == dt.datetime(2026, 3, 2, 8, 15, tzinfo=dt.UTC)
    assert value.day == dt.date(2026, 3, 2)
    assert value.money == Decimal("0.1")
    assert value.price == Decimal("0.10")
    assert value.raw == b"hi"
    assert made.encode("All", value) == wire
    assert made.decode("All", {**wire, "whole": 3.0}).whole == 3
    assert made.decode("All", {**wire, "at": "2026-03-02T08:15:00"}).at.tzinfo is dt.UTC
    assert type(made.decode("All", {**wire, "real": 2}).real) is float
    for key, bad in [
        ("text", 1), ("whole", 1.9), ("whole", True), ("real", True), ("real", "1"), ("yes", 1),
        ("at", "soon"), ("at", 5), ("day", "2026"), ("money", "0.1"), ("price", 0.1),
        ("price", "NaN"), ("raw", "*"), ("text", None), ("real", 10**400),
    ]:  # fmt: skip
        with pytest.raises(WireError) as caught:
            made.decode("All", {**wire, key: bad})
        assert caught.value.path == f"$.{key}"


def test_a_missing_member_and_a_deep_one_are_named(make: Make) -> None:
    made = make(
        {
            "Leaf": {
                "type": "object",
                "required": ["size"],
                "properties": {"size": {"type": "integer"}},
            },
            "Tree": {
                "type": "object",
                "properties": {
                    "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
                    "by name": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Leaf"},
                        },
                    },
                },
            },
        }
    )
    with pytest.raises(WireError, match=r"\$\.leaves\[1\]\.size: it is missing"):
        made.decode("Tree", {"leaves": [{"size": 1}, {}]})
    with pytest.raises(WireError, match=r'\$\["by name"\]\.x\[0\]\.size: expected a whole number'):
        made.decode("Tree", {"by name": {"x": [{"size": "1"}]}})
    with pytest.raises(WireError, match=r"\$\.leaves: expected an array, got the string"):
        made.decode("Tree", {"leaves": "no"})
    with pytest.raises(WireError, match=r"\$: expected an object, got null"):
        made.decode("Tree", None)


def test_absent_and_null_differ_only_where_both_can_be_sent(make: Make) -> None:
    properties = {
        "must": {"type": ["string", "null"]},
        "may": {"type": ["integer", "null"]},
        "plain": {"type": "integer"},
        "free": {},
    }
    schema = {"type": "object", "required": ["must"], "properties": properties}
    made = make(
        {"Sent": schema, "Got": schema},
        {
            "/a": {"post": {"operationId": "a", **body("Sent")}},
        },
    )
    assert made.encode("Sent", made.Sent(must=None)) == {"must": None}
    assert made.encode("Sent", made.Sent(must="x", may=None)) == {"must": "x", "may": None}
    assert made.encode("Sent", made.Sent(must="x", may=3, plain=4)) == {
        "must": "x",
        "may": 3,
        "plain": 4,
    }
    assert made.decode("Sent", {"must": None}).may is UNSET
    assert made.decode("Sent", {"must": None, "may": None}).may is None
    got = made.decode("Got", {"must": "x", "may": None, "plain": None})
    assert (got.may, got.plain, got.free) == (None, None, None)
    with pytest.raises(TypeError):
        made.Sent()


def test_string_enums_are_open(make: Make) -> None:
    made = make(
        {
            "Color": {"type": "string", "enum": ["red", "dark-blue", "1st", "", "name", "None"]},
            "Car": {
                "type": "object",
                "properties": {
                    "color": {"$ref": "#/components/schemas/Color"},
                    "doors": {"type": "integer", "enum": [3, 5]},
                    "kind": {"type": "string", "enum": ["car"]},
                    "state": {"type": ["string", "null"], "enum": ["new", "old", None]},
                    "mixed": {"enum": ["a", 1, True]},
                },
            },
        }
    )
    car = made.decode("Car", {"color": "dark-blue", "doors": 4, "state": "new"})
    assert car.color is made.Color.DARK_BLUE
    assert car.doors == 4
    assert car.state == "new"
    unknown = made.decode("Car", {"color": "pink", "kind": "truck", "mixed": "z"})
    assert (unknown.color, unknown.kind, unknown.mixed) == ("pink", "truck", "z")
    assert made.encode("Car", car) == {"color": "dark-blue", "doors": 4, "state": "new"}
    with pytest.raises(WireError):
        made.decode("Car", {"color": 1})
    assert {member.value for member in made.Color} == {
        "red",
        "dark-blue",
        "1st",
        "",
        "name",
        "None",
    }


def test_constants_are_closed_and_filled_in(make: Make) -> None:
    made = make(
        {
            "Note": {
                "type": "object",
                "required": ["type", "version"],
                "properties": {"type": {"const": "note"}, "version": {"const": 2}},
            }
        }
    )
    assert made.encode("Note", made.Note()) == {"type": "note", "version": 2}
    with pytest.raises(WireError):
        made.decode("Note", {"type": "other", "version": 2})
    with pytest.raises(WireError):
        made.decode("Note", {"type": "note", "version": True})


def test_additional_members_are_kept_only_where_they_are_declared(make: Make) -> None:
    made = make(
        {
            "Open": {
                "type": "object",
                "properties": {"extra": {"type": "string"}},
                "additionalProperties": {"type": "integer"},
            },
            "Shut": {"type": "object", "properties": {"a": {"type": "string"}}},
            "Map": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "Patterns": {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
        }
    )
    value = made.decode("Open", {"extra": "e", "b": 1})
    assert (value.extra, value.extra_members) == ("e", {"b": 1})
    assert made.encode("Open", value) == {"extra": "e", "b": 1}
    with pytest.raises(WireError, match=r"\$\.b"):
        made.decode("Open", {"b": "no"})
    shut = made.decode("Shut", {"a": "x", "b": 1})
    assert made.encode("Shut", shut) == {"a": "x"}
    assert made.decode("Map", {"a": True}) == {"a": True}
    assert made.decode("Patterns", {"x1": 4}) == {"x1": 4}
    with pytest.raises(WireError):
        made.decode("Map", {"a": 1})


def test_all_of_is_merged(make: Make) -> None:
    made = make(
        {
            "Base": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}, "size": {"type": "number"}},
            },
            "Named": {"properties": {"name": {"type": "string"}}, "required": ["name", "size"]},
            "Thing": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {"$ref": "#/components/schemas/Named"},
                    {"type": "object", "properties": {"size": {"type": "integer"}}},
                ]
            },
            "Renamed": {"allOf": [{"$ref": "#/components/schemas/Base"}], "description": "same"},
            "Holder": {
                "type": "object",
                "properties": {
                    "thing": {
                        "allOf": [{"$ref": "#/components/schemas/Base"}],
                        "nullable": True,
                        "description": "d",
                    }
                },
            },
        },
        version="3.0.3",
    )
    thing = made.decode("Thing", {"id": "a", "size": 1.0, "name": "n"})
    assert (thing.id, thing.size, thing.name) == ("a", 1, "n")
    with pytest.raises(WireError):
        made.decode("Thing", {"id": "a", "size": 1.5, "name": "n"})
    with pytest.raises(WireError):
        made.decode("Thing", {"id": "a", "name": "n"})
    assert isinstance(made.decode("Renamed", {"id": "x"}), made.Base)
    assert isinstance(made.decode("Holder", {"thing": {"id": "x"}}).thing, made.Base)


def test_references_may_go_round_in_circles(make: Make) -> None:
    made = make(
        {
            "Node": {
                "type": "object",
                "properties": {
                    "next": {"$ref": "#/components/schemas/Node"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
                },
            },
            "Json": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "number"},
                    {"type": "null"},
                    {"type": "array", "items": {"$ref": "#/components/schemas/Json"}},
                    {
                        "type": "object",
                        "additionalProperties": {"$ref": "#/components/schemas/Json"},
                    },
                ]
            },
        }
    )
    node = made.decode("Node", {"next": {"children": [{}, {"next": {}}]}})
    assert isinstance(node.next.children[1].next, made.Node)
    assert made.encode("Node", node) == {"next": {"children": [{}, {"next": {}}]}}
    assert made.decode("Json", {"a": [1, None, {"b": "c"}]}) == {"a": [1.0, None, {"b": "c"}]}
    with pytest.raises(WireError):
        made.decode("Json", {"a": [True]})


def test_arrays_with_places_are_tuples(make: Make) -> None:
    made = make(
        {
            "Pair": {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "integer"}],
                "items": False,
            },
            "Loose": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            "Anything": {"type": "array"},
        }
    )
    assert made.decode("Pair", ["a", 1]) == ("a", 1)
    with pytest.raises(WireError, match=r"\$\[1\]"):
        made.decode("Pair", ["a", "b"])
    with pytest.raises(WireError):
        made.decode("Pair", ["a"])
    assert made.decode("Loose", ["a", 1, "b"]) == ["a", 1, "b"]
    assert made.decode("Anything", [1, None]) == [1, None]


def test_read_only_and_write_only_do_not_hinder_making_an_object(make: Make) -> None:
    schema = {
        "type": "object",
        "required": ["id", "name", "secret"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}
    operation = {**body("User"), "responses": {"200": {"description": "", **answer}}}
    made = make({"User": schema}, {"/u": {"post": {"operationId": "add", **operation}}})
    assert made.encode("User", made.User(name="n", secret="s")) == {"name": "n", "secret": "s"}
    assert made.decode("User", {"id": "1", "name": "n"}).secret is None


def test_names_that_python_can_not_have(make: Make) -> None:
    wire = {"class": 1, "_id": 2, "id": 3, "3d": 4, "self": 5, "a-b": 6, "a_b": 7, "": 8, "$": 9,
            "list": 10, "str": 11, "größe": 12}  # fmt: skip
    made = make(
        {
            "Odd": {
                "type": "object",
                "properties": {
                    **{name: {"type": "integer"} for name in wire},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            }
        }
    )
    value = made.decode("Odd", {**wire, "tags": ["x"]})
    assert made.encode("Odd", value) == {**wire, "tags": ["x"]}
    assert (value.class_, value.id, value.a_b, value.größe) == (1, 3, 7, 12)


def test_members_that_are_called_like_what_generated_code_uses(make: Make) -> None:
    words = ("field", "define", "item", "made", "value", "error", "encodeOdd", "decode_odd", "new")
    schema = {
        "type": "object",
        "required": ["made", "value"],
        "properties": {word: {"type": "string"} for word in words},
        "additionalProperties": {"type": "integer"},
    }
    made = make(
        {"Odd": schema}, {"/a": {"post": {"operationId": "a", "tags": ["t"], **body("Odd")}}}
    )
    wire = {word: word for word in words} | {"more": 1}
    assert made.encode("Odd", made.decode("Odd", wire)) == wire
    call = made.module("t").a(made="m", value="v", encode_odd="e", extra={"x": 1})
    assert call.body.value == {"made": "m", "value": "v", "encodeOdd": "e", "x": 1}


def test_importing_one_model_imports_no_other(make: Make) -> None:
    import sys

    made = make(
        {
            "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
            "B": {"type": "object", "properties": {"n": {"type": "integer"}}},
        }
    )
    made.module("models.a")
    assert f"{made.name}.models.b" not in sys.modules
    assert made.decode("A", {"b": {"n": 1}}).b.n == 1
    assert f"{made.name}.models.b" in sys.modules


def test_adding_a_schema_renames_no_other(make: Make) -> None:
    schemas: dict[str, Any] = {
        "Task": {
            "type": "object",
            "properties": {
                "result": {"type": "object", "properties": {"url": {"type": "string"}}},
                "state": {"type": "string", "enum": ["a", "b"]},
            },
        }
    }
    before = make(schemas).built.files["models/task.py"]
    more = {"TaskResult": {"type": "object", "properties": {"x": {"type": "integer"}}}}
    after = make({"Aaa": {"type": "string"}, **schemas, **more, "TaskState": {"type": "integer"}})
    assert after.built.files["models/task.py"] == before
    assert after.TaskResult(x=1).x == 1


def test_a_description_may_choose_a_propertys_name(make: Make) -> None:
    made = make(
        {
            "Money": {
                "type": "object",
                "properties": {
                    "billingMode": {"type": "string"},
                    "billing_mode": {"type": "string", "x-python-name": "older_billing_mode"},
                },
            }
        }
    )
    wire = {"billingMode": "new", "billing_mode": "old"}
    read = made.decode("Money", wire)
    assert (read.billing_mode, read.older_billing_mode) == ("new", "old")
    assert made.encode("Money", read) == wire
