"""What a blocking transport is: it sends one request and knows nothing else."""

from __future__ import annotations

from typing import Protocol

from modelhunter.runtime.message import Request, Response


class Transport(Protocol):
    """Sends requests, one connection per origin or more; safe to use from several threads."""

    def send(self, request: Request) -> Response:
        """Send a request and return its answer, its body read unless ``request.stream``.

        Redirects are not followed, nothing is retried.

        Raises:
            TransportError: no answer came, or not all of it.
        """

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end.

        Raises:
            TransportError: the connection broke or was silent for too long.
        """

    def close_stream(self, response: Response) -> None:
        """Let go of a streamed body; its connection is used again only if it was read whole."""

    def close(self) -> None:
        """Close every connection. The transport can't be used afterwards."""
