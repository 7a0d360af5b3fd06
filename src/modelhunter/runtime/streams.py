"""Answers that are read while they come: items, each as soon as the server has sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, frozen

from modelhunter.errors import InvalidArgument, ModelHunterError, TransportError
from modelhunter.runtime.argument_checks import check_seconds
from modelhunter.runtime.call import Call, JsonBody, Operation
from modelhunter.runtime.clock import LONGEST
from modelhunter.runtime.decode import WireError, anything
from modelhunter.runtime.flow import Close, Emit, Exchange, Flow, Read, Sleep
from modelhunter.runtime.items import ItemReader, framer, framing_of
from modelhunter.runtime.retry import may_repeat
from modelhunter.runtime.send import error_of, next_wait, read_value, request_of, unexpected

if TYPE_CHECKING:
    from modelhunter.runtime.framing import Frame, Framer
    from modelhunter.runtime.message import Request, Response
    from modelhunter.runtime.session import Session

T = TypeVar("T")

_PIECE = 64 * 1024
_ERROR = 1024 * 1024
"""Bytes of an error's body that are read."""


@frozen(kw_only=True)
class StreamLimits:
    """How long a stream may take, in seconds, and from which event on it is wanted.

    ``total`` bounds all of it, ``item`` the wait for each item (None: nothing but the silence that
    the session allows). ``last_event_id`` leads on from an event that was read before.
    """

    total: float | None = None
    item: float | None = None
    last_event_id: str | None = None

    def __attrs_post_init__(self) -> None:
        check_seconds(self.total, "timeout", some=True, none="no limit", endless=True)
        check_seconds(self.item, "item_timeout", some=True, none="no limit", endless=True)


@frozen
class Opened:
    """The head of a streamed answer; ``progress`` goes on with what is read."""

    response: Response
    progress: Progress


class Progress:
    """How far a stream was read."""

    def __init__(self, last_event_id: str | None) -> None:
        self.last_event_id: str | None = last_event_id
        self.items: int = 0
        self.problems: tuple[WireError, ...] = ()
        self.retry: float | None = None
        """Seconds that the server wants to pass before the stream is opened again."""


def streamed(call: Call[Any], session: Session, limits: StreamLimits) -> Flow[None]:
    """Emit an :class:`Opened`, then the items of the answer.

    A connection that breaks is opened again behind the last event where that can be told and costs
    nothing: events have ids, and the call is safe. Whatever ends the flow closes the connection.

    Raises:
        APIError: the API refused; TransportError: the connection broke, or took too long;
        UnexpectedResponse: what came is no stream, or an item is not what the description says.
    """
    clock = session.clock
    end = None if limits.total is None else clock.monotonic() + limits.total
    whole = session.ending_at(_earlier(session.until, end))
    progress = Progress(limits.last_event_id)
    response = yield from _open(call, whole, limits, progress)
    failures = 0
    try:
        yield Emit(Opened(response, progress))
        while True:
            before = progress.items
            try:
                yield from _items(call, whole, limits, response, progress)
                return
            except TransportError as error:
                failures = 1 if progress.items > before else failures + 1
                wait = _wait_to_resume(call, whole, progress, error, failures, limits)
                if wait is None:
                    raise
            yield Close(response)
            yield Sleep(wait)
            response = yield from _open(call, whole, limits, progress)
    finally:
        yield Close(response)


def refuse_stream(call: Call[Any]) -> None:
    """Refuse to send a call for one answer that asks for a stream of them.

    Raises:
        InvalidArgument: the call says ``stream`` and its operation can answer so. Nothing was sent.
    """
    if call.operation.stream is None or not isinstance(call.body, JsonBody):
        return
    value = call.body.value
    if isinstance(value, dict) and value.get("stream") is True:
        raise InvalidArgument(
            f"{call.method} {call.path}: with stream=True the answer comes item by item; read it "
            "with `with client.stream(call) as items:`. Nothing was sent"
        )


def _open(
    call: Call[Any], session: Session, limits: StreamLimits, progress: Progress
) -> Flow[Response]:
    """Send the call, again where that is safe, and return the head of its answer."""
    deadline = session.deadline()
    request = _request(call, session, limits, progress, deadline)
    attempt = 1
    while True:
        try:
            response: Response = yield Exchange(request)
            if response.status >= 400 or call.operation.answer(response.status) is None:
                content = yield from _error_body(response, deadline)
                whole = evolve(response, content=content, stream=None)
                if response.status >= 400:
                    raise error_of(call, whole, session)
                raise unexpected(call, whole, "the description knows no such answer")
        except ModelHunterError as error:
            wait = None
            if may_repeat(error, call.safety):
                wait = next_wait(error, session, attempt, deadline)
            if wait is None:
                raise
        else:
            session.quota.give_back()
            return response
        yield Sleep(wait)
        attempt += 1


