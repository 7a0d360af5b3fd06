"""The server of the library in docs/foreign-apis.md, on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

BOOKS = ["The Word for World Is Forest", "Rocannon's World", "The Lathe of Heaven"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Library

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        start = int(query.get("cursor", ["0"])[0])
        books = [{"id": n, "title": BOOKS[n]} for n in range(start, min(start + 2, len(BOOKS)))]
        more = {"nextCursor": str(start + 2)} if start + 2 < len(BOOKS) else {}
        self.answer(200, {"books": books, **more})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer s3cret":
            return self.answer(401, {"error": {"code": "who", "message": "Show your card."}})
        book = {"id": 9, "addedAt": "2026-03-02T08:15:00Z", **json.loads(content)}
        return self.answer(201, book)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        self.send_response(204)
        self.end_headers()

    def answer(self, status: int, body: Any) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Library(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.seen: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def library(context: ssl.SSLContext | None = None) -> Iterator[Library]:
    """The server, with TLS where there is a context for it."""
    server = Library(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
