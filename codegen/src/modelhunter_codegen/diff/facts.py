"""The table of all that a description leads to, and how each fact of it is compared.

Every attribute of the typed form (:mod:`modelhunter_codegen.ir`) has a row. A test holds the two
together, so that who adds a fact to the generator has to say here what a change of it means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from modelhunter_codegen import ir
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelhunter_codegen.diff.changes import Impact


@frozen
class AsItIs:
    """A fact whose values are compared as they are; ``words`` has places for ``new`` and ``old``.

    ``gains`` is what the change means where only the new description has the fact.
    """

    kind: str
    words: str
    impact: Impact
    gains: Impact | None = None


@frozen
class By:
    """A fact that has a comparison of its own: ``where`` it is."""

    where: str


@frozen
class NotShown:
    """A fact that no user of the generated code can see; ``why`` that is."""

    why: str


Row: TypeAlias = AsItIs | By | NotShown

_IDENTITY = By("compare: what belongs together")
_SOURCE = By("untold: the text of what is generated")
_NODE = NotShown("where it stands in the description")
_USE = By("untold: which functions read and write it")
_TYPE = By("fitting and variants: how two types relate")

_DEFINED: dict[str, Row] = {
    "key": _IDENTITY,
    "name": _IDENTITY,
    "home": _IDENTITY,
    "doc": _SOURCE,
    "in_request": _USE,
    "in_response": _USE,
    "in_multipart": _USE,
    "exact": _USE,
    "node": _NODE,
}

FACTS: Mapping[type, Mapping[str, Row]] = {
    ir.Scalar: {"kind": _TYPE},
    ir.Literals: {"values": _TYPE, "closed": By("variants")},
    ir.Named: {"key": _TYPE},
    ir.ListOf: {"item": _TYPE},
    ir.TupleOf: {"items": _TYPE},
    ir.MapOf: {"value": _TYPE},
    ir.Nullable: {"inner": _TYPE},
    ir.Union: {
        "variants": _TYPE,
        "tag": By("variants"),
        "tagged": By("variants"),
        "keys": _SOURCE,
    },
    ir.Home: {"module": _IDENTITY, "package": _IDENTITY},
    ir.Property: {
        "wire": By("models: names"),
        "python": By("models: names"),
        "type": _TYPE,
        "required": By("models: given and read"),
        "nullable": By("models: given and read"),
        "doc": _SOURCE,
        "default": _TYPE,
        "has_default": By("models: given and read"),
        "read_only": By("models: given and read"),
        "write_only": AsItIs(
            "write-only",
            "{name}: never sent back is {new}, was {old}",
            "possibly",
        ),
        "secrecy": AsItIs("secrecy-changed", "{name}: out of repr is {new}, was {old}", "safe"),
        "node": By("limits: what narrows a value"),
    },
    ir.Model: {
        **_DEFINED,
        "properties": By("models"),
        "extra": By("models: further members"),
        "extra_name": AsItIs(
            "field-renamed", "its further members are called {new}, was {old}", "breaking"
        ),
        "parts": _USE,
        "tag": By("models: kinds"),
        "subtypes": By("models: kinds"),
        "whole": _USE,
        "node": By("limits: what narrows a value"),
    },
    ir.Enumeration: {**_DEFINED, "members": By("models: enumerations")},
    ir.Alias: {**_DEFINED, "type": _TYPE, "node": By("limits: what narrows a value")},
    ir.Parameter: {
        "wire": By("endpoints: parameters"),
        "python": By("endpoints: parameters"),
        "place": By("endpoints: parameters"),
        "type": _TYPE,
        "required": By("endpoints: parameters"),
        "style": AsItIs("style-changed", "{name}: the style is {new}, was {old}", "possibly"),
        "explode": AsItIs("style-changed", "{name}: explode is {new}, was {old}", "possibly"),
        "as_json": AsItIs("style-changed", "{name}: sent as JSON is {new}, was {old}", "possibly"),
        "allow_reserved": AsItIs(
            "style-changed", "{name}: reserved characters stay is {new}, was {old}", "possibly"
        ),
        "doc": _SOURCE,
        "node": By("limits: what narrows a value"),
    },
    ir.PartEncoding: {
        "style": AsItIs(
            "encoding-changed", "{name} is written in the style {new}, was {old}", "possibly"
        ),
        "explode": AsItIs("encoding-changed", "{name}: explode is {new}, was {old}", "possibly"),
        "reserved": AsItIs(
            "encoding-changed", "{name}: reserved characters stay is {new}, was {old}", "possibly"
        ),
        "content_type": AsItIs(
            "encoding-changed", "{name} is sent as {new}, was {old}", "possibly"
        ),
        "headers": AsItIs(
            "encoding-changed", "the headers of {name} are {new}, was {old}", "possibly"
        ),
    },
    ir.RequestBody: {
        "kind": By("endpoints: bodies"),
        "media_type": By("endpoints: bodies"),
        "type": _TYPE,
        "required": By("endpoints: bodies"),
        "doc": _SOURCE,
        "encoding": By("endpoints: encodings"),
        "node": By("limits: what narrows a value"),
    },
    ir.Response: {
        "status": By("endpoints: answers"),
        "kind": By("endpoints: answers"),
        "type": _TYPE,
        "unwrap": AsItIs(
            "answer-unwrapped", "the answer {name} is the member {new}, was {old}", "possibly"
        ),
        "doc": _SOURCE,
        "headers": _SOURCE,
        "media_type": By("endpoints: answers"),
        "exact": _USE,
        "node": By("limits: what narrows a value"),
    },
    ir.Endpoint: {
        "operation_id": By("endpoints"),
        "python": _IDENTITY,
        "module": _IDENTITY,
        "method": By("endpoints"),
        "path": By("endpoints"),
        "safety": By("endpoints"),
        "parameters": By("endpoints: parameters"),
        "body": By("endpoints: bodies"),
        "answers": By("endpoints: answers"),
        "errors": By("endpoints: answers"),
        "stream": _SOURCE,
        "accept": AsItIs("accept-changed", "it asks for {new}, was {old}", "safe"),
        "doc": _SOURCE,
        "deprecated": By("endpoints"),
        "security": By("endpoints: credentials"),
        "server": By("endpoints"),
        "suffix": NotShown("a part of its name"),
        "place": NotShown("what it stands for in the record of names"),
        "body_name": AsItIs("parameter-renamed", "the body is called {new}, was {old}", "breaking"),
        "fields": By("endpoints: bodies"),
        "input_class": AsItIs("input-renamed", "its input is {new}, was {old}", "breaking"),
        "node": _NODE,
    },
    ir.Package: {
        "name": By("compare: the package"),
        "title": _SOURCE,
        "version": AsItIs("version-changed", "the API's version is {new}, was {old}", "safe"),
        "doc": _SOURCE,
        "servers": By("compare: the package"),
        "definitions": By("compare"),
        "endpoints": By("endpoints"),
        "module_docs": _SOURCE,
        "kept": NotShown("the names of all the rest"),
    },
}  # fmt: skip


def plain_changes(old: Any, new: Any, name: str = "") -> Iterator[tuple[Impact, str, str]]:
    """The facts that are compared as they are and differ: impact, kind, words.

    ``name`` is what the words call the thing. Both are of one class of the typed form.
    """
    for attribute, row in FACTS[type(new)].items():
        if not isinstance(row, AsItIs):
            continue
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before == after:
            continue
        words = row.words.format(name=name, old=_shown(before), new=_shown(after))
        yield row.gains if row.gains and not before else row.impact, row.kind, words


def _shown(value: Any) -> str:
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(value if isinstance(value, str) else literal(value))
