"""Checks request bodies against JSON Schema and words what is wrong as the API does."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from modelhunter.plugins.patterns import BadPattern, TextTooLong, compiled
from modelhunter.plugins.rules import holds
from modelhunter.sandbox.answers import Refusal, refused_field

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

    from modelhunter.plugins.catalogue import Capability, Field, Rule

_RULE_STEPS = frozenset(
    ("allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "not")
)
_WORDS: Mapping[str, str] = {
    "type": "must be of type {}",
    "enum": "must be one of {}",
    "const": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "pattern": "must match {}",
    "format": "must be a {}",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "uniqueItems": "must not hold anything twice",
}
"""What is wrong about a single value, by the keyword that found it."""

_LONGEST_REASON = 300
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
)


class Checker:
    """Validators, one per schema, made when they are first needed."""

    def __init__(self) -> None:
        self._validators: dict[Hashable, Draft202012Validator] = {}

    def check(self, name: Hashable, schema: Callable[[], Any], body: Any) -> None:
        """Refuse a body that doesn't fit the schema, which is known by ``name`` from then on."""
        validator = self._validators.get(name)
        if validator is None:
            validator = validator_of(_with_located_bans(schema()))
            self._validators[name] = validator
        try:
            first = min(validator.iter_errors(body), key=_order, default=None)
        except RecursionError:
            raise _worded("VALIDATION_ERROR", [], "is nested too deeply", 400) from None
        if first is not None:
            raise _refusal(first, validator.schema)


