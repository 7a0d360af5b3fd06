"""An ASGI app that takes deliveries, to be mounted in FastAPI, Starlette, Django and the like."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from modelhunter.runtime.argument_checks import check_callable
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.intake import (
    MAX_BODY,
    Handler,
    Intake,
    Work,
    accepting,
    answer,
    length_of,
)
from modelhunter.webhooks.replays import ReplayGuard, SeenEvents
from modelhunter.webhooks.signing import TOLERANCE, Secrets

if TYPE_CHECKING:
    from modelhunter.client.aio.client import AsyncModelHunter
    from modelhunter.client.blocking.client import ModelHunter

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


def asgi(
    handler: Handler,
    *,
    secrets: Secrets | None = None,
    client: AsyncModelHunter | ModelHunter | None = None,
    tolerance: float = TOLERANCE,
    seen: SeenEvents | None = None,
    max_body: int = MAX_BODY,
) -> AsgiApp:
    """An app that calls ``handler(event)`` once for each genuine event, on asyncio.

    As :func:`~modelhunter.webhooks.wsgi`, but the handler may be async, and either client serves.
    A handler that is not async runs in a thread, as does all that ``seen`` does.

    Raises:
        ConfigurationError: there are neither secrets nor a client, or a secret is empty.
    """
    check_callable(handler, "handler", none=False)
    secrets = unseen(secrets)
    intake = Intake(
        handler,
        accepting(secrets, client, tolerance),
        ReplayGuard() if seen is None else seen,
    )
    return AsgiApp(intake, max_body)


@frozen
class AsgiApp:
    """What :func:`asgi` makes.

    It is an object and no function, so that Starlette and FastAPI take it for an app also where
    they take endpoints (``add_route``).
    """

    intake: Intake
    max_body: int

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Deal with one connection."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        status = HTTPStatus.METHOD_NOT_ALLOWED
        if scope["method"] == "POST":
            body = await self._read(scope, receive)
            if body is None:
                return
            if isinstance(body, HTTPStatus):
                status = body
            else:
                status = await _do(self.intake.take(body, scope["headers"]))
        content, headers = answer(status)
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status.value, "headers": encoded})
        body = b"" if scope["method"] == "HEAD" else content
        await send({"type": "http.response.body", "body": body})

    async def _read(self, scope: Message, receive: Receive) -> bytes | HTTPStatus | None:
        """The body, or how a request with too much of it is answered; None if the sender left."""
        for name, value in scope["headers"]:
            if name.lower() == b"content-length":
                length = length_of(value.decode("latin-1"))
                if length is None:
                    return HTTPStatus.BAD_REQUEST
                if length > self.max_body:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self.max_body:
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if not message.get("more_body", False):
                return bytes(body)


async def _do(work: Work) -> HTTPStatus:
    try:
        step = next(work)
        while True:
            try:
                outcome = await asyncio.to_thread(_call, step)
                if inspect.isawaitable(outcome):
                    outcome = await outcome
            except BaseException as error:
                step = work.throw(error)
            else:
                step = work.send(outcome)
    except StopIteration as end:
        status: HTTPStatus = end.value
        return status


def _call(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except StopIteration as error:
        # A future can't carry it out of the thread (before Python 3.12 it would never be done).
        raise RuntimeError("StopIteration was raised outside of an iterator") from error


async def _live(receive: Receive, send: Send) -> None:
    """Answer a server that asks an app to start and stop."""
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return
