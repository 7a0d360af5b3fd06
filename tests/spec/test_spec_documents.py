"""Each document is valid OpenAPI, is plain JSON data, and has true examples everywhere."""

from __future__ import annotations

import math
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

CORE = "openapi.yaml"
PROVIDERS = ["gemini", "kling", "seedance", "seedream", "vidu"]
DOCUMENTS = [CORE, *(f"providers/{name}.yaml" for name in PROVIDERS)]
MEDIA_KEYS = {
    "kind",
    "formats",
    "max_bytes",
    "min_side",
    "max_side",
    "min_ratio",
    "max_ratio",
    "data_uri",
    "x-unverified",
}
SIZE_KEYS = {
    "presets",
    "min_pixels",
    "max_pixels",
    "min_side",
    "max_side",
    "min_ratio",
    "max_ratio",
    "multiple_of",
}

pytestmark = pytest.mark.parametrize("document", DOCUMENTS)


def test_these_are_all_documents(spec: Any, document: str) -> None:
    assert set(spec.documents) == set(DOCUMENTS)
    assert spec.documents[document]["openapi"] == "3.1.0"


def test_an_openapi_validator_accepts_it(spec: Any, document: str) -> None:
    uri = spec.path(document).as_uri()
    OpenAPIV31SpecValidator(spec.documents[document], base_uri=uri).validate()


def test_it_reads_the_same_as_json(spec: Any, document: str) -> None:
    """YAML turns ``16:9``, ``on`` and bare dates into other things where quotes are forgotten."""
    for pointer, node in spec.walk(document):
        assert isinstance(node, dict | list | str | int | float | bool | None), pointer
        assert not isinstance(node, float) or math.isfinite(node), pointer
        if isinstance(node, dict):
            assert all(isinstance(key, str) for key in node), pointer
            assert isinstance(node.get("description", ""), str | dict), pointer
            if node.get("type") == "string":
                values = [*node.get("enum", ()), *node.get("examples", ())]
                assert all(isinstance(value, str) for value in values), pointer


def test_every_reference_leads_somewhere(spec: Any, document: str) -> None:
    for pointer, node in spec.walk(document):
        if isinstance(node, dict) and "$ref" in node:
            file, _, target = node["$ref"].partition("#")
            spec.at(CORE if file else document, target)
            assert file in ("", "../openapi.yaml"), pointer


def test_schemas_are_json_schema_and_examples_fit_them(spec: Any, document: str) -> None:
    for name, schema in spec.documents[document]["components"]["schemas"].items():
        pointer = f"/components/schemas/{name}"
        Draft202012Validator.check_schema(schema)
        assert schema.get("description"), f"{pointer} says nothing about itself"
        assert schema.get("examples"), f"{pointer} has no example"
        for example in schema["examples"]:
            assert not spec.errors(document, pointer, example), pointer


def test_examples_of_parameters_and_bodies_fit(spec: Any, document: str) -> None:
    for pointer, node in spec.walk(document):
        if not isinstance(node, dict) or "schema" not in node:
            continue
        named = {key: entry["value"] for key, entry in node.get("examples", {}).items()}
        examples = [*named.values(), *([node["example"]] if "example" in node else [])]
        assert examples, f"{pointer} has no example"
        for example in examples:
            problems = spec.errors(document, f"{pointer}/schema", example)
            assert not problems, f"{pointer}: {problems}"


def test_error_examples_are_named_after_their_code(spec: Any, document: str) -> None:
    responses = spec.documents[document]["components"].get("responses", {})
    for response in responses.values():
        for code, example in response["content"]["application/json"]["examples"].items():
            assert example["value"]["error"]["code"] == code


def test_every_operation_is_complete(spec: Any, document: str) -> None:
    tags = {tag["name"] for tag in spec.documents[document]["tags"]}
    for pointer, operation in spec.operations(document).values():
        assert operation["summary"], pointer
        assert set(operation["tags"]) <= tags, pointer
        for status, response in operation["responses"].items():
            if pointer.startswith("/webhooks/") or "$ref" in response:
                continue
            assert status in ("200", "202"), pointer
            body = response["content"]["application/json"]["schema"]["$ref"]
            assert body.endswith("Envelope") == (response.get("x-unwrap") == "data"), pointer


def test_envelopes_hold_what_is_unwrapped(spec: Any, document: str) -> None:
    for name, schema in spec.documents[document]["components"]["schemas"].items():
        if name.endswith("Envelope") and name != "ErrorEnvelope":
            assert schema["required"] == ["success", "data"]
            assert schema["properties"]["data"]["$ref"].endswith(
                f"/{name.removesuffix('Envelope')}"
            )


def test_answers_may_have_further_fields(spec: Any, document: str) -> None:
    for name, schema in spec.documents[document]["components"]["schemas"].items():
        closed = schema.get("additionalProperties") is False
        # bodies let more through, inputs and their parts don't
        assert closed == (document != CORE and not name.endswith("Request")), name


def test_extensions_are_well_formed(spec: Any, document: str) -> None:
    for pointer, node in spec.walk(document):
        if not isinstance(node, dict):
            continue
        if "x-media" in node:
            assert set(node["x-media"]) <= MEDIA_KEYS, pointer
        if "x-size" in node:
            assert set(node["x-size"]) <= SIZE_KEYS, pointer
        if "x-retry" in node:
            assert node["x-retry"] in ("safe", "idempotent", "unsafe"), pointer
        _check_mark(pointer, node)


def _check_mark(pointer: str, node: dict[str, Any]) -> None:
    """``x-unverified`` is true, keywords of its node, or members of such keywords."""
    mark = node.get("x-unverified")
    if isinstance(mark, list):
        assert set(mark) <= set(node), pointer
    elif isinstance(mark, dict):
        for keyword, members in mark.items():
            known = node["properties"] if keyword == "required" else node[keyword]
            assert members, pointer
            assert set(members) <= set(known), pointer
    else:
        assert mark in (None, True), pointer