def validator_of(schema: Any) -> Draft202012Validator:
    """A validator of request bodies for a schema.

    It is jsonschema's but for the keywords for which that may take time without end: patterns,
    items that must differ, and multiples of numbers of any size.
    """
    # Here, because a sandbox that checks nothing starts faster without it.
    from jsonschema import Draft202012Validator, FormatChecker, validators

    formats = FormatChecker(formats=())
    formats.checks("uri")(is_uri)
    bounded = {
        **{keyword: _by_rules(keyword) for keyword in ("pattern", "uniqueItems", "multipleOf")},
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    extend: Any = validators.extend
    made: Draft202012Validator = extend(Draft202012Validator, bounded)(
        schema, format_checker=formats
    )
    return made


_Errors = Iterator["ValidationError"]


def _by_rules(keyword: str) -> Callable[[Any, Any, Any, Any], _Errors]:
    """The keyword as rules have it."""

    def fits(validator: Any, argument: Any, value: Any, schema: Any) -> _Errors:
        from jsonschema.exceptions import ValidationError

        try:
            if not holds({keyword: argument}, value):
                yield ValidationError(f"{keyword} does not hold")
        except (TextTooLong, BadPattern):
            yield ValidationError(f"{keyword} can't be checked")

    return fits


def _pattern_properties(validator: Any, patterns: Any, value: Any, schema: Any) -> _Errors:
    for name, inner in value.items() if isinstance(value, dict) else ():
        for pattern, part in patterns.items():
            if compiled(pattern).finds(name):
                yield from validator.descend(inner, part, path=name, schema_path=pattern)


def _additional_properties(validator: Any, argument: Any, value: Any, schema: Any) -> _Errors:
    from jsonschema.exceptions import ValidationError

    patterns = [compiled(pattern) for pattern in schema.get("patternProperties", ())]
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name in schema.get("properties", ()) or any(one.finds(name) for one in patterns):
            continue
        if argument is False:
            yield ValidationError("there is a member that is not known here")
            return
        yield from validator.descend(inner, argument, path=name)


def is_uri(value: object) -> bool:
    """Whether a text is a URI as RFC 3986 writes them; what is no text is none of its business."""
    return not isinstance(value, str) or _URI.fullmatch(value) is not None


def _with_located_bans(schema: Any) -> Any:
    """The same schema with ``{"not": {}}`` for ``false``, whose errors don't say where they are."""
    if isinstance(schema, Mapping):
        changed = {name: _with_located_bans(part) for name, part in schema.items()}
        properties = changed.get("properties")
        if isinstance(properties, Mapping):
            changed["properties"] = {
                name: {"not": {}} if part is False else part for name, part in properties.items()
            }
        return changed
    return [_with_located_bans(part) for part in schema] if isinstance(schema, list) else schema


def _order(error: ValidationError) -> tuple[bool, bool, int, list[str]]:
    """Missing fields first, rules across fields last, then by place."""
    path = [str(step) for step in error.absolute_path]
    return _is_rule(error), error.validator != "required", len(path), path


def _is_rule(error: ValidationError) -> bool:
    return not _RULE_STEPS.isdisjoint(error.absolute_schema_path)


def _refusal(error: ValidationError, schema: Any) -> Refusal:
    keyword = cast("str", error.validator)
    argument: Any = error.validator_value
    instance: Any = error.instance
    path = [str(step) for step in error.absolute_path]
    words = _description(schema, error.absolute_schema_path) if _is_rule(error) else None
    if keyword == "required":
        missing = next(name for name in argument if name not in instance)
        return _worded("MISSING_PARAMETER", [*path, missing], words or "is required", 400)
    if keyword in _WORDS:
        limit = _shown(argument)
        words = words or _WORDS[keyword].format(limit)
        return _worded("INVALID_PARAMETER", path, words, 400)
    if keyword == "not" and argument == {}:
        return _worded("INVALID_PARAMETER", path, words or "is not taken by this model", 400)
    if keyword == "additionalProperties":
        known = cast("Any", error.schema).get("properties", {})
        unknown = next(name for name in instance if name not in known)
        return _worded("VALIDATION_ERROR", [*path, unknown], words or "is not known here", 400)
    status = 422 if _is_rule(error) else 400
    return _worded("VALIDATION_ERROR", path, words or error.message, status)


def _worded(code: str, path: list[str], reason: str, status: int) -> Refusal:
    """The refusal; fields of ``input`` are named without it, as the documentation does."""
    inner = path[1:] if path[:1] == ["input"] and len(path) > 1 else path
    field = ".".join(inner) or "body"
    if len(reason) > _LONGEST_REASON:
        reason = reason[: _LONGEST_REASON - 2] + " …"
    return refused_field(code, field, reason, status=status)


def _shown(limit: Any) -> str:
    return ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


def _description(schema: Any, path: Iterable[str | int]) -> str | None:
    """The words of the rule on the way to the keyword that failed, where it has some."""
    node, inside = schema, False
    for step in path:
        # A reference leaves no step of its own in the path.
        while isinstance(node, Mapping) and step not in node and "$ref" in node:
            node = _local(schema, node["$ref"])
        node, inside = node[step], inside or step in _RULE_STEPS
        if inside and isinstance(node, Mapping) and isinstance(node.get("description"), str):
            return str(node["description"])
    return None


def _local(schema: Any, reference: str) -> Any:
    node = schema
    for step in reference.removeprefix("#").split("/")[1:]:
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def schema_of(capability: Capability, model: str) -> Mapping[str, Any]:
    """The schema of a request body: the capability's own, else one made of its fields and rules."""
    if capability.request_schema is not None:
        return capability.request_schema()
    inputs = _object(capability.fields)
    if capability.rules:
        inputs["allOf"] = [_rule(rule) for rule in capability.rules]
    return {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"const": model},
            "input": inputs,
            "webhookUrl": {"type": "string"},
            "metadata": {"type": "object"},
        },
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {**rule.schema, "description": rule.message}


def _object(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [f.name for f in fields if f.required],
        "properties": {f.name: _field(f) for f in fields},
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    limits = {
        "minimum": field.minimum,
        "maximum": field.maximum,
        "multipleOf": field.multiple_of,
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "pattern": field.pattern,
        "format": "uri" if field.media is not None else None,
        "minItems": field.min_items,
        "maxItems": field.max_items,
        "enum": [*field.choices] or None,
        "items": _field(field.item) if field.item is not None else None,
    }
    schema: dict[str, Any] = {"type": field.type}
    if field.other_types:
        schema["type"] = [field.type, *field.other_types]
    if field.properties:
        schema = _object(field.properties)
    return schema | {name: limit for name, limit in limits.items() if limit is not None}
