"""``generate(webhook=…)``: the event ends the wait; looking at the task is the net beneath."""

from __future__ import annotations

import asyncio
import json
import math
import urllib.request

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, Polling, TaskFailed, WaitTimeout
from modelhunter.sandbox import Fault, Sandbox
from modelhunter.webhooks import Receiver


@pytest.fixture
def sandbox(registry):
    with Sandbox(speed=math.inf, media="tiny", registry=registry) as running:
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
