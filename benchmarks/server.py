"""A server on loopback that answers at once, in a process of its own.

It says what it is told to say and keeps connections open. ``{origin}`` in an answer is its own
address. A request's body is read and forgotten; ``/blob/N`` and ``/v1/videos/N/content`` are N
bytes.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.harness import PROCESSES

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Answers = Mapping[str, bytes]
"""JSON by ``METHOD path``; anything else is answered with 204."""

_BLOCK = 256 * 1024
_BLOB = re.compile(r"/blob/(\d+)|/v1/videos/(\d+)/content")


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """The address of a server, which is gone afterwards."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_serve, args=(theirs, answers), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.close()
        process.join(5)
        process.kill()


def _serve(line: Connection, answers: Answers) -> None:
    """Serve until the other side hangs up."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.answers = answers
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line.send(server.server_address[1])
        try:
            line.recv()
        except EOFError:
            server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    answers: Answers


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    rbufsize = _BLOCK
    server: _Server

    def handle(self) -> None:
        while request := self.rfile.readline():
            method, path, _ = request.decode("latin-1").split(" ", 2)
            headers = dict(self._headers())
            if headers.get("expect") == "100-continue":
                self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._drain(headers)
            if blob := _BLOB.fullmatch(path):
                self._blob(int(blob[1] or blob[2]))
            else:
                self._answer(f"{method} {path}", headers["host"])

    def _headers(self) -> Iterator[tuple[str, str]]:
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            yield name.lower(), value.strip()

    def _drain(self, headers: Mapping[str, str]) -> None:
        if headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self._skip(size + 2)
            self.rfile.readline()
        self._skip(int(headers.get("content-length", 0)))

    def _skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.rfile.read1(min(size, _BLOCK))) or size

    def _answer(self, request: str, host: str) -> None:
        body = self.server.answers.get(request)
        if body is None:
            self.connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
            return
        body = body.replace(b"{origin}", b"http://" + host.encode())
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"X-Request-ID: req_01hzx4\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + body)

    def _blob(self, size: int) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {size}\r\n\r\n"
        self.connection.sendall(head.encode())
        block = bytes(_BLOCK)
        while size:
            part = min(size, _BLOCK)
            self.connection.sendall(block[:part])
            size -= part
