"""One call, sent until it has an answer that counts."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from modelhunter.errors import APIError, ModelHunterError, UnexpectedResponse, Unsendable
from modelhunter.runtime import bodies, contents
from modelhunter.runtime.answers import Answer, request_id_of
from modelhunter.runtime.events import CallEvent, Seen, log
from modelhunter.runtime.flow import Exchange, Flow, Sleep
from modelhunter.runtime.items import ItemReader
from modelhunter.runtime.message import Request, Response
from modelhunter.runtime.misfits import WireError, leniently
from modelhunter.runtime.retry import may_repeat, wait_before, was_rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import FileContent
    from modelhunter.runtime.session import Session

T = TypeVar("T")

__all__ = ["answered", "exchanged", "next_wait", "request_of", "send", "unexpected"]


def send(
    call: Call[T],
    session: Session,
    *,
    seconds: float | None = None,
    repeat_rejected: bool = True,
    on_sending: Callable[[], None] | None = None,
) -> Flow[T]:
    """Send a call, again where that is safe, and read its answer.

    ``seconds`` overrides the session's total time for this call. Without ``repeat_rejected`` a
    call that the API turned away is left to the caller. ``on_sending`` is called when all is ready
    and the request is handed to the transport: whatever went wrong before that was never sent.

    Raises:
        APIError: the API refused the call; TransportError: no usable answer came in time;
        UnexpectedResponse: the answer is not what the description says.
    """
    flow = answered(
        call, session, seconds=seconds, repeat_rejected=repeat_rejected, on_sending=on_sending
    )
    return (yield from flow)[0]


def exchanged(call: Call[T], session: Session, *, seconds: float | None = None) -> Flow[Answer[T]]:
    """The same as :func:`send`, with all that came with the value."""
    clock = session.clock
    began = clock.monotonic()
    attempts: list[float] = []

    def sending() -> None:
        attempts.append(clock.monotonic())

    flow = answered(call, session, seconds=seconds, on_attempt=sending)
    value, response = yield from flow
    now = clock.monotonic()
    return Answer(
        value=value,
        status=response.status,
        headers=response.headers,
        request_id=request_id_of(response.headers),
        seconds=now - began,
        last_seconds=now - attempts[-1],
        attempts=len(attempts),
        problems=response.problems,
    )


def answered(
    call: Call[T],
    session: Session,
    *,
    seconds: float | None = None,
    repeat_rejected: bool = True,
    on_sending: Callable[[], None] | None = None,
    on_attempt: Callable[[], None] | None = None,
) -> Flow[tuple[T, Response]]:
    """The same, with the answer that the value was read from; ``on_attempt`` hears each attempt."""
    deadline = session.deadline(seconds)
    request = request_of(call, session, deadline)
    if on_sending is not None:
        on_sending()
    if session.observer is None and not log.isEnabledFor(logging.DEBUG):
        flow = _send(call, request, session, deadline, None, repeat_rejected, on_attempt)
        return (yield from flow)
    seen = Seen(session, CallEvent(call.operation.id, call.method, call.path))
    with seen.call():
        flow = _send(call, request, session, deadline, seen, repeat_rejected, on_attempt)
        return (yield from flow)


def _send(
    call: Call[T],
    request: Request,
    session: Session,
    deadline: float | None,
    seen: Seen | None,
    repeat_rejected: bool,
    on_attempt: Callable[[], None] | None,
) -> Flow[tuple[T, Response]]:
    attempt = 1
    while True:
        if on_attempt is not None:
            on_attempt()
        try:
            if seen is None:
                response = yield Exchange(request)
            else:
                with seen.attempt(attempt):
                    response = yield Exchange(request)
                    seen.answered(response)
            value = read_answer(call, response, session)
        except ModelHunterError as error:
            wait = None
            if may_repeat(error, call.safety) and (repeat_rejected or not was_rejected(error)):
                wait = next_wait(error, session, attempt, deadline)
            if wait is None:
                raise
            if seen is not None:
                seen.retrying(error, wait)
        else:
            session.quota.give_back()
            return value, response
        yield Sleep(wait)
        attempt += 1


def next_wait(
    error: ModelHunterError, session: Session, attempt: int, deadline: float | None
) -> float | None:
    """Seconds until a call that may be repeated is sent again, or None where it is not."""
    if attempt >= session.retry.attempts:
        return None
    wait = wait_before(session.retry, attempt, error, session.clock.random())
    if deadline is not None and session.clock.monotonic() + wait >= deadline:
        return None
    return wait if session.quota.take() else None


def request_of(call: Call[Any], session: Session, deadline: float | None) -> Request:
    """The request that a call makes.

    Raises:
        Unsendable: a text in it is none that can be sent; ConfigurationError: a credential or an
        address is missing.
    """
    origin, base_path = session.place(call.operation)
    try:
        parts = _parts(call, session, base_path)
    except UnicodeError:
        parts = None
    if parts is None:  # raised out here, as the other error holds the text, which may be a secret
        raise Unsendable(
            f"{call.method} {call.path}: nothing was sent: a text in it has half of a surrogate "
            "pair, which is no character"
        )
    target, headers, body = parts
    return Request(
        call.method,
        origin,
        target,
        headers,
        body,
        session.timeouts.connect,
        session.timeouts.read,
        deadline,
    )


def _parts(
    call: Call[Any], session: Session, base_path: str
) -> tuple[str, Mapping[str, str], bytes | FileContent | None]:
    """Target, headers and body of a call's request."""
    headers = {**session.headers, **call.headers}
    content_type, body = bodies.body(call.body)
    if content_type is not None:
        headers["Content-Type"] = content_type
    target = base_path + call.target
    if session.auth is not None:
        target, headers = session.auth.added_to(call.operation, target, headers)
    return target, headers, body


