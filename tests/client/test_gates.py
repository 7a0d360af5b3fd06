"""Gates see each job before it is priced and sent; observers hear of prices and transfers."""

from __future__ import annotations

import asyncio
import math
import threading
from decimal import Decimal

import pytest

from modelhunter import (
    AsyncModelHunter,
    ConfigurationError,
    DownloadFailed,
    InvalidInput,
    ModelHunter,
    OverBudget,
    PluginError,
    Polling,
    Refused,
)
from modelhunter.plugins import hookimpl
from modelhunter.sandbox import Fault, Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class Gate:
    """One that does what it is told to, and keeps what it saw."""

    def __init__(self, act=lambda job: None):
        self.act = act
        self.seen = []

    @hookimpl
    def modelhunter_job(self, job):
        self.seen.append(job)
        return self.act(job)


def longer(job):
    return {**job.inputs, "duration": 10}


def refusing(job):
    raise Refused("no cats today")


@pytest.fixture
def sandbox(registry):
    with Sandbox(speed=math.inf, media="tiny", registry=registry) as server:
        yield server


@pytest.fixture
def connect(sandbox, registry):
    clients = []

    def make(*gates, **options):
        clients.append(
            ModelHunter(
                sandbox=sandbox,
                registry=registry,
                gates=gates,
                polling=Polling(0.0, 0.0, 0.0),
                **options,
            )
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def submissions(sandbox):
    return [seen for seen in sandbox.requests if seen.operation == "submit"]


def test_a_gate_sees_the_job_as_it_was_given(connect):
    gate = Gate()
    connect(gate).submit("acme-1", prompt="a cat", metadata={"who": "me"})
    (job,) = gate.seen
    assert (job.provider, job.model, job.capability) == ("acme", "acme-1", "text-to-video")
    assert (dict(job.inputs), dict(job.metadata)) == ({"prompt": "a cat"}, {"who": "me"})
    with pytest.raises(TypeError):
        job.inputs["prompt"] = "a dog"


def test_what_it_changes_is_sent_and_priced(connect, sandbox):
    client = connect(Gate(longer))
    task = client.submit("acme-1", prompt="a cat", duration=2)
    assert task.submission.input == {"prompt": "a cat", "duration": 10}
    assert task.wait().cost == Decimal("1.00")


def test_each_sees_what_the_one_before_has_made(connect):
    second = Gate(lambda job: {**job.inputs, "prompt": job.inputs["prompt"] + "!"})
    task = connect(Gate(longer), second).submit("acme-1", prompt="a cat")
    assert second.seen[0].inputs["duration"] == 10
    assert task.submission.input == {"prompt": "a cat!", "duration": 10}


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (refusing, Refused, r"the gate Gate refuses acme-1 \(text-to-video\): no cats today"),
        (lambda job: 1 // 0, PluginError, "the gate Gate: the gate failed .*ZeroDivisionError"),
        (lambda job: ["prompt"], PluginError, "returned list, neither inputs by name nor None"),
        (lambda job: {"prompt": "x" * 101}, InvalidInput, "prompt"),
        (lambda job: {**job.inputs, "cat": 1}, InvalidInput, "cat"),
    ],
)
@pytest.mark.parametrize("way", ["submit", "generate", "prepare"])
def test_whatever_a_gate_raises_nothing_is_sent(connect, sandbox, act, error, said, way):
    client = connect(Gate(act), budget=1)
    with pytest.raises(error, match=said):
        getattr(client, way)("acme-1", prompt="a cat")
    assert sandbox.requests == []
    assert client.spent == 0


def test_a_refusal_says_why_and_by_whom(connect):
    with pytest.raises(Refused) as caught:
        connect(Gate(refusing)).submit("acme-1", prompt="a cat")
    assert (caught.value.reason, caught.value.by) == ("no cats today", "the gate Gate")


def test_the_budget_is_of_what_the_gate_made(connect, sandbox):
    client = connect(Gate(longer))
    with pytest.raises(OverBudget):
        client.submit("acme-1", prompt="a cat", duration=1, max_cost="0.50")
    assert sandbox.requests == []


def test_a_job_passes_once_also_in_two_steps(connect):
    gate = Gate()
    client = connect(gate)
    prepared = client.prepare("acme-1", prompt="a cat")
    client.submit(prepared)
    assert len(gate.seen) == 1


def test_an_estimate_asks_no_gate(connect):
    gate = Gate(refusing)
    assert connect(gate).estimate("acme-1", prompt="a cat").low == Decimal("0.50")
    assert gate.seen == []


def test_local_files_are_still_local_and_not_uploaded_in_vain(connect, sandbox, tmp_path):
    file = tmp_path / "cat.png"
    file.write_bytes(PNG)
    gate = Gate(refusing)
    with pytest.raises(Refused):
        connect(gate).submit("acme-1", "image-to-video", image=file)
    assert gate.seen[0].inputs["image"] == file
    assert sandbox.requests == []


def test_the_async_client_asks_in_a_thread(sandbox, registry):
    threads = []
    gate = Gate(lambda job: threads.append(threading.current_thread()) or longer(job))

    async def run():
        async with AsyncModelHunter(sandbox=sandbox, registry=registry, gates=[gate]) as client:
            return await client.submit("acme-1", prompt="a cat")

    assert asyncio.run(run()).submission.input["duration"] == 10
    assert threads[0] is not threading.main_thread()


def test_what_is_no_gate_is_refused(registry):
    with pytest.raises(ConfigurationError, match="needs a method modelhunter_job"):
        ModelHunter("mh_key", registry=registry, gates=[object()])
    with pytest.raises(ConfigurationError, match="gates"):
        ModelHunter("mh_key", registry=registry, gates="gate")


class Listener:
    def __init__(self):
        self.heard = []

    @hookimpl
    def modelhunter_estimated(self, event):
        self.heard.append(("estimated", event.model, event.capability, event.estimate.low))

    @hookimpl
    def modelhunter_transfer_ended(self, event):
        failed = event.error is not None
        self.heard.append((event.kind, event.name, event.size > 0, event.task, failed))


def test_prices_and_transfers_are_heard_of(connect, tmp_path):
    file = tmp_path / "cat.png"
    file.write_bytes(PNG)
    listener = Listener()
    client = connect(observers=[listener])
    client.estimate("acme-1", prompt="x")
    task = client.generate("acme-1", "image-to-video", image=file, duration=1)
    client.files.upload(file)  # it is there already
    (path,) = task.download(tmp_path / "cat.mp4")
    assert path.stat().st_size > 0
    assert listener.heard == [
        ("estimated", "acme-1", "text-to-video", Decimal("0.50")),
        ("estimated", "acme-1", "image-to-video", Decimal("0.10")),
        ("upload", "cat.png", True, None, False),
        ("download", "cat.mp4", True, task.id, False),
    ]


def test_a_download_that_fails_is_heard_of(connect, sandbox, tmp_path, clock):
    listener = Listener()
    task = connect(observers=[listener], clock=clock).generate("acme-1", prompt="x")
    sandbox.faults.add(Fault("status", operation="downloadResult", status=500, times=None))
    with pytest.raises(DownloadFailed):
        task.download(tmp_path / "cat.mp4")
    assert listener.heard[-1] == ("download", "cat.mp4", False, task.id, True)
