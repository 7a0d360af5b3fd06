"""The API that the example plugin talks to: ``python server.py PORT``.

A request moves on each time its status is read. A prompt with "forbidden" in it fails.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

KEY = "ticket"
STAGES = ("IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "COMPLETED")
TEXT = "All aboard."


def picture() -> bytes:
    """A grey PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


PICTURE = picture()


class Queue(ThreadingHTTPServer):
    """Requests in memory.

    ``swallow`` is how many submissions are taken and left unanswered, ``lag`` how many readings of
    a result come too early, ``seen`` what was asked: method, path and whether the key came along.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.requests: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.stored: dict[str, bytes] = {}
        self.seen: list[tuple[str, str, bool]] = []
        self.swallow = 0
        self.lag = 0
        self.elsewhere: str | None = None
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self, model: str, key: str, inputs: Any, webhook: str | None) -> dict[str, Any]:
        """A new request, or the one that came with the same key."""
        with self.lock:
            if key in self.by_key:
                return self.requests[self.by_key[key]]
            name = f"r{len(self.requests) + 1}"
            self.by_key[key] = name
            self.requests[name] = {
                "request_id": name,
                "model": model,
                "input": inputs,
                "webhook": webhook,
                "stage": 0,
                "cancelled": False,
            }
            return self.requests[name]

    def state(self, request: dict[str, Any]) -> dict[str, Any]:
        """What is told of a request."""
        stage = STAGES[min(request["stage"], len(STAGES) - 1)]
        base = f"{self.url}/{request['model']}/requests/{request['request_id']}"
        return {
            "request_id": request["request_id"],
            "model": request["model"],
            "status": "CANCELLED" if request["cancelled"] else stage,
            "response_url": base,
        }

    def finish(self, request: dict[str, Any]) -> None:
        """Be done with a request, and tell its webhook."""
        request["stage"] = len(STAGES)
        if request["webhook"]:
            told = {"request_id": request["request_id"], "model": request["model"], "status": "OK"}
            body, kind = json.dumps(told).encode(), {"Content-Type": "application/json"}
            with urlopen(Request(request["webhook"], body, kind)):  # noqa: S310 - an example's
                pass


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Queue
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a request, or give a link to upload to."""
        body = self.body()
        if not self.allowed():
            return
        parts = urlsplit(self.path)
        if parts.path == "/storage/initiate":
            name = f"{len(self.server.stored)}-{json.loads(body)['file_name']}"
            links = {"upload_url": f"/bucket/{name}?signature=s", "file_url": f"/public/{name}"}
            self.say(200, {key: self.server.url + path for key, path in links.items()})
            return
        webhook = parse_qs(parts.query).get("webhook", [None])[0]
        key = self.headers.get("Idempotency-Key", "")
        request = self.server.start(parts.path.strip("/"), key, json.loads(body), webhook)
        if self.server.swallow > 0:
            self.server.swallow -= 1
            self.close_connection = True
            return
        self.say(200, self.server.state(request))

    def do_PUT(self) -> None:
        """Take a file, by a signed link and without a key, or stop a request."""
        body = self.body()
        parts = urlsplit(self.path)
        if parts.path.startswith("/bucket/"):
            self.server.stored[parts.path.removeprefix("/bucket/")] = body
            self.answer(200, b"", "text/plain")
        elif self.allowed() and (request := self.named(parts.path.removesuffix("/cancel"))):
            if request["stage"] >= len(STAGES) - 1:
                self.say(409, {"detail": "It is through already"})
                return
            request["cancelled"] = True
            self.say(202, {"status": "CANCELLATION_REQUESTED"})

    def do_GET(self) -> None:
        """Tell how a request stands, what came of it, or give a file."""
        if not self.allowed():
            return
        path = urlsplit(self.path).path
        if path.startswith("/files/"):
            if self.server.elsewhere is not None:
                self.answer(302, b"", "text/plain", {"Location": self.server.elsewhere})
                return
            self.answer(200, PICTURE, "image/png")
        elif (request := self.named(path.removesuffix("/status"))) is None:
            return
        elif path.endswith("/status"):
            request["stage"] += 1
            state = self.server.state(request)
            self.say(200 if state["status"] == "COMPLETED" else 202, state)
        elif request["stage"] < len(STAGES) - 1 or self.server.lag > 0:
            self.server.lag -= 1
            self.say(400, {"detail": "Request is still in progress"})
        elif "forbidden" in str(request["input"].get("prompt")):
            wrong = {"loc": ["body", "prompt"], "msg": "not allowed here", "type": "policy"}
            self.say(422, {"detail": [wrong]})
        elif "audio" in request["input"]:
            self.say(200, {"text": TEXT})
        else:
            file = {"url": f"{self.server.url}/files/{request['request_id']}.png"}
            self.say(200, {"images": [{**file, "file_size": len(PICTURE)}]})

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def parse_request(self) -> bool:
        """Remember what was asked."""
        good = super().parse_request()
        if good:
            self.server.seen.append((self.command, self.path, "Authorization" in self.headers))
        return good

    def allowed(self) -> bool:
        """Whether the request has the key; if not it is refused."""
        allowed = self.headers.get("Authorization") == f"Key {KEY}"
        if not allowed:
            self.say(401, {"detail": "Who are you?"})
        return allowed

    def named(self, path: str) -> dict[str, Any] | None:
        """The request that a path names; if there is none, that is said."""
        found = self.server.requests.get(path.rpartition("/")[2])
        if found is None:
            self.say(404, {"detail": "Nothing of that name in the queue"})
        return found

    def say(self, status: int, body: Any) -> None:
        """An answer in JSON."""
        self.answer(status, json.dumps(body).encode(), "application/json")

    def answer(
        self, status: int, content: bytes, kind: str, more: dict[str, str] | None = None
    ) -> None:
        """Any answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


if __name__ == "__main__":
    with Queue(int(sys.argv[1])) as queue:
        print(f"The queue is at {queue.url}", flush=True)
        queue.serve_forever()
