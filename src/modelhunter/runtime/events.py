"""What can be seen of calls from outside: log lines, and events for observers.

Neither ever holds a key, a body, a query or a link: an event has the path's template, not the path.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define

from modelhunter.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter.errors import ModelHunterError
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import Session

log: logging.Logger = logging.getLogger("modelhunter")


@define(eq=False)
class CallEvent:
    """One call, from its first attempt to its end; the same object in all of its events.

    ``status`` and ``request_id`` are those of the last answer, ``seconds`` how long the call took
    so far, waits included, ``error`` what it ended with, or what the last attempt did.
    """

    operation: str
    method: str
    path: str
    attempt: int = 0
    status: int | None = None
    request_id: str | None = None
    seconds: float = 0.0
    error: BaseException | None = None

    def begin(self, attempt: int) -> None:
        """Another attempt is made, which has no answer yet."""
        self.attempt, self.status, self.request_id = attempt, None, None


@define(eq=False)
class TransferEvent:
    """One file that was uploaded or downloaded, or was not.

    ``kind`` is ``upload`` or ``download``; ``name`` that of the file; ``size`` its bytes, as far as
    they came; ``seconds`` how long it took; ``task`` the id of the task that made it, None for an
    upload; ``error`` what it ended with.
    """

    kind: str
    name: str
    size: int = 0
    seconds: float = 0.0
    task: str | None = None
    error: BaseException | None = None


@contextmanager
def transferring(session: Session, event: TransferEvent) -> Iterator[None]:
    """Around a transfer, of which the session's observer then hears."""
    began = session.clock.monotonic()
    try:
        yield
    except BaseException as error:
        event.error = error
        raise
    finally:
        event.seconds = session.clock.monotonic() - began
        if session.observer is not None:
            session.observer.transfer_ended(event)


class Observer(Protocol):
    """Hears what happens; see :mod:`modelhunter.plugins.observing`."""

    def call_started(self, event: CallEvent) -> None:
        """The first attempt is about to be made."""

    def call_retrying(self, event: CallEvent, wait: float) -> None:
        """An attempt failed, and after ``wait`` seconds there is another."""

    def call_ended(self, event: CallEvent) -> None:
        """There is an answer, or an error for good."""

    def task_changed(self, task: Any, before: str | None) -> None:
        """A task has another status than ``before`` (None: it was just submitted)."""

    def transfer_ended(self, event: TransferEvent) -> None:
        """A file was uploaded or downloaded, or that failed."""

    def estimated(self, event: Any) -> None:
        """A job was priced."""


class Seen:
    """Follows one call for the log and the session's observer."""

    def __init__(self, session: Session, event: CallEvent) -> None:
        self._clock = session.clock
        self._observer = session.observer
        self._event = event
        self._began = session.clock.monotonic()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around the whole call."""
        if self._observer is not None:
            self._observer.call_started(self._event)
        try:
            yield
        except BaseException as error:
            self._event.error = error
            raise
        else:
            self._event.error = None
        finally:
            self._event.seconds = self._clock.monotonic() - self._began
            if self._observer is not None:
                self._observer.call_ended(self._event)

    @contextmanager
    def attempt(self, number: int) -> Iterator[None]:
        """Around one exchange."""
        event = self._event
        event.begin(number)
        began = self._clock.monotonic()
        try:
            yield
        finally:
            outcome = "no answer"
            if event.status is not None:
                rid = printable(event.request_id or "without id")
                outcome = f"{event.status} [request {rid}]"
            milliseconds = (self._clock.monotonic() - began) * 1000
            log.debug(
                "%s %s -> %s, attempt %d, %.0f ms",
                *(event.method, event.path, outcome, number, milliseconds),
            )

    def answered(self, response: Response) -> None:
        """An answer came, whatever it says."""
        self._event.status = response.status
        self._event.request_id = response.headers.get("X-Request-ID")

    def retrying(self, error: ModelHunterError, wait: float) -> None:
        """There will be another attempt."""
        self._event.error = error
        self._event.seconds = self._clock.monotonic() - self._began
        if self._observer is not None:
            self._observer.call_retrying(self._event, wait)
