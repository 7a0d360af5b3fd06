"""How long a transfer may take, so that one that merely drips comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from modelhunter.runtime.session import Session

SLOWEST = 4096
"""Bytes per second."""


@define
class Pace:
    """The total time of a call, and a second for each 4 kB moved since ``begun``."""

    session: Session
    begun: float
    moved: int = 0

    @property
    def deadline(self) -> float | None:
        """The moment (monotonic) when it is over; None where calls have no total either."""
        total = self.session.timeouts.total
        return None if total is None else self.begun + total + self.moved / SLOWEST

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        deadline = self.deadline
        return deadline is not None and self.session.clock.monotonic() >= deadline
