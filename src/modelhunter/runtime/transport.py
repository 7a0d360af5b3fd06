"""What a transport is: it sends one request and knows nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelhunter.runtime.message import Request, Response


class Transport(Protocol):
    """Sends requests, one connection per origin or more; safe to use from several threads."""

    def send(self, request: Request) -> Response:
        """Send a request and return its answer, its body read unless ``request.stream``.

        Redirects are not followed, cookies not kept, nothing is retried.

        Raises:
            TransportError: no answer came, or not all of it.
            UnexpectedResponse: its body is larger than ``request.max_body``, or can't be decoded.
        """
        ...

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, decoded; empty at its end.

        Raises:
            TransportError: the connection broke or was silent for too long. What had come before
            it broke is handed over first.
            UnexpectedResponse: its coding is broken or unknown.
        """
        ...

    def close_stream(self, response: Response) -> None:
        """Let go of a streamed body; its connection is used again only if it was read whole."""
        ...

    def close(self) -> None:
        """Close every connection. The transport can't be used afterwards."""
        ...


class AsyncTransport(Protocol):
    """The same for asyncio; one may be used in several event loops, also one after the other.

    Wherever it is cancelled, the connection is closed or fit for the next request.
    """

    async def send(self, request: Request) -> Response:
        """Send a request and return its answer, as :meth:`Transport.send` does."""
        ...

    async def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, as :meth:`Transport.read` does."""
        ...

    async def close_stream(self, response: Response) -> None:
        """Let go of a streamed body, as :meth:`Transport.close_stream` does."""
        ...

    async def close(self) -> None:
        """Close every connection. The transport can't be used afterwards."""
        ...
