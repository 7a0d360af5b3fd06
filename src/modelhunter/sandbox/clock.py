"""The sandbox's time: whole microseconds since 1970, from a clock that a test can hold still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from modelhunter.runtime.decode import instant

Clock = Callable[[], float]
"""Seconds since 1970, as :func:`time.time` gives them."""

SECOND = 1_000_000
"""Microseconds in a second: all times in the sandbox are whole microseconds."""

NEVER = 2**62
"""A time that no clock reaches."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ManualClock:
    """A clock that stands still until :meth:`advance` is called.

    ``start`` is in seconds since 1970; without it, the clock starts at the present.
    """

    def __init__(self, start: float | None = None) -> None:
        self._lock = threading.Lock()
        self._now = time.time() if start is None else start

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward. Raises ValueError for a negative number: time does not go back."""
        if seconds < 0:
            raise ValueError(f"the clock can't go back by {-seconds} s; give a positive number")
        with self._lock:
            self._now += seconds


def microseconds(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND)


def to_text(time_: int) -> str:
    """A time as the API writes it: ``2026-01-15T10:00:02Z``, with a fraction where there is one."""
    moment = _EPOCH + timedelta(microseconds=time_)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def http_date(time_: int) -> str:
    """A time as the header ``Date`` has it, in whole seconds."""
    return format_datetime(_EPOCH + timedelta(seconds=time_ // SECOND), usegmt=True)


def from_text(text: str) -> int:
    """The time that an ISO 8601 text names; without an offset it is taken as UTC.

    Raises:
        ValueError: the text is no such time.
    """
    return from_moment(instant(text))


def from_moment(moment: datetime) -> int:
    """A :class:`datetime` as a time; without an offset it is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)
