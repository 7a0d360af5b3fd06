"""How many jobs run at once: few at first, more while all goes well, half after each 429."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.events import CallEvent, Observer, TransferEvent

_FIRST = 4
_EPISODE = 10.0
"""Seconds in which further refusals belong to the same episode."""


@define(eq=False)
class Pace:
    """Decides how many jobs may be under way; never more than ``most``.

    It doubles with every full round of submissions that went well, until the API first refuses
    one; from then on it grows by one a round, and is halved once an episode of refusals, for which
    ``Retry-After`` is obeyed too.
    """

    most: int
    monotonic: Callable[[], float]
    limit: int = field(init=False)
    paused_until: float = field(init=False, default=0.0)
    cuts: int = field(init=False, default=0)
    _good: int = field(init=False, default=0)
    _cut_at: float = field(init=False, default=float("-inf"))

    def __attrs_post_init__(self) -> None:
        self.limit = min(_FIRST, self.most)

    def went_well(self) -> None:
        """A submission was taken."""
        self._good += 1
        if self._good >= self.limit:
            self._good = 0
            grown = self.limit + 1 if self.cuts else self.limit * 2
            self.limit = min(self.most, grown)

    def refused(self, retry_after: float | None) -> None:
        """The API said 429."""
        now = self.monotonic()
        if retry_after is not None:
            self.paused_until = max(self.paused_until, now + retry_after)
        if now - self._cut_at < _EPISODE:
            return
        self._cut_at = now
        self.cuts += 1
        self.limit = max(1, self.limit // 2)
        self._good = 0

    def free(self, busy: int) -> int:
        """How many more jobs may begin now."""
        if self.monotonic() < self.paused_until:
            return 0
        return max(0, self.limit - busy)


@define(eq=False)
class PaceObserver:
    """Hears of refusals for a :class:`Pace`, and passes everything on to the client's observer."""

    pace: Pace
    other: Observer | None

    def call_started(self, event: CallEvent) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        if self.other is not None:
            self.other.call_started(event)

    def call_retrying(self, event: CallEvent, wait: float) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        self._heard(event)
        if self.other is not None:
            self.other.call_retrying(event, wait)

    def call_ended(self, event: CallEvent) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        self._heard(event)
        if self.other is not None:
            self.other.call_ended(event)

    def task_changed(self, task: Any, before: str | None) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        if self.other is not None:
            self.other.task_changed(task, before)

    def transfer_ended(self, event: TransferEvent) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        if self.other is not None:
            self.other.transfer_ended(event)

    def estimated(self, event: Any) -> None:
        """See :class:`modelhunter.runtime.events.Observer`."""
        if self.other is not None:
            self.other.estimated(event)

    def __getattr__(self, name: str) -> Any:
        """Whatever else an observer may hear."""
        if self.other is None:
            return lambda *_: None
        return getattr(self.other, name)

    def _heard(self, event: CallEvent) -> None:
        if isinstance(event.error, RateLimited):
            self.pace.refused(event.error.retry_after)
