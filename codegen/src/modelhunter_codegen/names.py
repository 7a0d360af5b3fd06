"""From the words of a description to Python names, the same way every time.

A name depends on nothing but its own words, unless two words give one Python name. Then the word
that is the Python name already keeps it and the others spell out what sets them apart
(``foo-bar`` beside ``foo_bar`` becomes ``foo_dash_bar``); nothing is ever numbered by its order.
Names that a package has already come before all this (``lock_names.py``).
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections import Counter
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelhunter_codegen import proven

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from modelhunter_codegen.proven import Code, Name

_CHANGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIGNS = re.compile(r"[^A-Za-z0-9]+")
_CHARS = {
    "-": "dash", "_": "underscore", ".": "dot", " ": "space", "/": "slash", ":": "colon",
    "+": "plus", "*": "star", "$": "dollar", "@": "at", "#": "hash", "&": "and", "%": "percent",
    "<": "less", ">": "greater", "=": "equals", "!": "not", "?": "question", "|": "or",
    "[": "open", "]": "close", "(": "open", ")": "close", ",": "comma", "~": "tilde",
}  # fmt: skip
TYPES: frozenset[Code] = frozenset(
    {
        *("str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "object", "type"),
        *("frozenset", "datetime", "date"),
    }
)
"""Types that annotations name, in lower case: a module may have something else of that name."""
CLASS_RESERVED = frozenset(
    name for name in dir(builtins) if name[:1].isupper() or keyword.iskeyword(name)
) | {
    "Any", "Call", "Callable", "ClassVar", "Decimal", "Enum", "FileContent", "FormBody", "IO",
    "Input", "JsonBody", "Literal", "MISSING", "Mapping", "Media", "MultipartBody", "Operation",
    "Part", "RawBody", "Reader", "ResponseDecoder", "Sequence", "StrEnum", "TYPE_CHECKING",
    "TypeAlias", "UNSET", "UTC", "Unset", "WireError",
}  # fmt: skip
"""Names that generated modules use themselves; a class of that name gets a suffix."""

LONGEST = 150
"""Bytes of a name: what belongs to a file's name comes on top, and 255 is what systems take."""

_LONGEST_MADE = 400
"""Characters of a name that is made of several, and names no file."""


def _ascii(text: str) -> str:
    """Letters and digits of any script stay, accents and signs become what Python can name."""
    if text.isascii():
        return _SIGNS.sub(" ", text)
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c if c.isalnum() and ("a" + c).isidentifier() else " " for c in folded)


@cache
def words(text: str) -> tuple[str, ...]:
    """The words of a name: split at signs, at changes of case, before a capitalised word."""
    found: list[str] = []
    for chunk in _ascii(text.replace("'", "")).split():
        found += _CHANGE.sub(" ", chunk).split() if chunk.isascii() else [chunk]
    return tuple(found)


def spelled(text: str) -> str:
    """The text with its signs spelled out as words, to set apart what would look the same."""
    out = []
    for char in text:
        if char.isalnum() and ("a" + char).isidentifier():
            out.append(char)
        else:
            out.append(f" {_CHARS.get(char) or f'u{ord(char):04x}'} ")
    return "".join(out)


def _bounded(name: str) -> str:
    """The name, its end replaced where it would be too long for the name of a file."""
    encoded = name.encode()
    if len(encoded) <= LONGEST:
        return name
    return f"{encoded[: LONGEST - 20].decode(errors='ignore').rstrip('_')}_{short_hash(name)}"


@cache
def snake(text: str, fallback: str = "empty") -> Name:
    """``hasMore`` → ``has_more``; always an identifier, never a keyword, no leading underscore."""
    name = "_".join(word.lower() for word in words(text)) or fallback
    if not name.isidentifier():
        name = f"n{name}" if ("n" + name).isidentifier() else fallback
    taken = keyword.iskeyword(name) or name in ("self", "cls")
    return proven.name(f"{name}_" if taken else _bounded(name))


@cache
def pascal(text: str, fallback: str = "Empty") -> Name:
    """``task_status`` → ``TaskStatus``; runs of capitals stay as they are."""
    name = "".join(word[:1].upper() + word[1:] for word in words(text)) or fallback
    if not name.isidentifier():
        name = f"N{name}" if ("N" + name).isidentifier() else fallback
    return proven.name(f"{name}Model" if name in CLASS_RESERVED else _bounded(name))


@cache
def constant(text: str) -> Name:
    """``task-completed`` → ``TASK_COMPLETED``, for enum members."""
    name = "_".join(word.upper() for word in words(text))
    if not name:
        name = "_".join(words(spelled(text))).upper() or "EMPTY"
    if not name.isidentifier():
        name = f"VALUE_{name}"
    return proven.name(f"{name}_" if keyword.iskeyword(name) else _bounded(name))


def longer(name: Name, *parts: str) -> Name:
    """A name with more behind it, such as ``_`` or the words of another name.

    What is nested deep has the words of all that is around it; the end of such a name is a hash.
    """
    made = "".join((name, *parts))
    if len(made) > _LONGEST_MADE:
        digest = hashlib.sha256(made.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        made = f"{made[: _LONGEST_MADE - 20].rstrip('_')}_{digest}"
    return proven.name(made)


def short_hash(text: str) -> str:
    """Four hex digits that stand for a text, where words can't set two names apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4]


def first(chosen: Mapping[str, Name], kept: Mapping[str, Name]) -> dict[str, Name]:
    """The names that were chosen, and of those given earlier the ones that these leave free."""
    taken = set(chosen.values())
    free: dict[str, Name] = {text: name for text, name in kept.items() if name not in taken}
    return {**free, **chosen}


def resolve(
    texts: Iterable[str],
    make: Callable[[str], Name],
    *,
    taken: Collection[str] = (),
    key: Callable[[str], str] = lambda name: name,
    kept: Mapping[str, Name] = MappingProxyType({}),
) -> dict[str, Name]:
    """A Python name for each text, all different (as ``key`` sees them) and none in ``taken``.

    ``kept`` holds names given earlier; a text keeps its name though another would have it now.
    """
    texts = list(dict.fromkeys(texts))
    first: dict[str, Name] = {text: make(text) for text in texts}
    result: dict[str, Name] = {}
    used = {key(name) for name in taken}
    late: list[str] = []
    for text in texts:
        earlier = kept.get(text)
        if earlier is not None and key(earlier) not in used:
            result[text] = earlier
            used.add(key(earlier))
    count = Counter(key(name) for text, name in first.items() if text not in result)
    for text in sorted(set(texts) - result.keys()):
        name = first[text]
        if key(name) not in used and (count[key(name)] == 1 or text == name):
            result[text] = name
            used.add(key(name))
        else:
            late.append(text)
    second: dict[str, Name] = {text: make(spelled(text)) for text in late}
    count = Counter(key(name) for name in second.values())
    for text in sorted(late):
        name = second[text]
        if key(name) in used or count[key(name)] > 1:
            name = longer(name, "_", short_hash(text))
        while key(name) in used:
            name = longer(name, "_")
        result[text] = name
        used.add(key(name))
    return {text: result[text] for text in texts}