def _request(
    call: Call[Any],
    session: Session,
    limits: StreamLimits,
    progress: Progress,
    deadline: float | None,
) -> Request:
    headers = dict(call.headers)
    stream = call.operation.stream
    if stream is not None:
        headers["Accept"] = stream[0]
    if progress.last_event_id is not None:
        headers["Last-Event-ID"] = progress.last_event_id
    request = request_of(evolve(call, headers=headers), session, deadline)
    silence = request.read_timeout if limits.item is None else min(limits.item, LONGEST)
    return evolve(request, stream=True, read_timeout=max(silence, request.read_timeout))


def _error_body(response: Response, deadline: float | None) -> Flow[bytes]:
    pieces: list[bytes] = []
    size = 0
    try:
        while size < _ERROR:
            piece = yield Read(response, _PIECE, deadline)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
    finally:
        yield Close(response)
    return b"".join(pieces)[:_ERROR]


def _items(
    call: Call[Any],
    session: Session,
    limits: StreamLimits,
    response: Response,
    progress: Progress,
) -> Flow[None]:
    reader = _reader(call, response)
    cutter = framer(reader.framing, response.headers.get("Content-Type") or "")
    clock, lenient = session.clock, session.lenient
    while not cutter.done:
        item = None if limits.item is None else clock.monotonic() + limits.item
        # what is no item, such as a comment that keeps a connection open, wins no time
        while True:
            piece = yield Read(response, _PIECE, _earlier(session.until, item))
            got = False
            for frame in cutter.feed(piece) if piece else cutter.finish():
                got = (yield from _emit(call, reader, frame, response, progress, lenient)) or got
            if got or not piece or cutter.done:
                break
            _check_size(call, cutter, response)
        if not piece:
            return


def _emit(
    call: Call[Any],
    reader: ItemReader[Any],
    frame: Frame,
    response: Response,
    progress: Progress,
    lenient: bool,
) -> Flow[bool]:
    """Hand an item over; false where the frame has none."""
    if frame.retry is not None:
        progress.retry = frame.retry / 1000
    if frame.empty:
        return False
    try:
        value, problems = read_value(reader.read, reader.value(frame), lenient=lenient)
    except WireError as error:
        error.under(progress.items)
        bad = evolve(response, content=frame.content, stream=None)
        raise unexpected(call, bad, str(error), path=error.path) from None
    progress.problems += tuple(problem.under(progress.items) for problem in problems)
    progress.items += 1
    if frame.id is not None:
        progress.last_event_id = frame.id or None
    yield Emit(value)
    return True


def _reader(call: Call[Any], response: Response) -> ItemReader[Any]:
    """How the items of an answer are read: by the description, else by what the answer says.

    Raises:
        UnexpectedResponse: the answer is one value and no stream.
    """
    kind = response.headers.get("Content-Type") or ""
    came = framing_of(kind)
    described = stream_reader(call.operation, response.status)
    if described is not None and (came is None or came == described.framing):
        if came is None and kind.partition(";")[0].strip().lower() == "application/json":
            raise unexpected(
                call,
                response,
                "it is one JSON value and no stream; the call may have to ask for one",
            )
        return described
    if came is None:
        raise unexpected(call, response, f"it is no stream ({kind or 'no content type'})")
    return ItemReader(came, anything)


def stream_reader(operation: Operation[Any], status: int) -> ItemReader[Any] | None:
    """What reads the items of an operation's answer, where the description has any."""
    if operation.stream is not None:
        reader: ItemReader[Any] = operation.stream[1]
        return reader
    answer = operation.answer(status)
    decoder = None if answer is None else answer.decode
    return decoder if isinstance(decoder, ItemReader) else None


def _wait_to_resume(
    call: Call[Any],
    session: Session,
    progress: Progress,
    error: TransportError,
    failures: int,
    limits: StreamLimits,
) -> float | None:
    """Seconds until a broken stream is opened again; None where it is not."""
    if call.safety != "safe" or progress.last_event_id is None:
        return None
    wait = next_wait(error, session, failures, session.until)
    if wait is None or progress.retry is None:
        return wait
    wait = max(wait, progress.retry)
    if session.until is not None and session.clock.monotonic() + wait >= session.until:
        return None
    return wait


def _earlier(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _check_size(call: Call[Any], cutter: Framer, response: Response) -> None:
    most = 32 * 1024 * 1024
    if cutter.held > most:
        raise unexpected(call, response, f"one item of it is larger than {most:,} bytes")
