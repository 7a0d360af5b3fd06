"""Sockets that keep a deadline.

A socket's own timeout starts again with every byte, so a server that drips holds a caller for
ever. The sockets here look at the deadline of the exchange they serve before each wait, whatever
lies above them: a tunnel through a proxy, TLS, TLS in TLS.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from modelhunter.runtime.transports import tls

if TYPE_CHECKING:
    from modelhunter.runtime.transports.failures import Phase


class _Exchange(threading.local):
    """What the sockets of this thread are working on.

    ``deadline`` is the exchange's, ``limit`` the one to keep now: while a connection is made, the
    sooner of that and the connect timeout's end. ``silence`` is how many seconds may pass between
    two bytes.
    """

    deadline: float | None = None
    limit: float | None = None
    silence: float | None = None
    phase: Phase = "connecting"

    def connect(self, deadline: float | None, within: float) -> None:
        """A connection is to be made, within so many seconds."""
        ends = time.monotonic() + within
        self.deadline = deadline
        self.limit = ends if deadline is None else min(ends, deadline)
        self.silence = None
        self.phase = "connecting"

    def talk(self, deadline: float | None, silence: float, phase: Phase) -> None:
        """There is a connection, and the exchange is in this phase."""
        self.deadline = self.limit = deadline
        self.silence = silence
        self.phase = phase


current: _Exchange = _Exchange()


class DeadlinePassed(TimeoutError):
    """The deadline of the exchange, not a mere silence, ended it."""


def remaining() -> float | None:
    """Seconds that are left to the exchange (None: no limit).

    Raises:
        DeadlinePassed: none are.
    """
    if current.limit is None:
        return None
    seconds = current.limit - time.monotonic()
    if seconds <= 0:
        raise DeadlinePassed("the deadline has passed")
    return seconds


def tighten(sock: socket.socket) -> None:
    """Let the next wait on this socket end with the deadline or the silence, what comes first."""
    seconds = remaining()
    if seconds is None or (current.silence is not None and current.silence < seconds):
        seconds = current.silence
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)


class DeadlineSocket(socket.socket):
    """A TCP socket that keeps the deadline of the current exchange."""

    __slots__ = ()

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        """Receive, waiting no longer than the deadline."""
        tighten(self)
        return super().recv(*args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive, waiting no longer than the deadline."""
        tighten(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send everything, waiting no longer than the deadline.

        The timeout counts from byte to byte: Python's own would bound the whole of a large body.
        """
        rest = memoryview(data).cast("B")
        while rest:
            tighten(self)
            rest = rest[self.send(rest, flags) :]


class DeadlineSSLSocket(ssl.SSLSocket):
    """The same under TLS."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, waiting no longer than the deadline."""
        tighten(self)
        super().do_handshake(block)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        """Receive, waiting no longer than the deadline."""
        tighten(self)
        return super().recv(*args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive, waiting no longer than the deadline."""
        tighten(self)
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Send something, waiting no longer than the deadline; ``sendall`` is made of this."""
        tighten(self)
        return super().send(*args, **kwargs)


def tls_context() -> ssl.SSLContext:
    """What every transport's TLS checks, with sockets that keep deadlines."""
    context = tls.tls_context()
    context.sslsocket_class = DeadlineSSLSocket
    return context
