"""What is generated passes mypy --strict and ruff, whatever the description holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import save
from test_hostile import HOSTILE, everywhere

from modelhunter_codegen.cli import main

STRING = {"type": "string"}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def json_content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


RICH: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Rich", "version": "1"},
    "servers": [{"url": "https://example.com"}],
    "components": {
        "schemas": {
            "Kind": {"type": "string", "enum": ["a", "b"]},
            "Decimal": {"type": "object", "properties": {"any": {"type": "number", "format": "decimal"}}},
            "datetime": {"type": "object", "properties": {"datetime": {"type": "string", "format": "date-time"}, "date": {"type": ["string", "null"], "format": "date"}}},
            "list": {"type": "object", "properties": {"list": {"type": "array", "items": ref("list")}, "dict": {"type": "object", "additionalProperties": ref("Kind")}, "str": {"type": ["integer", "string"]}}},
            "Json": {"anyOf": [STRING, {"type": "null"}, {"type": "array", "items": ref("Json")}]},
            "Base": {"type": "object", "required": ["t"], "properties": {"t": STRING}, "discriminator": {"propertyName": "t"}},
            "Child": {"allOf": [ref("Base"), {"type": "object", "properties": {"c": ref("Base")}}]},
            "U": {"oneOf": [{"type": "object", "properties": {"k": {"const": "x"}, "base": ref("Base")}}, {"type": "object", "properties": {"k": {"const": "y"}, "u": {"type": "array", "items": ref("U")}}}]},
            "Pair": {"type": "array", "prefixItems": [ref("Kind"), ref("U")], "items": False},
            "All": {
                "type": "object",
                "required": ["kind", "fixed", "raw", "any", "one"],
                "properties": {
                    "kind": ref("Kind"), "kinds": {"type": "array", "items": ref("Kind")},
                    "fixed": {"const": 3}, "raw": {"type": "string", "format": "byte"}, "any": {},
                    "one": {"type": "string", "enum": ["one"]}, "maybe": {"type": ["object", "null"], "properties": {"x": ref("Json")}},
                    "pair": ref("Pair"), "u": {"oneOf": [ref("U"), {"type": "null"}]}, "map": {"type": "object", "additionalProperties": {"type": "array", "items": ref("U")}},
                    "dates": {"type": "array", "items": {"type": "string", "format": "date-time"}}, "none": {"type": "null"},
                    "ints": {"type": "integer", "enum": [1, 2]}, "mixed": {"enum": ["a", 1, 2.5, None]}, "All": ref("All"), "price": {"type": "string", "format": "decimal"},
                },
                "additionalProperties": {"type": ["string", "integer"]},
            },
            "File": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}, "note": STRING}},
        }
    },
    "paths": {
        "/all/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "array", "items": {"type": "integer"}}, "style": "matrix"}],
            "post": {
                "operationId": "list",
                "tags": ["str"],
                "parameters": [
                    {"name": "kind", "in": "query", "schema": ref("Kind")},
                    {"name": "when", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                    {"name": "X-H", "in": "header", "schema": {"type": "boolean"}},
                    {"name": "c", "in": "cookie", "schema": STRING},
                    {"name": "filter", "in": "query", "content": {"application/json": {"schema": ref("U")}}},
                ],
                "requestBody": {"content": {"application/json": {"schema": ref("All")}, "multipart/form-data": {"schema": ref("File")}, "text/plain": {"schema": STRING}}},
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": ref("All")}}, "text/event-stream": {"schema": ref("U")}}},
                    "201": {"description": "", **json_content({"type": "object", "properties": {"inline": STRING}})},
                    "204": {"description": ""},
                    "default": {"description": "", **json_content(ref("Base"))},
                },
            },
            "get": {"operationId": "dict", "tags": ["str"], "responses": {"200": {"description": "", "content": {"image/png": {}}}}},
            "delete": {"tags": ["models"], "responses": {}},
            "put": {"operationId": "put", "requestBody": {"required": True, **json_content(ref("U"))}, "responses": {"200": {"description": "", **json_content({"type": ["string", "null"]})}}},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    for name, spec in (("rich", RICH), ("hostile", everywhere(HOSTILE[0]))):
        path = save(folder, spec, f"{name}.json")
        assert main(["generate", str(path), "--out", str(folder / name), "--package", name]) == 0
    return folder


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=110
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_mypy_finds_nothing(packages: Path) -> None:
    pytest.importorskip("mypy")
    (packages / "mypy.ini").write_text(
        "[mypy]\nstrict = True\n[mypy-modelhunter.*]\nfollow_imports = silent\n"
    )
    assert run(packages, "mypy", "--config-file", "mypy.ini", "-p", "rich", "-p", "hostile") == ""


def test_ruff_finds_nothing(packages: Path) -> None:
    rules = "B,C4,F,I,PIE,PT,RET,S,SIM,UP,W"
    options = ["--isolated", "--no-cache", "--ignore", "S105,S106,S107", "--line-length", "100", "--target-version", "py311"]
    config = 'lint.isort.known-first-party=["modelhunter"]'
    assert run(packages, "ruff", "check", "rich", "--select", rules, *options, "--config", config) == ""


def test_every_module_imports_by_itself(packages: Path) -> None:
    modules = [
        path.relative_to(packages).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((packages / "rich").rglob("*.py"))
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name.removesuffix('.__init__'))\n"
        "    for loaded in [m for m in sys.modules if m.partition('.')[0] == 'rich']:\n"
        "        del sys.modules[loaded]\n"
    )
    subprocess.run([sys.executable, "-c", code, *modules], cwd=packages, check=True, timeout=60)
