"""Text from a description can never become code, whatever it is and wherever it stands."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Make, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import Report
from modelhunter_codegen.publish import formatted

MARK = "modelhunter_was_here"
ATTACK = f"__import__('builtins').__dict__.__setitem__('{MARK}', 1)"
HOSTILE = [
    f'"""\n{ATTACK}\n"""',
    f"'''\n{ATTACK}\n'''",
    f'"; {ATTACK} #',
    f"'; {ATTACK} #",
    f'\\"; {ATTACK} #',
    f'\\"""\n{ATTACK}\n',
    f"x\n{ATTACK}\n",
    f"x\r{ATTACK}\r",
    f"x\u2028{ATTACK}\u2029",
    f"x\x85{ATTACK}\x0c",
    f"{{{ATTACK}}}",
    f"{{{{{ATTACK}}}}} %s %(x)s {{0}}",
    f"# type: ignore\n{ATTACK}",
    f"\\N{{BULLET}}\\x41\\u0041 {ATTACK}",
    f"nul\0 {ATTACK}",
    f"bidi \u202e\u2066 {ATTACK} \u2069",
    f")\n{ATTACK}\n(",
    f"]\n{ATTACK}\n[",
    "\\",
    '"',
    "'",
    "__class__",
    "../../../etc/passwd",
    "import os",
    "\ufeffx",
    "",
]


def everywhere(text: str) -> dict[str, Any]:
    """A description with the text in every place that takes text."""
    string = {"type": "string"}
    response = {
        "description": text,
        "headers": {text or "h": {"description": text, "schema": string}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    thing = {
        "type": "object",
        "title": text,
        "description": text,
        "required": [text, "fixed"],
        "properties": {
            text: {"type": "string", "description": text, "default": text, "pattern": text},
            "fixed": {"const": text or "c"},
            "choice": {"type": "string", "enum": [text, "other"], "default": text},
            "one": {"type": "string", "enum": [text]},
            "nested": {
                "type": "object",
                "properties": {text: {"type": "object", "properties": {"x": string}}},
            },
            "union": {
                "oneOf": [
                    {"type": "object", "title": text, "required": [text], "properties": {text: string, "k": {"const": text}}},
                    {"type": "object", "properties": {text: string, "k": {"const": "b"}}},
                ],
                "discriminator": {"propertyName": "k"},
            },
            "mapped": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "additionalProperties": {"type": "string", "description": text},
        "x-unverified": [text],
    }
    operation = {
        "operationId": text,
        "tags": [text],
        "summary": text,
        "description": text,
        "externalDocs": {"url": text},
        "parameters": [
            {"name": text, "in": "query", "description": text, "schema": {**string, "default": text}},
            {"name": "p", "in": "path", "required": True, "schema": {"enum": [text, "b"]}},
            {"name": "X-" + (text or "h"), "in": "header", "schema": string},
            {"name": "c" + text, "in": "cookie", "schema": string},
        ],
        "requestBody": {
            "description": text,
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}},
                f"application/{text or 'x'}": {"schema": string},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {text: string}},
                    "encoding": {text: {"contentType": text, "style": text}},
                },
            },
        },
        "responses": {"200": response, "default": response},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": text, "version": text, "summary": text, "description": text},
        "servers": [{"url": text, "description": text}],
        "tags": [{"name": text, "description": text}],
        "paths": {f"/{text.replace('{', '').replace('}', '')}/{{p}}": {"post": operation}},
        "webhooks": {text: {"post": {"operationId": text + "hook", "requestBody": operation["requestBody"], "responses": {}}}},
        "components": {
            "schemas": {
                "Thing": thing,
                text or "T": {"type": "object", "properties": {"a": string}},
                (text or "E") + "Enum": {"type": "string", "enum": [text, "b"], "description": text},
                (text or "A") + "Alias": {"type": "array", "items": string, "description": text},
            }
        },
    }


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(make: Make, text: str) -> None:
    made = make(spec=everywhere(text))
    for path, source in made.built.files.items():
        assert not set(source) & set("\0\u2028\u2029\u202e\u2066\ufeff\x85\r"), path
        assert ".." not in path
        assert Path(path).parts[0] != "/"
        _only_known_calls(source)
        made.module(path.removesuffix(".py").replace("/", ".").removesuffix("__init__").rstrip("."))
    assert not hasattr(builtins, MARK)
    wire = {text: "v", "fixed": text or "c", "choice": text, "one": text, "extra!": "e"}
    wire["nested"] = {text: {"x": "y"}}
    wire["union"] = {text: "z", "k": text}
    if text == "fixed":
        return
    assert made.encode("Thing", made.decode("Thing", wire)) == wire
    assert not hasattr(builtins, MARK)


def _only_known_calls(source: str) -> None:
    """No name that a generated module uses comes from the description's text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "__import__"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert module != "os"


def test_what_is_written_at_last_is_as_harmless(tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE[:4]):
        spec = save(tmp_path, everywhere(text), f"{number}.json")
        texts = formatted(build(spec, f"hostile_{number}", Report()))
        folder = tmp_path / f"hostile_{number}"
        for path, source in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(source, "utf-8")
    code = (
        "import builtins, importlib, pkgutil, sys\n"
        f"for number in range(4):\n"
        "    package = importlib.import_module(f'hostile_{number}')\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        f"sys.exit(hasattr(builtins, '{MARK}'))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=60)
