"""What the sandbox answers at its address: what it is, to programs; what happens in it, to people.

The page loads nothing from elsewhere and runs no script but its own, and what it shows is set as
text. Its files lie in the folder ``page``.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attrs import asdict
from starlette.responses import JSONResponse, Response

from modelhunter._version import __version__
from modelhunter.estimates import in_usd
from modelhunter.sandbox.answers import Refusal, success
from modelhunter.sandbox.clock import microseconds, to_text
from modelhunter.sandbox.links import serve_file
from modelhunter.sandbox.media.formats import FORMATS
from modelhunter.sandbox.media.shape import shapes_from_json
from modelhunter.sandbox.tasks import task_to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from modelhunter.sandbox.service import Seen, Service
    from modelhunter.sandbox.store import Row

_TASKS, _REQUESTS, _LETTERS = 60, 100, 500
"""What the page shows at most: tasks, requests, letters of a prompt."""

_KINDS: Mapping[str, str] = {"picture": "image", "movie": "video", "sound": "audio"}
_TYPES: Mapping[str, str] = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "Accept",
    "x-content-type-options": "nosniff",
}


async def welcome(request: Request) -> Response:
    """``GET /``: a page for browsers, a document for programs."""
    if "text/html" in request.headers.get("accept", ""):
        return _asset("index.html")
    service: Service = request.app.state.service
    models = service.load_catalogue().models()
    answer = success(
        {
            "name": "ModelHunter sandbox",
            "version": __version__,
            "description": (
                "A server on this machine that behaves like the ModelHunter API: it makes real "
                "files, costs nothing, and contacts nobody."
            ),
            "authorization": (
                "Authorization: Bearer KEY, with the key that the sandbox printed when it was "
                "started (in Python: sandbox.key)"
            ),
            "providers": [*dict.fromkeys(provider.name for provider, _ in models)],
            "paths": [*request.app.paths()],
        }
    )
    answer.headers["vary"] = "Accept"
    return answer


async def script(_: Request) -> Response:
    """``GET /_sandbox/page.js``."""
    return _asset("page.js")


async def style(_: Request) -> Response:
    """``GET /_sandbox/page.css``."""
    return _asset("page.css")


async def view(request: Request) -> Response:
    """``GET /_sandbox/view``: what the page shows."""
    service: Service = request.app.state.service
    now = service.now()
    rows, pagination = service.tasks.page({}, _TASKS, None, now)
    return JSONResponse(
        {
            "balance": in_usd(service.accounts.balance(now)),
            "counts": service.tasks.counts(now),
            "faults": sum(planted.left != 0 for planted in service.faults.planted),
            "tasks": [_task(row, now) for row in rows],
            "total": pagination["total"],
            "requests": [_request(seen) for seen in [*service.requests][: -_REQUESTS - 1 : -1]],
            "example": _example(service),
        },
        headers=HEADERS,
    )


async def media(request: Request) -> Response:
    """``GET /_sandbox/media/{id}/{n}``: a file of a finished task, the first is 0."""
    service: Service = request.app.state.service
    task = service.tasks.get(request.path_params["id"], service.now())
    place = request.path_params["n"]
    shapes = shapes_from_json(task["shapes"]) if task["sizes"] is not None else []
    if not place.isdecimal() or not place.isascii() or not int(place[:9]) < len(shapes):
        raise Refusal("NOT_FOUND", "there is no such file")
    shape = shapes[int(place)]
    made = await asyncio.wrap_future(service.media.make(shape))
    answer = serve_file(request, made.path, FORMATS[shape.format].mime, shape.name)
    answer.headers["cross-origin-resource-policy"] = "same-origin"
    return answer


@lru_cache
def _content(name: str) -> bytes:
    return files("modelhunter.sandbox").joinpath("page", name).read_bytes()


def _asset(name: str) -> Response:
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(_content(name), media_type=kind, headers=dict(HEADERS))


def _task(row: Row, now: int) -> dict[str, Any]:
    shown = task_to_wire(row, now)
    over = row["status"] in ("succeeded", "expired")
    shapes = shapes_from_json(row["shapes"]) if over else []
    return {
        **{name: shown[name] for name in ("id", "model", "provider", "progress", "created_at")},
        "status": "succeeded" if over else row["status"],
        "capability": row["capability"],
        "prompt": _text(json.loads(row["input"])),
        "cost": in_usd(Decimal(row["cost"])) if over else None,
        "error": shown["error"]["message"] if "error" in shown else None,
        "media": [
            {
                "kind": _KINDS.get(FORMATS[shape.format].maker),
                "src": f"/_sandbox/media/{row['id']}/{place}",
                "name": f"{row['id']}-{place + 1}.{shape.format}",
            }
            for place, shape in enumerate(shapes)
        ],
    }


def _example(service: Service) -> str:
    """A model that needs nothing but a prompt."""
    usable = (
        model.id
        for _, model in service.load_catalogue().models()
        if model.status == "current"
        and any(
            [field.name for field in capability.fields if field.required] == ["prompt"]
            for capability in model.capabilities
        )
    )
    return next(usable, "MODEL")


def _text(inputs: Mapping[str, Any]) -> str:
    """The prompt of a job, or its inputs where it has none."""
    prompt = inputs.get("prompt")
    text = prompt if isinstance(prompt, str) else json.dumps(inputs, ensure_ascii=False)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 2] + " …"


def _request(seen: Seen) -> dict[str, Any]:
    """A request without its query, which may hold the signature of a link."""
    wanted = ("method", "path", "status", "operation")
    shown = {name: value for name, value in asdict(seen).items() if name in wanted}
    return {**shown, "at": to_text(microseconds(seen.at))}
