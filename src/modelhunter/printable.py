"""Text that came from elsewhere, shown without power over a terminal."""

from __future__ import annotations

from contextvars import ContextVar

STDOUT_IS_TAKEN: ContextVar[bool] = ContextVar("STDOUT_IS_TAKEN", default=False)
"""Whether stdout is this program's result, so that what a plugin prints goes to stderr."""

_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def printable(text: str, *, lines: bool = False) -> str:
    """Text with control characters shown, not obeyed; line breaks stay only with ``lines``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _harmless(character) or (lines and character == "\n") else _escaped(character)
        for character in text
    )


def _harmless(character: str) -> bool:
    from unicodedata import category  # seldom needed

    return character not in _BIDI_CONTROLS and category(character) not in _UNSEEN


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
