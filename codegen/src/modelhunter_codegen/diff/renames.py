"""Names that went and names that came: which are the same thing under another name."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from modelhunter_codegen import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

ALIKE = 0.55
"""How alike two names must be (0 to 1) where nothing else but a plain type speaks for a rename."""


@frozen
class Rename:
    """A name that became another; ``declared`` where the description says so itself."""

    old: str
    new: str
    declared: bool


def find_renames(
    gone: Mapping[str, T],
    come: Mapping[str, T],
    *,
    former: Callable[[T], Iterable[str]],
    equal: Callable[[T, T], bool],
    telling: Callable[[T], bool],
) -> list[Rename]:
    """Pairs of ``gone`` and ``come`` that are one thing.

    First what the description declares; then those that are ``equal`` to each other and to nothing
    else that went or came, where their shape is ``telling`` or their names are alike.
    """
    found = []
    left, fresh = dict(gone), dict(come)
    for name, one in come.items():
        for old in former(one):
            if old in left:
                found.append(Rename(old, name, declared=True))
                del left[old], fresh[name]
                break
    for old, one in left.items():
        twins = [name for name, other in fresh.items() if equal(one, other)]
        if len(twins) != 1:
            continue
        rivals = [name for name, other in left.items() if equal(other, fresh[twins[0]])]
        if len(rivals) == 1 and (telling(one) or alike(old, twins[0])):
            found.append(Rename(old, twins[0], declared=False))
    return found


def alike(one: str, other: str) -> bool:
    """Whether two names could be one, worded differently."""
    first, second = names.snake(one), names.snake(other)
    shared = set(first.split("_")) & set(second.split("_"))
    return bool(shared) or SequenceMatcher(None, first, second).ratio() >= ALIKE
