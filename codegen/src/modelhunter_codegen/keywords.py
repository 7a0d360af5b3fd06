"""The keywords of schemas: what each kind of them says, and which have no form in types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter_codegen.problems import Report

ANNOTATIONS = frozenset(
    {
        "title", "description", "default", "example", "examples", "deprecated", "readOnly",
        "writeOnly", "externalDocs", "xml", "$comment", "$schema", "$id", "$anchor",
        "$dynamicAnchor", "$recursiveAnchor", "$defs", "definitions", "nullable",
    }
)  # fmt: skip
"""Keywords that say something about a value without changing which values there are."""

LIMITS = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties",
        "maxProperties", "propertyNames", "contentMediaType", "contentSchema", "minContains",
        "maxContains",
    }
)  # fmt: skip
"""Keywords that narrow a type without changing its shape; they become documentation."""

SHAPES = frozenset(
    {
        "$ref", "$dynamicRef", "$recursiveRef", "type", "properties", "required", "items",
        "prefixItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems",
        "patternProperties", "allOf", "oneOf", "anyOf", "enum", "const", "format", "discriminator",
        "contentEncoding", "additionalItems", "dependentRequired",
    }
)  # fmt: skip

CONDITIONS = {
    "if": "unsupported-if",
    "not": "unsupported-not",
    "dependentSchemas": "unsupported-dependent-schemas",
    "contains": "unsupported-contains",
}
"""Keywords that types can't express, with the name of the problem."""

_KNOWN = ANNOTATIONS | LIMITS | SHAPES | CONDITIONS.keys() | {"then", "else"}


def is_annotation(keyword: str) -> bool:
    """Whether a keyword leaves the set of values as it is."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def never_gather(node: Map) -> list[str]:
    """The properties that must not come together, where that is all a ``not`` says."""
    schema = node.get("not")
    if not isinstance(schema, Map) or list(schema) != ["required"]:
        return []
    required = schema["required"]
    return [str(name) for name in required] if isinstance(required, Seq) else []


_SCHEMA = "a schema: a mapping, true or false"
_BY_NAME = ("properties", "patternProperties")
_LISTED = ("allOf", "oneOf", "anyOf", "prefixItems")
_FORMS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys((*_BY_NAME, "discriminator", "dependentRequired"), ((Map,), "a mapping")),
    **dict.fromkeys((*_LISTED, "required", "enum"), ((Seq,), "a list")),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties"), ((Map, bool), _SCHEMA)),
    "items": ((Map, bool, Seq), _SCHEMA),
}
"""The forms that the values of keywords may have, and how messages word it."""


def _check_form(node: Map, keyword: str, report: Report) -> None:
    forms, words = _FORMS[keyword]
    value = node[keyword]
    if isinstance(value, forms) or value is None:
        return
    if keyword == "required" and isinstance(value, bool):
        report.add(
            "unknown-keyword",
            node.where(keyword),
            "`required` lists the properties of an object; true or false has no effect",
        )
    else:
        report.add("malformed", node.where(keyword), f"{keyword} must be {words}")


def _check_parts(node: Map, report: Report) -> None:
    """Report what stands in place of a schema below this one."""
    for keyword in (*_BY_NAME, *_LISTED):
        held = node.get(keyword)
        parts: Iterable[tuple[object, object]] = ()
        if isinstance(held, Map) and keyword in _BY_NAME:
            parts = held.items()
        elif isinstance(held, Seq) and keyword in _LISTED:
            parts = enumerate(held)
        for name, part in parts:
            if not isinstance(part, (Map, bool)) and isinstance(held, (Map, Seq)):
                report.add("malformed", held.where(str(name)), f"it must be {_SCHEMA}")


def check_keywords(node: Map, report: Report, *, rules: bool) -> None:
    """Report the keywords of a schema that no type expresses, and what has the wrong form.

    With ``rules`` conditions may pass: they are rules of inputs, which a catalogue states as data.
    """
    _check_parts(node, report)
    for keyword in node:
        if keyword in _FORMS:
            _check_form(node, keyword, report)
        if keyword in CONDITIONS:
            if (rules and keyword != "contains") or (keyword == "not" and never_gather(node)):
                continue
            report.add(CONDITIONS[keyword], node.where(keyword), f"`{keyword}` can't become a type")
        elif keyword not in _KNOWN and not keyword.startswith("x-"):
            report.add(
                "unknown-keyword",
                node.where(keyword),
                f"{keyword!r} is no keyword of OpenAPI or JSON Schema; it has no effect",
            )
