"""Both transports: what goes out, and what comes back."""

from __future__ import annotations

import gzip
import io
import os
import threading

import pytest

from modelhunter.errors import ConfigurationError, ConnectionLost, UnexpectedResponse
from modelhunter.runtime.message import FileContent, Request


def get(origin: str, **changes: object) -> Request:
    return Request("GET", origin, "/x", {"Accept": "application/json"}, **changes)  # type: ignore[arg-type]


def test_an_answer_comes_back_whole_and_the_connection_is_used_again(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"hello"))
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


@pytest.mark.parametrize("early", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_what_announces_an_answer_is_not_the_answer(raw_server, transport, early):
    def script(connection) -> None:
        for body in (b"one", b"two"):
            connection.read_request()
            connection.sock.sendall((b"HTTP/1.1 " + early + b"\r\nLink: </x>\r\n\r\n") * 2)
            connection.server.gone.wait(0.05)
            connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)

    origin = raw_server(script).origin
    assert [transport.send(get(origin)).content for _ in range(2)] == [b"one", b"two"]


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


def test_an_enormous_answer_is_refused(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"x" * 2000))
    with pytest.raises(UnexpectedResponse, match="larger than 1000 bytes"):
        transport.send(get(server.origin, max_body=1000))


def test_a_file_is_streamed_with_its_length(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    content = os.urandom(300_000)
    body = FileContent(lambda: io.BytesIO(content), len(content))
    transport.send(Request("PUT", server.origin, "/f", {}, body))
    (request,) = server.requests
    assert request.endswith(b"\r\n\r\n" + content)
    assert b"Content-Length: 300000" in request


def test_a_stream_is_read_bit_by_bit(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"abcdef"))
    response = transport.send(get(server.origin, stream=True))
    read = b""
    while chunk := transport.read(response, 4):
        assert len(chunk) <= 4
        read += chunk
    transport.close_stream(response)
    assert read == b"abcdef"


def read_all(transport, response):
    while transport.read(response, 1000):
        pass


def test_a_stream_cut_short_is_noticed(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    response = transport.send(get(raw_server(script).origin, stream=True))
    with pytest.raises(ConnectionLost):
        read_all(transport, response)
    transport.close_stream(response)


def test_a_closed_transport_says_so(transport):
    transport.close()
    with pytest.raises(ConfigurationError, match="closed"):
        transport.send(get("http://127.0.0.1:9"))


def test_threads_share_a_transport(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"fine"))
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


@pytest.mark.forks
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


@pytest.mark.parametrize(
    "target", ["/a%2Fb/%2E%2E/c?q=a%20b&r=%C3%A9&s=1+2", "/..%2F./x", "/?a=%7E~"]
)
def test_a_target_arrives_as_it_was_given(raw_server, transport, target):
    server = raw_server(lambda c: c.keep_answering(b""))
    transport.send(Request("GET", server.origin, target, {}))
    assert server.requests[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


def test_only_the_headers_that_are_given_are_sent(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b""))
    given = {"User-Agent": "t", "Accept": "*/*", "Accept-Encoding": "gzip", "X-One": "1"}
    transport.send(Request("POST", server.origin, "/x", given, b"{}"))
    lines = server.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    names = {line.partition(":")[0].title() for line in lines}
    assert names == {*given, "Host", "Content-Length"}


def test_cookies_are_not_kept(raw_server, transport):
    def script(connection) -> None:
        while True:
            connection.read_request()
            connection.answer(b"", headers="Set-Cookie: who=me; Path=/\r\n")

    server = raw_server(script)
    for _ in range(2):
        transport.send(get(server.origin.replace("127.0.0.1", "localhost")))
    assert b"who" not in server.requests[1]


@pytest.mark.parametrize("body", [b"", FileContent(io.BytesIO, 0)], ids=["bytes", "file"])
def test_an_empty_body_is_sent_as_such(raw_server, transport, body):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    assert transport.send(Request("POST", server.origin, "/x", {}, body)).content == b"ok"
    assert b"content-length: 0\r\n" in server.requests[0].lower()


def test_a_file_is_sent_again_from_its_start(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    body = FileContent(lambda: io.BytesIO(b"abc"), 3)
    for _ in range(2):
        transport.send(Request("PUT", server.origin, "/f", {}, body))
    assert [request.rpartition(b"\r\n")[2] for request in server.requests] == [b"abc", b"abc"]


@pytest.mark.parametrize("read_whole", [True, False])
def test_a_stream_gives_its_connection_back_only_if_it_was_read_whole(
    raw_server, transport, read_whole
):
    server = raw_server(lambda c: c.keep_answering(bytes(1_000_000)))
    response = transport.send(get(server.origin, stream=True))
    transport.read(response, 10)
    while read_whole and transport.read(response, 100_000):
        pass
    transport.close_stream(response)
    assert len(transport.send(get(server.origin)).content) == 1_000_000
    assert server.connections == (1 if read_whole else 2)


def test_a_long_header_is_read(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"", "302 Found", f"Location: https://far.example/{'x' * 20_000}\r\n")

    assert len(transport.send(get(raw_server(script).origin)).headers["location"]) > 20_000
