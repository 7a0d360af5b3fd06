"""A server that does exactly what a test tells it to, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from modelhunter.runtime.transports.aiohttp import AiohttpTransport
from modelhunter.runtime.transports.urllib3 import Urllib3Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from modelhunter.runtime.message import Request, Response


class RawServer:
    """Accepts connections on loopback and hands each to the script, in a thread of its own."""

    def __init__(
        self,
        script: Callable[[RawConnection], None],
        tls: ssl.SSLContext | None = None,
        at: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(at)
        self.port = self._listener.getsockname()[1]
        self.origin = f"{'https' if tls else 'http'}://{at[0]}:{self.port}"
        self.gone = threading.Event()
        """Set when the test is over; scripts that wait, wait for this."""
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                self._script(RawConnection(sock, self))

    def stop(self) -> None:
        self.gone.set()
        self._listener.close()
        for sock in self._open:
            sock.close()


class RawConnection:
    """One connection of a raw server."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self.sock = sock
        self.server = server
        self._buffer = b""

    def read_request(self) -> bytes:
        """One whole request, head and body; raises OSError when the client has gone."""
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        request = head + b"\r\n\r\n" + body
        self.server.requests.append(request)
        return request

    def _receive(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the client has gone")
        self._buffer += data

    def drip(self) -> None:
        """Send a byte every now and then until the test is over."""
        while not self.server.gone.wait(0.01):
            self.sock.sendall(b"x")

    def keep_answering(self, body: bytes) -> None:
        while True:
            self.read_request()
            self.answer(body)

    def tunnel(self) -> None:
        """Play a proxy that is asked for a tunnel, whatever host it is to lead to."""
        port = int(self.read_request().split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as there:
            self.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=_pump, args=(there, self.sock), daemon=True).start()
            _pump(self.sock, there)

    def answer(self, body: bytes, status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.sock.sendall(head.encode() + body)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no proxy."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def start(script: Callable[[RawConnection], None], **options: Any) -> RawServer:
        servers.append(RawServer(script, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> trustme.CA:
    """An authority that this machine trusts for the time of a test."""
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


@pytest.fixture
def certified() -> Callable[..., ssl.SSLContext]:
    """A server's side of TLS, with an authority's certificate for some names."""

    def make(authority: trustme.CA, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    return make


class Awaiting:
    """The async transport with the methods of the blocking one, for tests of what both do."""

    def __init__(self) -> None:
        self._transport = AiohttpTransport()
        self._runner = asyncio.Runner()

    def send(self, request: Request) -> Response:
        return self._run(self._transport.send(request))

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        return self._run(self._transport.read(response, size, deadline))

    def close_stream(self, response: Response) -> None:
        self._run(self._transport.close_stream(response))

    def close(self) -> None:
        self._run(self._transport.close())

    def stop(self) -> None:
        self.close()
        self._runner.close()

    def _run(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        if threading.current_thread() is threading.main_thread():
            return self._runner.run(waiting)
        return asyncio.run(waiting)


@pytest.fixture(params=["urllib3", "aiohttp"])
def transport(request: pytest.FixtureRequest) -> Iterator[Urllib3Transport | Awaiting]:
    """Each transport in turn, used as the blocking one is."""
    if request.param == "urllib3":
        blocking = Urllib3Transport()
        yield blocking
        blocking.close()
    else:
        awaiting = Awaiting()
        yield awaiting
        awaiting.stop()
