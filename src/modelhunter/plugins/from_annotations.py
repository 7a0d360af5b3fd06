"""Capabilities made of attrs classes: the way to write a plugin without a description of an API."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from attrs import NOTHING, Attribute, fields, fields_dict, has

from modelhunter.plugins.catalogue import Capability, Field, Output, Role, Rule, Submission
from modelhunter.plugins.media import Media, MediaRule
from modelhunter.plugins.validators import Validated, checking, default_of, limits_in
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder

if TYPE_CHECKING:
    from modelhunter.api.models.submitted_task import SubmittedTask
    from modelhunter.plugins.inputs import Input
    from modelhunter.problem import Problem

_TYPES: Mapping[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    dict: "object",
    Mapping: "object",
}
_LISTS = (list, tuple, Sequence)
_ROLES = (
    *("format", "duration", "resolution", "aspect_ratio", "size", "width", "height"),
    *("audio", "seed", "prompt"),
)
_MEDIA = (Media, Media | None, str, str | None)


def capability_from(
    input_class: type[Input],
    *,
    makes: str | Output,
    call: Callable[[Submission], Call[Any]] | None = None,
    rules: tuple[Rule, ...] = (),
    typical_seconds: float | None = None,
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], Iterable[Problem]] | None = None,
) -> Capability:
    """The capability that a typed input class describes.

    The class is an attrs class (keyword-only) with ``provider``, ``capability`` and ``model``.
    Every other attribute is an input: its type, the limits in its annotation
    (:class:`Between`, :class:`Length`, :class:`Matches`, a :class:`MediaRule` such as
    :class:`Image`), the values of a ``Literal`` or an enum, its attrs validators, its default. A
    text in the annotation describes it. ``Literal["a", "b"] | str`` is a list that may have
    grown: other values are let through with a warning. An attribute whose wire name differs
    carries it as ``metadata={"wire": name}``.

    Args:
        input_class: the class; the first line of its docstring is the capability's title.
        makes: the kind of media that comes out (``"video"``, ``"image"``, ``"audio"``, ``"3d"``,
            …), shaped by inputs named as :class:`Output` names its roles; or the whole Output.
        call: makes the request; by default :func:`standard_call`.
        rules: rules across the inputs.
        typical_seconds: how long a job takes.
        prepare: rewrites inputs, as :class:`Capability` says.
        check: finds further problems, as :class:`Capability` says.

    Raises:
        TypeError: an annotation means nothing as an input; the message names the attribute.
    """
    if not _has_a_model(input_class):
        raise TypeError(
            f"{input_class.__name__} must be an attrs class with an attribute model; put "
            "@define(kw_only=True) above it, and model: str in it"
        )
    attributes = [a for a in fields(input_class) if a.name != "model"]
    table, validated = _table(input_class, attributes)
    checks = [checking(input_class, attributes, validated)] if validated else []
    checks += [check] if check is not None else []
    return Capability(
        name=input_class.capability,
        title=_first_line(input_class),
        fields=table,
        output=makes if isinstance(makes, Output) else _output(makes, table),
        call=call or standard_call(input_class.provider, input_class.capability),
        rules=rules,
        typical_seconds=typical_seconds,
        input_class=input_class,
        prepare=prepare,
        check=_all(checks) if len(checks) > 1 else next(iter(checks), None),
    )


def _has_a_model(cls: type) -> bool:
    return has(cls) and "model" in fields_dict(cls)


def standard_call(provider: str, capability: str) -> Callable[[Submission], Call[SubmittedTask]]:
    """What makes the request ``POST /api/v1/{provider}/{capability}`` of a submission."""

    def call(given: Submission) -> Call[SubmittedTask]:
        body: dict[str, Any] = {"model": given.model, "input": dict(given.input)}
        if given.webhook_url is not None:
            body["webhookUrl"] = given.webhook_url
        if given.metadata is not None:
            body["metadata"] = given.metadata
        names = {"provider": provider, "capability": capability}
        return Call(_submit(), path_params=names, body=JsonBody(body))

    return call


@cache
def _submit() -> Operation[SubmittedTask]:
    from modelhunter.api.models.submitted_task import decode_submitted_task
    from modelhunter.runtime.decode import member

    return Operation(
        "submit",
        "POST",
        "/api/v1/{provider}/{capability}",
        "unsafe",
        {"2XX": ResponseDecoder("json", member("data", decode_submitted_task))},
    )


def _all(
    checks: Sequence[Callable[[Mapping[str, Any]], Iterable[Problem]]],
) -> Callable[[Mapping[str, Any]], Iterable[Problem]]:
    return lambda values: [problem for check in checks for problem in check(values)]


def _first_line(input_class: type) -> str:
    own = input_class.__doc__  # not what it would inherit
    return inspect.cleandoc(own or "").partition("\n")[0].rstrip(".")


def _output(media: str, table: Sequence[Field]) -> Output:
    names = {field.keyword: field.name for field in table}
    roles = {role: Role(field=names[role]) for role in _ROLES if role in names}
    return Output(media=media, **roles)


# ------------------------------------------------------------------- from annotations to fields


def _table(
    cls: type, attributes: Sequence[Attribute[Any]]
) -> tuple[tuple[Field, ...], list[Validated]]:
    hints = _hints(cls)
    table: list[Field] = []
    validated: list[Validated] = []
    for attribute in attributes:
        field, validators = _field(attribute, hints[attribute.name], f"{cls.__name__}.")
        table.append(field)
        if validators:
            validated.append(Validated(field.name, attribute, validators))
    return tuple(table), validated


def _hints(cls: type) -> Mapping[str, Any]:
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{cls.__name__}: its annotations name {error.name!r}, which is not there at run time; "
            "import it outside of TYPE_CHECKING, as annotations are read here"
        ) from None


def _field(attribute: Attribute[Any], hint: Any, within: str) -> tuple[Field, Any]:
    place = f"{within}{attribute.name}"
    described = _described(hint, place)
    limits, validators = limits_in(attribute)
    default = default_of(attribute)
    field = Field(
        name=attribute.metadata.get("wire", attribute.name),
        keyword=attribute.name,
        required=attribute.default is NOTHING,
        default=default.value if isinstance(default, Enum) else default,
        **described | _of_items(limits, described["type"]),
    )
    return field, validators


def _of_items(limits: dict[str, Any], kind: str) -> dict[str, Any]:
    """Validators count the items of a list by the same names as the characters of a text."""
    if kind != "array":
        return limits
    return {name.replace("_length", "_items"): limit for name, limit in limits.items()}


def _described(hint: Any, place: str) -> dict[str, Any]:
    """The attributes of a field that an annotation states."""
    if get_origin(hint) is Annotated:
        return _annotated(hint, place)
    if hint in _MEDIA[:2]:
        raise TypeError(f"{place}: say which media it takes, as Annotated[Media, Image()]")
    if get_origin(hint) in (Union, types.UnionType):
        return _union(hint, place)
    if get_origin(hint) is Literal:
        return _choices(get_args(hint), place)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choices([member.value for member in hint], place)
    if isinstance(hint, type) and has(hint):
        return {"type": "object", "properties": _members(hint, place)}
    base = get_origin(hint) or hint
    if base in _LISTS:
        items = [inner for inner in get_args(hint) if inner is not Ellipsis]
        item = Field(name="item", **_described(items[0], f"{place}[]")) if items else None
        return {"type": "array", "item": item}
    if base in _TYPES:
        return {"type": _TYPES[base]}
    raise TypeError(
        f"{place}: {hint!r} is no type of an input; inputs are str, int, float, bool, Literal, an "
        "Enum, Annotated[Media, …], an attrs class, a dict, or a list of these"
    )


def _members(cls: type, place: str) -> tuple[Field, ...]:
    table, validated = _table(cls, fields(cls))
    if validated:
        raise TypeError(
            f"{place}: validators of {cls.__name__}.{validated[0].attribute.name} state no limit "
            "that is known here, and are run for the inputs themselves only"
        )
    return table


def _annotated(hint: Any, place: str) -> dict[str, Any]:
    base, *marks = get_args(hint)
    rule = next((mark for mark in marks if isinstance(mark, MediaRule)), None)
    if rule is None:
        found = _described(base, place)
    elif base in _MEDIA:
        found = {"type": "string", "media": rule}
    else:
        raise TypeError(f"{place}: {type(rule).__name__} belongs to Media, not to {base!r}")
    for mark in marks:
        if isinstance(mark, str):
            found["description"] = mark
        elif hasattr(mark, "limits"):
            try:
                found |= mark.limits(found["type"])
            except TypeError as error:
                raise TypeError(f"{place}: {error}") from None
    return found


def _union(hint: Any, place: str) -> dict[str, Any]:
    parts = [part for part in get_args(hint) if part is not type(None)]
    if len(parts) == 1:
        return _described(parts[0], place)
    closed = [part for part in parts if part is not str]
    if len(closed) == 1 and len(parts) == 2:
        found = _described(closed[0], place)
        if "choices" in found and found["type"] == "string":
            return found | {"unverified": frozenset({"choices"})}
    raise TypeError(f"{place}: an input has one type, and {hint!r} are several")


def _choices(values: Iterable[Any], place: str) -> dict[str, Any]:
    choices = tuple(values)
    kinds = {_TYPES.get(type(value)) for value in choices}
    if len(kinds) != 1 or None in kinds:
        raise TypeError(f"{place}: its choices must be of one type, all text or all numbers")
    return {"type": kinds.pop(), "choices": choices}
