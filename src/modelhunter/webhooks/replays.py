"""Remembering events, so that each is dealt with once.

The API sends an event again until it is answered with 2xx, and somebody who listens on the way can
send a delivery again while its signature is fresh.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Literal, Protocol, TypeAlias

State: TypeAlias = Literal["new", "running", "finished"]


class SeenEvents(Protocol):
    """A memory of events. Several processes need one that they share (a database, Redis).

    ``docs/webhooks.md`` has one on Redis.
    """

    def claim(self, event_id: str) -> State:
        """Take an event on, in one atomic step.

        ``new``: it was not known, and is ``running`` from now on. ``running``: somebody else has
        taken it on. ``finished``: it has been dealt with.
        """
        ...

    def finish(self, event_id: str) -> None:
        """Remember that the event has been dealt with, for longer than the API repeats it."""
        ...

    def release(self, event_id: str) -> None:
        """Forget the event: dealing with it failed, and it may come again."""
        ...


class ReplayGuard:
    """A memory of the last ``size`` events for the threads of one process."""

    def __init__(self, size: int = 10_000) -> None:
        if size < 1:
            raise ValueError(f"a guard that remembers {size} events guards nothing; give 1 or more")
        self._size = size
        self._states: OrderedDict[str, Literal["running", "finished"]] = OrderedDict()
        self._lock = Lock()

    def claim(self, event_id: str) -> State:
        """Take an event on; see :meth:`SeenEvents.claim`."""
        with self._lock:
            state = self._states.get(event_id)
            if state is not None:
                return state
            self._keep(event_id, "running")
            return "new"

    def finish(self, event_id: str) -> None:
        """Remember that the event has been dealt with."""
        with self._lock:
            self._keep(event_id, "finished")

    def release(self, event_id: str) -> None:
        """Forget the event, so that it may come again."""
        with self._lock:
            self._states.pop(event_id, None)

    def _keep(self, event_id: str, state: Literal["running", "finished"]) -> None:
        self._states[event_id] = state
        self._states.move_to_end(event_id)
        if len(self._states) > self._size:
            self._states.popitem(last=False)

    def __len__(self) -> int:
        return len(self._states)
