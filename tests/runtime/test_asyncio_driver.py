"""The async driver: the same flows, and cancellation at every point of them."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from modelhunter.runtime.drivers.asyncio import AsyncDriver
from modelhunter.runtime.flow import (
    Callback,
    Close,
    Emit,
    Exchange,
    Gather,
    Read,
    RunInThread,
    Sleep,
)
from modelhunter.runtime.message import Request, Response

REQUEST = Request("GET", "http://api.example", "/x", {})


class Recorder:
    """A transport that notes what was asked of it and what was not interrupted."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.done: list[str] = []

    async def send(self, request):
        return await self._do("send", Response(200, {}, b"answer"))

    async def read(self, response, size, deadline=None):
        return await self._do("read", b"piece")

    async def close_stream(self, response):
        return await self._do("close_stream", None)

    async def _do(self, what, outcome):
        self.began.append(what)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.done.append(what)
        return outcome


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def driver(recorder, clock):
    return AsyncDriver(recorder, clock)


async def later(value):
    await asyncio.sleep(0)
    return value


def everything(*, notify=lambda value: later(value * 2)):
    """A flow with a step of every kind that cleans up after itself."""
    response = yield Exchange(REQUEST)
    try:
        piece = yield Read(response, 5)
        yield Sleep(3)
        made = yield RunInThread(lambda: "made")
        told = yield Callback(notify, 21)
        both = yield Gather([part(1), part(2)], 2)
    finally:
        yield Close(response)
    return piece, made, told, both


def part(number):
    response = yield Exchange(REQUEST)
    try:
        yield Sleep(number)
    finally:
        yield Close(response)
    return number


def test_each_step_is_done_and_its_outcome_comes_back(driver, recorder, clock):
    outcome = asyncio.run(driver.run(everything()))
    assert outcome == (b"piece", "made", 42, [1, 2])
    assert clock.slept == [3, 1, 2]
    assert recorder.done.count("send") == recorder.done.count("close_stream") == 3


def test_a_function_that_is_told_need_not_be_async(driver):
    assert asyncio.run(driver.run(everything(notify=lambda value: -value)))[2] == -21


def test_what_goes_wrong_is_raised_in_the_flow(driver):
    def fail():
        raise OSError("the disk is full")

    def flow():
        try:
            yield RunInThread(fail)
        except OSError as error:
            return str(error)

    assert asyncio.run(driver.run(flow())) == "the disk is full"


async def cancelled_after(turns, coroutine, *, again=0):
    """Whether something was still under way after so many turns, and was cancelled for it."""
    task = asyncio.create_task(coroutine)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(again):
        await asyncio.sleep(0)
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


@pytest.mark.parametrize("again", [0, 1, 7], ids=["once", "twice", "often"])
def test_wherever_a_flow_is_cancelled_its_last_steps_are_carried_out(clock, again):
    async def run() -> int:
        turns = 0
        under_way = True
        while under_way:
            recorder = Recorder()
            driver = AsyncDriver(recorder, clock)
            under_way = await cancelled_after(turns, driver.run(everything()), again=again)
            opened = recorder.done.count("send")
            assert recorder.done.count("close_stream") == opened
            assert recorder.began.count("close_stream") == opened
            assert asyncio.all_tasks() == {asyncio.current_task()}
            turns += 1
            assert turns < 2000
        return turns

    assert asyncio.run(run()) > 20


def test_a_step_in_a_thread_is_not_interrupted_and_its_outcome_counts(driver):
    begun, go_on = threading.Event(), threading.Event()
    seen = []

    def make():
        begun.set()
        assert go_on.wait(10)
        return "made"

    def flow():
        made = yield RunInThread(make)
        try:
            yield Sleep(1)
        finally:
            seen.append(made)

    async def run():
        task = asyncio.create_task(driver.run(flow()))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert seen == ["made"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_cancellation_is_not_lost_to_the_last_step_of_a_flow(driver, fails):
    begun, go_on = threading.Event(), threading.Event()

    def last():
        begun.set()
        assert go_on.wait(10)
        if fails:
            raise OSError("the disk is full")

    def flow():
        with contextlib.suppress(OSError):
            yield RunInThread(last)

    async def run():
        task = asyncio.create_task(driver.run(flow()))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_a_timeout_around_a_call_ends_it(driver, recorder):
    def flow():
        response = yield Exchange(REQUEST)
        try:
            yield Callback(lambda _: asyncio.sleep(60), None)
        finally:
            yield Close(response)

    async def run():
        async with asyncio.timeout(0.05):
            await driver.run(flow())

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert recorder.done == ["send", "close_stream"]


def test_an_interruption_cleans_up(driver, recorder):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(driver.run(everything(notify=interrupt)))
    assert recorder.done[-1] == "close_stream"


def endless():
    response = yield Exchange(REQUEST)
    try:
        for number in range(100):
            yield Emit(number)
    finally:
        yield Close(response)


def test_what_is_emitted_is_iterated_over(driver, recorder):
    async def run():
        return [number async for number in driver.iterate(endless())]

    assert asyncio.run(run()) == list(range(100))
    assert recorder.done == ["send", "close_stream"]


def test_an_iteration_that_ends_early_cleans_up(driver, recorder):
    async def run():
        async with contextlib.aclosing(driver.iterate(endless())) as numbers:
            async for number in numbers:
                if number == 3:
                    break

    asyncio.run(run())
    assert recorder.done == ["send", "close_stream"]


def test_an_iteration_that_is_cancelled_cleans_up(clock):
    async def use(driver):
        async with contextlib.aclosing(driver.iterate(endless())) as numbers:
            async for _ in numbers:
                await asyncio.sleep(0)

    async def run() -> int:
        turns = 0
        under_way = True
        while under_way:
            recorder = Recorder()
            driver = AsyncDriver(recorder, clock)
            under_way = await cancelled_after(turns, use(driver))
            assert recorder.done.count("send") == recorder.done.count("close_stream")
            turns += 1
        return turns

    assert asyncio.run(run()) > 100


def test_a_flow_that_emits_can_not_be_run(driver, recorder):
    with pytest.raises(TypeError, match="iterated over"):
        asyncio.run(driver.run(endless()))
    assert recorder.done == ["send", "close_stream"]


def test_no_more_than_so_many_flows_run_at_once(driver):
    running = 0
    most = 0

    def one(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        yield Sleep(1)
        running -= 1
        return number

    def flow():
        return (yield Gather([one(number) for number in range(50)], 3))

    assert asyncio.run(driver.run(flow())) == list(range(50))
    assert (running, most) == (0, 3)


def test_no_flows_have_no_results(driver):
    def flow():
        return (yield Gather([], 4))

    assert asyncio.run(driver.run(flow())) == []


def test_after_a_failure_nothing_new_begins_and_what_runs_ends(driver, recorder):
    began = []

    def failing():
        began.append("failing")
        yield Sleep(1)
        raise ValueError("first failure") from OSError("its cause")

    def running():
        began.append("running")
        response = yield Exchange(REQUEST)
        try:
            yield Callback(lambda _: asyncio.sleep(60), None)
        finally:
            yield Close(response)
            began.append("ended")

    def waiting():
        began.append("waiting")
        yield Sleep(1)

    def flow():
        try:
            yield Gather([running(), running(), failing(), *(waiting() for _ in range(9))], 3)
        except ValueError as error:
            return error

    error = asyncio.run(driver.run(flow()))
    assert str(error) == "first failure"
    assert str(error.__cause__) == "its cause"
    assert began.count("ended") == recorder.done.count("send") == 2
    assert "waiting" not in began
