"""The form of rules across inputs: every keyword has what it takes, before any is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from modelhunter_codegen.problems import Location, Report

_SCHEMAS = frozenset(
    ("if", "then", "else", "not", "items", "contains", "additionalProperties", "propertyNames")
)
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_BY_NAME = frozenset(("properties", "patternProperties", "dependentSchemas"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_names(value: Any) -> bool:
    return isinstance(value, Seq) and all(isinstance(name, str) for name in value)


def _needs(value: Any) -> bool:
    return isinstance(value, Map) and all(map(_are_names, value.values()))


def _is_filled(value: Any) -> bool:
    return isinstance(value, Seq) and len(value) > 0


def _is_schema(value: Any) -> bool:
    return isinstance(value, Map | bool)


_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(_SCHEMAS, (_is_schema, "a schema: a mapping, true or false")),
    **dict.fromkeys(_LISTS, (_is_filled, "a list of schemas")),
    **dict.fromkeys(_BY_NAME, (lambda value: isinstance(value, Map), "a mapping of schemas")),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (_is_number, "a number")
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        (_is_count, "a whole number from 0"),
    ),
    **dict.fromkeys(("description", "title", "pattern", "format"), (_is_text, "text")),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "required": (_are_names, "a list of names"),
    "dependentRequired": (_needs, "a mapping of names to lists of names"),
    "enum": (lambda value: isinstance(value, Seq), "a list"),
    "type": (
        lambda value: isinstance(value, str) or _are_names(value),
        "a type, or a list of them",
    ),
}
"""What the value of a keyword must be, and how messages word it."""


def objection(keyword: str, value: Any) -> str | None:
    """What is wrong with the value of a keyword, if anything is."""
    fits, words = _FORMS.get(keyword, (None, ""))
    return None if fits is None or fits(value) else f"{keyword} must be {words}"


def sound_rules(schema: Map, report: Report) -> list[Map]:
    """The rules of a schema, which are the members of its ``allOf`` that are no reference.

    One in which a keyword has another form than it takes is reported, and left out.
    """
    members = schema.get("allOf")
    rules = members.maps() if isinstance(members, Seq) else ()
    return [rule for rule in rules if "$ref" not in rule and _is_sound(rule, report)]


def _is_sound(rule: Map, report: Report) -> bool:
    found = list(_mistakes(rule))
    for where, words in found:
        report.add("malformed", where, words)
    return not found


def _mistakes(schema: Map) -> Iterator[tuple[Location, str]]:
    for keyword, value in schema.items():
        wrong = objection(keyword, value)
        if wrong is not None:
            yield schema.where(keyword), wrong
            continue
        if keyword in _BY_NAME and isinstance(value, Map):
            yield from _mistakes_of_parts(value, value.items())
        if keyword in _LISTS and isinstance(value, Seq):
            yield from _mistakes_of_parts(value, ((str(n), part) for n, part in enumerate(value)))
        if keyword in _SCHEMAS and isinstance(value, Map):
            yield from _mistakes(value)


def _mistakes_of_parts(
    held: Map | Seq, parts: Iterable[tuple[str, Any]]
) -> Iterator[tuple[Location, str]]:
    for name, part in parts:
        if not _is_schema(part):
            yield held.where(name), "it must be a schema: a mapping, true or false"
        elif isinstance(part, Map):
            yield from _mistakes(part)
