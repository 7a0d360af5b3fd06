"""Both clients over real sockets: to the sandbox, and to a storage that fails as it is told."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, Polling
from modelhunter.plugins.catalogue import Capability, Field, Model, Output, Provider, Role
from modelhunter.plugins.hookspecs import hookimpl
from modelhunter.plugins.media import MediaRule
from modelhunter.plugins.registry import Registry
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder
from modelhunter.runtime.retry import Retry
from modelhunter.runtime.session import Timeouts
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelhunter.plugins.catalogue import Submission

KEY = "river_test_0123456789secret"
AT_ONCE = Retry(base=0, ceiling=0)
IMPATIENT = Timeouts(connect=5, read=5)


class Blocking:
    """The blocking client."""

    def __init__(self, address: str, key: str = KEY, **options: Any) -> None:
        options = {"retries": AT_ONCE, "timeout": IMPATIENT, **options}
        self.mh = ModelHunter(key, base_url=address, **options)

    def do(self, act: Callable[[Any], Any]) -> Any:
        """What the client answers."""
        return act(self.mh)

    def close(self) -> None:
        self.mh.close()


class Awaiting:
    """The async client, used as if it were blocking."""

    def __init__(self, address: str, key: str = KEY, **options: Any) -> None:
        self._runner = asyncio.Runner()
        options = {"retries": AT_ONCE, "timeout": IMPATIENT, **options}
        self.mh = AsyncModelHunter(key, base_url=address, **options)

    def do(self, act: Callable[[Any], Any]) -> Any:
        async def waited() -> Any:
            answer = act(self.mh)
            return await answer if inspect.isawaitable(answer) else answer

        return self._runner.run(waited())

    def close(self) -> None:
        self._runner.run(self.mh.aclose())
        self._runner.close()


@pytest.fixture(params=[Blocking, Awaiting], ids=["blocking", "async"])
def connect(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Makes a client of either kind, for an address."""
    made: list[Any] = []

    def make(address: str, key: str = KEY, **options: Any) -> Any:
        made.append(request.param(address, key, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


# ------------------------------------------------------------------- the sandbox


def _call(submission: Submission) -> Call[Any]:
    from modelhunter.api.models.submitted_task import decode_submitted_task

    operation: Operation[Any] = Operation(
        "acme-image-to-video",
        "POST",
        "/api/v1/acme/image-to-video",
        "unsafe",
        {"202": ResponseDecoder("json", decode.member("data", decode_submitted_task))},
    )
    body = {"model": submission.model, "input": dict(submission.input)}
    return Call(operation, body=JsonBody({**body, "metadata": submission.metadata}))


IMAGE = MediaRule(
    kind="image",
    formats=("image/png", "image/jpeg", "image/webp"),
    max_bytes=1_000_000,
    min_side=300,
    max_side=6000,
    min_ratio=0.4,
    max_ratio=2.5,
    data_uri=True,
)
PROVIDER = Provider(
    name="acme",
    models=(
        Model(
            id="acme-1",
            capabilities=(
                Capability(
                    name="image-to-video",
                    fields=(
                        Field(name="image", type="string", media=IMAGE),
                        Field(name="sketch", type="string", media=MediaRule(kind="image")),
                        Field(name="clip", type="string", media=MediaRule(kind="video")),
                    ),
                    output=Output(
                        media="video", format=Role(value="mp4"), duration=Role(value="1")
                    ),
                    call=_call,
                ),
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    made = Registry(sources=lambda: ())
    plugin = SimpleNamespace(modelhunter_provider=hookimpl(lambda: PROVIDER))
    made.register(plugin, name="acme-plugin")
    return made


@pytest.fixture(scope="module")
def started_sandbox(registry: Registry) -> Iterator[Sandbox]:
    with Sandbox(speed=math.inf, media="tiny", registry=registry) as running:
        yield running


@pytest.fixture
def sandbox(started_sandbox: Sandbox) -> Iterator[Sandbox]:
    started_sandbox.faults.clear()
    yield started_sandbox
    assert not started_sandbox.leaks
    started_sandbox.faults.clear()


@pytest.fixture
def client(connect: Callable[..., Any], sandbox: Sandbox, registry: Registry) -> Any:
    """A client of either kind, of the sandbox."""
    polling = Polling(0.01, 0.01, 1)
    return connect(sandbox.url, sandbox.key, registry=registry, polling=polling)


# ------------------------------------------------------------------- a storage


class Storage:
    """A server with tasks, whose outputs it stores, and with the faults that a test lines up.

    ``contents`` are the outputs of the only task. ``faults`` has a list for each output, of which
    each request for it takes one: None, a status to answer with, or ``("cut", n)``,
    ``("stall", n)`` or ``("drip", n)`` for a connection that ends, falls silent or slows down to
    single bytes after n more. ``("swap", n)`` cuts too, and another file of that size takes the
    place of the first; a ``careless`` storage goes on with that one whatever ``If-Range`` says.
    Links are good for ``good_for`` requests each. ``("page", body)`` answers with that instead, and
    ``("endless", 0)`` never stops sending. ``headers`` go with every content, in whose ``formats``
    the task says that the outputs are.
    """

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.faults: dict[int, list[Any]] = {}
        self.ranges = True
        self.etag = '"v1"'
        self.careless = False
        self.framed = True
        self.good_for = 10**9
        self.sizes: list[int | None] | None = None
        self.formats: list[str] = []
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[int, str | None]] = []
        self.keys = 0
        self._used: Counter[str] = Counter()
        self._reads = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # clients that have gone away
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def task(self) -> bytes:
        with self._lock:
            self._reads += 1
        sizes = self.sizes or [len(content) for content in self.contents]
        result = [
            {
                "url": f"{self.address.replace('127.0.0.1', 'localhost')}/{n}?sig={self._reads}",
                "format": self.formats[n] if self.formats else "bin",
                "size_bytes": size,
            }
            for n, size in enumerate(sizes)
        ]
        task = {
            "id": "task_1",
            "type": "image",
            "status": "succeeded",
            "provider": "acme",
            "model": "acme-1",
            "created_at": "2026-03-02T08:15:00Z",
            "result": result,
        }
        return json.dumps({"success": True, "data": task}).encode()

    def _handler(storage) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                if self.path.startswith("/api/"):
                    self.answer(200, storage.task())
                    return
                storage.keys += "Authorization" in self.headers
                number = int(self.path[1:].partition("?")[0])
                with storage._lock:
                    storage.asked.append((number, self.headers.get("Range")))
                    storage._used[self.path] += 1
                    lapsed = storage._used[self.path] > storage.good_for
                    waiting = storage.faults.get(number)
                    fault = waiting.pop(0) if waiting and not lapsed else None
                if lapsed or isinstance(fault, int):
                    self.answer(403 if lapsed else fault, b"no")
                elif fault is not None and fault[0] == "page":
                    self.answer(200, fault[1], **storage.headers)
                elif fault is not None and fault[0] == "endless":
                    self.send_response(200)
                    self.send_header("Connection", "close")
                    self.end_headers()
                    while not storage._over.is_set():
                        self.wfile.write(bytes(65536))
                else:
                    how, cut = fault or (None, None)
                    self.content(storage.contents[number], cut)
                    while how == "drip" and not storage._over.wait(0.01):
                        self.wfile.write(b"x")
                    if how == "swap":
                        storage.etag = '"v2"'
                        storage.contents[number] = storage.contents[number][::-1]
                    if how == "stall":
                        self.wfile.flush()
                        storage._over.wait()

            def content(self, whole: bytes, cut: int | None) -> None:
                first = 0
                asked = self.headers.get("Range")
                fits = storage.careless or self.headers.get("If-Range") == storage.etag
                if storage.ranges and asked and fits:
                    first = int(asked.removeprefix("bytes=").removesuffix("-"))
                if first >= len(whole) and first:
                    self.answer(416, b"", **{"Content-Range": f"bytes */{len(whole)}"})
                    return
                self.send_response(206 if first else 200)
                if storage.framed:
                    self.send_header("Content-Length", str(len(whole) - first))
                for name, value in storage.headers.items():
                    self.send_header(name, value)
                if storage.ranges:
                    self.send_header("ETag", storage.etag)
                if first:
                    range_ = f"bytes {first}-{len(whole) - 1}/{len(whole)}"
                    self.send_header("Content-Range", range_)
                self.close_connection = cut is not None or not storage.framed
                self.send_header("Connection", "close" if self.close_connection else "keep-alive")
                self.end_headers()
                self.wfile.write(whole[first : None if cut is None else first + cut])

            def answer(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler


@pytest.fixture
def storage() -> Iterator[Storage]:
    made = Storage()
    yield made
    assert made.keys == 0
    made.stop()
