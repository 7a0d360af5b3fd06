"""A transport that is made when something is first sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.message import Request, Response
    from modelhunter.runtime.transport import Transport


class LaterTransport:
    """Stands for the transport that ``make`` returns, and calls it when that is first needed.

    Importing an HTTP library takes longer than everything else about making a client, and a
    client that only checks inputs or estimates costs never needs it.
    """

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Transport | None = None
        self._closed = False

    def send(self, request: Request) -> Response:
        """Send a request and return its answer."""
        return (self._made or self._now()).send(request)

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        return (self._made or self._now()).read(response, size, deadline)

    def close_stream(self, response: Response) -> None:
        """Let go of a streamed body."""
        (self._made or self._now()).close_stream(response)

    def close(self) -> None:
        """Close every connection, where there are any yet."""
        with self._lock:
            self._closed = True
            made = self._made
        if made is not None:
            made.close()

    def _now(self) -> Transport:
        with self._lock:
            if self._made is None:
                self._made = self._make()
                if self._closed:
                    self._made.close()
            return self._made
