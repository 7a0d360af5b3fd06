"""The route table: every endpoint, under the name of its operation."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from attrs import define, frozen
from starlette.datastructures import State
from starlette.requests import ClientDisconnect, Request
from starlette.routing import compile_path

from modelhunter.sandbox import control, endpoints, files, front_page, generations
from modelhunter.sandbox.answers import Refusal, failure, not_there, refused
from modelhunter.sandbox.guard import CONTROL

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from starlette.responses import Response

    from modelhunter.sandbox.service import Service

    Endpoint = Callable[[Request], Awaitable[Response]]

_API = "/api/v1"
_log = logging.getLogger("modelhunter.sandbox")

ROUTES = (
    ("GET", f"{_API}/tasks", "listTasks", endpoints.list_tasks),
    ("GET", f"{_API}/tasks/{{id}}", "getTask", endpoints.get_task),
    ("DELETE", f"{_API}/tasks/{{id}}", "cancelTask", endpoints.cancel_task),
    ("POST", f"{_API}/files/upload-url", "createUploadUrl", files.create_upload_url),
    ("POST", f"{_API}/files/{{file_id}}/complete", "completeUpload", files.complete_upload),
    ("POST", f"{_API}/webhooks", "createWebhook", endpoints.create_webhook),
    ("POST", f"{_API}/api-keys", "createApiKey", endpoints.create_api_key),
    ("DELETE", f"{_API}/api-keys/{{key_id}}", "deleteApiKey", endpoints.delete_api_key),
    ("GET", f"{_API}/balance", "getBalance", endpoints.get_balance),
    ("PUT", "/uploads/{id}", "uploadContent", files.upload_content),
    ("GET", "/files/{name}", "downloadFile", files.download_file),
    ("GET", "/results/{name}", "downloadResult", files.download_result),
    ("GET", "/", "welcome", front_page.welcome),
    ("GET", f"{CONTROL}/page.js", "script", front_page.script),
    ("GET", f"{CONTROL}/page.css", "style", front_page.style),
    ("GET", f"{CONTROL}/view", "view", front_page.view),
    ("GET", f"{CONTROL}/media/{{id}}/{{n}}", "media", front_page.media),
    ("POST", f"{CONTROL}/faults", "addFault", control.add_fault),
    ("GET", f"{CONTROL}/faults", "listFaults", control.list_faults),
    ("DELETE", f"{CONTROL}/faults", "clearFaults", control.clear_faults),
    ("DELETE", f"{CONTROL}/faults/{{id}}", "removeFault", control.clear_faults),
    ("POST", f"{CONTROL}/reset", "reset", control.reset),
    ("POST", f"{CONTROL}/advance", "advance", control.advance),
    ("GET", f"{CONTROL}/state", "state", control.state),
)
"""Paths that are always there. Those of generations follow from the installed plugins."""

_GENERATION = compile_path(f"{_API}/{{provider}}/{{capability:path}}")[0]


@define
class _Place:
    """A path with what can be done there, by method."""

    pattern: re.Pattern[str]
    methods: dict[str, tuple[str, Endpoint]]


def _places() -> Sequence[_Place]:
    by_path: dict[str, _Place] = {}
    for method, path, operation, endpoint in ROUTES:
        place = by_path.setdefault(path, _Place(compile_path(path)[0], {}))
        place.methods[method] = operation, endpoint
        if method == "GET":
            place.methods["HEAD"] = operation, endpoint
    return [*by_path.values()]


@frozen
class Found:
    """What a request is for: its operation, None where there is none."""

    operation: str | None
    endpoint: Endpoint
    parameters: Mapping[str, str]


class App:
    """The endpoints as an ASGI application; its ``state`` holds the service."""

    def __init__(self, service: Service, sandbox: Any) -> None:
        self.state: State = State({"service": service, "sandbox": sandbox})
        self._places = _places()

    def find(self, method: str, path: str) -> Found:
        """The endpoint for a request; one that refuses it where there is none."""
        for place in self._places:
            match = place.pattern.match(path)
            if match is None:
                continue
            operation, endpoint = place.methods.get(method, (None, _other_method(place.methods)))
            return Found(operation, endpoint, match.groupdict())
        if method != "POST":
            return Found(None, _not_posted, {})
        generation = _GENERATION.match(path)
        if generation is None:
            return Found("submit", generations.submit_elsewhere, {})
        return Found("submit", generations.submit, generation.groupdict())

    def paths(self) -> Iterator[str]:
        """Every path that there is, with its method, as people write them."""
        for method, path, _, _ in ROUTES:
            yield f"{method} {path}"
        for path in generations.paths(self.state.service.load_catalogue()):
            yield f"POST {path}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        found = self.find(scope["method"], scope["path"])
        scope["app"], scope["path_params"] = self, found.parameters
        request = Request(scope, receive)
        try:
            response = await found.endpoint(request)
        except Refusal as refusal:
            response = refused(refusal)
        except ClientDisconnect:
            raise  # the client went away before its request was complete: it was never made
        except Exception as error:
            _log.exception("a bug of the sandbox at %s %s", request.method, scope["path"])
            response = failure(500, "INTERNAL_ERROR", f"{type(error).__name__}: {error}")
        await response(scope, receive, send)


def _other_method(known: Mapping[str, object]) -> Endpoint:
    async def refuse(request: Request) -> Response:
        raise _not_allowed(request, known)

    return refuse


async def _not_posted(request: Request) -> Response:
    """What there is no endpoint for, unless it is one of a generation."""
    catalogue = request.app.state.service.load_catalogue()
    if request.scope["path"] in generations.paths(catalogue):
        raise _not_allowed(request, {"POST": None})
    raise not_there(request)


def _not_allowed(request: Request, known: Mapping[str, object]) -> Refusal:
    allowed = ", ".join(sorted(known))
    message = f"{request.scope['path']} takes {allowed} and no {request.method}"
    return Refusal("METHOD_NOT_ALLOWED", message, headers={"Allow": allowed})
