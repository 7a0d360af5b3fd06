"""What only an async transport has to get right: event loops, cancellation, not blocking."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import subprocess
import sys
import threading
import time
import warnings

import pytest

from modelhunter.errors import ConfigurationError, ConnectionLost, TimedOut
from modelhunter.runtime.message import FileContent, Request
from modelhunter.runtime.transports import load_aiohttp_transport
from modelhunter.runtime.transports.aiohttp import AiohttpTransport


def get(origin: str, target: str = "/x", **changes: object) -> Request:
    return Request("GET", origin, target, {}, **changes)  # type: ignore[arg-type]


class Echo:
    """A script that answers with the target that was asked for, and counts who has left."""

    def __init__(self) -> None:
        self.left = threading.Semaphore(0)

    def __call__(self, connection) -> None:
        try:
            while True:
                target = connection.read_request().split(b" ")[1]
                connection.answer(target)
        finally:
            self.left.release()


def test_several_loops_use_it_one_after_the_other(raw_server):
    echo = Echo()
    origin = raw_server(echo).origin
    transport = AiohttpTransport()
    for target in ("/1", "/2"):
        answer = asyncio.run(transport.send(get(origin, target)))
        assert answer.content == target.encode()
        assert echo.left.acquire(timeout=10), "the connection outlived its loop"
    asyncio.run(transport.close())


def test_a_loop_that_was_closed_under_it_makes_no_noise(raw_server, capfd, caplog):
    origin = raw_server(Echo()).origin
    with warnings.catch_warnings():
        # asyncio's own, about the sockets of a loop that was closed too soon
        warnings.simplefilter("ignore", ResourceWarning)
        transport = AiohttpTransport()
        for target in ("/1", "/2"):
            loop = asyncio.new_event_loop()
            answer = loop.run_until_complete(transport.send(get(origin, target)))
            loop.close()
            assert answer.content == target.encode()
        asyncio.run(transport.close())
        del transport, loop
        gc.collect()
    assert caplog.records == []
    assert capfd.readouterr().err == ""


def test_two_loops_at_once_have_connections_of_their_own(raw_server):
    server = raw_server(Echo())
    transport = AiohttpTransport()
    with asyncio.Runner() as one, asyncio.Runner() as other:
        for runner in (one, other, one, other):
            assert runner.run(transport.send(get(server.origin))).content == b"/x"
        assert server.connections == 2
        one.run(transport.close())


def test_a_forgotten_close_warns_once_and_closes(raw_server):
    echo = Echo()
    origin = raw_server(echo).origin

    async def forget() -> bool:
        transport = AiohttpTransport()
        await transport.send(get(origin))
        del transport
        return await asyncio.to_thread(echo.left.acquire, timeout=10)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert asyncio.run(forget()), "the connection is still open"
        gc.collect()
    (warning,) = caught
    assert warning.category is ResourceWarning
    assert "`async with` or `await client.aclose()`" in str(warning.message)


def test_what_was_never_used_needs_no_closing():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        AiohttpTransport()
        gc.collect()
    assert caught == []


SCRIPT = """
import asyncio, sys
from modelhunter.runtime.message import Request
from modelhunter.runtime.transports.aiohttp import AiohttpTransport

transport = AiohttpTransport()
for _ in range(2):
    asyncio.run(transport.send(Request("GET", sys.argv[1], "/x", {})))
"""


def test_a_program_that_never_closes_ends_quietly(raw_server):
    origin = raw_server(Echo()).origin
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, origin], capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


async def cancelled_after(turns: int, coroutine) -> bool:
    """Whether something was still under way after so many turns of the loop, and was cancelled."""
    task = asyncio.create_task(coroutine)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
        return False
    return True


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("stream", [False, True])
def test_wherever_it_is_cancelled_the_next_request_gets_its_own_answer(raw_server, method, stream):
    echo = Echo()
    server = raw_server(echo)

    async def run() -> int:
        transport = AiohttpTransport()
        turns = 0
        under_way = True
        while under_way:
            body = bytes(200_000) if method == "POST" else None
            request = Request(method, server.origin, f"/{turns}", {}, body, stream=stream)
            under_way = await cancelled_after(turns, transport.send(request))
            answer = await transport.send(get(server.origin, f"/after-{turns}"))
            assert answer.content == f"/after-{turns}".encode()
            turns += 1
            await asyncio.sleep(0.001 * (turns % 3))
            assert turns < 2000
        await transport.close()
        return turns

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert asyncio.run(run()) > 2
        gc.collect()
    for _ in range(server.connections):
        assert echo.left.acquire(timeout=10), "a connection is still open"


def test_a_read_that_was_cancelled_leaves_the_stream_usable(raw_server):
    begin, go_on = threading.Event(), threading.Event()

    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        begin.set()
        go_on.wait(10)
        connection.sock.sendall(b"abcdef")

    origin = raw_server(script).origin

    async def run() -> bytes:
        transport = AiohttpTransport()
        response = await transport.send(get(origin, stream=True))
        assert await cancelled_after(3, transport.read(response, 10))
        go_on.set()
        content = b""
        while piece := await transport.read(response, 4):
            content += piece
        await transport.close_stream(response)
        await transport.close()
        return content

    assert asyncio.run(run()) == b"abcdef"


class Slow(io.BytesIO):
    """A file on a slow disk: reading waits for ``ready``."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.begun = threading.Event()
        self.ready = threading.Event()
        self.reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.begun.set()
        assert self.ready.wait(10), "the event loop was blocked"
        self.reads += 1
        return super().read(size)


