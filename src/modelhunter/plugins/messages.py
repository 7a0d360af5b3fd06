"""How values and names appear in messages: short, and never with content that is not for a log."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

_LONGEST = 60
_LONGEST_NAME = 100
_MOST_DIGITS = 40


def shown(value: Any) -> str:
    """A value as a message shows it: long text cut, content and signatures left out."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return _shown_text(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value)} bytes"
    if isinstance(value, int):
        too_long = abs(value) >= 10**_MOST_DIGITS
        return f"a number of over {_MOST_DIGITS} digits" if too_long else int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        return cut(str(value))
    if isinstance(value, os.PathLike):
        return _shown_path(value)
    if isinstance(value, Mapping):
        return f"an object with {len(value)} members"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"a list of {len(value)}" if value else "an empty list"
    return f"an object of type {type(value).__name__}"


def name_shown(name: str) -> str:
    """The name of an input as a message shows it: cut, and escaped where it can't be printed."""
    return cut(name) if name.isprintable() else repr(cut(name))


def _shown_text(text: str) -> str:
    if text[:5].lower() == "data:":
        return f"a data: URI of {len(text)} characters"
    if re.match(r"https?://", text[:8], re.IGNORECASE):
        text = re.sub(r"[?#].*", "?…", text, count=1, flags=re.DOTALL)
    return repr(cut(text))


def _shown_path(path: os.PathLike[Any]) -> str:
    try:
        return repr(cut(os.fsdecode(path)))
    except Exception:
        return f"an object of type {type(path).__name__}"


def cut(text: str, longest: int = _LONGEST) -> str:
    """A text, cut where it is too long for a message."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def nearest(name: str, names: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """The names that ``name`` may be a misspelling of, best first; else those that it contains."""
    if len(name) > _LONGEST_NAME:
        return ()
    given = name.lower()
    spelt = {candidate.lower(): candidate for candidate in names}
    found = get_close_matches(given, spelt, n=count, cutoff=0.6)
    found = found or [n for n in spelt if len(n) > 2 and f"_{n}_" in f"_{given}_"][:count]
    return tuple(spelt[match] for match in found)


def listed(words: Sequence[str], last: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def summary(error: BaseException) -> str:
    """An exception in one line, whatever its own text does."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        return name
    return f"{name}: {cut(' '.join(text.split()), 300)}" if text else name


def hint(suggestions: Sequence[str]) -> str:
    """``; did you mean …?``, or nothing."""
    return f"; did you mean {listed(suggestions)}?" if suggestions else ""
