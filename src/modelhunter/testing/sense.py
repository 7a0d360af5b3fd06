"""What in a catalogue can't be meant, though each part of it is allowed."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from attrs import evolve

from modelhunter.errors import PluginError
from modelhunter.plugins import prepare
from modelhunter.plugins.messages import listed, nearest
from modelhunter.plugins.rules import fields_named, holds, is_annotation, same
from modelhunter.testing.examples import example

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from modelhunter.plugins import Capability, Field, Rule

KINDS = ("video", "image", "audio", "music", "3d", "text")
_MOST = 5000
"""Combinations that are tried; a rule with more is not judged."""
_ABSENT = object()
_INNER = ("not", "if", "then", "else", "allOf", "anyOf", "oneOf")
_PRESENCE = {*_INNER, "required", "properties", "dependentRequired", "dependentSchemas", "type"}


def media_mistakes(capability: Capability) -> Iterator[str]:
    """A kind of media that is a usual one, misspelt."""
    media = capability.output.media
    meant = nearest(media, KINDS)
    if media not in KINDS and meant:
        yield f"it makes {media!r}; is {meant[0]!r} meant?"


def prepare_mistakes(capability: Capability, inputs: Mapping[str, Any]) -> Iterator[str]:
    """Inputs that ``prepare`` drops: fewer come out of it than went in."""
    if capability.prepare is None:
        return
    bare = evolve(capability, prepare=None)
    for field in capability.fields:
        given = {**inputs, field.keyword: example(field)}
        before = prepare(bare, given)
        try:
            after = prepare(capability, given)
        except PluginError as error:
            yield str(error)
            continue
        lost, new = before.keys() - after.keys(), after.keys() - before.keys()
        if len(lost) > len(new):
            yield f"prepare drops {listed(sorted(lost), 'and')} where {field.name} is given"


def sense_mistakes(capability: Capability) -> Iterator[str]:
    """Rules that refuse nothing, everything, or an optional input however it is given.

    Judged are rules on which inputs are given, and which of some values they have.
    """
    for rule in capability.rules:
        named = sorted(fields_named(rule.schema))
        fields = [field for name in named if (field := capability.field(name)) is not None]
        if len(fields) < len(named) or not fields or not _is_judged(rule.schema):
            continue
        for why in _mistakes_of(rule, fields):
            yield f"the rule {rule.message!r} {why}; is its schema turned round?"


def _mistakes_of(rule: Rule, fields: Sequence[Field]) -> Iterator[str]:
    values = [_values(field, rule.schema) for field in fields]
    if prod(map(len, values)) > _MOST:
        return
    names = [field.name for field in fields]
    jobs = [
        {name: value for name, value in zip(names, chosen, strict=True) if value is not _ABSENT}
        for chosen in product(*values)
    ]
    passed = [job for job in jobs if holds(rule.schema, job)]
    if not passed:
        yield "lets no job pass"
        return
    if len(passed) == len(jobs):
        yield "refuses nothing"
        return
    for field in fields:
        given = sum(field.name in job for job in passed)
        if not given:
            yield f"lets nobody give {field.name}"
        elif given == len(passed) and not field.required and len(fields) > 1:
            yield f"asks for {field.name} in every job, though it is optional"


def _is_judged(schema: Any) -> bool:
    """Whether a rule speaks of nothing but what is given, and of values one by one."""
    if isinstance(schema, bool):
        return True
    if any(key not in _PRESENCE and not is_annotation(key) for key in schema):
        return False
    inner = [*schema.get("dependentSchemas", {}).values()]
    for key in _INNER:
        held = schema.get(key, ())
        inner += held if isinstance(held, (list, tuple)) else [held]
    valued = schema.get("properties", {}).values()
    return all(map(_is_judged, inner)) and all(
        isinstance(one, bool) or all(key in ("const", "enum") or is_annotation(key) for key in one)
        for one in valued
    )


def _values(field: Field, schema: Any) -> list[Any]:
    """What a field may be, as far as a rule asks: absent, each value in it, and another."""
    asked = list(_asked(field.name, schema))
    others: list[Any] = [*field.choices, example(field)]
    if field.type == "boolean":
        others += [True, False]
    found: list[Any] = [] if field.required else [_ABSENT]
    for value in (*asked, *[one for one in others if not any(same(one, a) for a in asked)][:1]):
        if not any(one is not _ABSENT and same(one, value) for one in found):
            found.append(value)
    return found


def _asked(name: str, schema: Any) -> Iterator[Any]:
    """The values of a field that a rule names."""
    if isinstance(schema, bool):
        return
    wanted = schema.get("properties", {}).get(name, True)
    if not isinstance(wanted, bool):
        yield from wanted.get("enum", ())
        if "const" in wanted:
            yield wanted["const"]
    for key in _INNER:
        held = schema.get(key, ())
        for inner in held if isinstance(held, (list, tuple)) else (held,):
            yield from _asked(name, inner)
    for inner in schema.get("dependentSchemas", {}).values():
        yield from _asked(name, inner)
