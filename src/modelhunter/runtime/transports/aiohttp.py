"""The async transport, over aiohttp."""

from __future__ import annotations

import asyncio
import os
import time
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
from attrs import frozen
from yarl import URL

from modelhunter.runtime.codings import decoded, decoder_of
from modelhunter.runtime.message import Request, Response
from modelhunter.runtime.transports import failures
from modelhunter.runtime.transports.aioconnect import Body, Connector, Exchange, current
from modelhunter.runtime.transports.proxies import proxy_for
from modelhunter.runtime.transports.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from modelhunter.errors import TransportError

_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that are sent only where the request has them."""
_LONGEST_HEADER = 64 * 1024

_inherited: list[object] = []
"""What a parent process had open. It is never touched: closing it would speak to the parent's
servers, or take its connections out of the selector that both processes share."""


@frozen
class _Channel:
    """The connections of one event loop. ``keeper`` closes them together with the loop."""

    session: aiohttp.ClientSession
    keeper: AsyncGenerator[None, None]


class AiohttpTransport:
    """Sends requests over pooled connections, see :mod:`modelhunter.runtime.transport`.

    Each event loop that uses it, and each child process of ``fork``, gets connections of its own.
    The proxy variables of the environment are respected.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._channels: dict[asyncio.AbstractEventLoop, _Channel] = {}
        self._proxies: dict[str, str | None] = {}
        self._tls: ssl.SSLContext | None = None
        self._used = False
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and return its answer (the protocol says what it raises)."""
        channel = await self._channel()
        exchange = Exchange(request)
        if request.deadline is not None and request.deadline <= time.monotonic():
            raise failures.overdue(request, "connecting")
        body = None if request.body is None else Body(exchange)
        limit = _until(request.deadline)
        token = current.set(exchange)
        try:
            async with limit:
                raw = await channel.session.request(
                    request.method,
                    _url(request),
                    headers=request.headers,
                    data=body,
                    allow_redirects=False,
                    timeout=_silence(request.read_timeout),
                    ssl=self._context(request.origin),
                    proxy=self._proxy(request.origin),
                )
                if request.stream:
                    decoder = decoder_of(_coding(raw), raw.status)
                    return Response(raw.status, raw.headers, stream=raw, decoder=decoder)
                return Response(raw.status, raw.headers, await _whole(raw, request))
        except BaseException as error:
            exchange.drop()
            if isinstance(error, aiohttp.ClientError | OSError):
                failure = _failure(error, exchange, overdue=limit.expired())
                raise failure from failures.without_frames(error)
            raise
        finally:
            current.reset(token)
            if body is not None:
                await body.settle()

    async def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        raw: aiohttp.ClientResponse = response.stream
        decoder = response.decoder
        limit = _until(deadline)
        try:
            async with limit:
                if decoder is None:
                    return await _some(raw.content, size)
                while not (piece := decoder.take(size)):
                    if not (data := await _some(raw.content, size)):
                        decoder.finish()
                        return b""
                    decoder.feed(data)
                return piece
        except (aiohttp.ClientError, OSError) as error:
            failure = _failure(error, None, overdue=limit.expired())
            raise failure from failures.without_frames(error)

    async def close_stream(self, response: Response) -> None:
        """Let go of a streamed body."""
        raw: aiohttp.ClientResponse = response.stream
        raw.close()

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        mine = self._channels.pop(asyncio.get_running_loop(), None)
        self._abandon()
        if mine is not None:
            await mine.keeper.aclose()

    def __del__(self) -> None:
        if self._closed or not self._used or self._process != os.getpid():
            self._abandon()
            return
        warnings.warn(
            "an async client was never closed: use `async with` or `await client.aclose()`",
            ResourceWarning,
            source=self,
            stacklevel=2,
        )
        self._abandon()

    async def _channel(self) -> _Channel:
        """The running loop's connections."""
        if self._closed:
            raise failures.closed()
        if self._process != os.getpid():
            self._abandon()
            self._process = os.getpid()
        loop = asyncio.get_running_loop()
        channel = self._channels.get(loop)
        if channel is None or channel.session.closed:
            for other in [other for other in self._channels if other.is_closed()]:
                self._channels.pop(other).session.detach()
            self._used = True
            channel = self._channels[loop] = await _open()
        return channel

    def _abandon(self) -> None:
        """Let go of all connections; a loop that lives closes its own when it learns of it."""
        channels, self._channels = self._channels, {}
        forked = self._process != os.getpid()
        for loop, channel in channels.items():
            if forked or loop.is_closed():
                channel.session.detach()
        if forked:
            _inherited.append(channels)

    def _context(self, origin: str) -> ssl.SSLContext | bool:
        if origin.startswith("http:"):
            return True
        if self._tls is None:
            self._tls = tls_context()
        return self._tls

    def _proxy(self, origin: str) -> str | None:
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin)
        return self._proxies[origin]


