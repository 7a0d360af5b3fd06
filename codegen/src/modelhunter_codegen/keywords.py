"""The keywords of schemas: what each kind of them says, and which have no form in types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
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


def never_together(node: Map) -> list[str]:
    """The properties that must not come together, where that is all a ``not`` says."""
    schema = node.get("not")
    if not isinstance(schema, Map) or list(schema) != ["required"]:
        return []
    required = schema["required"]
    return [str(name) for name in required] if isinstance(required, Seq) else []


def check_keywords(node: Map, report: Report, *, rules: bool) -> None:
    """Report the keywords of a schema that no type expresses.

    With ``rules`` conditions may pass: they are rules of inputs, which a catalogue states as data.
    """
    for keyword in node:
        if keyword in CONDITIONS:
            if (rules and keyword != "contains") or (keyword == "not" and never_together(node)):
                continue
            report.add(CONDITIONS[keyword], node.where(keyword), f"`{keyword}` can't become a type")
        elif keyword not in _KNOWN and not keyword.startswith("x-"):
            report.add(
                "unknown-keyword",
                node.where(keyword),
                f"{keyword!r} is no keyword of OpenAPI or JSON Schema; it has no effect",
            )
