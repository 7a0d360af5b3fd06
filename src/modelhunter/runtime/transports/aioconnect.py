"""Connections and bodies for aiohttp that note how far an exchange has come.

They also keep it to one sending: aiohttp sends a request again by itself when a connection that
was kept open turns out to be dead.
"""

from __future__ import annotations

import asyncio
import select
import socket
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any, cast
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from modelhunter.runtime.message import FileContent
from modelhunter.runtime.shielded import outlast
from modelhunter.runtime.transports.names import Addresses, look_up

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.failures import Phase

_CHUNK = 64 * 1024


class Exchange:
    """One request on its way.

    ``fresh`` says that its connection was made for it, ``trouble`` what went wrong while its body
    was written.
    """

    __slots__ = ("fresh", "phase", "request", "transport", "trouble")

    def __init__(self, request: Request) -> None:
        self.request: Request = request
        self.phase: Phase = "connecting"
        self.fresh: bool = False
        self.transport: asyncio.Transport | None = None
        self.trouble: Exception | None = None

    def drop(self) -> None:
        """After a failure: don't let a closed connection linger until the server reads the rest.

        One that is not closed may be another exchange's by now.
        """
        if self.transport is not None and self.transport.is_closing():
            self.transport.abort()


current: ContextVar[Exchange] = ContextVar("modelhunter_exchange")


class SentBefore(aiohttp.ClientError):
    """The connection broke, and aiohttp was about to send the request once more."""


class Connector(aiohttp.TCPConnector):
    """Connections for one event loop."""

    def __init__(self) -> None:
        super().__init__(resolver=_Resolver())
        self._made: WeakSet[ResponseHandler] = WeakSet()

    def __del__(self, _warnings: object = None) -> None:
        # Whoever owns the connector closes it while its loop lives. Afterwards, or in a forked
        # child, aiohttp's own clearing up would reach for a loop that is closed or not ours.
        pass

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection for the current exchange, from the pool or new; asked for only once."""
        exchange = current.get()
        if exchange.phase != "connecting":
            raise SentBefore("the server closed it before it answered") from exchange.trouble
        while True:
            connection = await super().connect(req, traces, timeout)
            if exchange.fresh or not _dead(connection):
                break
            connection.close()
        exchange.transport = connection.transport
        exchange.phase = "sent" if exchange.request.body is None else "sending"
        return connection

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        # aiohttp's own limits cover either one address at a time or waiting for a place too.
        exchange = current.get()
        exchange.fresh = True
        async with asyncio.timeout(exchange.request.connect_timeout):
            protocol = await super()._create_connection(req, traces, timeout)
        self._made.add(protocol)
        return protocol

    def stop_sending(self) -> None:
        """Break off what servers have not taken yet; closing would wait until they do."""
        for protocol in list(self._made):
            transport = protocol.transport
            if transport is not None and transport.get_write_buffer_size():
                transport.abort()


def _dead(connection: Connection) -> bool:
    """Whether a connection that lay idle was closed by the server, as far as the system knows."""
    transport = connection.transport
    sock = transport.get_extra_info("socket") if transport is not None else None
    return sock is None or _readable(sock.fileno())


def _readable(descriptor: int) -> bool:
    if hasattr(select, "poll"):  # which, unlike select, takes descriptors of any size
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])


class _Resolver(AbstractResolver):
    """Resolves names in threads that nobody has to wait for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Addresses | socket.gaierror] = loop.create_future()

        def settle(outcome: Addresses | socket.gaierror) -> None:
            if not answer.done():
                answer.set_result(outcome)

        def deliver(outcome: Addresses | socket.gaierror) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, outcome)

        look_up(host, port, deliver)
        found = await answer
        if isinstance(found, socket.gaierror):
            raise found
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
            if family in (socket.AF_UNSPEC, kind)
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Body(aiohttp.Payload):
    """A request's body, written piece by piece; a file is read in threads."""

    def __init__(self, exchange: Exchange) -> None:
        content = exchange.request.body
        super().__init__(content)
        self._exchange = exchange
        self._length = content.size if isinstance(content, FileContent) else len(content or b"")
        self._reading: asyncio.Future[Any] | None = None

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self._length

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not asked for by what this library uses of aiohttp."""
        raise TypeError("a body is written, not shown")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write everything; no piece may take longer than the read timeout."""
        try:
            await self._write_pieces(writer)
        except BaseException as error:
            if isinstance(error, Exception):
                self._exchange.trouble = error
            if self._exchange.transport is not None:
                self._exchange.transport.abort()
            raise

    async def _write_pieces(self, writer: AbstractStreamWriter) -> None:
        file = None
        if isinstance(self._value, FileContent):
            file = await self._in_thread(self._value.open)
        position = 0
        last = False
        while not last:
            until = min(position + _CHUNK, self._length)
            if file is None:
                piece = memoryview(cast("bytes", self._value))[position:until]
            else:
                piece = await self._in_thread(_read_all, file, until - position)
            last = until == self._length
            if last:
                self._note_the_last()
            async with asyncio.timeout(self._exchange.request.read_timeout):
                await writer.write(piece)
            position = until

    def _note_the_last(self) -> None:
        """The last piece comes next: from then on the server may have the whole request."""
        transport = self._exchange.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("it was closed before the request was sent")
        self._exchange.phase = "sent"

    async def settle(self) -> None:
        """Wait until no thread is reading the file, which may be sent again or closed next."""
        if self._reading is not None:
            cancelled = await outlast(self._reading)
            if cancelled is not None:
                raise cancelled

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        self._reading = loop.run_in_executor(None, function, *arguments)
        return await asyncio.shield(self._reading)


def _read_all(file: IO[bytes], size: int) -> bytes:
    pieces = []
    while size:
        piece = file.read(size)
        if not piece:
            raise OSError("the file ended before its end: it was changed while it was sent")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