async def _open() -> _Channel:
    connector = Connector()
    session = aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_OURS,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )
    keeper = _keep(session, connector)
    await anext(keeper)
    return _Channel(session, keeper)


async def _keep(session: aiohttp.ClientSession, connector: Connector) -> AsyncGenerator[None, None]:
    """Close a session when this generator is closed, which its event loop does before it ends."""
    try:
        yield
    finally:
        connector.stop_sending()
        await session.close()


def _url(request: Request) -> URL:
    try:
        url = URL(request.origin + request.target, encoded=True)
        url.port  # noqa: B018 - which is where it is looked at closely
        return url
    except ValueError as error:
        raise failures.not_connected(request, str(error)) from error


@lru_cache(maxsize=64)
def _silence(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_read=seconds)


def _until(deadline: float | None) -> asyncio.Timeout:
    if deadline is None:
        return asyncio.timeout(None)
    return asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic())


async def _whole(raw: aiohttp.ClientResponse, request: Request) -> bytes:
    pieces = []
    size = 0
    try:
        while piece := await raw.content.readany():
            size += len(piece)
            if size > request.max_body:
                raise failures.too_large(request, raw.status)
            pieces.append(piece)
    except BaseException:
        raw.close()
        raise
    content = decoded(b"".join(pieces), _coding(raw), raw.status, request.max_body)
    if content is None:
        raise failures.too_large(request, raw.status)
    return content


def _coding(raw: aiohttp.ClientResponse) -> str:
    return ",".join(raw.headers.getall("Content-Encoding", ()))


async def _some(content: aiohttp.StreamReader, size: int) -> bytes:
    """The next bytes. What came before a connection broke is not lost, though aiohttp hides it."""
    trouble = content.exception()
    if trouble is None:
        return await content.read(size)
    content.set_exception(None)  # type: ignore[arg-type]
    try:
        left = content.read_nowait(size)
    finally:
        content.set_exception(trouble)
    if not left:
        raise trouble
    return left


def _failure(error: Exception, exchange: Exchange | None, *, overdue: bool) -> TransportError:
    """The error of ours that says how far a failed exchange came."""
    request = exchange.request if exchange else None
    phase = exchange.phase if exchange else "sent"
    if overdue:
        return failures.overdue(request, phase)
    if request is not None and phase == "connecting":
        late = isinstance(error, TimeoutError)
        return failures.not_connected(
            request, f"none within {request.connect_timeout:g} s" if late else _reason(error)
        )
    if isinstance(error, TimeoutError):
        return failures.silent(request, phase)
    return failures.lost(request, phase, _reason(error))


def _reason(error: Exception) -> str:
    inner = failures.innermost(error)
    if isinstance(inner, aiohttp.ClientResponseError):  # whose text has the whole URL
        return f"{inner.status} {inner.message}"
    if isinstance(inner, aiohttp.InvalidURL):
        return "its address can't be used"
    return str(inner) or type(inner).__name__
