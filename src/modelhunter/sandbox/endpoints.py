"""The endpoints of the core API: tasks, keys, balance, webhooks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from modelhunter.api.models.api_key_request import decode_api_key_request
from modelhunter.api.models.task_status import TaskStatus
from modelhunter.api.models.webhook_event_type import WebhookEventType
from modelhunter.api.models.webhook_request import decode_webhook_request
from modelhunter.runtime.header_values import natural
from modelhunter.sandbox.accounts import key_to_wire, random_id
from modelhunter.sandbox.answers import WEB_ADDRESS, Refusal, refused_field, success
from modelhunter.sandbox.checking import is_uri
from modelhunter.sandbox.clock import from_moment, from_text, to_text
from modelhunter.sandbox.media.shape import shapes_from_json
from modelhunter.sandbox.service import read_body
from modelhunter.sandbox.tasks import result_to_wire, task_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from modelhunter.sandbox.service import Service
    from modelhunter.sandbox.store import Row

_LONGEST_PAGE, _USUAL_PAGE = 100, 20


def full_task(service: Service, task: Row, origin: str) -> dict[str, Any]:
    """A task with its result, whose links begin with ``origin`` and are good from now on."""
    now = service.now()
    if task["status"] not in ("succeeded", "expired"):
        return task_to_wire(task, now)
    until = service.tasks.renew_links(task["id"], now)
    shown = task_to_wire(task, now)
    paths = [
        result_path(task["id"], n, shape.format)
        for n, shape in enumerate(shapes_from_json(task["shapes"]))
    ]
    links = [service.link(origin, "GET", path, until) for path in paths]
    shown["status"] = "succeeded"
    shown["result"] = result_to_wire(task, links)
    return shown


def result_path(task_id: str, n: int, format_: str) -> str:
    """Where a file of a task is; ``n`` counts them from 0."""
    return f"/results/{task_id}{f'-{n + 1}' if n else ''}.{format_}"


async def get_task(request: Request) -> Response:
    """``GET /api/v1/tasks/{id}``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    task = await service.read_task(request.path_params["id"])
    return success(full_task(service, task, service.origin_for(request)))


async def list_tasks(request: Request) -> Response:
    """``GET /api/v1/tasks``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    query = request.query_params
    given = {
        name: read(parameter, query[parameter])
        for name, (parameter, read) in _FILTERS.items()
        if parameter in query
    }
    filters = {name: value for name, value in given.items() if value != ""}
    now = service.now()
    rows, pagination = service.tasks.page(
        filters, _limit(query.get("limit")), query.get("cursor") or None, now
    )
    return success([task_to_wire(row, now) for row in rows], pagination=pagination)


async def cancel_task(request: Request) -> Response:
    """``DELETE /api/v1/tasks/{id}``: 200 and the money back, or 409 for a task that is over."""
    service: Service = request.app.state.service
    service.authenticate(request)
    task = service.tasks.cancel(request.path_params["id"], service.now())
    with service.store.transaction():
        service.accounts.refund(task)
    return success({"id": task["id"], "status": "cancelled"})


async def get_balance(request: Request) -> Response:
    """``GET /api/v1/balance``, in the newer form."""
    service: Service = request.app.state.service
    service.authenticate(request)
    return success(
        {
            "balance": float(service.accounts.balance(service.now())),
            "billingMode": "prepaid",
            "monthlySpendLimit": None,
            "autoTopUpEnabled": False,
            "autoTopUpThreshold": None,
            "autoTopUpAmount": None,
        }
    )


async def create_api_key(request: Request) -> Response:
    """``POST /api/v1/api-keys``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    optional = ("spendLimit", "expiresAt", "permissions", "ipWhitelist")
    body = await read_body(request, decode_api_key_request, optional)
    if not body.name:
        raise _not_taken("name", "must not be empty")
    if body.spend_limit is not None and body.spend_limit < 0:
        raise _not_taken("spendLimit", "must be at least 0")
    key = service.accounts.create_key(
        service.now(),
        name=body.name,
        permissions=body.permissions,
        addresses=body.ip_whitelist,
        spend_limit=body.spend_limit,
        expires_at=None if body.expires_at is None else from_moment(body.expires_at),
    )
    return success(key_to_wire(key))


async def delete_api_key(request: Request) -> Response:
    """``DELETE /api/v1/api-keys/{key_id}``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    id_ = request.path_params["key_id"]
    if not service.accounts.revoke(id_, service.now()):
        raise Refusal("NOT_FOUND", "there is no such key")
    return success({"id": id_})


async def create_webhook(request: Request) -> Response:
    """``POST /api/v1/webhooks``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    body = await read_body(request, decode_webhook_request)
    if not re.match(WEB_ADDRESS, body.url) or not is_uri(body.url):
        raise _not_taken("url", "must be an http or https address")
    if not body.events or not all(isinstance(event, WebhookEventType) for event in body.events):
        raise _not_taken("events", f"must be some of {', '.join(WebhookEventType)}")
    now = service.now()
    hook = {
        "id": random_id("wh_"),
        "url": body.url,
        "events": body.events,
        "secret": random_id("whsec_", 32),
    }
    service.deliveries.add_webhook({**hook, "events": json.dumps(hook["events"])}, now)
    return success({**hook, "created_at": to_text(now)})


def _limit(text: str | None) -> int:
    if text is None:
        return _USUAL_PAGE
    limit = natural(text) or 0
    if not 1 <= limit <= _LONGEST_PAGE:
        raise _not_taken("limit", f"must be a whole number from 1 to {_LONGEST_PAGE}")
    return limit


def _status(parameter: str, text: str) -> str:
    if text not in [*TaskStatus]:
        raise _not_taken(parameter, f"must be one of {', '.join(TaskStatus)}")
    return text


def _moment(parameter: str, text: str) -> int:
    try:
        return from_text(text)
    except ValueError:
        raise _not_taken(parameter, "must be a date and time in ISO 8601") from None


def _text(_: str, text: str) -> str:
    return text


def _not_taken(field: str, reason: str) -> Refusal:
    return refused_field("INVALID_PARAMETER", field, reason)


_FILTERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "status": ("status", _status),
    "provider": ("provider", _text),
    "model": ("modelId", _text),
    "after": ("startDate", _moment),
    "before": ("endDate", _moment),
    "search": ("search", _text),
}
"""The filters of the list: the name in :mod:`.tasks`, the query parameter, how it is read."""
