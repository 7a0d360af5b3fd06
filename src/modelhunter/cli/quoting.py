"""Words of a user as they are said back to them."""

from __future__ import annotations

import unicodedata

_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LONGEST = 200


def plain(text: str, *, lines: bool = False) -> str:
    """Text without power over a terminal; line breaks stay only where ``lines`` allows them."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _harmless(character) or (lines and character == "\n") else _escaped(character)
        for character in text
    )


def quoted(text: str) -> str:
    """A user's word in quotes, with every backslash once, as it was typed."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    mark = '"' if "'" in text and '"' not in text else "'"
    return f"{mark}{plain(short)}{mark}"


def _harmless(character: str) -> bool:
    return character not in _BIDI_CONTROLS and unicodedata.category(character) not in _UNSEEN


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
