"""Connections of the blocking transport: urllib3's, made by the way that the route says."""

from __future__ import annotations

import http.client
import queue
from typing import TYPE_CHECKING, Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import parse_url

from modelhunter.runtime.message import FileContent
from modelhunter.runtime.transports import reach
from modelhunter.runtime.transports.connecting import connect
from modelhunter.runtime.transports.names import Addresses, look_up
from modelhunter.runtime.transports.sockets import (
    DeadlinePassed,
    DeadlineSocket,
    current,
    remaining,
    tighten,
)

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.routes import Route

_BLOCK = 64 * 1024


class FinalResponse(http.client.HTTPResponse):
    """An answer. What only announces it (RFC 9110, 15.2) is passed over.

    The base class does so for 100 alone. It takes any other for the answer, and what comes next for
    that of the next request.
    """

    length: int | None

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS or not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def some(self, size: int) -> bytes:
        """Up to ``size`` bytes of the body as they come, empty at its end.

        Raises:
            IncompleteRead: the connection ended before the body did.
        """
        left = self.length
        if self.isclosed() or self.chunked or left is None:
            return self.read1(size)
        data: bytes = self.fp.read1(min(size, left))  # read1 of the base class loses count
        self.length = left - len(data)
        if not data or not self.length:
            self._close_conn()  # type: ignore[attr-defined]
        if not data and left:
            raise http.client.IncompleteRead(data, left)
        return data


class Connection(HTTPConnection):
    """A connection to a host, or to the proxy on the way to it."""

    response_class: type[FinalResponse] = FinalResponse  # pyright: ignore[reportIncompatibleVariableOverride]
    reach: Callable[[], Addresses]
    """Gives the addresses that may be connected to."""

    def _new_conn(self) -> socket.socket:
        sock = connect(self.reach(), DeadlineSocket, remaining)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            tighten(sock)
        except BaseException:
            sock.close()
            raise
        return sock


class SecureConnection(Connection, HTTPSConnection):  # pyright: ignore[reportIncompatibleVariableOverride]
    """One that begins with TLS, or gets it once there is a tunnel."""


def dial(request: Request, route: Route, context: Callable[[], ssl.SSLContext]) -> Connection:
    """A new connection for a request.

    Raises:
        OSError: there is none; UnsafeLink, InsecureAddress: there must not be.
    """
    connection = _unconnected(route, context)
    connection.reach = lambda: _addresses(request, route)
    current.connect(request.deadline, request.connect_timeout)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


def _unconnected(route: Route, context: Callable[[], ssl.SSLContext]) -> Connection:
    proxy = route.proxy
    if proxy is None:
        if route.secure:
            return SecureConnection(route.host, route.port, ssl_context=context())
        return Connection(route.host, route.port)
    options: dict[str, Any] = {"proxy": parse_url(proxy.address)}
    kind = Connection
    if route.secure or proxy.scheme == "https":
        kind = SecureConnection
        options["ssl_context"] = context()
        options["proxy_config"] = ProxyConfig(context(), False, None, None)
    connection = kind(proxy.host, proxy.port, **options)
    if route.secure:
        password = proxy.authorization
        headers = {} if password is None else {"Proxy-Authorization": password}
        connection.set_tunnel(route.host, route.port, headers, scheme=proxy.scheme)
    return connection


# ------------------------------------------------------------------------------------- addresses


def _addresses(request: Request, route: Route) -> Addresses:
    asking = reach.addresses(request, route)
    try:
        host, port = next(asking)
        while True:
            host, port = asking.send(_resolved(host, port))
    except StopIteration as end:
        return cast("Addresses", end.value)


def _resolved(host: str, port: int) -> Addresses:
    answer: queue.SimpleQueue[Addresses | OSError] = queue.SimpleQueue()
    look_up(host, port, answer.put)
    try:
        found = answer.get(timeout=remaining())
    except queue.Empty:
        raise DeadlinePassed(f"{host} was not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    return found


# ------------------------------------------------------------------------------------- exchanges


def converse(connection: Connection, head: bytes, request: Request) -> FinalResponse:
    """Send a request and read the head of its answer.

    A server may answer before it has read everything, and hang up: the answer counts.
    """
    sock = connection.sock
    current.talk(request.deadline, request.read_timeout, "sending")
    unsent: OSError | None = None
    try:
        for piece in _pieces(head, request):
            sock.sendall(piece)
        current.phase = "sent"
    except (BrokenPipeError, ConnectionResetError) as error:
        unsent = error
    answer = FinalResponse(sock, method=request.method)
    try:
        answer.begin()
    except BaseException as error:
        answer.close()
        if unsent is not None and isinstance(error, OSError | http.client.HTTPException):
            raise unsent from None
        raise
    if answer.length is None and not answer.chunked and "Content-Length" in answer.headers:
        answer.close()
        raise http.client.HTTPException("the length that the answer gives can't be read")
    return answer


def _pieces(head: bytes, request: Request) -> Iterator[bytes]:
    body = request.body
    if not isinstance(body, FileContent):
        if body is None or len(body) <= _BLOCK:  # in one packet, if it is small enough
            yield head + body if body else head
        else:
            yield head
            yield body
        return
    yield head
    file = body.open()
    left = body.size
    while left:
        piece = file.read(min(left, _BLOCK))
        if not piece:
            raise OSError("the file ended before its end: it was changed while it was sent")
        left -= len(piece)
        yield piece
