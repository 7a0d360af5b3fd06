"""What a client has sent and seen, so that nothing is begun twice or taken for something else."""

from __future__ import annotations

from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 10_000


class Recent(Generic[T]):
    """The last ten thousand of something; threads share it, without a lock that a fork may hold."""

    def __init__(self) -> None:
        self._all: dict[T, object] = {}

    def add(self, one: T) -> bool:
        """Note one; False where it is there already."""
        mine = object()
        added = self._all.setdefault(one, mine) is mine
        if added and len(self._all) > _MOST:
            with suppress(RuntimeError, StopIteration):  # another thread is at it too
                self.discard(next(iter(self._all)))
        return added

    def discard(self, one: T) -> None:
        """Forget one, if it is there."""
        self._all.pop(one, None)

    def __contains__(self, one: T) -> bool:
        return one in self._all


class Sent:
    """The submissions that a client has sent, by marker, and the tasks that it knows."""

    def __init__(self) -> None:
        self.markers: Recent[str] = Recent()
        self.tasks: Recent[tuple[str | None, str]] = Recent()
        """By the provider on whose own API they run (None: on ModelHunter's), and id."""
