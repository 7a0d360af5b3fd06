"""The inputs of a typed input class as data: its annotations, docstrings and defaults as fields."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
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

from attrs import NOTHING, Attribute, evolve, fields, has

from modelhunter.plugins.catalogue import Field
from modelhunter.plugins.class_source import Docstring, first_paragraph, in_order
from modelhunter.plugins.limits import Closed
from modelhunter.plugins.marks import inferred, said
from modelhunter.plugins.media import Media, MediaRule

if TYPE_CHECKING:
    from modelhunter.plugins.validators import Validated

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
_MEDIA = (Media, Media | None, str, str | None)


class _SeveralTypes(TypeError):
    """An annotation of several types, which no field can have."""


def table_of(
    cls: type, attributes: Sequence[Attribute[Any]], inside: tuple[type, ...] = ()
) -> tuple[tuple[Field, ...], list[Validated]]:
    """A field for each attribute of an attrs class, and the validators that state no limit.

    ``inside`` are the classes that this one is a part of.

    Raises:
        TypeError: an annotation means nothing as an input; the message names the attribute.
    """
    hints = _hints(cls)
    table: list[Field] = []
    validated: list[Validated] = []
    for attribute in attributes:
        field, validators = _field(attribute, hints[attribute.name], cls, (*inside, cls))
        table.append(field)
        if validators:
            from modelhunter.plugins.validators import Validated  # here, as few have any

            validated.append(Validated(field.name, attribute, validators))
    return tuple(table), validated


def known_models(cls: type) -> tuple[str, ...]:
    """The ids that the annotation of ``model`` lists; none where it is just text."""
    found = _hints(cls)["model"]
    parts = get_args(found) if get_origin(found) in (Union, types.UnionType) else (found,)
    listed = [part for part in parts if get_origin(part) is Literal]
    return tuple(str(one) for part in listed for one in get_args(part))


def _hints(cls: type) -> Mapping[str, Any]:
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{cls.__name__}: its annotations name {error.name!r}, which is not there at run time; "
            "import it outside of TYPE_CHECKING, as annotations are read here"
        ) from None


def _field(
    attribute: Attribute[Any], hint: Any, cls: type, inside: tuple[type, ...]
) -> tuple[Field, Any]:
    described = _described(hint, f"{cls.__name__}.{attribute.name}", inside)
    _restore_order(described, cls, attribute.name)
    limits, validators = _validated(attribute)
    default = default_of(attribute)
    values = {
        "description": Docstring(cls, attribute.name),
        "default": default.value if isinstance(default, Enum) else default,
        **described,
        **_of_items(limits, described["type"]),
    }
    field = Field(
        name=attribute.metadata.get("wire", attribute.name),
        keyword=attribute.name,
        required=attribute.default is NOTHING,
        **values,
    )
    return field, validators


def default_of(attribute: Attribute[Any]) -> Any:
    """What an attribute is where it was not given; None where it must be."""
    default: Any = attribute.default
    if default is NOTHING:
        return None
    if not hasattr(default, "takes_self"):
        return default
    return None if default.takes_self else default.factory()


def _validated(attribute: Attribute[Any]) -> tuple[dict[str, Any], Any]:
    if attribute.validator is None:
        return {}, ()
    from modelhunter.plugins.validators import limits_in  # here, as few have any

    return limits_in(attribute)


def _restore_order(described: dict[str, Any], cls: type, name: str) -> None:
    if "choices" in described:
        described["choices"] = in_order(described["choices"], cls, name)
    item = described.get("item")
    if item is not None and item.choices:
        described["item"] = evolve(item, choices=in_order(item.choices, cls, name))


def _of_items(limits: dict[str, Any], kind: str) -> dict[str, Any]:
    """Validators count the items of a list by the same names as the characters of a text."""
    if kind != "array":
        return limits
    return {name.replace("_length", "_items"): limit for name, limit in limits.items()}


def _described(hint: Any, place: str, inside: tuple[type, ...]) -> dict[str, Any]:
    """The attributes of a field that an annotation states."""
    if get_origin(hint) is Annotated:
        return _annotated(hint, place, inside)
    if hint is Any:
        raise _SeveralTypes(f"{place}: an input has one type, and Any is all of them")
    if hint in _MEDIA[:2]:
        raise TypeError(f"{place}: say which media it takes, as Annotated[Media, Image()]")
    if get_origin(hint) in (Union, types.UnionType):
        return _union(hint, place, inside)
    if get_origin(hint) is Literal:
        return _choices(get_args(hint), place)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choices([member.value for member in hint], place)
    if isinstance(hint, type) and has(hint):
        return {"type": "object", "properties": _members(hint, place, inside)}
    base = get_origin(hint) or hint
    if base in _LISTS:
        return {"type": "array", "item": _item(hint, place, inside)}
    if base in _TYPES:
        return {"type": _TYPES[base]}
    raise TypeError(
        f"{place}: {hint!r} is no type of an input; inputs are str, int, float, bool, Literal, an "
        "Enum, Annotated[Media, …], an attrs class, a dict, or a list of these"
    )


def _item(hint: Any, place: str, inside: tuple[type, ...]) -> Field | None:
    items = [inner for inner in get_args(hint) if inner is not Ellipsis]
    if not items or items[0] is Any:
        return None
    values = {
        "description": _words_of_class(items[0]),
        **_described(items[0], f"{place}[]", inside),
    }
    return Field(name="item", **values)


def _words_of_class(hint: Any) -> str:
    """What describes the items of a list where that is the class of an object."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    found = [part for part in parts if isinstance(part, type) and has(part)]
    return first_paragraph(found[0]) if len(found) == 1 else ""


