"""The Python names that a package has already, by what they stand for in the description.

They are in the package's lock. Who regenerates keeps every one of them, whatever was added to the
description; a name without a record follows from the rules in ``names.py`` alone.

What a name stands for is its *place*: ``GET /tasks`` for a function, ``#/components/schemas/Task``
for a class, the same with the way down (``…/hasMore``) for the class of an inner schema.
"""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from modelhunter_codegen import names
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.problems import Report


@frozen
class Kept:
    """Names by place.

    ``names`` are those of functions and classes, each with its module; ``parts`` has by place the
    names of arguments, fields and members, by what they are called on the wire.
    """

    names: Mapping[str, str] = field(factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(factory=dict)

    @classmethod
    def of_lock(cls, lock: Mapping[str, Any]) -> Kept:
        """What a lock records; nothing where it records nothing that can be read."""
        parts = _mapping(lock.get("parts"))
        return cls(
            _texts(lock.get("names")), {place: _texts(found) for place, found in parts.items()}
        )

    def with_parts(self, place: str, found: Mapping[str, str]) -> Kept:
        """These names and those of the parts of one more place."""
        parts = {**self.parts, place: found} if found else self.parts
        return Kept(self.names, dict(sorted(parts.items())))

    def function(self, place: str) -> str | None:
        """The name of a function."""
        name = self.names.get(place, "").rpartition(".")[2]
        return name if is_variable(name) else None

    def class_name(self, place: str) -> str | None:
        """The name of a class."""
        name = self.names.get(place, "").rpartition(".")[2]
        return name if is_class(name) else None

    def module(self, place: str) -> str | None:
        """The module of a class below ``inline`` or ``models``, without that."""
        name = self.names.get(place, "").rpartition(".")[0].partition(".")[2]
        return name if is_variable(name) else None

    def variables(self, place: str) -> dict[str, str]:
        """The names of arguments or fields."""
        found = self.parts.get(place, {})
        return {wire: name for wire, name in found.items() if is_variable(name)}

    def members(self, place: str) -> dict[str, str]:
        """The names of the members of an enumeration."""
        found = self.parts.get(place, {})
        return {value: name for value, name in found.items() if _is_name(name)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> dict[str, str]:
    return {key: name for key, name in _mapping(value).items() if isinstance(name, str)}


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def is_variable(name: str) -> bool:
    """Whether functions, arguments and fields may be called this."""
    return _is_name(name) and name == name.lower() and name not in ("self", "cls")


def is_class(name: str) -> bool:
    """Whether classes may be called this."""
    return _is_name(name) and name[0].isupper() and name not in names.CLASS_RESERVED


def chosen_name(node: object, report: Report, *, of_class: bool = False) -> str | None:
    """The name that a description itself gives something (``x-python-name``), if any."""
    given = node.get("x-python-name") if isinstance(node, Map) else None
    if given is None or not isinstance(node, Map):
        return None
    if isinstance(given, str) and (is_class(given) if of_class else is_variable(given)):
        return given
    kind, example = ("a class", "TaskStatus") if of_class else ("this", "task_status")
    report.add(
        "malformed",
        node.where("x-python-name"),
        f"{given!r} can't be the name of {kind} in Python",
        f"give a name such as {example}",
    )
    return None
