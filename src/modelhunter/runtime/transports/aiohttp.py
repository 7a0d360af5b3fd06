"""The async transport, over aiohttp's protocol and parser."""

from __future__ import annotations

import asyncio
import os
import time
import warnings
from typing import TYPE_CHECKING

from aiohttp import ClientError, ServerDisconnectedError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EofStream
from attrs import frozen

from modelhunter.errors import ModelHunterError
from modelhunter.runtime.codings import decoded, decoder_of
from modelhunter.runtime.eventloop import running_loop
from modelhunter.runtime.message import Headers, Response
from modelhunter.runtime.signals import from_signal_handler
from modelhunter.runtime.transports import failures
from modelhunter.runtime.transports.aiobody import CHUNK, Upload
from modelhunter.runtime.transports.aiopool import Pool, keeper
from modelhunter.runtime.transports.head import body_size, request_head
from modelhunter.runtime.transports.routes import Route, place, route_to
from modelhunter.runtime.transports.sockets import DeadlinePassed
from modelhunter.runtime.transports.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader

    from modelhunter.errors import TransportError
    from modelhunter.runtime.codings import Decoder
    from modelhunter.runtime.message import Request, SecretBytes
    from modelhunter.runtime.transports.aioconnections import Connection
    from modelhunter.runtime.transports.failures import Phase

_TROUBLE = (ClientError, HttpProcessingError, EofStream, OSError)

_inherited: list[object] = []
"""What a parent process had open. It is never touched: closing it would speak to the parent's
servers, or take its connections out of the selector that both processes share."""


@frozen
class _Channel:
    """The connections of one event loop. ``keeper`` closes them together with the loop."""

    pool: Pool
    keeper: AsyncGenerator[None, None]


class AiohttpTransport:
    """Sends requests over pooled connections, see :mod:`modelhunter.runtime.transport`.

    Each event loop that uses it, and each child process of ``fork``, gets connections of its own.
    The proxy variables of the environment are respected.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._channels: dict[asyncio.AbstractEventLoop, _Channel] = {}
        self._routes: dict[str, Route] = {}
        self._tls: ssl.SSLContext | None = None
        self._used = False
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and return its answer (the protocol says what it raises)."""
        pool = self._pool() or await self._new_pool()
        route = self._route(request)
        exchange = _Exchange(pool, request, route)
        return await exchange.run(request_head(request, route), self._context)

    async def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        content: bytes = await response.stream.read(size, deadline)
        return content

    async def close_stream(self, response: Response) -> None:
        """Let go of a streamed body."""
        response.stream.close()

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        mine = self._channels.pop(running_loop(), None)
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

    def _pool(self) -> Pool | None:
        """The running loop's connections, if there are any."""
        if self._closed:
            raise failures.closed()
        if self._process != os.getpid():
            self._abandon()
            self._process = os.getpid()
        channel = self._channels.get(asyncio.get_running_loop())
        return None if channel is None or channel.pool.closed else channel.pool

    async def _new_pool(self) -> Pool:
        for other in [other for other in self._channels if other.is_closed()]:
            del self._channels[other]
        self._used = True
        pool = Pool()
        closer = keeper(pool)
        await anext(closer)
        self._channels[asyncio.get_running_loop()] = _Channel(pool, closer)
        return pool

    def _abandon(self) -> None:
        """Let go of all connections; a loop that lives closes its own when it learns of it."""
        channels, self._channels = self._channels, {}
        if self._process != os.getpid():
            _inherited.append(channels)

    def _route(self, request: Request) -> Route:
        route = self._routes.get(request.origin)
        if route is None:
            try:
                route = route_to(request.origin)
            except ValueError as error:
                raise failures.not_connected(request, str(error)) from None
            self._routes[request.origin] = route
        return route

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context()
        return self._tls