def _members(cls: type, place: str, inside: tuple[type, ...]) -> tuple[Field, ...]:
    """The members of an object; none where it holds itself, or one that has several types."""
    if cls in inside:
        return ()
    try:
        table, validated = table_of(cls, fields(cls), inside)
    except _SeveralTypes:
        return ()
    if validated:
        raise TypeError(
            f"{place}: validators of {cls.__name__}.{validated[0].attribute.name} state no limit "
            "that is known here, and are run for the inputs themselves only"
        )
    return table


def _annotated(hint: Any, place: str, inside: tuple[type, ...]) -> dict[str, Any]:
    base, *marks = get_args(hint)
    rule = next((mark for mark in marks if isinstance(mark, MediaRule)), None)
    found: dict[str, Any] = {"type": "string"}
    if rule is None:
        found = _described(base, place, inside)
    elif base not in _MEDIA:
        raise TypeError(f"{place}: {type(rule).__name__} belongs to Media, not to {base!r}")
    if Closed in marks and "choices" not in found:
        raise TypeError(f"{place}: Closed belongs to a Literal, not to {base!r}")
    marked = inferred(marks, place)
    if Closed in marks or "field" in marked:
        found.pop("unverified", None)
    found["unverified"] = found.get("unverified", frozenset()) | marked
    return found | said(marks, found["type"], place)


def _union(hint: Any, place: str, inside: tuple[type, ...]) -> dict[str, Any]:
    parts = [part for part in get_args(hint) if part is not type(None)]
    if len(parts) == 1:
        return _described(parts[0], place, inside)
    if all(map(_is_object, parts)):
        known = [part for part in parts if has(part)]
        return _described(known[0] if len(known) == 1 else dict, place, inside)
    closed = [part for part in parts if part not in (str, int, bool)]
    if len(closed) == 1 and len(parts) == 2:
        found = _described(closed[0], place, inside)
        if "choices" in found and _TYPES[(set(parts) - set(closed)).pop()] == found["type"]:
            return found | {"unverified": frozenset({"choices"})}
    if len(inside) > 1 and set(parts) <= _TYPES.keys():
        first, *others = (_TYPES[part] for part in parts)
        return {"type": first, "other_types": tuple(others)}
    raise _SeveralTypes(f"{place}: an input has one type, and {hint!r} are several")


def _is_object(part: Any) -> bool:
    base = get_origin(part) or part
    return base in (dict, Mapping) or (isinstance(part, type) and has(part))


def _choices(values: Iterable[Any], place: str) -> dict[str, Any]:
    choices = tuple(values)
    kinds = {_TYPES.get(type(value)) for value in choices}
    if len(kinds) != 1 or None in kinds:
        raise TypeError(f"{place}: its choices must be of one type, all text or all numbers")
    return {"type": kinds.pop(), "choices": choices}
