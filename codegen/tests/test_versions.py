"""OpenAPI 3.0 and 3.1 have different words for the same things; the output is the same."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sample_package import description, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import Report

if TYPE_CHECKING:
    from pathlib import Path


def files(tmp_path: Path, schemas: dict[str, Any], version: str) -> dict[str, str]:
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
    }
    paths = {
        "/a": {
            "post": {
                "operationId": "a",
                "requestBody": body,
                "responses": {"200": {"description": "d"}},
            }
        }
    }
    spec = save(
        tmp_path, description(copy.deepcopy(schemas), paths, version=version), f"{version}.json"
    )
    return build(spec, "made", Report()).files


def test_the_same_description_in_both_versions(tmp_path: Path) -> None:
    old = {
        "A": {
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": {"type": "string", "nullable": True},
                "b": {"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": True},
                "c": {"type": "string", "enum": ["x", "y", None], "nullable": True},
                "d": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
                "e": {"type": "string", "format": "byte"},
                "f": {"type": "string", "enum": ["only"]},
            },
        },
        "B": {"type": "object", "properties": {"n": {"type": "number", "nullable": True}}},
    }
    new = {
        "A": {
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": {"type": ["string", "null"]},
                "b": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]},
                "c": {"type": ["string", "null"], "enum": ["x", "y", None]},
                "d": {"type": "integer", "exclusiveMinimum": 0},
                "e": {"type": "string", "contentEncoding": "base64"},
                "f": {"type": "string", "enum": ["only"]},
            },
        },
        "B": {"type": "object", "properties": {"n": {"type": ["number", "null"]}}},
    }
    assert files(tmp_path, old, "3.0.3") == files(tmp_path, new, "3.1.0")
