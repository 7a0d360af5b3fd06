"""The Python names that a package has already, by what they stand for in the description.

They are in the package's lock. Who regenerates keeps every one of them, whatever was added to the
description; a name without a record follows from the rules in ``names.py`` alone.

What a name stands for is its *place*: ``GET /tasks`` for a function, ``#/components/schemas/Task``
for a class, the same with the way down (``…/hasMore``) for the class of an inner schema.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from modelhunter_codegen import names
from modelhunter_codegen.problems import quoted
from modelhunter_codegen.proven import as_name
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import Name

_PARAMETER = re.compile(r"\{[^{}]*\}")
_LONGEST = 500
"""Characters of a name that is taken from a lock or a description."""


@frozen
class Kept:
    """Names by place.

    ``names`` are those of functions and classes, each with its module; ``parts`` has by place the
    names of arguments, fields and members, by what they are called on the wire.
    """

    names: Mapping[str, str] = field(factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(factory=dict)
    _by_template: dict[str, str] = field(init=False, factory=dict, eq=False, repr=False)
    """The places of functions by their paths without the names of parameters."""

    def __attrs_post_init__(self) -> None:
        for place in (*self.names, *self.parts):
            if not place.startswith("#"):
                self._by_template.setdefault(without_parameters(place), place)

    def known(self, place: str) -> str:
        """The place as it is recorded, where a parameter of its path is called otherwise now."""
        if place.startswith("#") or place in self.names or place in self.parts:
            return place
        return self._by_template.get(without_parameters(place), place)

    @classmethod
    def of_lock(cls, lock: Mapping[str, object]) -> Kept:
        """What a lock records; nothing where it records nothing that can be read."""
        parts = _mapping(lock.get("parts"))
        return cls(
            _texts(lock.get("names")), {place: _texts(found) for place, found in parts.items()}
        )

    def with_parts(self, place: str, found: Mapping[str, str]) -> Kept:
        """These names and those of the parts of one more place."""
        parts = {**self.parts, place: found} if found else self.parts
        return Kept(self.names, dict(sorted(parts.items())))

    def function(self, place: str) -> Name | None:
        """The name of a function."""
        return variable(self.names.get(self.known(place), "").rpartition(".")[2])

    def class_name(self, place: str) -> Name | None:
        """The name of a class."""
        return class_(self.names.get(self.known(place), "").rpartition(".")[2])

    def module(self, place: str) -> Name | None:
        """The module of a class below ``inline`` or ``models``, without that."""
        module = self.names.get(self.known(place), "").rpartition(".")[0].partition(".")[2]
        return variable(module) if len(module.encode()) <= names.LONGEST else None

    def variables(self, place: str) -> dict[str, Name]:
        """The names of arguments or fields."""
        return _proven(self.parts.get(self.known(place), {}), variable)

    def members(self, place: str) -> dict[str, Name]:
        """The names of the members of an enumeration."""
        return _proven(self.parts.get(self.known(place), {}), _name)


def without_parameters(text: str) -> str:
    """A path, or what has one in it, without the names of the path's parameters."""
    return _PARAMETER.sub("{}", text)


def _proven(given: Mapping[str, str], prove: Callable[[str], Name | None]) -> dict[str, Name]:
    """What can be names of what is given."""
    found: dict[str, Name] = {}
    for text, name in given.items():
        known = prove(name)
        if known is not None:
            found[text] = known
    return found


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {key: name for key, name in _mapping(value).items() if isinstance(name, str)}


def _name(text: str) -> Name | None:
    """A name that the package may show to users; None where the text is none."""
    fits = not text.startswith("_") and len(text) <= _LONGEST
    return as_name(text) if fits else None


def variable(text: str) -> Name | None:
    """The text as the name of a function, argument, field or module; None where it can't be one."""
    return _name(text) if text == text.lower() and text not in ("self", "cls") else None


def class_(text: str) -> Name | None:
    """The text as the name of a class; None where it can't be one."""
    return _name(text) if text[:1].isupper() and text not in names.CLASS_RESERVED else None


def chosen_name(node: object, report: Report, *, of_class: bool = False) -> Name | None:
    """The name that a description itself gives something (``x-python-name``), if any."""
    given = node.get("x-python-name") if isinstance(node, Map) else None
    if given is None or not isinstance(node, Map):
        return None
    found = (class_ if of_class else variable)(given) if isinstance(given, str) else None
    if found is None:
        kind, example = ("a class", "TaskStatus") if of_class else ("this", "task_status")
        report.add(
            "malformed",
            node.where("x-python-name"),
            f"{quoted(given)} can't be the name of {kind} in Python",
            f"give a name such as {example}",
        )
    return found
