"""What the validators of an attrs class say about its inputs.

Those of :mod:`attrs.validators` that state a limit become that limit, so that it is listed and
documented; all others, an author's own too, are run when inputs are checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Attribute, frozen

from modelhunter.plugins.field_tables import default_of
from modelhunter.plugins.messages import shown, summary
from modelhunter.problem import Problem

Validator = Callable[[Any, Any, Any], Any]

_LIMITS: Mapping[Any, str] = {operator.ge: "minimum", operator.le: "maximum"}


@frozen
class Validated:
    """An attribute of an input class whose validators are run, by its name on the wire."""

    name: str
    attribute: Attribute[Any]
    validators: Sequence[Validator]


def limits_in(attribute: Attribute[Any]) -> tuple[dict[str, Any], list[Validator]]:
    """The limits that an attribute's validators state, and the validators that state none."""
    limits: dict[str, Any] = {}
    others: list[Validator] = []
    for validator in _each(attribute.validator):
        found = _limits(validator)
        if found is None:
            others.append(validator)
        else:
            limits |= found
    return limits, others


def _each(validator: Any) -> Iterator[Validator]:
    """The validators that one is made of, told by their attributes, as attrs hides the classes."""
    if validator is None:
        return
    parts = getattr(validator, "_validators", None)
    inner = getattr(validator, "validator", None)
    if isinstance(parts, tuple):
        for part in parts:
            yield from _each(part)
    elif inner is not None:
        yield from _each(inner)
    else:
        yield validator


def _limits(validator: Any) -> dict[str, Any] | None:
    limit = _LIMITS.get(getattr(validator, "compare_func", None))
    if limit is not None:
        return {limit: validator.bound}
    if (options := getattr(validator, "options", None)) is not None:
        return {"choices": tuple(getattr(option, "value", option) for option in options)}
    if (most := getattr(validator, "max_length", None)) is not None:
        return {"max_length": most}
    if (least := getattr(validator, "min_length", None)) is not None:
        return {"min_length": least}
    return None


def checking(
    input_class: type, attributes: Sequence[Attribute[Any]], validated: Sequence[Validated]
) -> Callable[[Mapping[str, Any]], Iterable[Problem]]:
    """A capability's ``check`` that runs the validators, as an object of the class would."""
    wire = {
        attribute.name: attribute.metadata.get("wire", attribute.name) for attribute in attributes
    }

    def check(values: Mapping[str, Any]) -> Iterator[Problem]:
        given: Any = object.__new__(input_class)
        for attribute in attributes:
            value = values.get(wire[attribute.name], default_of(attribute))
            object.__setattr__(given, attribute.name, value)
        for one in validated:
            if one.name in values:
                yield from _run(one, given, values[one.name])

    return check


def _run(one: Validated, given: Any, value: Any) -> Iterator[Problem]:
    for validator in one.validators:
        try:
            validator(given, one.attribute, value)
        except (ValueError, TypeError) as error:
            said = error.args[0] if error.args and isinstance(error.args[0], str) else None
            yield Problem(one.name, said or summary(error), shown(value))
