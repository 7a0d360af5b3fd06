"""The part of JSON Schema in which rules across fields are written.

A rule is data that a plugin brings, so a keyword that is not understood here is refused when the
plugin is loaded (:func:`faults`) and never passed over. Annotations (``title``, ``description``,
``x-...``) are allowed and mean nothing. ``$ref`` is not supported: a rule stands for itself.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Hashable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from modelhunter.plugins.patterns import BadPattern, compiled

_DEEPEST = 50
"""So many schemas may stand in each other."""
_MOST_SCHEMAS = 10_000
"""So many schemas may be in one rule."""
_MOST_DIGITS = 400
"""Digits before or behind the point of numbers that can be multiples of something."""

_ANNOTATIONS = frozenset(
    ("$comment", "default", "deprecated", "description", "example", "examples", "title")
)


def holds(schema: Any, value: Any) -> bool:
    """Whether ``value`` satisfies ``schema``, which :func:`faults` found no fault in."""
    if isinstance(schema, bool):
        return schema
    return all(
        _KEYWORDS[keyword](argument, value, schema)
        for keyword, argument in schema.items()
        if keyword in _KEYWORDS
    )


def faults(schema: Any) -> Iterator[str]:
    """What keeps ``schema`` from being used as a rule, each with a JSON pointer."""
    yield from _faults(schema, "#", 0, iter(range(_MOST_SCHEMAS)))


def _faults(schema: Any, pointer: str, depth: int, left: Iterator[int]) -> Iterator[str]:
    """``left`` has an item for each schema that may still come."""
    if isinstance(schema, bool):
        return
    if depth > _DEEPEST or next(left, None) is None:
        most = f"{_DEEPEST} in each other" if depth > _DEEPEST else f"{_MOST_SCHEMAS:,} in all"
        yield f"{pointer}: these are too many schemas; {most} are the most"
        return
    if not isinstance(schema, Mapping):
        yield f"{pointer}: a schema must be an object or a boolean, not {type(schema).__name__}"
        return
    for keyword, argument in schema.items():
        place = f"{pointer}/{keyword}"
        shape = _SHAPES.get(keyword)
        if shape is None:
            if not is_annotation(keyword):
                yield f"{place}: the keyword {keyword!r} is not supported in rules"
            continue
        wrong = shape(argument)
        if wrong:
            yield f"{place}: {wrong}"
            continue
        for step, inner in _inner_schemas(keyword, argument):
            yield from _faults(inner, f"{place}{step}", depth + 1, left)


def is_annotation(keyword: Any) -> bool:
    """Whether a keyword asks nothing of a value."""
    return keyword in _ANNOTATIONS or str(keyword).startswith("x-")


def fields_named(schema: Any) -> frozenset[str]:
    """The names of the properties that a rule speaks about, at its top level."""
    if not isinstance(schema, Mapping):
        return frozenset()
    named = {*schema.get("properties", ()), *schema.get("required", ())}
    for name, needed in schema.get("dependentRequired", {}).items():
        named.update((name, *needed))
    named.update(schema.get("dependentSchemas", ()))
    for keyword in _SAME_VALUE:
        argument = schema.get(keyword, ())
        for inner in argument if isinstance(argument, (list, tuple)) else (argument,):
            named |= fields_named(inner)
    for inner in schema.get("dependentSchemas", {}).values():
        named |= fields_named(inner)
    return frozenset(named)


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if is_array(one) and is_array(other):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def is_array(value: Any) -> bool:
    """Whether a value is a list as JSON has it."""
    return isinstance(value, (list, tuple))


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; a boolean is none."""
    if isinstance(value, bool):
        return False
    if isinstance(value, Decimal):
        return value.is_finite()
    if isinstance(value, numbers.Integral):
        return True
    try:
        return isinstance(value, numbers.Real) and math.isfinite(value)
    except OverflowError:
        return False


def is_integer(value: Any) -> bool:
    """Whether a value is a whole number; 4.0 is one."""
    if not is_number(value):
        return False
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, numbers.Integral) or bool(value % 1 == 0)


