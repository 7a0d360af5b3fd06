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
    """The total time of a call, and a second for each 4 kB moved since ``begun``.

    A transfer that is part of a whole has what is left of the time for that, and what it takes of
    the seconds for its bytes is no loss to what follows (:meth:`took`).
    """

    session: Session
    begun: float
    moved: int = 0
    _taken: float = 0.0

    @property
    def deadline(self) -> float | None:
        """The moment (monotonic) when it is over; None where calls have no total either."""
        left = self.moved / SLOWEST - self._taken
        if self.session.until is not None:
            return self.session.until + left
        total = self.session.timeouts.total
        return None if total is None else self.begun + total + left

    def took(self, seconds: float) -> None:
        """Bytes were moved for so long: give the whole that much more time, as far as it goes."""
        if self.session.until is not None:
            more = min(seconds, self.moved / SLOWEST - self._taken)
            self._taken += more
            self.session.until += more

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.is_over_in(0.0)

    def is_over_in(self, seconds: float) -> bool:
        """Whether the time will be up in so many seconds."""
        deadline = self.deadline
        return deadline is not None and self.session.clock.monotonic() + seconds >= deadline
