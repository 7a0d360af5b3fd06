"""Words of a user as they are said back to them."""

from __future__ import annotations

from modelhunter.printable import printable as plain

__all__ = ["plain", "quoted"]

_LONGEST = 200


def quoted(text: str) -> str:
    """A user's word in quotes, with every backslash once, as it was typed."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    mark = '"' if "'" in text and '"' not in text else "'"
    return f"{mark}{plain(short)}{mark}"
