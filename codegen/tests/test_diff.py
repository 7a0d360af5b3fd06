"""One change to a description gives exactly the class of change that it is."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_package import description, save

from modelhunter_codegen.diff import bump, compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Spec = dict[str, Any]
WAYS = ("Sent", "Received", "Both")
TYPES: list[Spec] = [
    {"type": "string"},
    {"type": "string", "format": "date-time"},
    {"type": "boolean"},
    {"type": "array", "items": {"type": "string"}},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "number", "minimum": 0.5},
    {"$ref": "#/components/schemas/Word"},
    {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
    {},
]


def ref(name: str) -> Spec:
    return {"$ref": f"#/components/schemas/{name}"}


def body(schema: Spec) -> Spec:
    return {"content": {"application/json": {"schema": schema}}}


def base(fields: list[Spec]) -> Spec:
    """Three models that are sent, received and both, with some fields besides those that change."""
    properties = {
        **{f"other{number}": one for number, one in enumerate(fields)},
        "must": {"type": "string"},
        "may": {"type": "string"},
        "count": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
        "word": {"type": "string", "enum": ["low", "middle", "high"]},
    }
    model = {"type": "object", "required": ["must"], "properties": properties}
    schemas = {name: copy.deepcopy(model) for name in WAYS}
    schemas["Word"] = {"type": "string", "enum": ["yes", "no"]}
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
    ]
    operation = {"operationId": "readThing", "tags": ["things"], "parameters": parameters}
    answer = {"200": {"description": "d", **body(ref("Received"))}}
    paths = {
        "/things/{id}": {"get": {**operation, "responses": answer}},
        "/things": {
            "post": {
                "operationId": "makeThing",
                "tags": ["things"],
                "requestBody": {"required": True, **body(ref("Sent"))},
                "responses": {"201": {"description": "d", **body(ref("Both"))}},
            },
            "put": {
                "operationId": "putThing",
                "tags": ["things"],
                "requestBody": {"required": True, **body(ref("Both"))},
                "responses": {"204": {"description": "d"}},
            },
        },
    }
    schemes = {name: {"type": "http", "scheme": "bearer"} for name in ("token", "other")}
    more = {"components": {"securitySchemes": schemes}, "security": [{"token": []}]}
    return description(schemas, paths, **more)


@frozen
class FieldMutation:
    """A change of one model, and what it is for those who send it and who receive it."""

    change: Callable[[Spec], Any]
    kinds: set[str]
    sent: str
    received: str


def fields(model: Spec) -> Spec:
    found: Spec = model["properties"]
    return found


def rename(model: Spec, old: str, new: str, **more: Any) -> None:
    fields(model)[new] = {**fields(model).pop(old), **more}


FIELD_MUTATIONS = {
    "remove": FieldMutation(
        lambda m: fields(m).pop("count"), {"field-removed"}, "breaking", "breaking"
    ),
    "add": FieldMutation(
        lambda m: fields(m).update(fresh={"type": "string"}), {"field-added"}, "safe", "safe"
    ),
    "add required": FieldMutation(
        lambda m: (fields(m).update(fresh={"type": "string"}), m["required"].append("fresh")),
        {"required-field-added", "field-added"},
        "breaking",
        "safe",
    ),
    "require": FieldMutation(
        lambda m: m["required"].append("may"), {"now-required", "always-there"}, "breaking", "safe"
    ),
    "no longer require": FieldMutation(
        lambda m: m["required"].remove("must"),
        {"no-longer-required", "may-be-absent"},
        "safe",
        "breaking",
    ),
    "allow null": FieldMutation(
        lambda m: fields(m)["must"].update(type=["string", "null"]),
        {"null-allowed", "may-be-absent"},
        "safe",
        "breaking",
    ),
    "other type": FieldMutation(
        lambda m: fields(m)["may"].update(type="integer"), {"type-changed"}, "breaking", "breaking"
    ),
    "wider type": FieldMutation(
        lambda m: fields(m)["may"].update(type=["string", "boolean"]),
        {"type-wider"},
        "safe",
        "breaking",
    ),
    "narrower range": FieldMutation(
        lambda m: fields(m)["count"].update(maximum=9), {"limit-narrower"}, "breaking", "safe"
    ),
    "wider range": FieldMutation(
        lambda m: fields(m)["count"].update(minimum=0), {"limit-wider"}, "safe", "possibly"
    ),
    "new length": FieldMutation(
        lambda m: fields(m)["may"].update(maxLength=9), {"limit-narrower"}, "breaking", "safe"
    ),
    "no range": FieldMutation(
        lambda m: fields(m)["count"].pop("maximum"), {"limit-wider"}, "safe", "possibly"
    ),
    "other default": FieldMutation(
        lambda m: fields(m)["count"].update(default=6), {"default-changed"}, "possibly", "possibly"
    ),
    "more values": FieldMutation(
        lambda m: fields(m)["word"]["enum"].append("top"), {"value-added"}, "safe", "possibly"
    ),
    "fewer values": FieldMutation(
        lambda m: fields(m)["word"]["enum"].remove("low"), {"value-removed"}, "breaking", "breaking"
    ),
    "rename": FieldMutation(
        lambda m: rename(m, "count", "counts"), {"field-renamed"}, "breaking", "breaking"
    ),
    "declared rename": FieldMutation(
        lambda m: rename(m, "may", "entirely", **{"x-renamed-from": ["may"]}),
        {"field-renamed"},
        "possibly",
        "possibly",
    ),
    "respell": FieldMutation(
        lambda m: rename(m, "count", "Count"), {"wire-name-changed"}, "safe", "safe"
    ),
    "deprecate": FieldMutation(
        lambda m: fields(m)["may"].update(deprecated=True), {"deprecated"}, "safe", "safe"
    ),
    "further members": FieldMutation(
        lambda m: m.update(additionalProperties={"type": "string"}), {"extra-added"}, "safe", "safe"
    ),
}


def operation(spec: Spec) -> Spec:
    found: Spec = spec["paths"]["/things/{id}"]["get"]
    return found


def move(spec: Spec, old: str, new: str) -> None:
    spec["paths"][new] = spec["paths"].pop(old)


OPERATION_MUTATIONS: dict[str, tuple[Callable[[Spec], Any], dict[str, str]]] = {
    "remove": (
        lambda s: s["paths"].pop("/things/{id}"),
        {"function-removed": "breaking"},
    ),
    "add": (
        lambda s: s["paths"].update(
            {"/more": {"get": {"operationId": "more", "tags": ["things"], "responses": {}}}}
        ),
        {"function-added": "safe"},
    ),
    "other operationId": (
        lambda s: operation(s).update(operationId="getThing"),
        {"operation-id-changed": "safe"},
    ),
    "chosen name": (
        lambda s: operation(s).update({"x-python-name": "get_thing"}),
        {"function-renamed": "breaking"},
    ),
    "declared rename": (
        lambda s: operation(s).update({"operationId": "other", "x-renamed-from": ["readThing"]}),
        {"function-renamed": "possibly"},
    ),
    "other module": (
        lambda s: operation(s).update(tags=["others"]),
        {"function-renamed": "breaking"},
    ),
    "other path": (
        lambda s: move(s, "/things/{id}", "/v2/things/{id}"),
        {"path-changed": "safe"},
    ),
    "other server": (
        lambda s: operation(s).update(servers=[{"url": "https://others.example"}]),
        {"server-changed": "possibly"},
    ),
    "less safe": (
        lambda s: operation(s).update({"x-retry": "unsafe"}),
        {"safety-changed": "possibly"},
    ),
    "remove parameter": (
        lambda s: operation(s)["parameters"].pop(1),
        {"parameter-removed": "breaking"},
    ),
    "add parameter": (
        lambda s: operation(s)["parameters"].append(
            {"name": "q", "in": "query", "schema": {"type": "string"}}
        ),
        {"parameter-added": "safe"},
    ),
    "add required parameter": (
        lambda s: operation(s)["parameters"].append(
            {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
        {"required-parameter-added": "breaking"},
    ),
    "require parameter": (
        lambda s: operation(s)["parameters"][1].update(required=True),
        {"now-required": "breaking"},
    ),
    "rename parameter": (
        lambda s: operation(s)["parameters"][1].update(name="page_limit"),
        {"parameter-renamed": "breaking"},
    ),
    "narrower parameter": (
        lambda s: operation(s)["parameters"][1]["schema"].update(maximum=50),
        {"limit-narrower": "breaking"},
    ),
    "parameter elsewhere": (
        lambda s: operation(s)["parameters"][1].update({"in": "header"}),
        {"place-changed": "safe"},
    ),
    "other answer": (
        lambda s: operation(s)["responses"]["200"].update(body(ref("Both"))),
        {"type-changed": "breaking"},
    ),
    "no answer": (
        lambda s: operation(s)["responses"]["200"].pop("content"),
        {"type-changed": "breaking"},
    ),
    "more errors": (
        lambda s: operation(s)["responses"].update({"404": {"description": "none"}}),
        {"error-added": "safe"},
    ),
    "other key": (
        lambda s: operation(s).update(security=[{"other": []}]),
        {"security-changed": "breaking"},
    ),
    "another key": (
        lambda s: operation(s).update(security=[{"token": []}, {"other": []}]),
        {"security-changed": "safe"},
    ),
    "no key": (lambda s: operation(s).update(security=[]), {"security-changed": "safe"}),
    "deprecate": (lambda s: operation(s).update(deprecated=True), {"deprecated": "safe"}),
    "server": (
        lambda s: s.update(servers=[{"url": "https://example.com"}]),
        {"servers-changed": "possibly"},
    ),
    "schema": (
        lambda s: s["components"]["schemas"].update(
            New={"type": "object", "properties": {"a": {}}}
        ),
        {"class-added": "safe"},
    ),
    "renamed schema": (
        lambda s: (s["components"]["schemas"].update(Term=s["components"]["schemas"].pop("Word")),),
        {"class-renamed": "breaking"},
    ),
    "words": (
        lambda s: (
            operation(s).update(description="Other words."),
            s["components"]["schemas"]["Sent"].update(description="Other words."),
        ),
        {"documentation-changed": "safe"},
    ),
}


def found(folder: Path, old: Spec, new: Spec) -> dict[str, set[str]]:
    """Impacts by kind of what changed."""
    changes = compare(save(folder, old, "old/spec.json"), save(folder, new, "new/spec.json"))
    result: dict[str, set[str]] = {}
    for change in changes:
        result.setdefault(change.kind, set()).add(change.impact)
    return result


several = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
some_fields = st.lists(st.sampled_from(TYPES), max_size=4)


@several
@given(fields=some_fields)
def test_nothing_changes_between_a_description_and_itself(
    tmp_path: Path, fields: list[Spec]
) -> None:
    assert found(tmp_path, base(fields), base(fields)) == {}


@pytest.mark.parametrize("name", FIELD_MUTATIONS)
@pytest.mark.parametrize("way", WAYS)
@several
@given(others=some_fields)
def test_a_change_of_a_model_counts_by_the_way_it_travels(
    tmp_path: Path, others: list[Spec], way: str, name: str
) -> None:
    mutation = FIELD_MUTATIONS[name]
    old = base(others)
    new = copy.deepcopy(old)
    mutation.change(new["components"]["schemas"][way])
    changes = found(tmp_path, old, new)
    assert changes.keys() <= mutation.kinds
    impacts = {impact for found_ in changes.values() for impact in found_}
    expected = {
        "Sent": {mutation.sent},
        "Received": {mutation.received},
        "Both": {mutation.sent, mutation.received},
    }[way]
    worst = min(expected, key=["breaking", "possibly", "safe"].index)
    assert worst in impacts <= expected


@pytest.mark.parametrize("name", OPERATION_MUTATIONS)
@several
@given(others=some_fields)
def test_a_change_of_an_operation_is_told_once_and_as_what_it_is(
    tmp_path: Path, others: list[Spec], name: str
) -> None:
    change, expected = OPERATION_MUTATIONS[name]
    old = base(others)
    new = copy.deepcopy(old)
    change(new)
    if name == "renamed schema":
        new = json.loads(json.dumps(new).replace("schemas/Word", "schemas/Term"))
    assert found(tmp_path, old, new) == {kind: {impact} for kind, impact in expected.items()}


@pytest.mark.parametrize(
    ("name", "version", "initial"),
    [("remove", "major", "minor"), ("wider range", "minor", "minor"), ("add", "minor", "patch"),
     ("narrower range", "patch", "patch"), (None, "none", "none")],
)  # fmt: skip
def test_the_version_that_a_change_calls_for(
    tmp_path: Path, name: str | None, version: str, initial: str
) -> None:
    old = base([])
    new = copy.deepcopy(old)
    if name is not None:
        FIELD_MUTATIONS[name].change(new["components"]["schemas"]["Received"])
    changes = compare(save(tmp_path, old, "a.json"), save(tmp_path, new, "b.json"))
    assert bump(changes) == version
    assert bump(changes, initial=True) == initial
