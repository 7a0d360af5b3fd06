"""Connections that keep a deadline.

A socket's own timeout starts again with every byte, so a server that drips holds a caller for
ever. The sockets here look at the deadline of the exchange they serve before each wait, and
connecting looks at it across name resolution and every address that is tried.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from modelhunter.runtime.transports import tls
from modelhunter.runtime.transports.names import Addresses, look_up

if TYPE_CHECKING:
    from modelhunter.runtime.transports.failures import Phase


class _Exchange(threading.local):
    """What the sockets of this thread are working on."""

    deadline: float | None = None
    silence: float | None = None
    phase: Phase = "connecting"


current: _Exchange = _Exchange()


class DeadlinePassed(TimeoutError):
    """The deadline of the whole exchange, not a mere silence, ended it."""


def _remaining() -> float | None:
    if current.deadline is None:
        return None
    remaining = current.deadline - time.monotonic()
    if remaining <= 0:
        raise DeadlinePassed("the deadline has passed")
    return remaining


def _tighten(sock: socket.socket) -> None:
    """Let the next wait on this socket end at the deadline, if that comes first."""
    remaining = _remaining()
    if remaining is None:
        return
    timeout = sock.gettimeout()
    if timeout is None or remaining < timeout:
        sock.settimeout(remaining)


class DeadlineSocket(socket.socket):
    """A TCP socket that keeps the deadline of the current exchange."""

    __slots__ = ()

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive, waiting no longer than the deadline."""
        _tighten(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send everything, waiting no longer than the deadline.

        The timeout counts from byte to byte: Python's own would bound the whole of a large body.
        """
        rest = memoryview(data).cast("B")
        while rest:
            _tighten(self)
            rest = rest[self.send(rest, flags) :]


class DeadlineSSLSocket(ssl.SSLSocket):
    """The same under TLS."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive, waiting no longer than the deadline."""
        _tighten(self)
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Send something, waiting no longer than the deadline; ``sendall`` is made of this."""
        _tighten(self)
        return super().send(*args, **kwargs)


def tls_context() -> ssl.SSLContext:
    """What every transport's TLS checks, with sockets that keep deadlines."""
    context = tls.tls_context()
    context.sslsocket_class = DeadlineSSLSocket
    return context


def _connect(connection: HTTPConnection) -> socket.socket:
    host = connection._dns_host
    port = int(connection.port or connection.default_port)
    limit = connection.timeout if isinstance(connection.timeout, (int, float)) else None
    ends = None if limit is None else time.monotonic() + limit
    failure: OSError | None = None
    for family, kind, protocol, _, address in _resolve(connection, host, port, limit):
        sock = DeadlineSocket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(None if ends is None else max(ends - time.monotonic(), 0.001))
            _tighten(sock)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
            continue
        return sock
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"no connection to {host} in time") from failure
    raise NewConnectionError(connection, f"{failure}") from failure


def _resolve(connection: HTTPConnection, host: str, port: int, limit: float | None) -> Addresses:
    answer: queue.SimpleQueue[Addresses | socket.gaierror] = queue.SimpleQueue()
    look_up(host, port, answer.put)
    seconds = min((s for s in (limit, _remaining()) if s is not None), default=None)
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        late = TimeoutError(f"{host} was not resolved in time")
        raise ConnectTimeoutError(connection, f"{late}") from late
    if isinstance(found, socket.gaierror):
        raise NameResolutionError(host, connection, found) from found
    return found


class _FinalResponse(http.client.HTTPResponse):
    """Passes over what only announces the answer (RFC 9110, 15.2).

    The base class does so for 100 alone. It takes any other for the answer, and what comes next for
    that of the next request.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS or not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Phases(HTTPConnection):
    """Notes how far the exchange has come, which decides whether the server may have acted."""

    response_class = _FinalResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def connect(self) -> None:
        super().connect()
        self._begin_to_send()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self._begin_to_send()
        super().request(*args, **kwargs)
        current.phase = "sent"

    def _begin_to_send(self) -> None:
        # Left to itself, urllib3 sends under the timeout that was meant for connecting.
        self.sock.settimeout(current.silence)
        current.phase = "sending"


class _SecurePhases(_Phases, HTTPSConnection):
    """The same for https."""


class Pool(HTTPConnectionPool):
    """A pool of http connections that keep deadlines."""

    ConnectionCls = _Phases  # pyright: ignore[reportAssignmentType]


class SecurePool(HTTPSConnectionPool):
    """A pool of https connections that keep deadlines."""

    ConnectionCls = _SecurePhases  # pyright: ignore[reportAssignmentType]
