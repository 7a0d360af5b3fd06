"""The route table: every endpoint, under the name of its operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from modelhunter.sandbox import control, endpoints, files, generations
from modelhunter.sandbox.answers import CODE_OF, Refusal, failure
from modelhunter.sandbox.front import CONTROL

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_API = "/api/v1"

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
    ("POST", f"{_API}/{{provider}}/{{capability:path}}", "submit", generations.submit),
    ("PUT", "/uploads/{id}", "uploadContent", files.upload_content),
    ("GET", "/files/{name}", "downloadFile", files.download_file),
    ("GET", "/results/{name}", "downloadResult", files.download_result),
    ("POST", f"{CONTROL}/faults", "addFault", control.add_fault),
    ("GET", f"{CONTROL}/faults", "listFaults", control.list_faults),
    ("DELETE", f"{CONTROL}/faults", "clearFaults", control.clear_faults),
    ("DELETE", f"{CONTROL}/faults/{{id}}", "removeFault", control.clear_faults),
    ("POST", f"{CONTROL}/reset", "reset", control.reset),
    ("POST", f"{CONTROL}/advance", "advance", control.advance),
    ("GET", f"{CONTROL}/state", "state", control.state),
    ("POST", "/{path:path}", "submit", generations.submit_elsewhere),
)


def build() -> Starlette:
    """The endpoints as an ASGI application; its ``state`` holds the service."""
    return Starlette(
        routes=[
            Route(path, endpoint, methods=[method], name=name)
            for method, path, name, endpoint in ROUTES
        ],
        exception_handlers={
            Refusal: _refuse,
            HTTPException: _no_such_route,
            Exception: _bug,
        },
    )


def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for it above
    return failure(error.status, error.code, error.message, error.details)


def _no_such_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    message = f"there is no {request.method} {request.url.path}"
    return failure(status, CODE_OF.get(status, "NOT_FOUND"), message)


def _bug(_: Request, error: Exception) -> Response:
    return failure(500, "INTERNAL_ERROR", f"{type(error).__name__}: {error}")
