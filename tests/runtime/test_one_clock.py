"""A clock that is injected is the only clock; and event loops, and the ends of programs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import anyio
import pytest

from modelhunter.errors import ConfigurationError, RateLimited
from modelhunter.jobs.error_envelope import read_error
from modelhunter.runtime.call import Call, Operation
from modelhunter.runtime.drivers.asyncio import AsyncDriver
from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.flow import Exchange, Read, RunInThread, Sleep, WaitFor
from modelhunter.runtime.message import Headers, Request, Response
from modelhunter.runtime.send import send
from modelhunter.runtime.session import Session

GET: Operation[object] = Operation("get", "GET", "/x", "safe")


class Transport:
    """Notes by which moment it must be done."""

    def __init__(self, answer: Response | None = None) -> None:
        self.deadlines: list[float | None] = []
        self.answer = answer or Response(200, Headers([]))

    def send(self, request: Request) -> Response:
        self.deadlines.append(request.deadline)
        return self.answer

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        self.deadlines.append(deadline)
        return b""

    def close_stream(self, response: Response) -> None:
        pass

    def close(self) -> None:
        pass


class AsyncTransport(Transport):
    async def send(self, request: Request) -> Response:  # type: ignore[override]
        return super().send(request)

    async def read(self, response, size, deadline=None):  # type: ignore[override]
        return super().read(response, size, deadline)


class Threaded:
    """A clock of a program's own, which knows nothing of event loops."""

    def __init__(self) -> None:
        self.seconds = 5.0
        self.threads: list[threading.Thread] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2031, 1, 1, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.threads.append(threading.current_thread())
        self.seconds += seconds

    def random(self) -> float:
        return 0.5


def both(flow, clock, answer=None):
    """What a flow returns or raises in each driver, and the deadlines that its transport saw."""
    for transport, run in (
        (Transport(answer), lambda t: Driver(t, clock).run(flow())),
        (AsyncTransport(answer), lambda t: asyncio.run(AsyncDriver(t, clock).run(flow()))),
    ):
        try:
            yield run(transport), transport.deadlines
        except RateLimited as error:
            yield error, transport.deadlines


def test_transports_get_deadlines_by_the_machines_clock(clock, monkeypatch):
    machine = Threaded()
    machine.seconds = 50.0
    monkeypatch.setattr("modelhunter.runtime.drivers.deadlines.time", machine)

    def flow():
        request = Request("GET", "http://x", "/", {}, deadline=clock.monotonic() + 7)
        response = yield Exchange(request)
        yield Read(response, 1, clock.monotonic() + 3)
        yield Read(response, 1)
        return request.deadline

    for returned, deadlines in both(flow, clock):
        assert returned == 1007.0, "the flow's own clock is left alone"
        assert deadlines == [57.0, 53.0, None]


def test_sleeping_passes_by_the_clock_alone():
    def flow():
        yield Sleep(86_400)
        return (yield WaitFor(Future(), 86_400))

    clock = Threaded()
    for number, (returned, _) in enumerate(both(flow, clock), 1):
        assert returned is False
        assert clock.seconds == 5 + number * 2 * 86_400
    assert threading.main_thread() not in clock.threads[2:], "the event loop was blocked"


def test_an_event_ends_a_wait_before_its_time(clock):
    done: Future[None] = Future()
    done.set_result(None)

    def flow():
        return (yield WaitFor(done, 60))

    assert [returned for returned, _ in both(flow, clock)] == [True, True]


def test_a_date_to_come_back_at_is_counted_from_the_clocks_now():
    clock = Threaded()
    later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    session = Session(origin="http://x", clock=clock, read_error=read_error)
    answer = Response(
        429, Headers([("Retry-After", later), ("Date", format_datetime(clock.now()))])
    )
    session.retry = type(session.retry)(attempts=1)
    for error, _ in both(lambda: send(Call(GET), session), clock, answer):
        assert isinstance(error, RateLimited)
        assert error.retry_after == 90


# ------------------------------------------------------------------------- loops


def by_hand(coroutine) -> None:
    """Run a coroutine as another framework would: with no event loop of asyncio."""
    try:
        coroutine.send(None)
    finally:
        coroutine.close()


def test_without_a_loop_of_asyncio_it_says_so(clock):
    driver = AsyncDriver(AsyncTransport(), clock)

    def flow():
        yield Sleep(1)

    with pytest.raises(ConfigurationError, match=r"runs on asyncio.*under trio"):
        by_hand(driver.run(flow()))
    with pytest.raises(ConfigurationError, match="runs on asyncio"):
        by_hand(driver.iterate(flow()).__anext__())


def test_a_cancellation_that_is_repeated_on_every_turn_costs_no_turns(clock):
    """As anyio's scopes repeat it, and with them Starlette and MCP servers."""
    driver = AsyncDriver(AsyncTransport(), clock)
    go_on = threading.Event()

    def flow():
        yield RunInThread(lambda: go_on.wait(10))

    async def run() -> int:
        loop = asyncio.get_running_loop()
        turns = 0
        select = loop._selector.select  # type: ignore[attr-defined]

        def counted(timeout):
            nonlocal turns
            turns += 1
            return select(timeout)

        with anyio.CancelScope() as scope:
            loop.call_soon(scope.cancel)
            loop._selector.select = counted  # type: ignore[attr-defined]
            loop.call_later(0.2, go_on.set)
            await driver.run(flow())
        assert scope.cancelled_caught
        return turns

    assert asyncio.run(run()) < 100


# ------------------------------------------------------------------------- the end of a program

ENDING = """
    import asyncio, atexit, socket, sys, threading, time
    from modelhunter.runtime.drivers.asyncio import AsyncDriver
    from modelhunter.runtime.drivers.blocking import Driver
    from modelhunter.runtime.clock import SystemClock
    from modelhunter.runtime.flow import Exchange, Gather, RunInThread
    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.aiohttp import AiohttpTransport
    from modelhunter.runtime.transports.urllib3 import Urllib3Transport

    def part(number):
        yield RunInThread(lambda: None)
        answer = yield Exchange(Request("GET", sys.argv[1], f"/{number}", {}))
        return answer.content

    def flow():
        return (yield Gather([part(1), part(2)], 2))

    async def in_async():
        transport = AiohttpTransport()
        try:
            return await AsyncDriver(transport, SystemClock()).run(flow())
        finally:
            await transport.close()

    def run():
        print(Driver(Urllib3Transport(), SystemClock()).run(flow()))
        print(asyncio.run(in_async()))

    if sys.argv[2] == "atexit":
        atexit.register(run)
    else:
        main = threading.main_thread()
        threading.Thread(target=lambda: (main.join(), run())).start()
"""


@pytest.mark.parametrize("how", ["atexit", "a thread that outlives main"])
def test_calls_are_made_while_the_interpreter_shuts_down(raw_server, how):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    origin = server.origin.replace("127.0.0.1", "localhost")
    argv = [sys.executable, "-c", textwrap.dedent(ENDING), origin, how]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr) == ("[b'ok', b'ok']\n" * 2, "")


def test_the_machines_clock_is_left_as_it_is():
    request = Request("GET", "http://x", "/", {}, deadline=time.monotonic() + 5)

    def flow():
        yield Exchange(request)

    transport = Transport()
    from modelhunter.runtime.clock import SystemClock

    Driver(transport, SystemClock()).run(flow())
    assert transport.deadlines == [request.deadline]
