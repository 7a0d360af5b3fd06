"""A server that does exactly what a test tells it to, byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from modelhunter.runtime.transports.urllib3 import Urllib3Transport


class RawServer:
    """Accepts connections on loopback and hands each to the script, in a thread of its own."""

    def __init__(self, script: Callable[[RawConnection], None]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
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
        try:
            self._script(RawConnection(sock, self))
        except OSError:
            pass
        finally:
            sock.close()

    def stop(self) -> None:
        self._listener.close()
        for sock in self._open:
            sock.close()


class RawConnection:
    """One connection of a raw server."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self.sock = sock
        self._server = server
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
        self._server.requests.append(request)
        return request

    def _receive(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the client has gone")
        self._buffer += data

    def answer(self, body: bytes, status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.sock.sendall(head.encode() + body)


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[RawConnection], None]], RawServer]]:
    servers: list[RawServer] = []

    def start(script: Callable[[RawConnection], None]) -> RawServer:
        servers.append(RawServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def transport() -> Iterator[Urllib3Transport]:
    made = Urllib3Transport()
    yield made
    made.close()