def read_answer(call: Call[T], response: Response, session: Session) -> T:
    """The value of an answer.

    Raises:
        APIError: it is an error; UnexpectedResponse: it is not what the description says.
    """
    status = response.status
    if status >= 400:
        raise error_of(call, response, session)
    answer = call.operation.answer(status)
    if answer is None:
        raise unexpected(call, response, _why_unexpected(response))
    try:
        found = contents.content(answer, response)
    except (ValueError, ArithmeticError, RecursionError):
        raise unexpected(call, response, _why_not_json(response)) from None
    try:
        read: Callable[[Any], Any] = answer.decode
        if isinstance(read, ItemReader):
            found, read = read.values(found), read.all_of
        value, response.problems = read_value(read, found, lenient=session.lenient)
        refused = _refusal(found, call, response, session) if response.problems else None
        if refused is not None:
            raise refused
        return cast("T", value)
    except WireError as error:
        refused = _refusal(found, call, response, session)
        if refused is not None:
            raise refused from None
        raise unexpected(call, response, str(error), path=error.path) from None


def read_value(
    read: Callable[[Any], T], content: Any, *, lenient: bool
) -> tuple[T, tuple[WireError, ...]]:
    """What a reader makes of some content, and where that is not as described.

    Raises:
        WireError: it is not what the description says, nor anything like it where ``lenient``.
    """
    if not lenient:
        return read(content), ()
    with leniently() as noted:
        value = read(content)
    return value, noted.located(content)


def _refusal(
    content: Any, call: Call[Any], response: Response, session: Session
) -> APIError | None:
    """An error envelope that came with a status of success."""
    if isinstance(content, dict) and content.get("success") is False and "error" in content:
        return session.read_error(call, response, session.clock.now())
    return None


def error_of(call: Call[Any], response: Response, session: Session) -> APIError:
    """The error that an answer stands for, with its body as the description has it."""
    error = session.read_error(call, response, session.clock.now())
    error.headers = response.headers
    described = call.operation.error(response.status)
    if described is not None:
        # what can't be read is somebody else's words, such as a proxy's
        with suppress(ValueError, ArithmeticError, RecursionError):
            error.body = described.decode(contents.content(described, response))
    return error


def _why_unexpected(response: Response) -> str:
    location = response.headers.get("Location")
    if 300 <= response.status < 400 and location:
        return "it redirects elsewhere, which is not followed; check base_url"
    return "the description knows no such answer"


def _why_not_json(response: Response) -> str:
    kind = response.headers.get("Content-Type") or "no content type"
    if not response.content:
        return "its body is empty where JSON was expected"
    if kind.partition(";")[0].strip().lower() == "text/event-stream":
        return "it is a stream of events; read it with client.stream(call)"
    return f"its body is not JSON ({kind}, {len(response.content)} bytes)"


def unexpected(
    call: Call[Any], response: Response, why: str, *, path: str | None = None
) -> UnexpectedResponse:
    """The error for an answer that can't be used."""
    rid = request_id_of(response.headers)
    suffix = f" [request {rid}]" if rid else ""
    return UnexpectedResponse(
        f"{call.method} {call.path}: the answer ({response.status}) can't be used: {why}{suffix}",
        status=response.status,
        path=path,
        request_id=rid,
        raw=response.content,
        headers=response.headers,
    )
