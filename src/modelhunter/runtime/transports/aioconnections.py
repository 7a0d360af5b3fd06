"""Connections of the async transport: aiohttp's protocol, over sockets that are made here."""

from __future__ import annotations

import asyncio
import select
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from aiohappyeyeballs import start_connection
from aiohttp.client_proto import ResponseHandler

from modelhunter.runtime.message import SecretBytes
from modelhunter.runtime.transports import reach
from modelhunter.runtime.transports.connecting import HEAD_START, in_turns
from modelhunter.runtime.transports.names import Addresses, look_up
from modelhunter.runtime.transports.sockets import DeadlinePassed

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.proxies import Proxy
    from modelhunter.runtime.transports.routes import Route

_LONGEST_HEADER = 64 * 1024


class Connection:
    """A connection on one event loop. ``expired`` says that a deadline ended it."""

    __slots__ = ("_descriptor", "_payload", "_poll", "expired", "protocol")

    def __init__(self, protocol: ResponseHandler) -> None:
        self.protocol: ResponseHandler = protocol
        self.expired: bool = False
        self._payload: StreamReader | None = None
        transport = cast("asyncio.Transport", protocol.transport)
        self._descriptor: int = transport.get_extra_info("socket").fileno()
        self._poll: select.poll | None = None
        if hasattr(select, "poll"):  # which, unlike select, takes descriptors of any size
            self._poll = select.poll()
            self._poll.register(self._descriptor, select.POLLIN)

    def is_usable(self) -> bool:
        """Whether a request can be sent, as far as this loop and the system know."""
        protocol = self.protocol
        if protocol.should_close or not protocol.is_connected():
            return False
        if self._poll is not None:
            return not self._poll.poll(0)
        return not select.select([self._descriptor], [], [], 0)[0]

    def expect(self, request: Request) -> None:
        """A request is about to be sent."""
        self._payload = None
        self.protocol.set_response_params(
            skip_payload=request.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=request.read_timeout,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )

    async def head(self) -> tuple[RawResponseMessage, StreamReader]:
        """The answer's head and what its body comes from; passes over what only announces it."""
        protocol = self.protocol
        while True:
            message, payload = await protocol.read()
            if message.code == HTTPStatus.SWITCHING_PROTOCOLS or not 100 <= message.code < 200:
                self._payload = payload
                return message, payload
            protocol.start_timeout()

    def expire(self) -> None:
        """A deadline has passed: whoever waits for this connection is told, and it is closed."""
        self.expired = True
        error = DeadlinePassed("the deadline has passed")
        self.protocol.set_exception(error)
        if self._payload is not None:
            self._payload.set_exception(error)
        self.abort()

    def close(self) -> None:
        """Close it; under TLS the server is told."""
        self.protocol.close()

    def abort(self) -> None:
        """Close it without waiting for what is still to be written."""
        transport = self.protocol.transport
        if transport is not None:
            transport.abort()


async def dial(request: Request, route: Route, context: Callable[[], ssl.SSLContext]) -> Connection:
    """A new connection for a request.

    Raises:
        OSError: there is none; UnsafeLink, InsecureAddress: there must not be.
    """
    loop = asyncio.get_running_loop()
    found = await _addresses(request, route)
    sock = await start_connection(
        [cast("tuple[int, int, int, str, tuple[str, int]]", one) for one in in_turns(found)],
        happy_eyeballs_delay=HEAD_START,
        interleave=0,
        loop=loop,
    )
    proxy = route.proxy
    begins_secure = route.secure if proxy is None else proxy.scheme == "https"
    host = route.host if proxy is None else proxy.host
    transport, protocol = await _adopt(sock, host, context() if begins_secure else None)
    if proxy is None or not route.secure:
        return Connection(protocol)
    try:
        await _ask_for_a_tunnel(protocol, route)
        inner = ResponseHandler(loop)
        secured = await loop.start_tls(
            transport, inner, context(), server_hostname=_certified(route.host)
        )
        if secured is None:
            raise ConnectionResetError("it was closed before TLS began")
    except BaseException:
        transport.abort()
        raise
    inner.connection_made(secured)
    return Connection(inner)


async def _adopt(
    sock: socket.socket, host: str, context: ssl.SSLContext | None
) -> tuple[asyncio.Transport, ResponseHandler]:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_connection(
            lambda: ResponseHandler(loop),
            sock=sock,
            ssl=context,
            server_hostname=None if context is None else _certified(host),
        )
    except BaseException:
        sock.close()
        raise


def _certified(host: str) -> str:
    """The name that a host's certificate has."""
    return host.rstrip(".")


async def _ask_for_a_tunnel(protocol: ResponseHandler, route: Route) -> None:
    proxy = route.proxy
    transport = protocol.transport
    if proxy is None or transport is None:
        raise ConnectionResetError("it was closed before a tunnel was asked for")
    protocol.set_response_params(skip_payload=True, read_until_eof=True)
    transport.write(_tunnel_head(route, proxy))
    message, _ = await protocol.read()
    if message.code != HTTPStatus.OK:
        raise OSError(f"Tunnel connection failed: {message.code} {message.reason}")


def _tunnel_head(route: Route, proxy: Proxy) -> SecretBytes:
    host = f"[{route.host}]" if ":" in route.host else route.host
    there = f"{host}:{route.port}"
    password = proxy.authorization
    header = f"Proxy-Authorization: {password}\r\n" if password is not None else ""
    return SecretBytes(f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{header}\r\n".encode())


# ------------------------------------------------------------------------------------- addresses


async def _addresses(request: Request, route: Route) -> Addresses:
    asking = reach.addresses(request, route)
    try:
        host, port = next(asking)
        while True:
            host, port = asking.send(await _resolved(host, port))
    except StopIteration as end:
        return cast("Addresses", end.value)


async def _resolved(host: str, port: int) -> Addresses:
    """A host's addresses, looked up in a thread that nobody has to wait for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Addresses | OSError] = loop.create_future()

    def settle(outcome: Addresses | OSError) -> None:
        if not answer.done():
            answer.set_result(outcome)

    def deliver(outcome: Addresses | OSError) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, outcome)

    look_up(host, port, deliver)
    found = await answer
    if isinstance(found, OSError):
        raise found
    return found
