"""A page on which people ask for films, told of their end by webhooks.

    PUBLIC_URL=https://shop.example uvicorn app:app

Nobody signs the webhook of a single job, so the app that takes it is given the client: it reads the
task from the API before it believes anything. The token of each job is kept before it is sent.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from uuid import uuid4

from attrs import define
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from modelhunter import AsyncModelHunter, ModelHunterError, webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FILMS = Path(os.environ.get("FILMS", "films"))
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000")
PAGE = """<!doctype html><meta charset="utf-8"><title>Films</title>
<form method="post"><input name="prompt" required maxlength="2000" placeholder="What to show">
<button>Make it</button></form><ul>{}</ul>"""


@define
class Order:
    """What somebody asked for."""

    prompt: str
    token: str = ""
    status: str = "sending"


orders: dict[str, Order] = {}  # a database, if it is to outlive this process


async def ended(event: webhooks.WebhookEvent) -> None:
    """A task has ended, says the API: fetch the film."""
    task = await mh.tasks.get(event.data.task.id)
    id_ = str(task.metadata.get("order"))
    if id_ not in orders:
        return
    if task.status == "succeeded":
        await task.download(FILMS / f"{id_}.mp4")
    orders[id_].status = str(task.status)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Open the client with the app, and close it with it."""
    global mh
    async with AsyncModelHunter(budget=5) as mh:
        app.mount("/hooks", webhooks.asgi(ended, client=mh))
        yield


app = FastAPI(lifespan=lifespan)
mh: AsyncModelHunter


@app.get("/")
async def page() -> HTMLResponse:
    """The form, and all orders."""
    rows = [
        f"<li>{escape(order.prompt)}: "
        + (f'<a href="/films/{id_}">watch</a>' if order.status == "succeeded" else order.status)
        for id_, order in orders.items()
    ]
    return HTMLResponse(PAGE.format("".join(rows)))


@app.post("/")
async def make(request: Request) -> Response:
    """Start a film."""
    (prompt,) = parse_qs((await request.body()).decode())["prompt"]
    id_ = uuid4().hex
    order = orders[id_] = Order(prompt)  # before it is sent, as its end may be told at once
    try:
        prepared = await mh.prepare(
            "viduq3-turbo",
            prompt=prompt,
            duration=2,
            max_cost=0.5,
            webhook_url=f"{PUBLIC_URL}/hooks/",
            metadata={"order": id_},
        )
        order.token = prepared.token  # with this, a lost order is found again: mh.resume
        await mh.submit(prepared)
    except ModelHunterError as error:
        order.status = "failed"
        return HTMLResponse(escape(str(error)), status_code=400)
    return RedirectResponse("/", status_code=303)


@app.get("/films/{id_}")
async def film(id_: str) -> Response:
    """A film that is here."""
    order = orders.get(id_)
    if order is None or order.status != "succeeded":
        return HTMLResponse("There is no such film", status_code=404)
    return FileResponse(FILMS / f"{id_}.mp4", media_type="video/mp4")
