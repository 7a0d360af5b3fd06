"""The gate through which text of a description becomes a name, a module, a path or source.

Everything that the generator writes is made of four types, and only this module and
``source_literals`` make them from other text:

- :data:`Name`: an identifier that is no keyword and that Python reads as it is written;
- :data:`ModuleName`: names joined by dots;
- :data:`FilePath`: a file of the package, below its folder;
- :data:`Code`: Python source. Names and modules are code, and so is what ``literal`` and
  ``docstring`` make of any value.

Type checkers find the place that forgot the gate. pyright knows ``Code`` as ``LiteralString``: an
f-string is code only where all its parts are. mypy, which takes that for ``str``, tells the other
three apart from text and from each other.
"""

from __future__ import annotations

import keyword
import unicodedata
from typing import LiteralString, NewType, TypeAlias, cast

MYPY = False  # true for mypy alone; pyright is told in pyproject.toml
if MYPY:
    Name = NewType("Name", str)
    ModuleName = NewType("ModuleName", str)
    Code: TypeAlias = str
else:
    Name: TypeAlias = LiteralString
    ModuleName: TypeAlias = LiteralString
    Code: TypeAlias = LiteralString
FilePath = NewType("FilePath", str)


class NotProven(ValueError):
    """Text that was to be a name, a module or a path can't be one."""


def is_name(text: object) -> bool:
    """Whether a value is text that Python reads as one identifier, spelled as it is here."""
    return (
        isinstance(text, str)
        and text.isidentifier()
        and not keyword.iskeyword(text)
        and unicodedata.normalize("NFKC", text) == text
    )


def as_name(text: object) -> Name | None:
    """The value as a name; None where it can't be one."""
    return cast("Name", text) if is_name(text) else None


def as_module(text: object) -> ModuleName | None:
    """The value as the dotted name of a module; None where it can't be one."""
    proven = isinstance(text, str) and all(map(is_name, text.split(".")))
    return cast("ModuleName", text) if proven else None


def name(text: str) -> Name:
    """The text as a name, where the caller has made sure that it is one.

    Raises:
        NotProven: it is none.
    """
    found = as_name(text)
    if found is None:
        raise NotProven(f"{text!r} is no name")
    return found


def module(*parts: str) -> ModuleName:
    """A module by its parts, each a name or a module; raises like :func:`name`."""
    found = as_module(".".join(parts))
    if found is None:
        raise NotProven(f"{'.'.join(parts)!r} is no module")
    return found


def python_file(module_name: ModuleName) -> FilePath:
    """The file of a module of the package."""
    return FilePath(f"{module_name.replace('.', '/')}.py")


def escaped(text: str) -> Code:
    """Text that the caller has quoted or escaped; ``source_literals`` alone may say so."""
    return text  # pyright: ignore[reportReturnType]
