"""Connections that are kept open for the next request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

PLACES = 8
"""How many places connections are kept to: links lead to ever new ones."""
KEPT = 100
"""How many connections are kept to one of them."""
LONGEST = 60.0
"""Seconds that one is kept; servers close theirs after about that."""


class Closable(Protocol):
    """What can be kept."""

    def close(self) -> object:
        """Close it."""
        ...


C = TypeVar("C", bound=Closable)


class Idle(Generic[C]):
    """Connections that nobody uses, by where they lead; what was used longest ago is closed first.

    It is not safe to be used from several threads at once.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[tuple[C, float]]] = {}

    def take(self, place: Hashable) -> C | None:
        """The connection to a place that was used last; the server may have closed it since."""
        kept = self._kept.get(place)
        return kept.pop()[0] if kept else None

    def keep(self, place: Hashable, connection: C) -> None:
        """Keep a connection, and close those that are too many."""
        kept = self._kept.pop(place, [])
        kept.append((connection, time.monotonic()))
        self._kept[place] = kept  # the place that was used last comes last
        if len(kept) > KEPT:
            kept.pop(0)[0].close()
        elif len(kept) == 1:
            self.tidy()

    def tidy(self) -> bool:
        """Close those that are too many or too old; whether any are left."""
        oldest = time.monotonic() - LONGEST
        for place, kept in list(self._kept.items()):
            while kept and kept[0][1] <= oldest:
                kept.pop(0)[0].close()
            if not kept:
                del self._kept[place]
        while len(self._kept) > PLACES:
            for connection, _ in self._kept.pop(next(iter(self._kept))):
                connection.close()
        return bool(self._kept)

    def close(self) -> None:
        """Close them all."""
        kept, self._kept = self._kept, {}
        for connections in kept.values():
            for connection, _ in connections:
                connection.close()
