"""What is left of a rule where a model lacks some of the inputs that it speaks about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelhunter.plugins.messages import listed
from modelhunter.plugins.rules import is_annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

Left = bool | dict[str, Any]
"""What is left: always true, never true, or a schema that still has to be asked."""


def without(schema: Any, absent: frozenset[str]) -> Left:
    """What is left of ``schema`` for objects that have none of these members."""
    if not isinstance(schema, Mapping):
        return bool(schema)
    return _all(
        [
            _keyword(keyword, argument, schema, absent)
            for keyword, argument in schema.items()
            if keyword not in ("then", "else") and not is_annotation(keyword)
        ]
    )


def in_words(left: Mapping[str, Any]) -> str | None:
    """What is left of a rule, as its message says it; None where it takes an author to say it.

    What the author said of the whole rule may speak of inputs that are not there.
    """
    if left.keys() == {"required"}:
        names = left["required"]
        return f"{listed(names, 'and')} {'is' if len(names) == 1 else 'are'} needed"
    if left.keys() == {"dependentRequired"}:
        return "; ".join(
            f"{name} needs {listed(others, 'and')} beside it"
            for name, others in left["dependentRequired"].items()
        )
    return None


def _keyword(
    keyword: str, argument: Any, schema: Mapping[str, Any], absent: frozenset[str]
) -> Left:
    if keyword == "required":
        return {"required": argument} if absent.isdisjoint(argument) else False
    if keyword in ("properties", "dependentRequired"):
        present = {name: part for name, part in argument.items() if name not in absent}
        return {keyword: present} if present else True
    if keyword == "not":
        inner = without(argument, absent)
        return not inner if isinstance(inner, bool) else {"not": inner}
    if keyword == "allOf":
        return _all([without(part, absent) for part in argument])
    if keyword in ("anyOf", "oneOf"):
        return _either(keyword, [without(part, absent) for part in argument])
    if keyword == "if":
        return _condition(schema, absent)
    return {keyword: argument}


def _either(keyword: str, parts: Sequence[Left]) -> Left:
    if keyword == "anyOf" and any(part is True for part in parts):
        return True
    possible = [part for part in parts if part is not False]
    if not possible:
        return False
    return possible[0] if len(possible) == 1 else {keyword: possible}


def _condition(schema: Mapping[str, Any], absent: frozenset[str]) -> Left:
    condition = without(schema["if"], absent)
    then = without(schema.get("then", True), absent)
    otherwise = without(schema.get("else", True), absent)
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is True and otherwise is True:
        return True
    left: dict[str, Any] = {"if": condition}
    if then is not True:
        left["then"] = then
    if otherwise is not True:
        left["else"] = otherwise
    return left


def _all(parts: Sequence[Left]) -> Left:
    """Schemas that must all hold, merged into one where their keywords don't meet."""
    if any(part is False for part in parts):
        return False
    asked = [part for part in parts if isinstance(part, dict)]
    if not asked:
        return True
    merged: dict[str, Any] = {}
    for part in asked:
        if merged.keys() & part.keys():
            return {"allOf": asked}
        merged |= part
    return merged
