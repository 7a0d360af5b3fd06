"""What is left of a schema about an object once some of its members are known.

Used twice: on a request whose ``model`` is known, and on the inputs of a model that has not all of
the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter_codegen.flatten import same
from modelhunter_codegen.keywords import is_annotation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Left = bool | dict[str, Any]
"""What is left: always true, never true, or a schema that still has to be asked."""


def residual(schema: Any, known: Mapping[str, Any] = {}, absent: Collection[str] = ()) -> Left:
    """What is left of ``schema`` for an object with these members and without those."""
    if not isinstance(schema, dict):
        return bool(schema)
    left = _Conjunction()
    for keyword, argument in schema.items():
        if is_annotation(keyword) or keyword in ("then", "else"):
            continue
        left.add(_keyword(keyword, argument, schema, known, absent))
    return left.result()


def _keyword(
    keyword: str,
    argument: Any,
    schema: Mapping[str, Any],
    known: Mapping[str, Any],
    absent: Collection[str],
) -> Left:
    if keyword == "required":
        if any(name in absent for name in argument):
            return False
        names = [name for name in argument if name not in known]
        return {"required": names} if names else True
    if keyword == "properties":
        return _properties(argument, known, absent)
    if keyword == "dependentRequired":
        needs = {name: others for name, others in argument.items() if name not in absent}
        return {"dependentRequired": needs} if needs else True
    if keyword == "not":
        inner = residual(argument, known, absent)
        return not inner if isinstance(inner, bool) else {"not": inner}
    if keyword == "allOf":
        every = _Conjunction()
        for part in argument:
            every.add(residual(part, known, absent))
        return every.result()
    if keyword in ("anyOf", "oneOf"):
        return _either(keyword, [residual(part, known, absent) for part in argument])
    if keyword == "if":
        return _condition(schema, known, absent)
    return {keyword: argument}


def _properties(
    properties: Mapping[str, Any], known: Mapping[str, Any], absent: Collection[str]
) -> Left:
    left: dict[str, Any] = {}
    for name, schema in properties.items():
        if name in absent or schema is True:
            continue
        if name not in known:
            left[name] = schema
        elif not _takes(schema, known[name]):
            return False
    return {"properties": left} if left else True


def _takes(schema: Any, value: Any) -> bool:
    """Whether a known value fits; conditions on it are constants, enums and their opposite."""
    if not isinstance(schema, dict):
        return bool(schema)
    if "const" in schema and not same(schema["const"], value):
        return False
    if "enum" in schema and not any(same(option, value) for option in schema["enum"]):
        return False
    return "not" not in schema or not _takes(schema["not"], value)


def _either(keyword: str, parts: list[Left]) -> Left:
    if keyword == "anyOf" and any(part is True for part in parts):
        return True
    open_parts = [part for part in parts if part is not False]
    if not open_parts:
        return False
    if len(open_parts) == 1:
        return open_parts[0]
    return {keyword: open_parts}


def _condition(
    schema: Mapping[str, Any], known: Mapping[str, Any], absent: Collection[str]
) -> Left:
    condition = residual(schema["if"], known, absent)
    then = residual(schema.get("then", True), known, absent)
    otherwise = residual(schema.get("else", True), known, absent)
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


class _Conjunction:
    """Schemas that must all hold, merged into one where their keywords don't meet."""

    def __init__(self) -> None:
        self.parts: list[dict[str, Any]] = []
        self.never = False

    def add(self, left: Left) -> None:
        if left is False:
            self.never = True
        elif isinstance(left, dict):
            self.parts.append(left)

    def result(self) -> Left:
        if self.never:
            return False
        if not self.parts:
            return True
        merged: dict[str, Any] = {}
        for part in self.parts:
            if merged.keys() & part.keys():
                return {"allOf": self.parts}
            merged |= part
        return merged


def inside(schema: Any, member: str) -> Left:
    """A schema about an object as one about its member of that name, which is always there.

    Raises:
        LookupError: the schema speaks about other members too; the argument names one.
    """
    if not isinstance(schema, dict):
        return bool(schema)
    left = _Conjunction()
    for keyword, argument in schema.items():
        if keyword == "properties":
            for name, inner in argument.items():
                if name != member:
                    raise LookupError(name)
                left.add(residual(inner))
        elif keyword == "required":
            for name in argument:
                if name != member:
                    raise LookupError(name)
        elif keyword in ("not", "if", "then", "else"):
            left.add({keyword: inside(argument, member)})
        elif keyword in ("allOf", "anyOf", "oneOf"):
            left.add({keyword: [inside(part, member) for part in argument]})
        else:
            raise LookupError(keyword)
    return left.result()
