"""Texts that try to become code, and a description that has one in every place."""

from __future__ import annotations

from typing import Any

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


def _token(text: str) -> str:
    """What of a text may stand in the name of a header."""
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in "!#$%&'*+.^_`|~-"))


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
                    {
                        "type": "object",
                        "title": text,
                        "required": [text],
                        "properties": {text: string, "k": {"const": text}},
                    },
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
            {
                "name": text,
                "in": "query",
                "description": text,
                "schema": {**string, "default": text},
            },
            {"name": "p", "in": "path", "required": True, "schema": {"enum": [text, "b"]}},
            {"name": f"X-{_token(text)}", "in": "header", "description": text, "schema": string},
            {"name": f"c{_token(text)}", "in": "cookie", "description": text, "schema": string},
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
        "webhooks": {
            text: {
                "post": {
                    "operationId": text + "hook",
                    "requestBody": operation["requestBody"],
                    "responses": {},
                }
            }
        },
        "components": {
            "schemas": {
                "Thing": thing,
                text or "T": {"type": "object", "properties": {"a": string}},
                (text or "E") + "Enum": {
                    "type": "string",
                    "enum": [text, "b"],
                    "description": text,
                },
                (text or "A") + "Alias": {"type": "array", "items": string, "description": text},
            }
        },
    }
