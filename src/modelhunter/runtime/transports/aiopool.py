"""The connections of one event loop: those in use, those that are kept, and who waits for one."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakSet

from modelhunter.runtime.transports.aioconnections import Connection, dial
from modelhunter.runtime.transports.idle import LONGEST, Idle

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from aiohttp.client_proto import ResponseHandler

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.routes import Place, Route

AT_ONCE = 100
"""How many connections are in use at most; further exchanges wait for their turn."""


class Pool:
    """Connections; all of its methods are called on its loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle: Idle[Connection] = Idle()
        self._open: WeakSet[ResponseHandler] = WeakSet()
        self._in_use = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._tidying: asyncio.TimerHandle | None = None
        self.closed: bool = False

    def take(self, place: Place) -> Connection | None:
        """A connection that was kept, if it needs no waiting; it is in use from now on."""
        kept = self._kept(place) if self._in_use < AT_ONCE else None
        if kept is not None:
            self._in_use += 1
        return kept

    async def get(
        self, request: Request, route: Route, place: Place, context: Callable[[], ssl.SSLContext]
    ) -> Connection:
        """A connection that was kept or, when it is its turn, a new one.

        Raises:
            TimeoutError: there was none in time; and what :func:`.aioconnections.dial` raises.
        """
        async with _until(request.deadline):
            await self._turn()
            kept = self._kept(place)
            if kept is not None:
                return kept
            try:
                async with asyncio.timeout(request.connect_timeout):
                    connection = await dial(request, route, context)
            except BaseException:
                self._leave()
                raise
        self._open.add(connection.protocol)
        if self.closed:
            self.drop(connection)
            raise ConnectionAbortedError("the client was closed")
        return connection

    def keep(self, place: Place, connection: Connection) -> None:
        """A connection is no longer in use; it is kept if it can be used again."""
        self._leave()
        if self.closed or connection.protocol.should_close:
            connection.close()
            return
        self._idle.keep(place, connection)
        if self._tidying is None:
            self._tidying = self._loop.call_later(LONGEST, self._tidy)

    def drop(self, connection: Connection) -> None:
        """A connection is no longer in use, and no longer of use."""
        self._leave()
        connection.abort()

    async def close(self) -> None:
        """Close all connections, also those in use: whoever waits for their answers is told."""
        self.closed = True
        if self._tidying is not None:
            self._tidying.cancel()
        for protocol in list(self._open):
            _leave(protocol)
        for _ in range(3):  # turns of the loop that transports, under TLS too, need to close
            await asyncio.sleep(0)

    def _kept(self, place: Place) -> Connection | None:
        while (kept := self._idle.take(place)) is not None:
            if kept.is_usable():
                return kept
            kept.close()
        return None

    def _tidy(self) -> None:
        left = self._idle.tidy()
        self._tidying = self._loop.call_later(LONGEST, self._tidy) if left else None

    async def _turn(self) -> None:
        """Wait until one more connection may be in use, and count it."""
        if self._in_use < AT_ONCE:
            self._in_use += 1
            return
        turn = self._loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """One connection fewer is in use; who has waited longest has its turn."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._in_use -= 1


async def keeper(pool: Pool) -> AsyncGenerator[None, None]:
    """Close a pool when this generator is closed, which its event loop does before it ends."""
    try:
        yield
    finally:
        await pool.close()


def _leave(protocol: ResponseHandler) -> None:
    """Close a connection at once: without what is still to be written, or a farewell under TLS."""
    transport = protocol.transport
    if transport is None:
        return
    if transport.get_write_buffer_size() or transport.get_extra_info("sslcontext"):
        transport.abort()
    else:
        transport.close()


def _until(deadline: float | None) -> asyncio.Timeout:
    return asyncio.timeout(None if deadline is None else deadline - time.monotonic())
