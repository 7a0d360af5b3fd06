"""The control endpoints under ``/_sandbox``: faults, state, reset and time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import asdict
from starlette.responses import JSONResponse, Response

from modelhunter.errors import ConfigurationError
from modelhunter.sandbox.answers import Refusal, success
from modelhunter.sandbox.faults import fault_from
from modelhunter.sandbox.service import parse_json
from modelhunter.sandbox.tasks import task_to_wire

if TYPE_CHECKING:
    from starlette.requests import Request

    from modelhunter.sandbox.service import Service

_SHOWN = 1000


async def add_fault(request: Request) -> Response:
    """``POST /_sandbox/faults``: put a fault in place."""
    service: Service = request.app.state.service
    try:
        fault = fault_from(await _json(request))
    except (TypeError, ValueError) as error:
        raise Refusal("VALIDATION_ERROR", str(error)) from None
    return success({"id": service.faults.add(fault)}, status=201)


async def list_faults(request: Request) -> Response:
    """``GET /_sandbox/faults``: the faults in place and each time one struck."""
    faults = request.app.state.service.faults
    return success(
        {
            "faults": [planted.to_wire() for planted in faults.planted],
            "strikes": [asdict(strike) for strike in faults.strikes],
        }
    )


async def clear_faults(request: Request) -> Response:
    """``DELETE /_sandbox/faults`` or ``/_sandbox/faults/{id}``."""
    faults = request.app.state.service.faults
    id_ = request.path_params.get("id")
    if id_ is None:
        faults.clear()
    elif not faults.remove(id_):
        raise Refusal("NOT_FOUND", f"there is no fault {id_}")
    return success({})


async def reset(request: Request) -> Response:
    """``POST /_sandbox/reset``: forget tasks, files, webhooks, requests and faults."""
    request.app.state.sandbox.reset()
    return success({})


async def advance(request: Request) -> Response:
    """``POST /_sandbox/advance`` with ``{"seconds": n}``: move a manual clock forward."""
    body = await _json(request)
    try:
        await asyncio.to_thread(request.app.state.sandbox.advance, float(body["seconds"]))
    except (ConfigurationError, KeyError, TypeError, ValueError) as error:
        raise Refusal("VALIDATION_ERROR", f"seconds: {error}", field="seconds") from None
    return success({"now": request.app.state.service.clock()})


async def state(request: Request) -> Response:
    """``GET /_sandbox/state``: what a test wants to know; ``?marker=NAME`` counts duplicates."""
    return JSONResponse(snapshot(request.app.state.service, request.query_params.get("marker")))


def snapshot(service: Service, marker: str | None) -> dict[str, Any]:
    """The state as JSON: counts, and the last thousand tasks, requests and deliveries."""
    now = service.now()
    tasks = service.tasks.all(now)
    shown: dict[str, Any] = {
        "counts": service.tasks.counts(now),
        "balance": float(service.accounts.balance(now)),
        "tasks": [
            {**task_to_wire(task, now), "input": json.loads(task["input"])}
            for task in tasks[-_SHOWN:]
        ],
        "requests": [asdict(seen) for seen in list(service.requests)[-_SHOWN:]],
        "leaks": [asdict(seen) for seen in leaks(service)],
        "deliveries": [asdict(delivery) for delivery in service.deliveries.all()[-_SHOWN:]],
        "strikes": [asdict(strike) for strike in service.faults.strikes[-_SHOWN:]],
    }
    if marker is not None:
        shown["duplicates"] = duplicates(service, marker)
    return shown


def duplicates(service: Service, marker: str) -> dict[str, int]:
    """How many tasks carry the same ``metadata[marker]``, for each value that several have."""
    counts = Counter(
        str(json.loads(row["metadata"])[marker])
        for row in service.store.rows("SELECT metadata FROM tasks WHERE metadata IS NOT NULL")
        if marker in json.loads(row["metadata"])
    )
    return {value: count for value, count in counts.items() if count > 1}


def leaks(service: Service) -> list[Any]:
    """Requests to links that carried the key, which they never should."""
    return [
        seen
        for seen in list(service.requests)
        if seen.with_key and seen.operation in ("uploadContent", "downloadFile", "downloadResult")
    ]


async def _json(request: Request) -> dict[str, Any]:
    body = parse_json(await request.body())
    if not isinstance(body, dict):
        raise Refusal("VALIDATION_ERROR", "the body is not a JSON object")
    return body