def is_multiple(value: Any, of: float) -> bool:
    """Whether ``value`` is a whole multiple of ``of``, decimally: 0.3 is one of 0.1.

    Numbers with hundreds of digits before or behind the point are multiples of nothing.
    """
    number, step = _exact(value), _exact(of)
    return number is not None and step is not None and step != 0 and number % step == 0


def _exact(number: Any) -> Fraction | None:
    """A number as it is written; None where it is none or has too many digits."""
    if isinstance(number, numbers.Integral):
        return Fraction(int(number)) if abs(int(number)) < 10**_MOST_DIGITS else None
    found = number if isinstance(number, Decimal) else Decimal(repr(float(number)))
    if not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS:
        return None
    return Fraction(found)


def identity(value: Any) -> Hashable:
    """What values have in common that are the :func:`same`, and no others.

    Raises:
        TypeError: it is a value that JSON does not have.
    """
    if isinstance(value, Mapping):
        return ("object", frozenset((key, identity(inner)) for key, inner in value.items()))
    if is_array(value):
        return ("array", *map(identity, value))
    hash(value)
    return (isinstance(value, bool), value)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": is_integer,
    "array": is_array,
    "object": lambda value: isinstance(value, Mapping),
}


def _type(argument: Any, value: Any, _: Any) -> bool:
    names = (argument,) if isinstance(argument, str) else argument
    return any(_TYPES[name](value) for name in names)


def _properties(argument: Any, value: Any, _: Any) -> bool:
    if not isinstance(value, Mapping):
        return True
    return all(holds(inner, value[name]) for name, inner in argument.items() if name in value)


def _additional(argument: Any, value: Any, schema: Any) -> bool:
    if not isinstance(value, Mapping):
        return True
    known = schema.get("properties", ())
    return all(holds(argument, inner) for name, inner in value.items() if name not in known)


def _dependent_required(argument: Any, value: Any, _: Any) -> bool:
    if not isinstance(value, Mapping):
        return True
    return all(
        needed in value for name, others in argument.items() if name in value for needed in others
    )


def _dependent_schemas(argument: Any, value: Any, _: Any) -> bool:
    if not isinstance(value, Mapping):
        return True
    return all(holds(inner, value) for name, inner in argument.items() if name in value)


def _contains(argument: Any, value: Any, schema: Any) -> bool:
    if not is_array(value):
        return True
    count = sum(holds(argument, item) for item in value)
    return bool(schema.get("minContains", 1) <= count <= schema.get("maxContains", math.inf))


def _if(argument: Any, value: Any, schema: Any) -> bool:
    return holds(schema.get("then" if holds(argument, value) else "else", True), value)


def _unique(argument: Any, value: Any, _: Any) -> bool:
    if not argument or not is_array(value):
        return True
    seen: set[Hashable] = set()
    others: list[Any] = []
    for item in value:
        try:
            seen.add(identity(item))
        except (TypeError, RecursionError):  # no value of JSON, or one of an absurd depth
            if any(item is other for other in others):
                return False
            others.append(item)
    return len(seen) + len(others) == len(value)


def _number(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Any], bool]:
    return lambda argument, value, _: not is_number(value) or test(value, argument)


def _length(
    kind: Callable[[Any], bool], test: Callable[[int, Any], bool]
) -> Callable[[Any, Any, Any], bool]:
    return lambda argument, value, _: not kind(value) or test(len(value), argument)


def _at_least(value: Any, limit: Any) -> bool:
    return bool(value >= limit)


def _at_most(value: Any, limit: Any) -> bool:
    return bool(value <= limit)