def test_reading_a_file_does_not_block_the_loop(raw_server):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    file = Slow(b"content")

    async def run() -> None:
        transport = AiohttpTransport()
        body = FileContent(lambda: file, 7)
        request = Request("PUT", server.origin, "/f", {}, body)
        sending = asyncio.create_task(transport.send(request))
        while not file.begun.is_set():
            await asyncio.sleep(0)
        file.ready.set()
        assert (await sending).content == b"ok"
        await transport.close()

    asyncio.run(run())
    assert server.requests[0].endswith(b"content")


def test_nobody_reads_a_file_any_more_once_sending_it_has_failed(raw_server):
    """Else a second sending could find the file somewhere in its middle."""
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    file = Slow(b"content")

    async def run() -> None:
        transport = AiohttpTransport()
        body = FileContent(lambda: file, 7)
        deadline = time.monotonic() + 0.05
        request = Request("PUT", server.origin, "/f", {}, body, deadline=deadline)
        sending = asyncio.create_task(transport.send(request))
        await asyncio.to_thread(file.begun.wait, 10)
        await asyncio.sleep(0.1)
        assert not sending.done()
        file.ready.set()
        with pytest.raises(TimedOut) as caught:
            await sending
        assert caught.value.delivered == "no"
        assert file.reads == 1
        await transport.close()

    asyncio.run(run())


def test_a_file_that_became_shorter_was_not_delivered(raw_server):
    server = raw_server(lambda c: c.keep_answering(b"ok"))

    async def run() -> None:
        transport = AiohttpTransport()
        body = FileContent(lambda: io.BytesIO(b"short"), 100_000)
        try:
            await transport.send(Request("PUT", server.origin, "/f", {}, body))
        finally:
            await transport.close()

    with pytest.raises(ConnectionLost, match="changed while it was sent") as caught:
        asyncio.run(run())
    assert caught.value.delivered == "no"


def test_an_answer_before_the_end_of_an_upload_counts_and_leaves_nothing_open(raw_server):
    def script(connection) -> None:
        connection.sock.recv(1000)
        connection.answer(b"", "413 Content Too Large")
        connection.server.gone.wait(10)

    origin = raw_server(script).origin

    async def run() -> int:
        transport = AiohttpTransport()
        response = await transport.send(Request("PUT", origin, "/f", {}, bytes(30_000_000)))
        for _ in range(10):
            await asyncio.sleep(0)
        await transport.close()
        return response.status

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert asyncio.run(run()) == 413
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


@pytest.mark.parametrize(("size", "delivered"), [(10, "maybe"), (30_000_000, "no")])
def test_closing_ends_what_is_under_way(raw_server, size, delivered):
    begun = asyncio.Event()
    loop = asyncio.new_event_loop()

    def script(connection) -> None:
        connection.sock.recv(10)
        loop.call_soon_threadsafe(begun.set)
        connection.server.gone.wait(10)

    origin = raw_server(script).origin

    async def run() -> None:
        transport = AiohttpTransport()
        request = Request("POST", origin, "/x", {}, bytes(size))
        sending = asyncio.create_task(transport.send(request))
        await begun.wait()
        async with asyncio.timeout(5):
            await transport.close()
        with pytest.raises(ConnectionLost) as caught:
            await sending
        assert caught.value.delivered == delivered

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(run())


def test_without_aiohttp_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for name in ("aiohttp", "aiobody", "aioconnections", "aiopool"):
        monkeypatch.delitem(sys.modules, f"modelhunter.runtime.transports.{name}")
    with pytest.raises(ConfigurationError, match=r"pip install 'modelhunter\[async\]'"):
        load_aiohttp_transport()
