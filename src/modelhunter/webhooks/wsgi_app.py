"""A WSGI app that takes deliveries, to be mounted in Flask, Django and the like."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING

from modelhunter.runtime.argument_checks import check_able, check_callable
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.intake import (
    MAX_BODY,
    Handler,
    Intake,
    Work,
    accepting,
    answer,
    is_async,
    length_of,
)
from modelhunter.webhooks.replays import ReplayGuard, SeenEvents
from modelhunter.webhooks.signing import TOLERANCE, Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from modelhunter.client.blocking.client import ModelHunter

_NOT_AWAITED = "a WSGI app awaits nothing; give a plain handler and a ModelHunter, or use asgi"


def wsgi(
    handler: Handler,
    *,
    secrets: Secrets | None = None,
    client: ModelHunter | None = None,
    tolerance: float = TOLERANCE,
    seen: SeenEvents | None = None,
    max_body: int = MAX_BODY,
) -> WSGIApplication:
    """An app that calls ``handler(event)`` once for each genuine event.

    It answers 200 when the handler returns, and when the event was dealt with before; 500 when the
    handler raises, so that the API sends the event again; 503 while it is being dealt with, and
    when the API could not be asked; 400 and 401 to what is malformed or can't be believed; 405,
    411 and 413 to what is no delivery at all. The reasons go to the log ``modelhunter.webhooks``.

    Args:
        handler: gets the :class:`~modelhunter.api.models.WebhookEvent`; should return within a few
            seconds, so hand long work to a queue.
        secrets: of the registered webhooks that deliver here; several while one is being rotated.
        client: confirms unsigned deliveries (``webhook_url`` of a job) by reading the task.
        tolerance: seconds that may lie between signing and now, in either direction.
        seen: remembers events; give one that all your processes share if there are several.
        max_body: bytes; what is longer is refused unread.

    Raises:
        ConfigurationError: there are neither secrets nor a client, or a secret is empty.
        TypeError: the handler or the client is async.
    """
    check_callable(handler, "handler", none=False)
    check_able(client, ("run",), "client", "a ModelHunter")
    if is_async(handler) or (client is not None and is_async(client.run)):
        raise TypeError(_NOT_AWAITED)
    secrets = unseen(secrets)
    intake = Intake(
        handler,
        accepting(secrets, client, tolerance),
        ReplayGuard() if seen is None else seen,
    )
    return wsgi_app(intake, max_body)


def wsgi_app(intake: Intake, max_body: int) -> WSGIApplication:
    """The app around an intake."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status = _status(environ, intake, max_body)
        body, headers = answer(status)
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return app


def _status(environ: WSGIEnvironment, intake: Intake, max_body: int) -> HTTPStatus:
    if environ["REQUEST_METHOD"] != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED
    body = _read(environ, max_body)
    if isinstance(body, HTTPStatus):
        return body
    return do(intake.take(body, environ))


def do(work: Work) -> HTTPStatus:
    """Deal with one delivery, in this thread; how it is answered."""
    try:
        step = next(work)
        while True:
            try:
                outcome = step()
                if inspect.isawaitable(outcome):
                    raise TypeError(_NOT_AWAITED)
            except BaseException as error:
                step = work.throw(error)
            else:
                step = work.send(outcome)
    except StopIteration as end:
        status: HTTPStatus = end.value
        return status


def _read(environ: WSGIEnvironment, max_body: int) -> bytes | HTTPStatus:
    """The body, or how a request is answered that has none or too much."""
    given = environ.get("CONTENT_LENGTH") or ""
    if not given and not environ.get("wsgi.input_terminated"):
        return HTTPStatus.LENGTH_REQUIRED
    length = length_of(given) if given else None
    if given and length is None:
        return HTTPStatus.BAD_REQUEST
    if length is not None and length > max_body:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    try:
        body = _read_up_to(environ, max_body + 1 if length is None else length)
    except OSError:
        return HTTPStatus.BAD_REQUEST
    if len(body) > max_body:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return body if length is None or len(body) == length else HTTPStatus.BAD_REQUEST


def _read_up_to(environ: WSGIEnvironment, size: int) -> bytes:
    chunks: list[bytes] = []
    while size > 0:
        chunk: bytes = environ["wsgi.input"].read(size)
        if not chunk:
            break
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
