"""The blocking driver: what a flow asks for is done, and a flow is never left half done."""

from __future__ import annotations

import threading

import pytest

from modelhunter.runtime.drivers.blocking import Driver
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
    """A transport that notes what it is asked for."""

    def __init__(self) -> None:
        self.did: list[object] = []

    def send(self, request):
        self.did.append("send")
        return Response(200, {}, b"answer")

    def read(self, response, size, deadline=None):
        self.did.append(("read", size, deadline))
        return b"piece"

    def close_stream(self, response):
        self.did.append("close_stream")


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def driver(recorder, clock):
    return Driver(recorder, clock)


def test_each_step_is_done_and_its_outcome_comes_back(driver, recorder, clock):
    def flow():
        response = yield Exchange(REQUEST)
        piece = yield Read(response, 5)
        yield Close(response)
        yield Sleep(3)
        made = yield RunInThread(lambda: "made")
        told = yield Callback(lambda value: value * 2, 21)
        return response.content, piece, made, told

    assert driver.run(flow()) == (b"answer", b"piece", "made", 42)
    assert recorder.did == ["send", ("read", 5, None), "close_stream"]
    assert clock.slept == [3]


def test_what_goes_wrong_is_raised_in_the_flow(driver):
    def fail():
        raise OSError("the disk is full")

    def flow():
        try:
            yield RunInThread(fail)
        except OSError as error:
            return str(error)

    assert driver.run(flow()) == "the disk is full"


def endless(recorder):
    response = yield Exchange(REQUEST)
    try:
        for number in range(100):
            yield Emit(number)
    finally:
        yield Close(response)


def test_what_is_emitted_is_iterated_over(driver, recorder):
    assert list(driver.iterate(endless(recorder))) == list(range(100))
    assert recorder.did == ["send", "close_stream"]


def test_an_iteration_that_ends_early_cleans_up(driver, recorder):
    numbers = driver.iterate(endless(recorder))
    assert next(numbers) == 0
    numbers.close()
    assert recorder.did == ["send", "close_stream"]


def test_a_flow_that_emits_can_not_be_run(driver, recorder):
    with pytest.raises(TypeError, match="iterated over"):
        driver.run(endless(recorder))
    assert recorder.did == ["send", "close_stream"]


def test_an_interruption_cleans_up(driver, recorder):
    def interrupt():
        raise KeyboardInterrupt

    def flow():
        try:
            yield RunInThread(interrupt)
        finally:
            yield Close(Response(200, {}))

    with pytest.raises(KeyboardInterrupt):
        driver.run(flow())
    assert recorder.did == ["close_stream"]


def test_results_of_several_flows_keep_their_order(driver):
    second_is_done = threading.Event()

    def first():
        yield RunInThread(lambda: second_is_done.wait(10))
        return "first"

    def second():
        yield RunInThread(second_is_done.set)
        return "second"

    def flow():
        return (yield Gather([first(), second()], 2))

    assert driver.run(flow()) == ["first", "second"]


def test_no_more_than_so_many_flows_run_at_once(driver):
    lock = threading.Lock()
    running = 0
    most = 0

    def enter():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)

    def leave():
        nonlocal running
        with lock:
            running -= 1

    def one():
        yield RunInThread(enter)
        yield RunInThread(leave)

    def flow():
        yield Gather([one() for _ in range(50)], 3)

    driver.run(flow())
    assert running == 0
    assert 1 <= most <= 3


def test_no_flows_have_no_results(driver):
    def flow():
        return (yield Gather([], 4))

    assert driver.run(flow()) == []


def test_after_a_failure_nothing_new_begins_and_what_runs_ends(driver, recorder):
    failed = threading.Event()
    began: list[str] = []

    def failing():
        yield RunInThread(lambda: began.append("failing"))
        failed.set()
        raise ValueError("first failure")

    def running():
        yield RunInThread(lambda: began.append("running"))
        try:
            while True:
                yield RunInThread(lambda: failed.wait(0.001))
        finally:
            yield Close(Response(200, {}))

    def waiting():
        yield RunInThread(lambda: began.append("waiting"))

    def flow():
        yield Gather([running(), failing(), *(waiting() for _ in range(20))], 2)

    with pytest.raises(ValueError, match="first failure"):
        driver.run(flow())
    assert sorted(began) == ["failing", "running"]
    assert recorder.did == ["close_stream"]


def test_a_failure_ends_flows_within_flows(driver, recorder):
    all_run = threading.Barrier(3)

    def innermost():
        try:
            yield RunInThread(lambda: all_run.wait(10))
            while True:
                yield Sleep(0)
        finally:
            yield Close(Response(200, {}))

    def inner():
        yield Gather([innermost(), innermost()], 2)

    def failing():
        yield RunInThread(lambda: all_run.wait(10))
        raise ValueError("outer failure")

    def flow():
        yield Gather([inner(), failing()], 2)

    with pytest.raises(ValueError, match="outer failure"):
        driver.run(flow())
    assert recorder.did == ["close_stream"] * 2
