"""The API that the example plugin talks to: ``python server.py PORT``.

A prediction moves on each time it is read. A prompt with "forbidden" in it fails.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
import threading
import zlib
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

TOKEN = "brushes"  # noqa: S105 - an example's
STAGES = ("starting", "processing", "processing", "succeeded")


def picture() -> bytes:
    """A grey PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


PICTURE = picture()


class Predictions(ThreadingHTTPServer):
    """Predictions in memory.

    ``swallow`` is how many submissions are taken and left unanswered, ``page`` how many predictions
    are on a page, ``form`` how an output is told: ``text``, ``list``, ``object`` or ``data``.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.predictions: dict[str, dict[str, Any]] = {}
        self.seen: list[tuple[str, str, bool]] = []
        self.swallow = 0
        self.page = 100
        self.form = "list"
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self, order: dict[str, Any]) -> dict[str, Any]:
        """A new prediction."""
        with self.lock:
            name = f"p{len(self.predictions) + 1}"
            self.predictions[name] = {
                "id": name,
                "order": order,
                "created_at": datetime.now(UTC).isoformat(),
                "stage": 0,
                "canceled": False,
            }
            return self.predictions[name]

    def shown(self, one: dict[str, Any]) -> dict[str, Any]:
        """A prediction as the API describes it."""
        inputs = one["order"]["input"]
        status = STAGES[min(one["stage"], len(STAGES) - 1)]
        if status == "succeeded" and "forbidden" in inputs["prompt"]:
            status = "failed"
        status = "canceled" if one["canceled"] else status
        return {
            "id": one["id"],
            "created_at": one["created_at"],
            "status": status,
            "input": inputs,
            "metadata": one["order"]["metadata"],
            "output": self.output(one) if status == "succeeded" else None,
            "error": "not allowed here" if status == "failed" else None,
        }

    def output(self, one: dict[str, Any]) -> Any:
        """What a prediction has made."""
        count = one["order"]["input"].get("num_outputs", 1)
        urls = [f"{self.url}/files/{one['id']}-{n}.png" for n in range(count)]
        if self.form == "text":
            return urls[0]
        if self.form == "object":
            return {"images": urls}
        if self.form == "data":
            return f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
        return urls

    def finish(self, one: dict[str, Any]) -> None:
        """Be done with a prediction, and tell its webhook."""
        one["stage"] = len(STAGES)
        if one["order"].get("webhook"):
            body, kind = json.dumps(self.shown(one)).encode(), {"Content-Type": "application/json"}
            with urlopen(Request(one["order"]["webhook"], body, kind)):  # noqa: S310 - an example's
                pass


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Predictions
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Start a prediction, or cancel one."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.allowed():
            return
        if self.path == "/v1/predictions":
            one = self.server.start(json.loads(body))
            if self.server.swallow > 0:
                self.server.swallow -= 1
                self.close_connection = True
                return
            self.say(201, self.server.shown(one))
        elif (found := self.prediction(self.path.removesuffix("/cancel"))) is not None:
            if found["stage"] >= len(STAGES) - 1:
                self.refuse(409, "Too late", "It is done already")
                return
            found["canceled"] = True
            self.say(200, self.server.shown(found))

    def do_GET(self) -> None:
        """Read a prediction, list some, or fetch a file."""
        parts = urlsplit(self.path)
        if parts.path.startswith("/files/"):
            self.answer(200, PICTURE, "image/png")
        elif not self.allowed():
            return
        elif parts.path == "/v1/predictions":
            begin = int(parse_qs(parts.query).get("cursor", ["0"])[0])
            end = begin + self.server.page
            newest = list(self.server.predictions.values())[::-1]
            link = f"{self.server.url}/v1/predictions?cursor={end}"
            results = [self.server.shown(one) for one in newest[begin:end]]
            self.say(200, {"results": results, "next": link if end < len(newest) else None})
        elif (found := self.prediction(parts.path)) is not None:
            found["stage"] += 1
            self.say(200, self.server.shown(found))

    def parse_request(self) -> bool:
        """Remember what was asked."""
        good = super().parse_request()
        if good:
            self.server.seen.append((self.command, self.path, "Authorization" in self.headers))
        return good

    def allowed(self) -> bool:
        """Whether the request has the token; if not it is refused."""
        allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not allowed:
            self.refuse(401, "Unauthenticated", "Who are you?")
        return allowed

    def prediction(self, path: str) -> dict[str, Any] | None:
        """The prediction that a path names; if there is none, the request is refused."""
        found = self.server.predictions.get(path.removeprefix("/v1/predictions/"))
        if found is None:
            self.refuse(404, "Not found", "No such prediction")
        return found

    def refuse(self, status: int, title: str, detail: str) -> None:
        """An error in this API's words."""
        self.say(status, {"title": title, "detail": detail})

    def say(self, status: int, body: Any) -> None:
        """An answer in JSON."""
        self.answer(status, json.dumps(body).encode(), "application/json")

    def answer(self, status: int, content: bytes, kind: str) -> None:
        """Any answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


if __name__ == "__main__":
    with Predictions(int(sys.argv[1])) as predictions:
        print(f"The predictions are at {predictions.url}", flush=True)
        predictions.serve_forever()
