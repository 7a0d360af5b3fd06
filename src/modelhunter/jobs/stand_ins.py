"""What clients and flows need of the tools above them: a receiver of webhooks, a local server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future


class EventSource(Protocol):
    """Hears of a task's end by webhook; :class:`modelhunter.webhooks.Receiver` is one."""

    @property
    def url(self) -> str:
        """Where the API delivers to."""
        ...

    def expect(self, task_id: str) -> Future[Any]:
        """The event with which a task ends, once it comes."""
        ...


class LocalServer(Protocol):
    """Plays the API on this machine; :class:`modelhunter.sandbox.Sandbox` is one."""

    @property
    def url(self) -> str:
        """Its address."""
        ...

    @property
    def key(self) -> str:
        """A key that it takes."""
        ...

    def stop(self) -> None:
        """Close every connection and let go of the port."""
        ...
