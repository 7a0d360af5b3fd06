"""What a comparison finds: changes, how bad each is for users, and the version it calls for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter_codegen.problems import Location

Impact = Literal["breaking", "possibly", "safe"]
Bump = Literal["major", "minor", "patch", "none"]

IMPACTS: tuple[Impact, ...] = ("breaking", "possibly", "safe")
"""From worst to best: code that worked stops working; it may, depending on what it does or on what
the API does; it can't."""


@frozen
class Change:
    """One difference.

    ``kind`` is its name for programs (``field-removed``), ``subject`` what it is about as users
    write it (``models.Task``), ``message`` the difference in words. ``old`` and ``new`` are where
    it stands in the two descriptions (None: nowhere). ``adds`` says that users gain something.
    """

    impact: Impact
    kind: str
    subject: str
    message: str
    old: Location | None
    new: Location | None
    adds: bool = False


@define
class Changes:
    """Collects what one comparison finds."""

    found: list[Change] = field(factory=list)

    def add(
        self,
        impact: Impact,
        kind: str,
        subject: str,
        message: str,
        at: tuple[Location | None, Location | None],
        *,
        adds: bool = False,
    ) -> None:
        """Record a change; one that was recorded already counts once."""
        change = Change(impact, kind, subject, message, *at, adds)
        if change not in self.found:
            self.found.append(change)


def worst(changes: Iterable[Change]) -> Impact | None:
    """The worst impact among some changes; None where there are none."""
    impacts = {change.impact for change in changes}
    return next((impact for impact in IMPACTS if impact in impacts), None)


def bump(changes: Iterable[Change], *, initial: bool = False) -> Bump:
    """The part of the version to raise, by Semantic Versioning.

    Major for what breaks; minor for what may break and for what is new; patch for the rest. With
    ``initial``, for versions 0.x, where the minor number is the one that announces breaks: minor
    for what breaks or may, patch for the rest.
    """
    listed = list(changes)
    impact = worst(listed)
    if impact is None:
        return "none"
    if initial:
        return "patch" if impact == "safe" else "minor"
    if impact == "breaking":
        return "major"
    return "minor" if impact == "possibly" or any(c.adds for c in listed) else "patch"


def narrowing(*, sent: bool) -> Impact:
    """Fewer values than before: users who send them are refused, readers lose nothing."""
    return "breaking" if sent else "safe"


def widening(*, received: bool) -> Impact:
    """More values than before: readers may meet one that they don't expect."""
    return "possibly" if received else "safe"
