"""What stands before the endpoints: the guard, request ids, the record of requests, the faults.

A connection can't be dropped from within ASGI, nor can an answer be sent in odd pieces; therefore
:mod:`.listener` hands each request the transport of its connection (:data:`TRANSPORT`), and an
answer that is to go wrong on the wire is written there by hand.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field, frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from modelhunter.jobs.error_envelope import CODE_OF
from modelhunter.sandbox.accounts import random_id
from modelhunter.sandbox.answers import Refusal, failure, refused
from modelhunter.sandbox.clock import SECOND, http_date
from modelhunter.sandbox.guard import is_control
from modelhunter.sandbox.links import expired_link
from modelhunter.sandbox.service import Seen, Service

if TYPE_CHECKING:
    from modelhunter.sandbox.app import App
    from modelhunter.sandbox.faults import Content, Fault
    from modelhunter.sandbox.guard import Guard

TRANSPORT = "modelhunter.transport"
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request's body, but for the content of a file; a generation's has some hundred."""

_log = logging.getLogger("modelhunter.sandbox")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answerer = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


@frozen
class _Answer:
    """A whole answer, before it is written."""

    status: int
    headers: Headers
    body: bytes


@define
class _Exchange:
    """One request, which goes on record before the first byte of its answer is sent."""

    scope: Scope
    receive: Receive
    send: Send
    operation: str | None
    record: Callable[[Seen], None]
    now: Callable[[], int]
    id: str = field(factory=lambda: random_id("req_", 16))
    received: int = 0

    async def sending(self, message: Message) -> None:
        """ASGI's ``send``, with a request id and the time on each answer."""
        await self.send(self.noted(message))

    def noted(self, message: Message) -> Message:
        """A message about to be sent: the start of an answer gets the request id and the time."""
        if message["type"] == "http.response.start":
            self.seen(message["status"])
            message["headers"] = [
                *message["headers"],
                (b"date", http_date(self.now()).encode()),
                (b"x-request-id", self.id.encode()),
            ]
        return message

    async def bounded(self) -> Message:
        """ASGI's ``receive``, which refuses a body that is too large."""
        message = await self.receive()
        self.received += len(message.get("body", b""))
        if self.received > LARGEST_BODY:
            raise Refusal("PAYLOAD_TOO_LARGE", f"a body may have at most {LARGEST_BODY} bytes")
        return message

    def seen(self, status: int | None) -> None:
        """Put the request on record, with the status of its answer; None where it gets none."""
        request = Request(self.scope)
        self.record(
            Seen(
                method=request.method,
                path=self.scope["path"],
                query=request.url.query,
                host=request.url.hostname or "",
                operation=self.operation,
                status=status,
                with_key="authorization" in request.headers,
                request_id=self.id,
                at=self.now() / SECOND,
            )
        )


class Front:
    """The ASGI application that the server runs, around the endpoints in ``app``."""

    def __init__(self, app: App, service: Service, guard: Guard) -> None:
        self._app = app
        self._service = service
        self._guard = guard
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        control = is_control(scope["path"])
        exchange = _Exchange(
            scope,
            receive,
            send,
            None if control else self._app.find(scope["method"], scope["path"]).operation,
            _unrecorded if control else self._service.requests.append,
            self._service.now,
        )
        try:
            self._guard.check(Request(scope))
            if control:
                await self._app(scope, exchange.bounded, exchange.sending)
            else:
                await self._answer(exchange)
        except Refusal as refusal:
            exchange.record = _unrecorded
            await refused(refusal)(scope, receive, exchange.sending)
        except asyncio.CancelledError:
            # The server is being stopped and the connection is gone already.
            if not self.stopping:
                raise
        except ClientDisconnect:
            return  # the client went away before its request was complete: it was never made
        except Exception:
            if not self.stopping:
                _log.exception("a bug of the sandbox at %s %s", scope["method"], scope["path"])

    async def _answer(self, exchange: _Exchange) -> None:
        scope = exchange.scope
        receive = exchange.receive if exchange.operation == "uploadContent" else exchange.bounded
        what = (exchange.operation, scope["method"], scope["path"])
        answerer: Answerer = self._app
        for fault in self._service.faults.take("arrival", *what):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
                continue
            if fault.kind == "drop":
                await _drop(exchange)
                return
            answerer = _instead(fault)
            break
        faults = self._service.faults.take("answer", *what)
        if not faults:
            await answerer(scope, receive, exchange.sending)
            return
        answer = await _captured(answerer, scope, receive)
        on_the_wire: Fault | None = None
        for fault in faults:
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "drop" and fault.at == "after":
                await _drop(exchange)
                return
            elif fault.kind in ("drop", "drip"):
                on_the_wire = fault
            else:
                answer = await _spoilt(fault, answer, exchange)
        if on_the_wire is None:
            await exchange.sending(_start(answer))
            await exchange.sending({"type": "http.response.body", "body": answer.body})
        else:
            await _write_by_hand(on_the_wire, answer, exchange)


