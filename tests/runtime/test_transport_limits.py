"""Both transports: what ends an exchange, and whether the server may have acted on it."""

from __future__ import annotations

import io
import socket
import threading
import time

import pytest

from modelhunter.errors import ConnectFailed, ConnectionLost, TimedOut
from modelhunter.runtime.message import FileContent, Request


def get(origin: str, **changes: object) -> Request:
    return Request("GET", origin, "/x", {"Accept": "application/json"}, **changes)  # type: ignore[arg-type]


def test_nothing_listens(transport):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        origin = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(ConnectFailed) as caught:
        transport.send(get(origin))
    assert caught.value.delivered == "no"
    assert origin in str(caught.value)


def test_a_host_that_does_not_exist(transport):
    with pytest.raises(ConnectFailed) as caught:
        transport.send(get("http://no-such-host.invalid"))
    assert caught.value.delivered == "no"
    assert "Phases" not in str(caught.value)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:99999", f"http://{'a' * 70}.example"])
def test_an_address_that_can_not_be_is_no_connection(transport, origin):
    with pytest.raises(ConnectFailed) as caught:
        transport.send(get(origin))
    assert caught.value.delivered == "no"


def test_a_connection_closed_after_the_request_may_have_been_delivered(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()

    with pytest.raises(ConnectionLost) as caught:
        transport.send(get(raw_server(script).origin))
    assert caught.value.delivered == "maybe"


@pytest.mark.parametrize("prefix", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
def test_silence_ends_with_the_read_timeout(raw_server, transport, prefix):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(prefix)
        connection.server.gone.wait(10)

    with pytest.raises(TimedOut) as caught:
        transport.send(get(raw_server(script).origin, read_timeout=0.05))
    assert caught.value.delivered == "maybe"
    assert "silent for 0.05 s" in str(caught.value)


@pytest.mark.parametrize(
    "prefix",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["headers", "body"],
)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_server_that_drips_does_not_outlast_the_deadline(
    raw_server, certified, trusted, transport, prefix, tls
):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(prefix)
        connection.drip()

    server = raw_server(script, tls=certified(trusted, "127.0.0.1") if tls else None)
    with pytest.raises(TimedOut, match="deadline") as caught:
        transport.send(get(server.origin, deadline=time.monotonic() + 0.6))
    assert caught.value.delivered == "maybe"


def read_all(transport, response, deadline):
    while transport.read(response, 1000, deadline):
        pass


def test_a_streamed_body_that_drips_does_not_outlast_the_deadline(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        connection.drip()

    response = transport.send(get(raw_server(script).origin, stream=True))
    with pytest.raises(TimedOut, match="deadline"):
        read_all(transport, response, time.monotonic() + 0.2)
    transport.close_stream(response)


def test_a_deadline_that_has_passed_sends_nothing(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b""))
    with pytest.raises(TimedOut) as caught:
        transport.send(get(server.origin, deadline=time.monotonic() - 1))
    assert caught.value.delivered == "no"
    assert server.requests == []


BIG = 30_000_000


@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_a_request_that_was_not_sent_whole_was_not_delivered(raw_server, transport, kind):
    def script(connection) -> None:
        connection.sock.recv(1000)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with pytest.raises(ConnectionLost) as caught:
        transport.send(upload(raw_server(script).origin, kind))
    assert caught.value.delivered == "no"


@pytest.mark.parametrize("kind", ["bytes", "file"])
@pytest.mark.parametrize("limit", ["read_timeout", "deadline"])
def test_a_server_that_stops_reading_does_not_hold_an_upload(raw_server, transport, kind, limit):
    def script(connection) -> None:
        connection.server.gone.wait(10)

    origin = raw_server(script).origin
    limits = {"deadline": time.monotonic() + 0.3} if limit == "deadline" else {limit: 0.1}
    with pytest.raises(TimedOut) as caught:
        transport.send(upload(origin, kind, **limits))
    assert caught.value.delivered == "no"


def upload(origin: str, kind: str, **limits: float) -> Request:
    content = bytes(BIG)
    body = content if kind == "bytes" else FileContent(lambda: io.BytesIO(content), BIG)
    return Request("POST", origin, "/f", {}, body, **limits)  # type: ignore[arg-type]


@pytest.fixture
def slow_names(monkeypatch):
    """Names are not resolved as long as the test lasts."""
    over = threading.Event()

    def wait(*arguments, **options):
        over.wait(10)
        raise socket.gaierror(socket.EAI_NONAME, "over")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    over.set()


def test_a_resolver_that_hangs_does_not_outlast_the_deadline(transport, slow_names):
    with pytest.raises(TimedOut, match="deadline") as caught:
        transport.send(get("http://slow.example", deadline=time.monotonic() + 0.1))
    assert caught.value.delivered == "no"


def test_a_resolver_that_hangs_does_not_outlast_the_connect_timeout(transport, slow_names):
    began = time.monotonic()
    with pytest.raises(ConnectFailed) as caught:
        transport.send(get("http://slow.example", connect_timeout=0.1))
    assert caught.value.delivered == "no"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_nothing_is_sent_twice(raw_server, transport, method):
    """A library that sends again by itself would break the rules of sending again."""

    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"first")
        connection.read_request()

    server = raw_server(script)
    body = None if method == "GET" else b"{}"
    transport.send(get(server.origin))
    with pytest.raises(ConnectionLost) as caught:
        transport.send(Request(method, server.origin, "/second", {}, body))
    assert caught.value.delivered == "maybe"
    assert len(server.requests) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(raw_server, transport):
    leave, left = threading.Event(), threading.Event()

    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"ok")
        assert leave.wait(10)
        connection.sock.shutdown(socket.SHUT_RDWR)
        left.set()

    server = raw_server(script)
    for number in range(1, 4):
        request = Request("POST", server.origin, "/x", {}, b"{}")
        assert transport.send(request).content == b"ok"
        assert server.connections == number
        leave.set()
        assert left.wait(10)
        leave.clear()
        left.clear()
