"""The blocking transport, over urllib3's connections."""

from __future__ import annotations

import os
import threading
import time
from http.client import HTTPException
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError
from urllib3.util.wait import wait_for_read

from modelhunter.runtime.codings import decoded, decoder_of
from modelhunter.runtime.message import Headers, Response
from modelhunter.runtime.signals import from_signal_handler
from modelhunter.runtime.transports import failures
from modelhunter.runtime.transports.connections import Connection, converse, dial
from modelhunter.runtime.transports.head import request_head
from modelhunter.runtime.transports.idle import Idle
from modelhunter.runtime.transports.routes import Place, Route, place, route_to
from modelhunter.runtime.transports.sockets import current, tls_context

if TYPE_CHECKING:
    import ssl

    from modelhunter.errors import TransportError
    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.connections import FinalResponse

_TROUBLE = (HTTPError, HTTPException, OSError)

_inherited: list[object] = []
"""What a parent process had open. It is never touched: closing it would speak to its servers."""


class Urllib3Transport:
    """Sends requests over pooled connections; see :class:`modelhunter.runtime.transport.Transport`.

    Threads share it. A child process of ``fork`` gets connections of its own, so no answer can
    reach the wrong process. The proxy variables of the environment are respected.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._idle: Idle[Connection] = Idle()
        self._routes: dict[str, Route] = {}
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    def send(self, request: Request) -> Response:
        """Send a request and return its answer (the protocol says what it raises)."""
        route = self._route(request)
        head = request_head(request, route)
        where = place(request, route)
        current.connect(request.deadline, request.connect_timeout)
        connection: Connection | None = None
        answer: FinalResponse | None = None
        try:
            connection = self._take(where) or dial(request, route, self._context)
            answer = converse(connection, head, request)
            headers = Headers(_unfolded(answer))
            if request.stream:
                stream = _Stream(self, request, route, connection, answer, headers)
                return Response(answer.status, headers, b"", stream, route.forwarder)
            content = _whole(answer, headers.get("Content-Encoding"), request)
            self.give(where, connection, answer)
            return Response(answer.status, headers, content, None, route.forwarder)
        except _TROUBLE as error:
            failure = _failure(error, request, route)
            _drop(connection, answer)
        except BaseException:
            _drop(connection, answer)
            raise
        raise failure

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        content: bytes = response.stream.read(size, deadline)
        return content

    def close_stream(self, response: Response) -> None:
        """Let go of a streamed body."""
        response.stream.close()

    def close(self) -> None:
        """Close every connection."""
        self._closed = True
        if os.getpid() == self._process:
            with self._lock:
                self._idle.close()

    def __del__(self) -> None:
        if os.getpid() == self._process:
            self._idle.close()

    def _route(self, request: Request) -> Route:
        route = self._routes.get(request.origin)
        if route is None:
            try:
                route = route_to(request.origin)
            except ValueError as error:
                raise failures.not_connected(request, str(error)) from None
            self._routes[request.origin] = route
        return route

    def _take(self, where: Place) -> Connection | None:
        """A connection that was kept, if the server has not closed it meanwhile."""
        if os.getpid() != self._process:
            # A thread of the parent may have held the lock at the moment of the fork, and the
            # parent's connections are left alone: they are the parent's.
            _inherited.append(self._idle)
            self._lock, self._idle, self._process = threading.Lock(), Idle(), os.getpid()
        while True:
            with self._lock:
                if self._closed:
                    raise failures.closed()
                kept = self._idle.take(where)
            if kept is None or not wait_for_read(kept.sock, timeout=0.0):
                return kept
            kept.close()

    def give(self, where: Place, connection: Connection, answer: FinalResponse) -> None:
        """Keep a connection whose answer was read, if it can be used again."""
        if answer.will_close or not answer.isclosed() or os.getpid() != self._process:
            _drop(connection, answer)
            return
        with self._lock:
            if self._closed:
                connection.close()
            else:
                self._idle.keep(where, connection)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context()
        return self._tls


class _Stream:
    """A body that is read bit by bit."""

    def __init__(
        self,
        transport: Urllib3Transport,
        request: Request,
        route: Route,
        connection: Connection,
        answer: FinalResponse,
        headers: Headers,
    ) -> None:
        self._transport = transport
        self._where = place(request, route)
        self._silence = request.read_timeout
        self._route = route
        self._connection = connection
        self._answer = answer
        self._decoder = decoder_of(headers.get("Content-Encoding"), answer.status)
        self._closed = False

    def read(self, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes, empty at the end."""
        current.talk(deadline, self._silence, "sent")
        try:
            return self._decoded(size)
        except _TROUBLE as error:
            failure = _failure(error, None, self._route)
            self._drop()
        except BaseException:
            self._drop()
            raise
        raise failure

    def _decoded(self, size: int) -> bytes:
        decoder = self._decoder
        if decoder is None:
            return self._answer.some(size)
        while not (piece := decoder.take(size)):
            if not (came := self._answer.some(size)):
                decoder.finish()
                return b""
            decoder.feed(came)
        return piece

    def _drop(self) -> None:
        self._closed = True
        _drop(self._connection, self._answer)

    def close(self) -> None:
        """Let go of it; the connection is kept if all was read."""
        if not self._closed:
            self._closed = True
            self._transport.give(self._where, self._connection, self._answer)


def _whole(answer: FinalResponse, coding: str | None, request: Request) -> bytes:
    most = request.max_body
    content: bytes | None = None
    if answer.length is None or answer.length <= most:
        came = answer.read(most + 1) if answer.length is None else answer.read()
        if len(came) <= most:
            content = decoded(came, coding, answer.status, most)
    if content is None:
        raise failures.too_large(request, answer.status)
    return content


def _unfolded(answer: FinalResponse) -> list[tuple[str, str]]:
    """Headers as they are meant: one that goes on in a second line is one line."""
    return [
        (name, " ".join(value.split()) if "\n" in value else value)
        for name, value in answer.headers.items()
    ]


def _drop(connection: Connection | None, answer: FinalResponse | None) -> None:
    if answer is not None:
        answer.close()
    if connection is not None:
        connection.close()


def _failure(error: Exception, request: Request | None, route: Route) -> BaseException:
    """What is raised for a failed exchange: how far it came, or the program's own exception."""
    own = from_signal_handler(error)
    if own is not None:
        return own
    phase, proxy = current.phase, route.through
    if _overdue():
        failure: TransportError = failures.overdue(request, phase, proxy)
    elif request is not None and phase == "connecting":
        late = isinstance(error, TimeoutError) and error.errno is None  # not the system's own
        reason = f"none within {request.connect_timeout:g} s" if late else _reason(error)
        failure = failures.not_connected(request, reason, proxy)
    elif _caused_by(error, TimeoutError):
        failure = failures.silent(request, phase, proxy)
    else:
        failure = failures.lost(request, phase, _reason(error), proxy)
    return failures.caused(failure, error)


def _overdue() -> bool:
    """Whether the exchange's deadline has come (a wait may end a little before its time)."""
    return current.deadline is not None and time.monotonic() >= current.deadline - 0.001


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    inner = failures.innermost(error)
    return str(inner).partition("object at")[0] or type(inner).__name__
