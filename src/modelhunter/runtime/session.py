"""What every exchange of one client has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from modelhunter.runtime.argument_checks import check_seconds
from modelhunter.runtime.clock import Clock, SystemClock
from modelhunter.runtime.retry import Quota, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from attrs import Attribute

    from modelhunter.errors import APIError
    from modelhunter.runtime.auth import Auth
    from modelhunter.runtime.call import Call, Operation
    from modelhunter.runtime.events import Observer
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.servers import Servers

    ReadError = Callable[[Call[Any], Response, datetime], APIError]
    """Makes an error of an answer that is one, given the time of day."""


def _limit(_: object, attribute: Attribute[Any], value: Any) -> None:
    check_seconds(value, attribute.name, some=True)


def _limit_or_none(_: object, attribute: Attribute[Any], value: Any) -> None:
    check_seconds(value, attribute.name, some=True, none="no limit", endless=True)


@frozen(kw_only=True)
class Timeouts:
    """Limits in seconds.

    ``total`` bounds one call with all its retries and waits (None: no bound); a transfer of a file
    may take a second more for each 4 kB. ``connect`` bounds making a connection, ``read`` the
    silence between two bytes.
    """

    connect: float = field(default=10.0, validator=_limit)
    read: float = field(default=30.0, validator=_limit)
    total: float | None = field(default=120.0, validator=_limit_or_none)


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
    servers: Servers | None = None
    """Where calls go whose operation has a server of its own; None: nothing but the address."""
    lenient: bool = False
    """Whether an answer may deviate from its description in some members, which are noted."""
    allow_http: bool = False
    """Whether links may lead to unencrypted addresses though the API is https."""
    until: float | None = None
    """The moment (monotonic) when everything must be over, where calls are parts of a whole."""

    def deadline(self, seconds: float | None = None) -> float | None:
        """The moment (monotonic) at which a call begun now must be over."""
        total = self.timeouts.total if seconds is None else seconds
        if total is None:
            return self.until
        end = self.clock.monotonic() + total
        return end if self.until is None else min(end, self.until)

    def ending_at(self, moment: float | None) -> Session:
        """The same, of which everything must be over at a moment (monotonic), if there is one."""
        return self if moment == self.until else evolve(self, until=moment)

    def place(self, operation: Operation[Any]) -> tuple[str, str]:
        """Origin and base path of where an operation's calls go.

        Raises:
            ConfigurationError: it has a server of its own, and where that is, is not known.
        """
        if operation.server is None:
            return self.origin, self.base_path
        from modelhunter.runtime.servers import Servers  # most APIs have no such operation

        return (self.servers or Servers()).place(operation, self.origin, self.base_path)
