"""Where respx takes hold of this library: it catches what the transports send.

Whatever client object sends it. Routes, patterns, side effects (async functions too, for async
clients) and call lists are respx's own; httpx errors given as side effects arrive as this
library's. :class:`modelhunter.testing.ModelHunterMock` is built on it.
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import Any, ClassVar

import httpx
from respx.mocks import AbstractRequestMocker

from modelhunter.errors import ConnectFailed, ConnectionLost, TimedOut, TransportError
from modelhunter.runtime.message import FileContent, Request, Response

NAME = "modelhunter"


_TRANSPORTS = "modelhunter.runtime.transports"


class ModelHunterMocker(AbstractRequestMocker):
    """respx's extension point: what to patch, and how its requests and answers translate."""

    name = NAME
    targets: ClassVar[list[str]] = [
        f"{_TRANSPORTS}.urllib3.Urllib3Transport",
        *([f"{_TRANSPORTS}.aiohttp.AiohttpTransport"] if find_spec("aiohttp") else []),
    ]
    target_methods: ClassVar[list[str]] = ["send"]

    @classmethod
    def _send_sync_request(
        cls, httpx_request: httpx.Request, *, target_spec: Any, instance: Any, **kwargs: Any
    ) -> Any:
        try:
            return super()._send_sync_request(  # type: ignore[no-untyped-call]
                httpx_request, target_spec=target_spec, instance=instance, **kwargs
            )
        except httpx.TransportError as error:
            raise _translated(error) from error

    @classmethod
    async def _send_async_request(
        cls, httpx_request: httpx.Request, *, target_spec: Any, instance: Any, **kwargs: Any
    ) -> Any:
        try:
            return await super()._send_async_request(  # type: ignore[no-untyped-call]
                httpx_request, target_spec=target_spec, instance=instance, **kwargs
            )
        except httpx.TransportError as error:
            raise _translated(error) from error

    @classmethod
    def to_httpx_request(cls, **kwargs: Any) -> httpx.Request:
        """The request as respx matches it."""
        request: Request = kwargs["request"]
        body = request.body
        if isinstance(body, FileContent):
            body = body.open().read()
        return httpx.Request(
            request.method,
            request.origin + request.target,
            headers=dict(request.headers),
            content=body,
        )

    @classmethod
    def from_sync_httpx_response(
        cls, httpx_response: httpx.Response, target: Any, **kwargs: Any
    ) -> Response:
        """The answer as the transport would have given it."""
        return _response(kwargs["request"], httpx_response, _Stream(httpx_response.read()))

    @classmethod
    async def from_async_httpx_response(
        cls, httpx_response: httpx.Response, target: Any, **kwargs: Any
    ) -> Response:
        """The same for the async transport."""
        return _response(
            kwargs["request"], httpx_response, _AsyncStream(await httpx_response.aread())
        )


class _Stream:
    """A body that is read bit by bit, as the blocking transport reads it."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def read(self, size: int, deadline: float | None = None) -> bytes:
        return self._rest.read(size)

    def close(self) -> None:
        self._rest.close()


class _AsyncStream(_Stream):
    """The same for the async transport."""

    async def read(self, size: int, deadline: float | None = None) -> bytes:  # type: ignore[override]
        return self._rest.read(size)


def _response(request: Request, answer: httpx.Response, stream: Any) -> Response:
    if request.stream:
        return Response(answer.status_code, answer.headers, stream=stream)
    return Response(answer.status_code, answer.headers, answer.content)


def _translated(error: httpx.TransportError) -> TransportError:
    text = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ConnectFailed(f"no connection: {text}", delivered="no")
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"the server was silent: {text}", delivered="maybe")
    return ConnectionLost(f"the connection was lost: {text}", delivered="maybe")
