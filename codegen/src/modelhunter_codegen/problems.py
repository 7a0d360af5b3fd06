"""What is wrong with a description: named, located, and collected rather than raised one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Collection


@frozen(order=True)
class Location:
    """A place in a description: file as the user named it, line (from 1) and JSON pointer.

    Line 0 means the file as such.
    """

    file: str
    line: int
    pointer: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.pointer or '/'}" if self.line else self.file


@frozen(order=True)
class Problem:
    """One thing the generator can't do or the description gets wrong.

    ``name`` is the kind (``unsupported-not``), which ``--allow`` takes; ``message`` says what is
    wrong and ``hint`` what to do about it.
    """

    location: Location
    name: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{self.location}: {self.name}: {self.message}{hint}"


class DescriptionError(Exception):
    """The description can't be used; ``problems`` holds everything that was found."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def unreadable(file: str, line: int, message: str, hint: str) -> DescriptionError:
    """The error for a file that can't be read at all; line 0 where it has no content."""
    return DescriptionError([Problem(Location(file, line, ""), "unreadable", message, hint)])


_SHOWN = 100


def quoted(value: object) -> str:
    """A value of a description as messages show it: in quotes, on one line, not too long."""
    text = (
        repr(value) if not isinstance(value, str) or len(value) < _SHOWN else repr(value[:_SHOWN])
    )
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


WAIVABLE = {
    "unsupported-if": "conditional schemas (if/then/else) are not part of the types",
    "unsupported-not": "`not` is not part of the types",
    "unsupported-dependent-schemas": "dependentSchemas are not part of the types",
    "unsupported-contains": "`contains` is not part of the types",
    "cyclic-ref": "a reference that leads back to itself; the value can be anything",
    "cyclic-all-of": "a schema that is part of itself by allOf, of which the rest counts",
    "contradiction": "types, values and schemas that no value fits at once; the type decides",
    "duplicate-operation-id": "two operations with one operationId",
    "undeclared-path-parameter": "a parameter of a path that is not declared",
    "undeclared-required": "a required property that is not declared",
    "too-many-combinations": "choices that are made at once; the value can be anything",
    "unknown-type": "a type that JSON Schema does not have; the value can be anything",
    "dangling-ref": "a reference to nothing; what it stands for can be anything",
    "outside-root": "a reference to a file outside of the root folder; it is read like any other",
    "remote-ref": "a reference to the network; what it stands for can be anything",
    "unused-path-parameter": "a path parameter that the path does not have",
    "unsupported-security-scheme": "a security scheme that the client can't speak",
    "unsupported-xml": "an object in a form that is to be XML; the caller writes the XML",
    "unknown-style": "a style that properties of bodies don't have; they are written as a form",
    "unknown-media-type": "a text that is no media type; the value itself decides",
    "unfit-default": "a default that its own type or values exclude; it is documentation",
    "unknown-keyword": "a keyword that no version of OpenAPI or JSON Schema has",
}
"""The kinds that ``--allow`` may waive: the rest leaves nothing sensible to generate."""

QUIET = frozenset(
    {
        "unknown-keyword",
        "unknown-media-type",
        "unknown-style",
        "undeclared-path-parameter",
        "undeclared-required",
        "unfit-default",
        "duplicate-operation-id",
        "unsupported-security-scheme",
    }
)
"""Kinds that are told but don't stop the generator: the output covers them."""


@frozen
class Report:
    """Collects problems. Those that may pass (``allowed`` or told only) land in ``notes``."""

    allowed: Collection[str] = frozenset()
    problems: list[Problem] = field(factory=list)
    notes: list[Problem] = field(factory=list)

    def add(self, name: str, at: Location, message: str, hint: str = "") -> None:
        """Record a problem; decides by its name whether it stops the generator."""
        passes = name in QUIET or name in self.allowed
        if not passes and name in WAIVABLE:
            hint = f"{hint or 'change the description'}, or waive this kind with --allow {name}"
        (self.notes if passes else self.problems).append(Problem(at, name, message, hint))

    def stop_if_any(self) -> None:
        """Raise everything found so far, if anything.

        Raises:
            DescriptionError: there are problems that may not pass.
        """
        if self.problems:
            raise DescriptionError(self.problems)