_KEYWORDS: Mapping[str, Callable[[Any, Any, Any], bool]] = {
    "type": _type,
    "const": lambda argument, value, _: same(argument, value),
    "enum": lambda argument, value, _: any(same(option, value) for option in argument),
    "properties": _properties,
    "additionalProperties": _additional,
    "required": lambda argument, value, _: (
        not isinstance(value, Mapping) or all(name in value for name in argument)
    ),
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "minProperties": _length(_TYPES["object"], _at_least),
    "maxProperties": _length(_TYPES["object"], _at_most),
    "items": lambda argument, value, _: (
        not is_array(value) or all(holds(argument, item) for item in value)
    ),
    "contains": _contains,
    "minItems": _length(is_array, _at_least),
    "maxItems": _length(is_array, _at_most),
    "uniqueItems": _unique,
    "minLength": _length(_TYPES["string"], _at_least),
    "maxLength": _length(_TYPES["string"], _at_most),
    "pattern": lambda argument, value, _: (
        not isinstance(value, str) or compiled(argument).finds(value)
    ),
    "minimum": _number(_at_least),
    "maximum": _number(_at_most),
    "exclusiveMinimum": _number(lambda value, limit: bool(value > limit)),
    "exclusiveMaximum": _number(lambda value, limit: bool(value < limit)),
    "multipleOf": _number(is_multiple),
    "not": lambda argument, value, _: not holds(argument, value),
    "allOf": lambda argument, value, _: all(holds(inner, value) for inner in argument),
    "anyOf": lambda argument, value, _: any(holds(inner, value) for inner in argument),
    "oneOf": lambda argument, value, _: sum(holds(inner, value) for inner in argument) == 1,
    "if": _if,
}

_SAME_VALUE = ("not", "allOf", "anyOf", "oneOf", "if", "then", "else")
"""Keywords whose schemas are applied to the very value that the keyword stands beside."""


def _inner_schemas(keyword: str, argument: Any) -> Iterator[tuple[str, Any]]:
    if keyword in ("properties", "dependentSchemas"):
        yield from ((f"/{name}", inner) for name, inner in argument.items())
    elif keyword in ("allOf", "anyOf", "oneOf"):
        yield from ((f"/{index}", inner) for index, inner in enumerate(argument))
    elif keyword in ("not", "if", "then", "else", "items", "contains", "additionalProperties"):
        yield "", argument


def _wants(test: Callable[[Any], bool], what: str) -> Callable[[Any], str | None]:
    return lambda argument: None if test(argument) else f"expected {what}"


def _a_pattern(argument: Any) -> str | None:
    if not isinstance(argument, str):
        return "expected a regular expression"
    try:
        compiled(argument)
    except BadPattern as error:
        return f"the pattern can't be used: {error}"
    return None


def _type_names(argument: Any) -> bool:
    names = [argument] if isinstance(argument, str) else argument
    return _strings(names) and bool(names) and all(name in _TYPES for name in names)


def _strings(argument: Any) -> bool:
    return is_array(argument) and all(isinstance(name, str) for name in argument)


_any = _wants(lambda _: True, "")
_object = _wants(lambda argument: isinstance(argument, Mapping), "an object")
_schemas = _wants(lambda argument: is_array(argument) and bool(argument), "a list of schemas")
_names = _wants(_strings, "a list of names")
_count = _wants(
    lambda argument: is_integer(argument) and argument >= 0, "a whole number of 0 or more"
)
_limit = _wants(is_number, "a number")

_SHAPES: Mapping[str, Callable[[Any], str | None]] = {
    "type": _wants(_type_names, "type names"),
    "const": _any,
    "enum": _wants(is_array, "a list"),
    "properties": _object,
    "additionalProperties": _any,
    "required": _names,
    "dependentRequired": _wants(
        lambda argument: isinstance(argument, Mapping) and all(map(_strings, argument.values())),
        "lists of names by name",
    ),
    "dependentSchemas": _object,
    **dict.fromkeys(("minProperties", "maxProperties", "minItems", "maxItems"), _count),
    **dict.fromkeys(("minLength", "maxLength", "minContains", "maxContains"), _count),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _limit),
    "multipleOf": _wants(lambda argument: is_number(argument) and argument > 0, "a number above 0"),
    "uniqueItems": _wants(_TYPES["boolean"], "true or false"),
    "pattern": _a_pattern,
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
    **dict.fromkeys(("not", "if", "then", "else", "items", "contains"), _any),
}
