"""What every exchange of one client has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from modelhunter.runtime.clock import Clock, SystemClock
from modelhunter.runtime.retry import Quota, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from modelhunter.errors import APIError
    from modelhunter.runtime.auth import Auth
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.events import Observer
    from modelhunter.runtime.message import Response

    ReadError = Callable[[Call[Any], Response], APIError]
    """Makes an error of an answer that is one."""


@frozen(kw_only=True)
class Timeouts:
    """Limits in seconds.

    ``total`` bounds one call with all its retries and waits (None: no bound); a transfer of a file
    may take a second more for each 4 kB. ``connect`` bounds making a connection, ``read`` the
    silence between two bytes.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float | None = 120.0


@define(kw_only=True)
class Session:
    """Where calls go and how.

    The address, headers that go with every call (the key among them), limits, retries, and how
    this API words its errors.
    """

    origin: str
    base_path: str = ""
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    timeouts: Timeouts = field(factory=Timeouts)
    retry: Retry = field(factory=Retry)
    quota: Quota = field(factory=Quota)
    clock: Clock = field(factory=SystemClock)
    read_error: ReadError
    observer: Observer | None = None
    auth: Auth | None = None
    """Credentials that not every call shows; those that all do may stand in ``headers``."""

    def deadline(self, seconds: float | None = None) -> float | None:
        """The moment (monotonic) at which a call begun now must be over."""
        total = self.timeouts.total if seconds is None else seconds
        return None if total is None else self.clock.monotonic() + total
