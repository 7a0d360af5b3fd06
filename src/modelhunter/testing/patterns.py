"""A text that matches a pattern, for patterns of the usual kind."""

from __future__ import annotations

import string
from importlib import import_module
from typing import Any

from modelhunter.plugins.patterns import TextTooLong, compiled

_parser: Any = import_module("re._parser")
_LETTERS = string.ascii_letters + string.digits + " -_.,:;/!?@#" + string.printable
_LONGEST = 100_000
"""Characters of a text that is made."""
_CATEGORIES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}


def matching(pattern: str, least: int = 0, most: int | None = None) -> str | None:
    """A text of ``least`` to ``most`` characters that matches; None where none was found.

    Repetitions are tried as short as they may be, then longer, up to what ``least`` asks for.
    """
    parsed = _parser.parse(pattern)
    for times in (0, 1, 2, min(least, _LONGEST)):
        try:
            text = _all(parsed, times)
            fits = len(text) >= least and (most is None or len(text) <= most)
            if fits and compiled(pattern).finds(text):
                return text
        except (OverflowError, TextTooLong):
            continue
    return None


def _piece(kind: str, argument: Any, times: int) -> str:
    """The text for one node of a parsed pattern; nothing for one that is not known here."""
    match kind:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return "a" if argument != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _one_of(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            fewest, largest, inner = argument
            count = min(max(int(fewest), times), int(largest))
            once = _all(inner, min(times, 1))
            if len(once) * count > _LONGEST:
                raise OverflowError
            return once * count
        case "SUBPATTERN":
            return _all(argument[3], times)
        case "ATOMIC_GROUP":
            return _all(argument, times)
        case "BRANCH":
            return _all(argument[1][0], times)
        case _:
            return ""


def _all(parsed: Any, times: int) -> str:
    return "".join(_piece(str(kind), argument, times) for kind, argument in parsed)


def _one_of(members: Any) -> str:
    """A character of a set such as ``[a-z0-9]`` or ``[^/]``."""
    kinds = [(str(kind), argument) for kind, argument in members]
    if kinds[0][0] != "NEGATE":
        return _member(*kinds[0])
    tried = compiled(_source(kinds[1:]))
    return next((letter for letter in _LETTERS if not tried.finds(letter)), "")


def _member(kind: str, argument: Any) -> str:
    if kind == "LITERAL":
        return chr(argument)
    if kind == "RANGE":
        return chr(argument[0])
    return _CATEGORIES.get(str(argument), "")


_CLASSES = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}


def _source(members: list[tuple[str, Any]]) -> str:
    """The set as a pattern again, without its negation."""
    parts = []
    for kind, argument in members:
        if kind == "LITERAL":
            parts.append(f"\\U{argument:08x}")
        elif kind == "RANGE":
            parts.append(f"\\U{argument[0]:08x}-\\U{argument[1]:08x}")
        else:
            name = str(argument).removeprefix("CATEGORY_")
            plain = _CLASSES.get(name.removeprefix("NOT_"), "")
            parts.append(plain.upper() if name.startswith("NOT_") else plain)
    return f"[{''.join(parts)}]"
