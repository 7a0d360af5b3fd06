"""What large public descriptions do, each as a small description that is generated and used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_package import Make, description, save

from modelhunter_codegen.cli import main

Problems = Callable[..., list[str]]

STRING = {"type": "string"}
CLASHES = {
    "Reader": {"oneOf": [STRING, {"type": "integer"}]},
    "UTC": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
    "Thing": {
        "type": "object",
        "required": ["dict", "UTC"],
        "properties": {
            "dict": {"type": "number"},
            "frozenset": {"oneOf": [STRING, {"$ref": "#/components/schemas/UTC"}]},
            "UTC": {"$ref": "#/components/schemas/UTC"},
            "status": {"type": "string", "enum": ["a", "b"]},
            "status_value": {"type": "string", "enum": ["c", "d"]},
            "aB": {"type": "object", "properties": {"x": STRING}},
            "ab": {"type": "object", "properties": {"y": STRING}},
            "amount": {"type": "string", "format": "decimal"},
        },
        "additionalProperties": {"type": "integer"},
    },
    "globals": {"type": "object", "properties": {"import_module": STRING}},
    "ImportModule": {"type": "object", "properties": {"getattr": STRING}},
    **{name: {"type": "null"} for name in ("list", "object", "str", "dict")},
}
THING = {"$ref": "#/components/schemas/Thing"}
UTC = {"$ref": "#/components/schemas/UTC"}


def answers(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def operation(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["fn"],
        "requestBody": {"content": {"application/json": {"schema": THING}}},
        "responses": answers({"oneOf": [THING, UTC, STRING]}),
    }


PATHS = {
    f"/{number}": {"post": operation(name)}
    for number, name in enumerate(
        ("frozenset", "lazy", "globals", "straße", "strasse", "isinstance", "str", "None", "+1")
    )
}


def test_schemas_and_operations_may_be_called_like_what_generated_code_uses(
    tmp_path: Path,
) -> None:
    pytest.importorskip("mypy")
    spec = save(tmp_path, description(CLASHES, PATHS))
    out = tmp_path / "clashes"
    assert main(["generate", str(spec), "--out", str(out), "--package", "clashes"]) == 0
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = True\n[mypy-modelhunter.*]\nfollow_imports = silent\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "-p", "clashes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_names_that_clash_keep_their_values_apart(make: Make) -> None:
    made = make(CLASHES, PATHS)
    for name in ("UTCModel", "Globals", "ImportModule", "Thing"):
        assert getattr(made, name).__module__.startswith(made.name)
    wire = {
        "dict": 1.5,
        "UTC": {"at": "2026-01-01T00:00:00Z"},
        "status": "a",
        "status_value": "c",
        "aB": {"x": "1"},
        "ab": {"y": "2"},
        "amount": "1.10",
        "other": 3,
    }
    assert made.encode("Thing", made.decode("Thing", wire)) == wire
    listed = (made.folder / "models" / "__init__.py").read_text()
    assert "import Str as Str" in listed
    functions = made.module("fn")
    names = ("lazy", "globals", "frozenset", "straße", "strasse", "isinstance", "str")
    assert [getattr(functions, name)().operation.id for name in names] == list(names)


def test_a_name_too_long_for_a_file_is_cut_the_same_way_each_time(make: Make) -> None:
    long = "Very" * 90
    schemas = {
        long + "One": {"type": "object", "properties": {"a": {"properties": {"b": STRING}}}},
        long + "Two": {"type": "string", "enum": ["x", "y"]},
    }
    both = make(schemas, {"/a": {"get": {"operationId": long, "responses": answers(STRING)}}})
    alone = make({long + "Two": schemas[long + "Two"]})
    assert all(len(Path(path).name.encode()) <= 255 for path in both.built.files)
    assert {path for path in alone.built.files if "very" in path} < set(both.built.files)


@pytest.mark.parametrize("value", ["api.v1.Fish", "#/components/schemas/api.v1.Fish"])
def test_a_mapping_names_a_schema_or_refers_to_it(make: Make, value: str) -> None:
    kind = {"type": "object", "required": ["kind"], "properties": {"kind": STRING}}
    made = make(
        {
            "api.v1.Fish": kind,
            "Cat": kind,
            "Pet": {
                "oneOf": [
                    {"$ref": "#/components/schemas/api.v1.Fish"},
                    {"$ref": "#/components/schemas/Cat"},
                ],
                "discriminator": {"propertyName": "kind", "mapping": {"f": value, "c": "Cat"}},
            },
        }
    )
    assert type(made.decode("Pet", {"kind": "f"})).__name__ == "ApiV1Fish"
    assert type(made.decode("Pet", {"kind": "c"})).__name__ == "Cat"


def test_a_schema_may_extend_itself_inline(make: Make) -> None:
    tree = {
        "type": "object",
        "properties": {
            "name": STRING,
            "children": {
                "type": "array",
                "items": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Tree"},
                        {"type": "object", "properties": {"depth": {"type": "integer"}}},
                    ]
                },
            },
        },
    }
    made = make({"Tree": tree})
    wire = {"name": "a", "children": [{"depth": 1, "children": [{"depth": 2, "children": []}]}]}
    assert made.encode("Tree", made.decode("Tree", wire)) == wire


def test_what_has_no_end_is_a_problem_with_a_place(problems: Problems) -> None:
    endless = {
        "type": "array",
        "items": {"allOf": [{"$ref": "#/components/schemas/A"}, {"items": {"type": "array"}}]},
    }
    assert problems(description({"A": endless})) == ["too-deep /components/schemas/A"]


@pytest.mark.parametrize("reference", ["a\0.yaml", "a" * 5000 + ".yaml"])
def test_a_reference_to_what_can_be_no_file_is_a_problem(
    problems: Problems, reference: str
) -> None:
    spec = description({"A": {"$ref": reference}})
    assert problems(spec) == ["dangling-ref /components/schemas/A/$ref"]


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"$ref": 5}, ["malformed /components/schemas/A/$ref"]),
        ({"$dynamicRef": {}}, ["malformed /components/schemas/A/$dynamicRef"]),
        ({"not": {"required": 3}}, ["unsupported-not /components/schemas/A/not"]),
    ],
)
def test_a_keyword_of_the_wrong_kind_is_a_problem(
    problems: Problems, schema: dict[str, Any], found: list[str]
) -> None:
    assert problems(description({"A": schema})) == found
