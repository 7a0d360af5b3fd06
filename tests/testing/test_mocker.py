"""The mock catches what either transport sends, and nothing goes out."""

from __future__ import annotations

import asyncio
import io

import httpx
import pytest
import respx

from modelhunter.errors import ConnectFailed, ConnectionLost, TimedOut
from modelhunter.runtime.message import FileContent, Request
from modelhunter.runtime.transports.aiohttp import AiohttpTransport
from modelhunter.runtime.transports.urllib3 import Urllib3Transport
from modelhunter.testing import mocker

ORIGIN = "https://api.example"


def blocking(request: Request) -> tuple[object, bytes]:
    transport = Urllib3Transport()
    response = transport.send(request)
    content = response.content
    if request.stream:
        while piece := transport.read(response, 4):
            content += piece
        transport.close_stream(response)
    transport.close()
    return response, content


def awaiting(request: Request) -> tuple[object, bytes]:
    async def run() -> tuple[object, bytes]:
        transport = AiohttpTransport()
        response = await transport.send(request)
        content = response.content
        if request.stream:
            while piece := await transport.read(response, 4):
                content += piece
            await transport.close_stream(response)
        await transport.close()
        return response, content

    return asyncio.run(run())


both = pytest.mark.parametrize("send", [blocking, awaiting])


def get(**changes: object) -> Request:
    return Request("GET", ORIGIN, "/x?page=2", {"Accept": "*/*"}, **changes)  # type: ignore[arg-type]


@pytest.fixture
def mock():
    with respx.mock(using=mocker.NAME, base_url=ORIGIN) as router:
        yield router


@both
def test_an_answer_is_given_and_the_call_noted(mock, send):
    route = mock.get("/x", params={"page": "2"}).respond(201, json={"a": 1}, headers={"X-Id": "r1"})
    response, content = send(get())
    assert (response.status, content, response.headers["x-id"]) == (201, b'{"a":1}', "r1")
    assert route.calls.last.request.headers["accept"] == "*/*"


@both
def test_one_router_catches_both_transports(mock, send):
    route = mock.get("/x").respond(204)
    blocking(get())
    awaiting(get())
    assert route.call_count == 2


@both
@pytest.mark.parametrize(
    "body", [b"content", FileContent(lambda: io.BytesIO(b"content"), 7)], ids=["bytes", "file"]
)
def test_a_body_can_be_looked_at(mock, send, body):
    route = mock.put("/x").respond(204)
    send(Request("PUT", ORIGIN, "/x", {}, body))
    assert route.calls.last.request.content == b"content"


@both
def test_a_streamed_answer_is_read_bit_by_bit(mock, send):
    mock.get("/x").respond(content=b"abcdefghij")
    response, content = send(get(stream=True))
    assert (response.content, content) == (b"", b"abcdefghij")


@both
@pytest.mark.parametrize(
    ("given", "comes", "delivered"),
    [
        (httpx.ConnectError, ConnectFailed, "no"),
        (httpx.ConnectTimeout, ConnectFailed, "no"),
        (httpx.ReadTimeout, TimedOut, "maybe"),
        (httpx.ReadError, ConnectionLost, "maybe"),
    ],
)
def test_errors_arrive_as_this_librarys(mock, send, given, comes, delivered):
    mock.get("/x").mock(side_effect=given)
    with pytest.raises(comes) as caught:
        send(get())
    assert caught.value.delivered == delivered


@both
def test_side_effects_come_one_after_the_other(mock, send):
    mock.get("/x").mock(side_effect=[httpx.Response(503), httpx.Response(200)])
    assert [send(get())[0].status for _ in range(2)] == [503, 200]


def test_an_async_client_may_have_async_side_effects(mock):
    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return httpx.Response(200, text=request.url.path)

    mock.get("/x").mock(side_effect=answer)
    assert awaiting(get())[1] == b"/x"


@both
def test_what_is_not_mocked_is_an_error(send):
    with respx.mock(using=mocker.NAME), pytest.raises(respx.models.AllMockedAssertionError):
        send(get())
