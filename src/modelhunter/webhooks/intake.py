"""What the WSGI and ASGI apps have in common: from a request's body to the status of its answer."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Generator
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from modelhunter.errors import ConfigurationError, ModelHunterError
from modelhunter.runtime.argument_checks import check_able
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.confirming import Accepted, accept, accept_signed
from modelhunter.webhooks.errors import (
    MalformedDelivery,
    ReplayedEvent,
    UnreadableEvent,
    WebhookError,
)
from modelhunter.webhooks.headers import Headers
from modelhunter.webhooks.signing import Secrets, keys_of
from modelhunter.webhooks.verifying import claim

if TYPE_CHECKING:
    from modelhunter.api.models import WebhookEvent
    from modelhunter.client.aio.client import AsyncModelHunter
    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.webhooks.replays import SeenEvents

log: logging.Logger = logging.getLogger("modelhunter.webhooks")

MAX_BODY = 1024 * 1024
"""Bytes; an event has a few thousand."""

Handler: TypeAlias = "Callable[[WebhookEvent], object]"

Accept: TypeAlias = Callable[[bytes, Headers], Any]
"""Makes an :class:`Accepted` of body and headers, or an awaitable of one."""

Work = Generator[Callable[[], Any], Any, HTTPStatus]
"""Yields functions that may block or return an awaitable, and is resumed with their outcome."""


def accepting(
    secrets: Secrets | None, client: ModelHunter | AsyncModelHunter | None, tolerance: float
) -> Accept:
    """How deliveries are told from forgeries: by signature, by asking the API, or either.

    Raises:
        ConfigurationError: there is nothing to tell them by.
    """
    check_able(client, ("run",), "client", "a ModelHunter or AsyncModelHunter")
    secrets = unseen(secrets)
    keys = None if secrets is None else keys_of(secrets)
    if client is not None:
        return lambda body, headers: client.run(
            accept(client.context, body, headers, keys, tolerance=tolerance, now=None)
        )
    if keys is None:
        raise ConfigurationError(
            "anybody could send events to this app: give secrets=… (of registered webhooks), "
            "client=… (for the webhook_url of jobs), or both"
        )
    return partial(accept_signed, secrets=keys, tolerance=tolerance, now=None)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it makes a coroutine."""
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the method, not whether it is there
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


@frozen
class Intake:
    """Takes deliveries: each event that can be believed goes to the handler once."""

    handler: Handler
    accept: Accept
    seen: SeenEvents

    def take(self, body: bytes, headers: Headers) -> Work:
        """Deal with one delivery; returns how it is answered.

        Nothing but 2xx stops the API from sending it again.
        """
        try:
            accepted: Accepted = yield lambda: self.accept(body, headers)
            yield lambda: claim(self.seen, accepted.name)
        except Exception as error:
            return _refused(error)
        try:
            yield lambda: self.handler(accepted.event)
        except Exception:
            log.exception("the handler failed on event %a; it will come again", accepted.name)
            yield lambda: self._note(self.seen.release, accepted.name)
            return HTTPStatus.INTERNAL_SERVER_ERROR
        except BaseException:
            self._note(self.seen.release, accepted.name)
            raise
        yield lambda: self._note(self.seen.finish, accepted.name)
        return HTTPStatus.OK

    def _note(self, method: Callable[[str], None], name: str) -> None:
        """The handler has run; a memory that fails now must not change the answer."""
        try:
            method(name)
        except Exception:
            log.exception("the memory of events failed to note what became of %a", name)


def _refused(error: Exception) -> HTTPStatus:
    if isinstance(error, ReplayedEvent):
        log.info("%s", error)
        return HTTPStatus.OK if error.finished else HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, WebhookError):
        log.warning("refused a delivery: %s", error)
        malformed = isinstance(error, (MalformedDelivery, UnreadableEvent))
        return HTTPStatus.BAD_REQUEST if malformed else HTTPStatus.UNAUTHORIZED
    if isinstance(error, ModelHunterError):
        log.error("a delivery could not be confirmed: %s", error)
        return HTTPStatus.SERVICE_UNAVAILABLE
    log.error("a delivery could not be checked", exc_info=error)
    return HTTPStatus.INTERNAL_SERVER_ERROR


def answer(status: HTTPStatus) -> tuple[bytes, list[tuple[str, str]]]:
    """Body and headers of an answer; they say no more than its status."""
    body = f"{status.phrase}\n".encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "POST"))
    return body, headers


def length_of(text: str) -> int | None:
    """The number of bytes a Content-Length announces; None where it is no number."""
    return int(text[:19]) if text.isascii() and text.isdigit() else None
