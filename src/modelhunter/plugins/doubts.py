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


class UnlistedModel(UserWarning):
    """A model that no installed plugin lists; it is sent as provider and capability say."""


def warn_of_model(message: str) -> None:
    """Warn of a model, as :class:`UnlistedModel`."""
    warnings.warn(message, UnlistedModel, stacklevel=_level())


def warn_of(doubts: Iterable[Doubt]) -> None:
    """Warn of each doubt, as coming from the code that called this package."""
    level = _level()
    for doubt in doubts:
        text = f"{doubt.message}; that list is not documented, so it is sent as it is"
        warnings.warn(text, UnverifiedInput, stacklevel=level)


def _level() -> int:
    """How far above whoever asks the code stands that called this package."""
    package = __name__.partition(".")[0]
    level, frame = 2, sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level


def inferred(text: str, is_inferred: bool) -> str:
    """``text``, with a word on its origin where it was not read in the documentation."""
    return f"{text} (inferred, not documented)" if is_inferred else text