class _Exchange:
    """One request on its way, and its answer."""

    __slots__ = ("_connection", "_phase", "_place", "_pool", "_request", "_route", "_upload")

    def __init__(self, pool: Pool, request: Request, route: Route) -> None:
        self._pool = pool
        self._request = request
        self._route = route
        self._place = place(request, route)
        self._phase: Phase = "connecting"
        self._connection: Connection | None = None
        self._upload: Upload | None = None

    async def run(self, head: SecretBytes, context: Callable[[], ssl.SSLContext]) -> Response:
        """Send the request and return its answer."""
        request = self._request
        timer: asyncio.TimerHandle | None = None
        try:
            if request.deadline is not None and request.deadline <= time.monotonic():
                raise DeadlinePassed("the deadline has passed")
            connection = self._pool.take(self._place)
            if connection is None:
                connection = await self._pool.get(request, self._route, self._place, context)
            self._connection = connection
            timer = _expiring(connection, request.deadline)
            self._send(connection, head)
            return await self._answer(connection)
        except _TROUBLE as error:
            failure = self.failure(error, request)
            await self._give_up()
        except BaseException:
            await self._give_up()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        raise failure

    def _send(self, connection: Connection, head: SecretBytes) -> None:
        """Write the request; a large body is written beside the wait for the answer."""
        body, size = self._request.body, body_size(self._request)
        connection.expect(self._request)
        transport = self._writable(connection)
        if isinstance(body, bytes) and size <= CHUNK:
            self._phase = "sent"
            transport.write(head + body)
        elif not size:
            self._phase = "sent"
            transport.write(head)
        else:
            self._phase = "sending"
            transport.write(head)
            self._upload = Upload(self._request, connection, self._note_the_last)
            return
        connection.protocol.start_timeout()

    def _note_the_last(self) -> None:
        """The last piece comes next: from then on the server may have the whole request."""
        if self._connection is not None:
            self._writable(self._connection)
            self._phase = "sent"

    def _writable(self, connection: Connection) -> asyncio.Transport:
        transport = connection.protocol.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("it was closed before the request was sent")
        return transport

    async def _answer(self, connection: Connection) -> Response:
        message, payload = await connection.head()
        headers = Headers([(_text(name), _text(value)) for name, value in message.raw_headers])
        coding = headers.get("Content-Encoding")
        forwarder = self._route.forwarder
        if self._request.stream:
            decoder = decoder_of(coding, message.code)
            stream = _Stream(self, connection, payload, decoder)
            return Response(message.code, headers, b"", stream, forwarder)
        content = await self._whole(message, payload, coding)
        await self.finish(connection)
        return Response(message.code, headers, content, None, forwarder)

    async def _whole(
        self, message: RawResponseMessage, payload: StreamReader, coding: str | None
    ) -> bytes:
        most = self._request.max_body
        pieces = [await payload.readany()]
        size = len(pieces[0])
        while size <= most and not payload.at_eof():
            pieces.append(await payload.readany())
            size += len(pieces[-1])
        came = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        content = decoded(came, coding, message.code, most) if size <= most else None
        if content is None:
            raise failures.too_large(self._request, message.code)
        return content

    async def finish(self, connection: Connection) -> None:
        """The answer was read; keep the connection if the request was sent whole."""
        if connection.expired:
            raise DeadlinePassed("the deadline has passed")
        if self._upload is not None and not self._upload.is_whole:
            await self._give_up()
            return
        self._connection = None
        self._pool.keep(self._place, connection)

    async def _give_up(self) -> None:
        """Close the connection, and wait until the file that was sent is no longer read."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.drop(connection)
        if self._upload is not None:
            await self._upload.stop()

    def let_go(self, *, read: bool) -> None:
        """A streamed body is no longer read; the connection is kept if all of it was."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if read and (self._upload is None or self._upload.is_whole):
            self._pool.keep(self._place, connection)
        else:
            self._pool.drop(connection)

    def failure(self, error: Exception, request: Request | None) -> BaseException:
        """What is raised for a failure: how far it came, or the program's own exception."""
        own = from_signal_handler(error)
        if own is not None:
            return own
        if self._upload is not None and self._upload.trouble is not None:
            error = self._upload.trouble
        phase, proxy = self._phase, self._route.through
        if self._is_overdue():
            failure: TransportError = failures.overdue(request, phase, proxy)
        elif request is not None and phase == "connecting":
            late = isinstance(error, TimeoutError) and error.errno is None  # not the system's own
            reason = f"none within {request.connect_timeout:g} s" if late else _reason(error)
            failure = failures.not_connected(request, reason, proxy)
        elif isinstance(error, TimeoutError):
            failure = failures.silent(request, phase, proxy)
        else:
            failure = failures.lost(request, phase, _reason(error), proxy)
        return failures.caused(failure, error)

    def _is_overdue(self) -> bool:
        if self._connection is not None:
            return self._connection.expired
        deadline = self._request.deadline
        return deadline is not None and deadline <= time.monotonic()


class _Stream:
    """A body that is read bit by bit."""

    def __init__(
        self,
        exchange: _Exchange,
        connection: Connection,
        payload: StreamReader,
        decoder: Decoder | None,
    ) -> None:
        self._exchange = exchange
        self._connection = connection
        self._payload = payload
        self._decoder = decoder

    async def read(self, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes, empty at the end."""
        timer = _expiring(self._connection, deadline)
        try:
            return await self._decoded(size)
        except _TROUBLE as error:
            failure = self._exchange.failure(error, None)
        except ModelHunterError:
            self._exchange.let_go(read=False)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        self._exchange.let_go(read=False)
        raise failure

    async def _decoded(self, size: int) -> bytes:
        decoder = self._decoder
        if decoder is None:
            return await self._some(size)
        while not (piece := decoder.take(size)):
            if not (came := await self._some(size)):
                decoder.finish()
                return b""
            decoder.feed(came)
        return piece

    async def _some(self, size: int) -> bytes:
        """The next bytes; what came before a connection broke too, though aiohttp hides it."""
        payload = self._payload
        trouble = payload.exception()
        if trouble is None:
            return await payload.read(size)
        payload.set_exception(None)  # type: ignore[arg-type]
        try:
            left = payload.read_nowait(size)
        finally:
            payload.set_exception(trouble)
        if not left:
            raise trouble
        return left

    def close(self) -> None:
        """Let go of it."""
        self._exchange.let_go(read=self._payload.at_eof())


def _expiring(connection: Connection, deadline: float | None) -> asyncio.TimerHandle | None:
    """Let a deadline end what a connection does."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        connection.expire()
    return asyncio.get_running_loop().call_later(left, connection.expire)


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def _reason(error: Exception) -> str:
    """What went wrong, in words that say it: parsers' errors have a status that is no answer's."""
    inner = failures.innermost(error)
    if isinstance(inner, HttpProcessingError):
        return f"what came is no HTTP answer: {inner.message.strip().partition(chr(10))[0]}"
    if isinstance(inner, ServerDisconnectedError):
        return "the server closed it before it answered"
    return str(inner) or type(inner).__name__
