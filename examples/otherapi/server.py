"""The API that the example plugin talks to: ``python server.py PORT``.

A job moves on each time it is read. A prompt with "coal" in it burns.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "flour"  # noqa: S105 - an example's
LOAF = b"glTF" + bytes(1000)
STAGES = (("WAITING", 0), ("BAKING", 40), ("BAKING", 80), ("DONE", 100))


class Bakery(ThreadingHTTPServer):
    """Jobs in memory. ``swallow`` is how many submissions are taken and left unanswered."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.seen: list[tuple[str, str]] = []
        self.swallow = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self, order: dict[str, Any]) -> dict[str, Any]:
        """A new job."""
        with self.lock:
            uuid = f"job-{len(self.jobs) + 1}"
            self.jobs[uuid] = {
                "uuid": uuid,
                "reference": order["reference"],
                "begun": datetime.now(UTC).isoformat(),
                "order": order,
                "stage": 0,
                "stopped": False,
            }
            return self.jobs[uuid]

    def shown(self, job: dict[str, Any]) -> dict[str, Any]:
        """A job as the API describes it."""
        state, percent = STAGES[min(job["stage"], len(STAGES) - 1)]
        burnt = state == "DONE" and "coal" in job["order"]["recipe"]["prompt"]
        state = "STOPPED" if job["stopped"] else "BURNT" if burnt else state
        file = {"href": f"{self.url}/files/{job['uuid']}.glb", "bytes": len(LOAF)}
        return {
            "uuid": job["uuid"],
            "reference": job["reference"],
            "state": state,
            "percent": percent,
            "files": [file] if state == "DONE" else [],
            "fault": {"name": "TOO_HOT", "text": "It went black"} if state == "BURNT" else None,
            "charged": "0.05" if state == "DONE" else None,
        }


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Bakery
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Read a job, list jobs, or fetch a file."""
        self.note()
        parts = urlsplit(self.path)
        if parts.path.startswith("/files/"):
            self.answer(200, LOAF, "model/gltf-binary")
        elif not self.allowed():
            return
        elif parts.path == "/v2/jobs":
            since = parse_qs(parts.query).get("since", [""])[0]
            jobs = [job for job in self.server.jobs.values() if job["begun"] >= since]
            self.say(200, {"jobs": [self.server.shown(job) for job in jobs]})
        elif (found := self.job(parts.path)) is not None:
            found["stage"] += 1
            self.say(200, {"job": self.server.shown(found)})

    def do_POST(self) -> None:
        """Start a job, or stop one."""
        self.note()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.allowed():
            return
        if self.path == "/v2/jobs":
            job = self.server.start(json.loads(body))
            if self.server.swallow > 0:
                self.server.swallow -= 1
                self.close_connection = True
                return
            self.say(201, {"job": self.server.shown(job)})
        elif (found := self.job(self.path.removesuffix("/stop"))) is not None:
            if found["stage"] >= len(STAGES) - 1:
                self.refuse(409, "TOO_LATE", "It is out of the oven")
                return
            found["stopped"] = True
            self.say(200, {"job": self.server.shown(found)})

    def note(self) -> None:
        """Remember what was asked."""
        self.server.seen.append((self.command, self.path))

    def allowed(self) -> bool:
        """Whether the request has the token; if not it is refused."""
        allowed = self.headers.get("X-Bakery-Token") == TOKEN
        if not allowed:
            self.refuse(401, "NO_TOKEN", "Who are you?")
        return allowed

    def job(self, path: str) -> dict[str, Any] | None:
        """The job that a path names; if there is none, the request is refused."""
        job = self.server.jobs.get(path.removeprefix("/v2/jobs/"))
        if job is None:
            self.refuse(404, "NO_JOB", "Nothing of that name in the oven")
        return job

    def refuse(self, status: int, name: str, text: str) -> None:
        """An error in this API's words."""
        self.say(status, {"fault": {"name": name, "text": text}})

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
    with Bakery(int(sys.argv[1])) as bakery:
        print(f"The bakery is open at {bakery.url}", flush=True)
        bakery.serve_forever()
