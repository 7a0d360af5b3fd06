"""Which submissions a client has sent, so that none is begun twice for want of knowing."""

from __future__ import annotations

import threading

_MOST = 10_000


class Sent:
    """Remembers the markers of the last ten thousand submissions of a client; threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._markers: dict[str, None] = {}

    def begin(self, marker: str) -> bool:
        """Note that a submission is sent now; False where this client has begun it before."""
        with self._lock:
            if marker in self._markers:
                return False
            self._markers[marker] = None
            if len(self._markers) > _MOST:
                del self._markers[next(iter(self._markers))]
            return True

    def forget(self, marker: str) -> None:
        """It is known that no job came of it, so it may be begun anew."""
        with self._lock:
            self._markers.pop(marker, None)
