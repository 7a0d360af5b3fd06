"""A model that no plugin lists, used with the widest limits that its provider's models have.

APIs gain models faster than people update plugins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from modelhunter.plugins.catalogue import Capability, Field, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modelhunter.plugins.media import MediaRule

_LOWEST = ("minimum", "min_length", "min_items")
_HIGHEST = ("maximum", "max_length", "max_items")


def unlisted_model(name: str, models: Iterable[Model]) -> Model:
    """A model of this id, with every capability that its provider's ``models`` have.

    Each takes what any of them takes; what it costs is not known.
    """
    by_name: dict[str, list[Capability]] = {}
    for capability in (one for model in models for one in model.capabilities):
        by_name.setdefault(capability.name, []).append(capability)
    return Model(id=name, capabilities=tuple(map(widest, by_name.values())))


def widest(capabilities: Sequence[Capability]) -> Capability:
    """One capability that takes all that any of these takes, which are of the same name."""
    first = capabilities[0]
    fields: dict[str, list[Field]] = {}
    for field in (field for one in capabilities for field in one.fields):
        fields.setdefault(field.name, []).append(field)
    everywhere = len(capabilities)
    return evolve(
        first,
        fields=tuple(_field(found, len(found) == everywhere) for found in fields.values()),
        rules=tuple(rule for rule in first.rules if all(rule in one.rules for one in capabilities)),
        output=next((one.general.output for one in capabilities if one.general), first.output),
        check=_common(one.check for one in capabilities),
        prepare=_common(one.prepare for one in capabilities),
        request_schema=None,
        typical_seconds=None,
        general=None,
    )


def _field(fields: Sequence[Field], everywhere: bool) -> Field:
    first = fields[0]
    types = dict.fromkeys(type_ for one in fields for type_ in (one.type, *one.other_types))
    all_choose = all(one.choices for one in fields)
    items = [one.item for one in fields if one.item is not None]
    return evolve(
        first,
        other_types=tuple(one for one in types if one != first.type),
        required=everywhere and all(one.required for one in fields),
        default=_common(one.default for one in fields),
        choices=_distinct(one.choices for one in fields) if all_choose else (),
        multiple_of=_common(one.multiple_of for one in fields),
        pattern=_common(one.pattern for one in fields),
        pixels=_common(one.pixels for one in fields),
        item=_field(items, False) if len(items) == len(fields) else None,
        properties=_properties(fields),
        media=_media([one.media for one in fields if one.media is not None]),
        unverified=frozenset().union(*(one.unverified for one in fields)),
        **_bounds(fields, _LOWEST, min),
        **_bounds(fields, _HIGHEST, max),
    )


def _properties(fields: Sequence[Field]) -> tuple[Field, ...]:
    inner: dict[str, list[Field]] = {}
    for field in (field for one in fields for field in one.properties):
        inner.setdefault(field.name, []).append(field)
    return tuple(_field(found, len(found) == len(fields)) for found in inner.values())


def _media(rules: Sequence[MediaRule]) -> MediaRule | None:
    if not rules:
        return None
    all_name = all(one.formats for one in rules)
    return evolve(
        rules[0],
        formats=tuple(_distinct(one.formats for one in rules)) if all_name else (),
        data_uri=any(one.data_uri for one in rules),
        unverified=frozenset().union(*(one.unverified for one in rules)),
        **_bounds(rules, ("min_side", "min_ratio"), min),
        **_bounds(rules, ("max_bytes", "max_side", "max_ratio"), max),
    )


def _bounds(
    limited: Sequence[Any], names: Iterable[str], widest: Callable[[list[Any]], Any]
) -> dict[str, Any]:
    """The widest of each limit; none where one has none."""
    found = {name: [getattr(one, name) for one in limited] for name in names}
    return {name: None if None in values else widest(values) for name, values in found.items()}


def _common(values: Iterable[Any]) -> Any:
    """What all have; None where they differ."""
    first, *others = values
    return first if all(one == first for one in others) else None


def _distinct(listed: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in (value for values in listed for value in values):
        if not any(type(value) is type(one) and value == one for one in found):
            found.append(value)
    return tuple(found)