def _unrecorded(_: Seen) -> None:
    """Requests that control the sandbox are not part of what it saw."""


def _start(answer: _Answer) -> Message:
    return {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [*_without(answer.headers, b"content-length"), _length(answer.body)],
    }


def _without(headers: Headers, name: bytes) -> Headers:
    return [(key, value) for key, value in headers if key.lower() != name]


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


async def _captured(answerer: Answerer, scope: Scope, receive: Receive) -> _Answer:
    started: list[Message] = []
    pieces: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            pieces.append(message.get("body", b""))

    await answerer(scope, receive, keep)
    return _Answer(started[0]["status"], started[0]["headers"], b"".join(pieces))


# ----------------------------------------------------------------------- answers that are wrong


def _instead(fault: Fault) -> Response:
    """The answer to a request that is not acted on."""
    if fault.kind == "expired_link":
        return expired_link()
    if fault.kind == "status":
        return _error(fault)
    status = 200 if fault.status is None else fault.status
    return _unreadable(fault.content, status, b'{"success": true, "data": {"id": "ta')


async def _spoilt(fault: Fault, answer: _Answer, exchange: _Exchange) -> _Answer:
    """The answer to a request that was acted on, made wrong."""
    if fault.kind == "wrong_size":
        return evolve(answer, body=_with_wrong_sizes(answer.body, fault.size or 1))
    if fault.kind == "status":
        return await _captured(_error(fault), exchange.scope, exchange.receive)
    status = answer.status if fault.status is None else fault.status
    half = answer.body[: len(answer.body) // 2]
    unreadable = _unreadable(fault.content, status, half)
    return await _captured(unreadable, exchange.scope, exchange.receive)


def _error(fault: Fault) -> Response:
    status = 503 if fault.status is None else fault.status
    code = fault.code or CODE_OF.get(status, "INTERNAL_ERROR")
    headers = None if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return failure(status, code, fault.message or HTTPStatus(status).phrase, headers=headers)


def _unreadable(content: Content, status: int, truncated: bytes) -> Response:
    match content:
        case "html":
            return HTMLResponse("<html><body><h1>Bad gateway</h1></body></html>", status)
        case "empty":
            return Response(b"", status, media_type="application/json")
        case "truncated":
            return Response(truncated, status, media_type="application/json")
        case "envelope":
            return JSONResponse({"ok": True, "payload": {"task": "unknown"}}, status)
        case "text":
            return PlainTextResponse("upstream connect error or disconnect", status)


def _with_wrong_sizes(body: bytes, by: int) -> bytes:
    try:
        document = json.loads(body)
        items = document["data"]["result"]
    except (ValueError, LookupError, TypeError):
        return body
    for item in items:
        item["size_bytes"] += by
    return json.dumps(document).encode()


# ----------------------------------------------------------------------- below ASGI


async def _drop(exchange: _Exchange) -> None:
    """Close the connection without a word. Shut down first: a forked child may share the socket."""
    exchange.seen(None)
    transport = exchange.scope["extensions"][TRANSPORT]
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("the client had closed the connection already")
    transport.abort()
    await _until_closed(exchange)


async def _until_closed(exchange: _Exchange) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass


async def _write_by_hand(fault: Fault, answer: _Answer, exchange: _Exchange) -> None:
    """Write an answer in pieces, or a part of it, and close the connection."""
    transport = exchange.scope["extensions"][TRANSPORT]
    head = _head(exchange.noted(_start(answer)))
    if fault.kind == "drop":
        cut = len(answer.body) // 2 if fault.size is None else fault.size
        transport.write(head + answer.body[:cut])
    else:
        slow = head + answer.body if fault.at == "headers" else answer.body
        if fault.at == "body":
            transport.write(head)
        for byte in slow:
            if transport.is_closing():
                break
            transport.write(bytes((byte,)))
            await asyncio.sleep(fault.seconds)
    if not transport.is_closing():
        transport.write_eof()
    transport.close()
    await _until_closed(exchange)


def _head(message: Message) -> bytes:
    status = message["status"]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in message["headers"]]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
