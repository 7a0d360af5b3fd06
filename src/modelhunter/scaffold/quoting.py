"""The gate through which text gets into the files of a package: each kind of file has its own type.

The templates take nothing else, so a type checker finds the place where text of a description was
put into a file as it is.
"""

from __future__ import annotations

import keyword
import math
import re
import shlex
import unicodedata
from typing import TYPE_CHECKING, NewType

from modelhunter.errors import ModelHunterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Python = NewType("Python", str)
"""An expression or a list of names."""
Toml = NewType("Toml", str)
"""A value, a key, or whole lines."""
Shell = NewType("Shell", str)
"""One word of a command line, which stands on one line."""
Plain = NewType("Plain", str)
"""Letters, digits, dots, dashes and underscores: harmless wherever it stands."""

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_ENTRY = re.compile(r"[^\s\[=#;][^=]*")
_TOML_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class ScaffoldError(ModelHunterError):
    """The package could not be written; nothing was left behind."""


def plain(text: str) -> Plain:
    """Text that needs no quotes anywhere.

    Raises:
        ScaffoldError: it does.
    """
    if _PLAIN.fullmatch(text) is None:
        raise ScaffoldError(f"{text!r} can't stand in a package without quotes")
    return Plain(text)


def python_name(text: str) -> Python:
    """An identifier; raises like :func:`plain` where the text is none."""
    is_name = text.isidentifier() and not keyword.iskeyword(text)
    if not is_name or unicodedata.normalize("NFKC", text) != text:
        raise ScaffoldError(f"{text!r} is no name in Python")
    return Python(text)


def python_names(texts: Iterable[str], *, quoted: bool = False) -> Python:
    """Identifiers with commas between them, ``quoted`` each as text."""
    names = map(python_name, texts)
    return Python(", ".join(f'"{name}"' if quoted else name for name in names))


def python_value(value: object) -> Python:
    """An expression for a value that JSON knows, on one line.

    Raises:
        ScaffoldError: it is no such value.
    """
    if isinstance(value, list):
        return Python(f"[{', '.join(map(python_value, value))}]")
    if isinstance(value, dict):
        pairs = (f"{python_value(key)}: {python_value(one)}" for key, one in value.items())
        return Python(f"{{{', '.join(pairs)}}}")
    if isinstance(value, float) and not math.isfinite(value):
        return Python(f'float("{value}")')
    if value is None or isinstance(value, (str, bool, int, float)):
        return Python(repr(value))
    raise ScaffoldError(f"a {type(value).__name__} can't stand in an example")


def python_arguments(first: str, named: Mapping[str, object]) -> Python:
    """The arguments of a call: one by its place, the others by name."""
    others = (f", {python_name(name)}={python_value(value)}" for name, value in named.items())
    return Python(python_value(first) + "".join(others))


def toml_text(text: str) -> Toml:
    """A basic string of TOML.

    Raises:
        ScaffoldError: the text has half of a surrogate pair, which no file can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ScaffoldError(f"{text!r} can't be written as UTF-8") from None
    return Toml(f'"{"".join(map(_toml_char, text))}"')


def _toml_char(char: str) -> str:
    if char in _TOML_ESCAPES:
        return _TOML_ESCAPES[char]
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def entry_point(name: str, module: Plain) -> Toml:
    """A line of a table of entry points, whose names installers write into a file of lines.

    Raises:
        ScaffoldError: the name can't stand in such a line.
    """
    fits = _ENTRY.fullmatch(name) and len(name.splitlines()) == 1 and name.isprintable()
    if not fits or name != name.strip():
        raise ScaffoldError(f"the model {name!r} can't stand in entry points; rename it")
    return Toml(f"{toml_text(name)} = {toml_text(module)}")


def shell_word(text: str) -> Shell:
    """One word for a POSIX shell.

    Raises:
        ScaffoldError: it would not stay on its line.
    """
    if not text.isprintable():
        raise ScaffoldError(f"{text!r} can't stand in a command line")
    return Shell(shlex.quote(text))
