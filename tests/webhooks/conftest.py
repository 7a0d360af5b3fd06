"""Deliveries to test with: signed ones, a clock that stands still, bare WSGI and ASGI calls."""

from __future__ import annotations

import asyncio
import io
import json
import math
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field, frozen

from modelhunter import ModelHunter, webhooks
from modelhunter.api.models.submitted_task import decode_submitted_task
from modelhunter.plugins.catalogue import (
    Capability,
    Field,
    Model,
    Output,
    Provider,
    Role,
    Submission,
)
from modelhunter.plugins.hookspecs import hookimpl
from modelhunter.plugins.registry import Registry
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation
from modelhunter.runtime.call import ResponseDecoder as Answered
from modelhunter.runtime.message import Request, Response
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SECRET = "whsec_4f6c2a"
NOW = 1_772_439_361


@frozen
class Delivery:
    body: bytes
    headers: dict[str, str]


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture
def delivery() -> Delivery:
    """A genuine delivery, signed at ``now``."""
    body = webhooks.event_body(id="task_1", event_id="evt_1")
    return Delivery(body, webhooks.sign(body, SECRET, timestamp=NOW))


@pytest.fixture
def fresh() -> Callable[..., Delivery]:
    """Makes deliveries that are signed by the machine's clock."""

    def make(type: str = "task.completed", *, signed: bool = True, **more: Any) -> Delivery:  # noqa: A002
        body = webhooks.event_body(type, **more)
        headers = webhooks.sign(body, SECRET)
        if not signed:
            del headers["X-Webhook-Signature"]
        return Delivery(body, headers)

    return make


@define
class ScriptedApi:
    """A transport that answers readings of tasks, and notes them."""

    tasks: dict[str, dict[str, Any]] = field(factory=dict)
    broken: bool = False
    asked: list[str] = field(factory=list)

    def has(self, task_id: str, status: str, **members: Any) -> None:
        self.tasks[f"/api/v1/tasks/{task_id}"] = {
            "id": task_id,
            "type": "video",
            "status": status,
            "provider": "acme",
            "model": "acme-1",
            "created_at": "2026-03-02T08:15:00Z",
            **members,
        }

    def send(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.target}")
        if self.broken:
            return self._answer(500, error={"code": "INTERNAL_ERROR", "message": "out of order"})
        task = self.tasks.get(request.target)
        if task is None:
            return self._answer(404, error={"code": "TASK_NOT_FOUND", "message": "no such task"})
        return self._answer(200, data=task)

    @staticmethod
    def _answer(status: int, **members: Any) -> Response:
        body = {"success": status == 200, **members}
        return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        raise AssertionError("nothing is streamed")

    def close_stream(self, response: Response) -> None:
        raise AssertionError("nothing is streamed")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def scripted_api() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
def mh(scripted_api: ScriptedApi, clock: Any) -> Iterator[ModelHunter]:
    """A client of the scripted API."""
    with ModelHunter("river_test_key", transport=scripted_api, clock=clock) as client:
        yield client


class StandInAsyncClient:
    """Runs flows when awaited, as the async client does, over the blocking one's transport."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client
        self.context = client.context
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def run(self, flow: Any) -> Any:
        self.loops.append(asyncio.get_running_loop())
        return self._client.run(flow)


@pytest.fixture
def async_mh(mh: ModelHunter) -> StandInAsyncClient:
    return StandInAsyncClient(mh)


@frozen
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


@pytest.fixture
def call_wsgi() -> Callable[..., Answer]:
    """Sends a request to a WSGI app, as a server would."""

    def call(
        app: Any,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        path: str = "/",
        **environ: Any,
    ) -> Answer:
        sent: list[Any] = []
        given = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{f"HTTP_{name.upper().replace('-', '_')}": v for name, v in (headers or {}).items()},
            **environ,
        }
        chunks = app(given, lambda status, headers, *_: sent.extend((status, headers)))
        content = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        return Answer(int(sent[0].split()[0]), content, dict(sent[1]))

    return call


@pytest.fixture
def call_asgi() -> Callable[..., Any]:
    """Sends a request to an ASGI app, as a server would; to be awaited."""

    async def call(
        app: Any,
        body: bytes | list[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        path: str = "/",
        leaves: bool = False,
    ) -> Answer | None:
        chunks = body if isinstance(body, list) else [body]
        incoming = [
            {"type": "http.request", "body": chunk, "more_body": leaves or n < len(chunks) - 1}
            for n, chunk in enumerate(chunks)
        ]
        incoming.append({"type": "http.disconnect"})
        sent: list[Any] = []

        async def receive() -> Any:
            return incoming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
            "server": ("localhost", 80),
            "client": ("localhost", 1),
        }
        await app(scope, receive, send)
        if not sent:
            return None
        answered = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Answer(sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:]), answered)

    return call


def a_registry(model: str) -> Registry:
    """One model that makes a video of a prompt."""
    operation: Operation[Any] = Operation(
        "acme-text-to-video",
        "POST",
        "/api/v1/acme/text-to-video",
        "unsafe",
        {"202": Answered("json", decode.member("data", decode_submitted_task))},
    )

    def call(job: Submission) -> Call[Any]:
        body: dict[str, Any] = {"model": job.model, "input": dict(job.input)}
        if job.webhook_url is not None:
            body["webhookUrl"] = job.webhook_url
        if job.metadata is not None:
            body["metadata"] = job.metadata
        return Call(operation, body=JsonBody(body))

    capability = Capability(
        name="text-to-video",
        fields=(Field(name="prompt", type="string", required=True),),
        output=Output(media="video", format=Role(value="mp4"), duration=Role(value=1)),
        call=call,
        typical_seconds=10,
    )
    provider = Provider(name="acme", models=(Model(id=model, capabilities=(capability,)),))
    registry = Registry(lambda: (), environment={})
    registry.register(
        SimpleNamespace(modelhunter_provider=hookimpl(lambda: provider)), name="acme-plugin"
    )
    return registry


@pytest.fixture
def start_sandbox() -> Iterator[Callable[..., Any]]:
    """Starts a sandbox with one model; returns it and the registry that has the model."""
    with ExitStack() as stack:

        def start(model: str = "acme-video", **options: Any) -> tuple[Sandbox, Registry]:
            registry = a_registry(model)
            options = {"speed": math.inf, "media": "tiny", "registry": registry, **options}
            return stack.enter_context(Sandbox(**options)), registry

        yield start
