"""``generate(webhook=…)``: the event ends the wait; looking at the task is the net beneath."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, Polling, TaskFailed, WaitTimeout
from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.message import Response
from modelhunter.sandbox import Fault, Sandbox
from modelhunter.webhooks import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter import Task


@pytest.fixture
def sandbox(registry):
    # Slow enough that the first look finds nothing finished, so that only the event can end it.
    with Sandbox(speed=20, media="tiny", registry=registry) as running:
        yield running


@pytest.fixture
def receiver():
    with Receiver() as listening:
        yield listening


@pytest.fixture
def client(sandbox, registry):
    # A look every hour: only an event can end these waits in time.
    with ModelHunter(
        sandbox.key, base_url=sandbox.url, registry=registry, polling=Polling(3600, 3600, 1)
    ) as mh:
        yield mh


def reads(sandbox: Sandbox) -> int:
    return sum(seen.method == "GET" for seen in sandbox.requests)


def test_the_event_ends_the_wait(client, receiver, sandbox):
    sandbox.faults.add(Fault("latency", operation="getTask", seconds=0.0))
    task = client.generate("acme-1", prompt="hi", duration=1, webhook=receiver, timeout=30)
    assert task.status == "succeeded"
    assert task.outputs
    assert reads(sandbox) <= 2


def test_in_the_async_client(sandbox, registry, receiver):
    async def program() -> str:
        async with AsyncModelHunter(
            sandbox.key, base_url=sandbox.url, registry=registry, polling=Polling(3600, 3600, 1)
        ) as mh:
            task = await mh.generate("acme-1", prompt="hi", webhook=receiver, timeout=30)
            return str(task.status)

    assert asyncio.run(program()) == "succeeded"


def test_a_failure_comes_as_an_event_too(client, receiver, sandbox):
    sandbox.faults.add(Fault("failed_task"))
    with pytest.raises(TaskFailed):
        client.generate("acme-1", prompt="hi", webhook=receiver, timeout=30)


def test_without_an_event_the_time_is_over_all_the_same(client, receiver, sandbox):
    sandbox.faults.add(Fault("stuck_task"))
    with pytest.raises(WaitTimeout):
        client.generate("acme-1", prompt="hi", webhook=receiver, timeout=0.2)


def test_an_event_is_a_hint_and_not_believed(client, receiver, sandbox):
    """Whoever knows the address can send events; what counts is what the API says."""
    sandbox.faults.add(Fault("stuck_task"))
    task = client.submit("acme-1", prompt="hi", webhook_url=receiver.url)
    forged = {
        "id": "evt_forged",
        "type": "task.completed",
        "created_at": "2026-03-02T08:15:00Z",
        "data": {
            "task": {
                "id": task.id,
                "type": "video",
                "status": "succeeded",
                "provider": "acme",
                "model": "acme-1",
                "created_at": "2026-03-02T08:15:00Z",
            }
        },
    }
    request = urllib.request.Request(
        receiver.url, json.dumps(forged).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()
    with pytest.raises(WaitTimeout):
        task.wait(0.3, webhook=receiver, polling=Polling(0.05, 0.05, 1))
    assert task.status != "succeeded"


# ----------------------------------------------------- the same in a time that tests move


class Events:
    """Tells of the end of tasks ``at`` a moment, in a time in which only waiting takes time."""

    url = "https://here.example/events"

    def __init__(self, clock, at: float = float("inf")) -> None:
        self.clock, self.at = clock, at
        self.expected: dict[str, Future[None]] = {}
        self.waits: list[float] = []

    def expect(self, task_id: str) -> Future[None]:
        return self.expected.setdefault(task_id, Future())

    def wait(self, _driver, step):
        """In the place of what the driver does when a flow waits for a future."""
        began = self.clock.seconds
        if not step.future.done():
            self.clock.seconds = max(began, min(self.at, began + step.seconds))
        self.waits.append(self.clock.seconds - began)
        if self.clock.seconds >= self.at and not step.future.done():
            step.future.set_result(None)
        return step.future.done()


@pytest.fixture
def events(clock, monkeypatch) -> Callable[..., Events]:
    def make(at: float = float("inf")) -> Events:
        made = Events(clock, at)
        monkeypatch.setattr(Driver, "_wait_for", lambda *given: made.wait(*given))
        return made

    return make


class Finished:
    """An API whose one task is finished from a moment on; ``looks`` are those of all readings."""

    def __init__(self, api, clock, at: float) -> None:
        self.api, self.clock, self.at = api, clock, at
        self.looks: list[float] = []

    def send(self, request):
        self.looks.append(self.clock.seconds)
        status = "succeeded" if self.clock.seconds >= self.at else "running"
        return Response(200, {}, json.dumps(self.api.task(status)).encode())

    def close(self):
        pass


@pytest.fixture
def world(api, clock, registry):
    def make(finished: float) -> tuple[list[float], Task]:
        fake = Finished(api, clock, finished)
        mh = ModelHunter("river_test_x", transport=fake, clock=clock, registry=registry)
        task = mh.tasks.get("task_1")
        fake.looks.clear()
        return fake.looks, task

    return make


def test_the_event_of_this_task_is_expected_and_let_go_of(events, world):
    source, (_, task) = events(), world(1000.5)
    with pytest.raises(WaitTimeout):
        task.wait(0, webhook=source)
    assert list(source.expected) == ["task_1"]
    assert source.expected["task_1"].cancelled()


def test_the_event_ends_the_pause_and_nothing_is_slept(events, world, clock):
    source, (looks, task) = events(at=1007), world(1007)
    task.wait(webhook=source, polling=Polling(600, 600, 1))
    assert looks == [1000, 1007]
    assert source.waits == [7]
    assert clock.slept == []


def test_looks_are_a_net_beneath_an_event_that_never_comes(events, world):
    source, (looks, task) = events(), world(1055)
    task.wait(webhook=source, polling=Polling(1, 1, 1))
    assert looks == [1000, 1030, 1060]
    assert source.waits == [30, 30]


def test_a_slower_rhythm_than_the_net_is_kept(events, world):
    source, (looks, task) = events(), world(1001)
    task.wait(webhook=source, polling=Polling(50, 50, 1))
    assert looks == [1000, 1050]
    assert source.waits == [50]


def test_after_an_event_that_came_too_early_the_rhythm_is_the_usual_one(events, world, clock):
    source, (looks, task) = events(at=1003), world(1006)
    task.wait(webhook=source, polling=Polling(2, 2, 1))
    assert looks == [1000, 1003, 1005, 1007]
    assert clock.slept == [2, 2]


def test_an_event_that_comes_while_it_is_looked_at_is_not_slept_over(events, world):
    source, (looks, task) = events(), world(1000.5)
    source.expect("task_1").set_result(None)
    task.wait(webhook=source, polling=Polling(1, 1, 1))
    assert looks == [1000, 1000, 1001]
    assert source.waits == [0]


def test_an_event_does_not_outlast_the_time_for_waiting(events, world):
    source, (looks, task) = events(at=1100), world(1100)
    with pytest.raises(WaitTimeout):
        task.wait(20, webhook=source)
    assert source.waits == [20]
    assert looks[-1] <= 1020
