"""Time and chance, in one place, so that a program can be tested without waiting."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Protocol

LONGEST = 366 * 86_400.0
"""Seconds that anything is waited for, at most: clocks and sockets overflow some time later."""


class Clock(Protocol):
    """What the library asks of time and chance.

    The async client awaits ``asleep(seconds)`` where a clock has that, and otherwise calls
    ``sleep`` in a thread.
    """

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def now(self) -> datetime:
        """The time of day, aware."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...

    def random(self) -> float:
        """A number from 0 up to 1."""
        ...


class SystemClock:
    """The machine's own clock and chance."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """The same for an event loop."""
        from asyncio import sleep  # which blocking programs do without

        await sleep(seconds)

    def random(self) -> float:
        """A number from 0 up to 1."""
        return random.random()  # noqa: S311 - it spreads retries, no secret

    def now(self) -> datetime:
        """The time of day, aware."""
        return datetime.now(UTC)
