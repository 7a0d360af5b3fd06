"""What may be wrong with an input, but that nobody documented."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable


@frozen
class Doubt:
    """Something about a value that may be wrong, but that nobody documented."""

    message: str


class UnverifiedInput(UserWarning):
    """A value that the documentation does not name, where it may not name them all; it is sent."""


def warn_of(doubts: Iterable[Doubt]) -> None:
    """Warn of each doubt, as coming from the code that called this package."""
    package = __name__.partition(".")[0]
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    for doubt in doubts:
        text = f"{doubt.message}; that list is not documented, so it is sent as it is"
        warnings.warn(text, UnverifiedInput, stacklevel=level)


def inferred(text: str, is_inferred: bool) -> str:
    """``text``, with a word on its origin where it was not read in the documentation."""
    return f"{text} (inferred, not documented)" if is_inferred else text
