"""The blocking transport against servers that behave, and against those that don't."""

from __future__ import annotations

import gzip
import io
import os
import socket
import threading
import time

import pytest

from modelhunter.errors import (
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    TimedOut,
    UnexpectedResponse,
)
from modelhunter.runtime.message import FileContent, Request
from modelhunter.runtime.transports.urllib3 import Urllib3Transport


def get(origin: str, **changes: object) -> Request:
    return Request("GET", origin, "/x", {"Accept": "application/json"}, **changes)  # type: ignore[arg-type]


def keep_answering(body: bytes):
    def script(connection) -> None:
        while True:
            connection.read_request()
            connection.answer(body)

    return script


def test_an_answer_comes_back_whole_and_the_connection_is_used_again(raw_server, transport):
    server = raw_server(keep_answering(b"hello"))
    for _ in range(3):
        response = transport.send(get(server.origin))
        assert (response.status, response.content) == (200, b"hello")
    assert server.connections == 1


def test_headers_are_found_whatever_their_case(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"", headers="x-request-id: r1\r\n")

    response = transport.send(get(raw_server(script).origin))
    assert response.headers.get("X-Request-ID") == "r1"


def test_a_compressed_answer_is_unpacked(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(gzip.compress(b"x" * 5000), headers="Content-Encoding: gzip\r\n")

    assert transport.send(get(raw_server(script).origin)).content == b"x" * 5000


def test_redirects_are_not_followed(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"", "302 Found", "Location: http://elsewhere.invalid/\r\n")

    server = raw_server(script)
    assert transport.send(get(server.origin)).status == 302
    assert len(server.requests) == 1


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


def test_a_connection_closed_after_the_request_may_have_been_delivered(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()

    with pytest.raises(ConnectionLost) as caught:
        transport.send(get(raw_server(script).origin))
    assert caught.value.delivered == "maybe"


def test_a_body_that_ends_early_is_no_answer(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    with pytest.raises(ConnectionLost) as caught:
        transport.send(get(raw_server(script).origin))
    assert caught.value.delivered == "maybe"


def test_something_that_is_not_http(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"220 mail.example ESMTP\r\n")

    with pytest.raises(ConnectionLost):
        transport.send(get(raw_server(script).origin))


@pytest.mark.parametrize("prefix", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
def test_silence_ends_with_the_read_timeout(raw_server, transport, prefix):
    done = threading.Event()

    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(prefix)
        done.wait(10)

    try:
        with pytest.raises(TimedOut) as caught:
            transport.send(get(raw_server(script).origin, read_timeout=0.05))
    finally:
        done.set()
    assert caught.value.delivered == "maybe"
    assert "silent for 0.05 s" in str(caught.value)


@pytest.mark.parametrize(
    "prefix",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["headers", "body"],
)
def test_a_server_that_drips_does_not_outlast_the_deadline(raw_server, transport, prefix):
    gone = threading.Event()

    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(prefix)
        while not gone.wait(0.01):
            connection.sock.sendall(b"x")

    try:
        with pytest.raises(TimedOut, match="deadline"):
            transport.send(get(raw_server(script).origin, deadline=time.monotonic() + 0.2))
    finally:
        gone.set()


def test_a_streamed_body_that_drips_does_not_outlast_the_deadline(raw_server, transport):
    gone = threading.Event()

    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not gone.wait(0.01):
            connection.sock.sendall(b"x")

    response = transport.send(get(raw_server(script).origin, stream=True))
    deadline = time.monotonic() + 0.2
    try:
        with pytest.raises(TimedOut, match="deadline"):
            while True:
                transport.read(response, 1000, deadline)
    finally:
        gone.set()
        transport.close_stream(response)


def test_a_deadline_that_has_passed_sends_nothing(raw_server, transport):
    server = raw_server(keep_answering(b""))
    with pytest.raises(TimedOut) as caught:
        transport.send(get(server.origin, deadline=time.monotonic() - 1))
    assert caught.value.delivered == "no"
    assert server.requests == []


def test_an_enormous_answer_is_refused(raw_server, transport):
    server = raw_server(keep_answering(b"x" * 2000))
    with pytest.raises(UnexpectedResponse, match="larger than 1000 bytes"):
        transport.send(get(server.origin, max_body=1000))


def test_a_file_is_streamed_with_its_length(raw_server, transport):
    server = raw_server(keep_answering(b"ok"))
    content = os.urandom(300_000)
    body = FileContent(lambda: io.BytesIO(content), len(content))
    transport.send(Request("PUT", server.origin, "/f", {}, body))
    (request,) = server.requests
    assert request.endswith(b"\r\n\r\n" + content)
    assert b"Content-Length: 300000" in request


def test_a_stream_is_read_bit_by_bit(raw_server, transport):
    server = raw_server(keep_answering(b"abcdef"))
    response = transport.send(get(server.origin, stream=True))
    read = b""
    while chunk := transport.read(response, 4):
        assert len(chunk) <= 4
        read += chunk
    transport.close_stream(response)
    assert read == b"abcdef"


def test_a_stream_cut_short_is_noticed(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    response = transport.send(get(raw_server(script).origin, stream=True))
    with pytest.raises(ConnectionLost):
        while transport.read(response, 1000):
            pass
    transport.close_stream(response)


def test_a_closed_transport_says_so(transport):
    transport.close()
    with pytest.raises(ConfigurationError, match="closed"):
        transport.send(get("http://127.0.0.1:9"))


def test_threads_share_a_transport(raw_server, transport):
    server = raw_server(keep_answering(b"fine"))
    answers: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: answers.extend(
                transport.send(get(server.origin)).content for _ in range(20)
            )
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"fine"] * 160


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is not there")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_process_uses_connections_of_its_own(raw_server, transport):
    def script(connection) -> None:
        mine = str(connection.sock.getpeername()[1]).encode()
        while True:
            connection.read_request()
            connection.answer(mine)

    origin = raw_server(script).origin
    before = transport.send(get(origin)).content
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, transport.send(get(origin)).content)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) != before
    assert transport.send(get(origin)).content == before


def test_a_proxy_of_the_environment_is_used(raw_server, monkeypatch):
    proxy = raw_server(keep_answering(b"through the proxy"))
    monkeypatch.setenv("http_proxy", proxy.origin)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    transport = Urllib3Transport()
    assert transport.send(get("http://far.example")).content == b"through the proxy"
    transport.close()
    assert proxy.requests[0].startswith(b"GET http://far.example/x HTTP/1.1")
