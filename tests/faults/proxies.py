"""What a proxy between the client and the API can do to a paid request.

A proxy that wants a password passes requests on to the sandbox, or does not, and answers in words
of its own, breaks off, or stays silent: once or always, to submissions alone or to everything.
"""

from __future__ import annotations

import itertools
import os
import socket
import threading
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

from attrs import define, field

from modelhunter import ModelHunter, ModelHunterError, SubmissionUnknown, Timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB = {"model": "viduq3-turbo", "prompt": "a promise", "duration": 1}
PASSWORD = "pr0xy-s3cret"
ORIGIN = "http://sandbox.example"
NOT_PASSED_ON = ("closes", "403", "407", "502", "503", "junk", "silent")
PASSED_ON = tuple(f"{fault} after" for fault in (*NOT_PASSED_ON[:2], "408", "502", "504", "junk"))
FAULTS = (*NOT_PASSED_ON, *PASSED_ON, "half after", "silent after")
SILENCE = 0.3
"""Seconds that the client waits for an answer."""


@define
class Proxy:
    """A proxy on loopback that does ``fault`` to the first ``times`` requests that it is about."""

    api: tuple[str, int]
    fault: str
    times: float
    only_submissions: bool
    port: int = field(init=False)
    _listener: socket.socket = field(init=False)
    _done: threading.Event = field(factory=threading.Event)

    def __attrs_post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._done.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head, body = _request(connection)
            strikes = self.times > 0 and (head.startswith(b"POST") or not self.only_submissions)
            self.times -= strikes
            kind, _, after = self.fault.partition(" ") if strikes else ("", "", "after")
            answer = self._passed_on(head, body) if after else b""
            connection.sendall(self._said(kind, answer))
            if kind == "silent":
                self._done.wait(20)

    def _said(self, kind: str, answer: bytes) -> bytes:
        if kind.isdigit():
            page = b"<html>the proxy says no</html>"
            return b"HTTP/1.1 %s No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
                *(kind.encode(), len(page), page),
            )
        said = {"junk": b"SSH-2.0-proxy\r\n", "half": answer[: len(answer) // 2], "": answer}
        return said.get(kind, b"")

    def _passed_on(self, head: bytes, body: bytes) -> bytes:
        line, _, rest = head.partition(b"\r\n")
        method, target, version = line.split(b" ")
        kept = [
            each
            for each in rest.split(b"\r\n")
            if each and not each.lower().startswith((b"host:", b"proxy-", b"connection:"))
        ]
        path = target[len(ORIGIN) :]
        host = b"Host: localhost:%d" % self.api[1]
        lines = [b" ".join((method, path, version)), host, b"Connection: close", *kept, b"", b""]
        with socket.create_connection(self.api) as there:
            there.sendall(b"\r\n".join(lines) + body)
            return b"".join(iter(lambda: there.recv(65536), b""))


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head and the body of a request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or _ended()
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536) or _ended()
    return head, body


def _ended() -> bytes:
    raise ConnectionResetError


def forms() -> Iterator[tuple[bool, str, float, bool]]:
    """Which client, what the proxy does, how often, and whether to submissions alone."""
    times = (1.0, float("inf"))
    yield from itertools.product((False, True), FAULTS, times, (True, False))


@contextmanager
def through(proxy: Proxy) -> Iterator[None]:
    """Let requests to other machines go through a proxy."""
    others = {name: "" for name in os.environ if name.lower().endswith("_proxy")}
    address = f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}"
    with patch.dict(os.environ, {**others, "http_proxy": address}):
        yield


def why(
    sandbox: Any, call: Any, is_async: bool, fault: str, times: float, only_submissions: bool
) -> str | None:
    """What went wrong with one job through such a proxy; None: nothing did."""
    there = urlsplit(sandbox.url)
    proxy = Proxy(("127.0.0.1", there.port), fault, times, only_submissions)
    try:
        with through(proxy):
            outcome = call(
                sandbox,
                lambda _, response: response,
                lambda mh: mh.submit(**JOB),
                is_async=is_async,
                base_url=ORIGIN,
                allow_http=True,
                timeout=Timeouts(total=200, read=SILENCE),
            )
    finally:
        proxy.close()
    return _judged(sandbox, outcome, fault, times)


def _judged(sandbox: Any, outcome: Any, fault: str, times: float) -> str | None:
    tasks = [task["id"] for task in sandbox.state()["tasks"]]
    if len(tasks) > 1:
        return f"{len(tasks)} tasks; {outcome!r}"
    if not isinstance(outcome, ModelHunterError):
        return None if [outcome.id] == tasks else f"{outcome!r}, and there is {tasks}"
    shown = "".join(traceback.format_exception(outcome))
    if PASSWORD in shown:
        return "the password of the proxy is shown"
    if times > 1 and "proxy" not in shown:
        return f"the proxy is not named: {outcome}"
    if not isinstance(outcome, SubmissionUnknown):
        return f"a job was started, and it ended in {outcome!r}" if tasks else None
    if not tasks:
        return None
    with ModelHunter(sandbox=sandbox) as mh:
        found = mh.resume(outcome.token)
    return None if [found.id] == tasks else f"{found!r} was found, and there is {tasks}"
