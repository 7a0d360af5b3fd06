"""Answers read while they come: how they are cut up, and how long they may take."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.errors import (
    InvalidArgument,
    NotFound,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder
from modelhunter.runtime.client import AsyncClient, Client
from modelhunter.runtime.framing import EventFramer, Frame, Framer, LineFramer, PartFramer
from modelhunter.runtime.items import ItemReader, events, json_lines, parts
from modelhunter.runtime.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.call import Safety

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = HEAD.format("text/event-stream").encode()
PARTS = (
    b"preamble\r\n--b\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n\r\n"
    b"--b\r\n\r\n[1]\r\n--bc\r\n--b--\r\nepilogue\r\n--b\r\n\r\nno\r\n--b--"
)


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def operation(
    reader: ItemReader[Any] | None, safety: Safety = "safe", **more: Any
) -> Operation[Any]:
    read = ResponseDecoder("json", decode.anything) if reader is None else None
    found = read or ResponseDecoder("text", reader)  # type: ignore[arg-type]
    method = "GET" if safety == "safe" else "POST"
    return Operation("go", method, "/s", safety, answers={"200": found}, **more)


def frames(cutter: Framer, pieces: list[bytes]) -> list[Frame]:
    found: list[Frame] = []
    for piece in pieces:
        found += cutter.feed(piece)
    return [frame for frame in (*found, *cutter.finish()) if not frame.empty]


# --------------------------------------------------------------------------------- cutting up


@pytest.mark.parametrize(
    ("body", "contents"),
    [
        (b"data: a\n\ndata:b\r\n\r\ndata:  c\r\rdata: d", [b"a", b"b", b" c", b"d"]),
        (b"\xef\xbb\xbfdata: a\ndata: b\n\n", [b"a\nb"]),
        (b": hi\n\nevent: x\n\ndata\n\n", [b""]),
        (b"data: a\n\ndata: [DONE]\n\ndata: b\n\n", [b"a"]),
    ],
)
def test_events_are_read_as_the_standard_says(body: bytes, contents: list[bytes]) -> None:
    assert [frame.content for frame in frames(EventFramer(), [body])] == contents


def test_events_say_their_name_and_id() -> None:
    body = b"id: 1\nevent: a\nretry: 50\ndata: x\n\ndata: y\nid\n\n"
    first, second = frames(EventFramer(), [body])
    assert (first.event, first.id, first.retry) == ("a", "1", 50)
    assert (second.event, second.id) == (None, "")


def test_parts_are_what_lies_between_boundaries() -> None:
    found = frames(PartFramer(b"b"), [PARTS])
    expected = [(b"{}", None), (b"hi\r\n", "text/plain"), (b"[1]\r\n--bc", None)]
    assert [(frame.content, frame.kind) for frame in found] == expected


@pytest.mark.parametrize(
    ("make", "body"),
    [
        (EventFramer, b"\xef\xbb\xbfid: 1\r\ndata: a\rdata: b\n\nevent: x\r\ndata: c\r\n\r\n"),
        (LineFramer, b'\x1e{"a":1}\r\n\n\x1e"b"\n[]'),
        (PartFramer, b"\r\n--b\r\n\r\n{}\r\n--b  \r\nContent-Type: a/b\r\n\r\n\r\n\r\n--b--\r\n"),
        (lambda: PartFramer(b"b"), PARTS),
    ],
)
@given(data=st.data())
def test_how_a_body_is_cut_on_the_way_makes_no_difference(
    make: Callable[[], Framer], body: bytes, data: st.DataObject
) -> None:
    whole = frames(make(), [body])
    cuts = sorted(data.draw(st.sets(st.integers(1, len(body) - 1))))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert whole
    assert frames(make(), pieces) == whole


def test_an_event_may_be_described_with_its_data_or_by_it() -> None:
    body = b'event: add\nid: 7\ndata: {"a": 1}\n\ndata: 12\n\n'
    assert events(decode.anything)(body) == [{"a": 1}, 12]
    whole = [{"data": {"a": 1}, "event": "add", "id": "7"}, {"data": 12, "id": "7"}]
    assert events(decode.anything, whole=True)(body) == whole
    text = events(decode.member("data", decode.string), whole=True)
    assert text(b"data: 12\n\n") == ["12"]


# --------------------------------------------------------------------------------- over sockets


def test_each_item_comes_as_soon_as_it_was_sent(raw_server: Any) -> None:
    read = threading.Event()

    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(EVENTS + chunk(b"data: 1\n\n"))
        assert read.wait(20)
        c.sock.sendall(chunk(b"data: 2\n\n") + b"0\r\n\r\n")

    server = raw_server(script)
    with (
        Client(server.origin) as client,
        client.stream(Call(operation(events(decode.integer)))) as s,
    ):
        assert (s.status, s.headers["content-type"]) == (200, "text/event-stream")
        assert next(s) == 1
        read.set()
        assert list(s) == [2]


def test_async_items_come_as_soon_as_they_were_sent(raw_server: Any) -> None:
    read = threading.Event()

    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(HEAD.format("application/jsonl").encode() + chunk(b"1\n2"))
        assert read.wait(20)
        c.sock.sendall(chunk(b"3\n") + b"0\r\n\r\n")

    async def main() -> list[int]:
        found = []
        async with (
            AsyncClient(raw_server(script).origin) as client,
            client.stream(Call(operation(json_lines(decode.integer)))) as items,
        ):
            async for item in items:
                found.append(item)
                read.set()
        return found

    assert asyncio.run(main()) == [1, 23]


def test_parts_of_a_multipart_answer(raw_server: Any) -> None:
    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(HEAD.format('multipart/mixed; boundary="b"').encode())
        c.sock.sendall(chunk(PARTS) + b"0\r\n\r\n")

    with (
        Client(raw_server(script).origin) as client,
        client.stream(Call(operation(parts(decode.anything)))) as items,
    ):
        assert list(items) == [{}, "hi\r\n", "[1]\r\n--bc"]


def test_the_end_of_the_block_closes_the_connection(raw_server: Any) -> None:
    closed = threading.Event()

    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(EVENTS + chunk(b"data: 1\n\n"))
        if c.sock.recv(1) == b"":
            closed.set()

    with Client(raw_server(script).origin) as client:
        with client.stream(Call(operation(events(decode.anything)))) as items:
            assert next(items) == 1
        assert closed.wait(20)


def test_a_stream_that_breaks_goes_on_behind_its_last_event(raw_server: Any) -> None:
    def script(c: Any) -> None:
        head = c.read_request().lower()
        last = [line for line in head.split(b"\r\n") if line.startswith(b"last-event-id")]
        number = int(last[0].partition(b":")[2]) + 1 if last else 0
        c.sock.sendall(EVENTS + chunk(b"retry: 1\nid: %d\ndata: %d\n\n" % (number, number)))
        if number == 3:
            c.sock.sendall(b"0\r\n\r\n")

    server = raw_server(script)
    call = Call(operation(events(decode.integer)))
    with Client(server.origin, retries=Retry(base=0)) as client:
        with client.stream(call) as items:
            assert list(items) == [0, 1, 2, 3]
            assert items.last_event_id == "3"
        with client.stream(call, last_event_id="1") as items:
            assert list(items) == [2, 3]


@pytest.mark.parametrize(("safety", "id_"), [("unsafe", b"id: 1\n"), ("safe", b"")])
def test_what_may_cost_or_has_no_ids_is_not_opened_again(
    raw_server: Any, safety: Safety, id_: bytes
) -> None:
    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(EVENTS + chunk(id_ + b"data: 1\n\n"))

    server = raw_server(script)
    with (
        Client(server.origin, retries=Retry(base=0)) as client,
        client.stream(Call(operation(events(decode.anything), safety))) as items,
    ):
        assert next(items) == 1
        with pytest.raises(TransportError):
            next(items)
    assert server.connections == 1


def test_an_item_that_does_not_come_in_time(raw_server: Any) -> None:
    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(EVENTS + chunk(b"data: 1\n\n"))
        while not c.server.gone.wait(0.01):
            c.sock.sendall(chunk(b": still here\n\n"))

    with Client(raw_server(script).origin) as client:
        call = Call(operation(events(decode.anything)))
        for limit in ("item_timeout", "timeout"):
            with pytest.raises(TransportError), client.stream(call, **{limit: 0.3}) as items:
                list(items)


def test_errors_and_answers_that_are_no_streams(raw_server: Any) -> None:
    answers = [
        b"HTTP/1.1 404 No\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b'Content-Length: 15\r\n\r\n{"message":"x"}',
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}",
        EVENTS + chunk(b"data: 1\n\ndata: no\n\n"),
    ]

    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(answers.pop(0))

    call = Call(operation(events(decode.integer), "unsafe"))
    with Client(raw_server(script).origin) as client:
        with pytest.raises(NotFound, match="x"), client.stream(call):
            pass
        with pytest.raises(UnexpectedResponse, match="no stream"), client.stream(call) as items:
            list(items)
        with pytest.raises(UnexpectedResponse) as caught, client.stream(call) as items:
            list(items)
        assert (caught.value.path, caught.value.raw) == ("$[1]", b"no")


def test_a_call_that_asks_for_a_stream_is_not_sent_for_one_answer(raw_server: Any) -> None:
    def script(c: Any) -> None:
        assert b"Accept: text/event-stream" in c.read_request()
        c.sock.sendall(EVENTS + chunk(b"data: 1\n\n") + b"0\r\n\r\n")

    server = raw_server(script)
    stream = ("text/event-stream", events(decode.integer))
    call: Call[Any] = Call(
        operation(None, "unsafe", stream=stream), body=JsonBody({"stream": True})
    )
    with Client(server.origin) as client:
        with pytest.raises(InvalidArgument, match=r"client\.stream"):
            client.send(call)
        assert not server.connections
        with client.stream(call) as items:
            assert list(items) == [1]


def test_a_stream_where_one_answer_was_expected_says_how_to_read_it(raw_server: Any) -> None:
    def script(c: Any) -> None:
        c.read_request()
        c.sock.sendall(EVENTS + chunk(b"data: 1\n\n") + b"0\r\n\r\n")

    with (
        Client(raw_server(script).origin) as client,
        pytest.raises(UnexpectedResponse, match=r"client\.stream\(call\)") as caught,
    ):
        client.send(Call(operation(None, "unsafe")))
    assert caught.value.raw == b"data: 1\n\n"
