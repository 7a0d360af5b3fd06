"""The example plugin with an API of its own, against that API, through the usual client."""

from __future__ import annotations

import asyncio
import importlib.util
import pickle
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from modelhunter import (
    AsyncModelHunter,
    ConfigurationError,
    Conflict,
    InvalidInput,
    ModelHunter,
    NotFound,
    Polling,
    SubmissionUnknown,
    TaskCancelled,
    TaskFailed,
    Unauthorized,
    UnexpectedResponse,
    Unsupported,
)
from modelhunter.errors import MissingKey
from modelhunter.plugins import Registry, hookimpl
from modelhunter.runtime.clock import SystemClock
from modelhunter.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "otherapi"


def load(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


PLUGIN = load("modelhunter_bakery_plugin", EXAMPLE / "src" / "modelhunter_bakery" / "plugin.py")
SERVER = load("modelhunter_bakery_server", EXAMPLE / "server.py")
LOAF = "bakery/loaf-1"


@pytest.fixture
def bakery(monkeypatch):
    with SERVER.Bakery() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("BAKERY_URL", server.url)
        monkeypatch.setenv("BAKERY_TOKEN", SERVER.TOKEN)
        yield server
        server.shutdown()
        thread.join()


class Changed:
    """The plugin with another backend."""

    def __init__(self, **changes):
        self.changes = changes

    @hookimpl
    def modelhunter_provider(self):
        provider = PLUGIN.modelhunter_provider()
        return evolve(provider, backend=evolve(provider.backend, **self.changes))


def registry_of(plugin):
    registry = Registry(list, environment={})
    registry.register(plugin, name="bakery")
    return registry


class NoWaiting(SystemClock):
    """Real time, as sockets need, but pauses are only noted."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def clock():
    return NoWaiting()


@pytest.fixture
def connect(clock):
    clients = []

    def make(plugin=PLUGIN, **options):
        client = ModelHunter("mh_key", registry=registry_of(plugin), clock=clock, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def test_from_submission_to_file(bakery, connect, tmp_path):
    seen = []
    task = connect().submit(LOAF, prompt="a loaf", crust="crisp")
    assert (task.status, task.provider, task.model, task.type) == (
        "queued",
        "bakery",
        LOAF,
        "3d",
    )
    task.wait(on_update=lambda task: seen.append((str(task.status), task.progress)))
    assert seen == [("running", 40), ("running", 80), ("succeeded", 100)]
    assert task.cost == Decimal("0.05")
    (path,) = task.download(tmp_path / "loaf.glb")
    assert path.read_bytes() == SERVER.LOAF
    (job,) = bakery.jobs.values()
    assert job["order"]["recipe"] == {"prompt": "a loaf", "crust": "crisp"}
    assert job["order"]["engine"] == "loaf-1"


def test_the_same_in_async(bakery, tmp_path):
    async def run():
        registry = registry_of(PLUGIN)
        polling = Polling(0.0, 0.0, 0.0)
        async with AsyncModelHunter("mh_key", registry=registry, polling=polling) as mh:
            task = await mh.generate(PLUGIN.TextTo3D(prompt="a loaf"))
            (path,) = await task.download(tmp_path / "loaf.glb")
            return task, path

    task, path = asyncio.run(run())
    assert (task.status, path.read_bytes()) == ("succeeded", SERVER.LOAF)


def test_what_fails_there_fails_here(bakery, connect):
    with pytest.raises(TaskFailed, match="TOO_HOT: It went black") as caught:
        connect().generate(LOAF, prompt="a lump of coal")
    assert caught.value.task.status == "failed"


def test_cancelling(bakery, connect):
    task = connect().submit(LOAF, prompt="x")
    assert task.cancel().status == "cancelled"
    with pytest.raises(TaskCancelled):
        task.wait()


def test_cancelling_too_late_is_a_conflict(bakery, connect):
    task = connect().generate(LOAF, prompt="x")
    with pytest.raises(Conflict, match="It is out of the oven"):
        task.cancel()


def test_an_api_that_cancels_nothing(bakery, connect):
    task = connect(Changed(cancel=None)).submit(LOAF, prompt="x")
    with pytest.raises(Unsupported, match="bakery"):
        task.cancel()


def test_a_token_leads_back_in_another_process(bakery, connect):
    task = connect().submit(LOAF, prompt="x")
    other = connect().resume(task.resume_token())
    assert other == task
    assert (other.model, other.type, other.created_at) == (LOAF, "3d", task.created_at)
    assert other.wait().status == "succeeded"


def test_a_pickled_task_knows_where_it_lives(bakery, connect):
    task = pickle.loads(pickle.dumps(connect().submit(LOAF, prompt="x")))
    assert task.via == "bakery"
    with pytest.raises(ConfigurationError, match=r"client\.resume\("):
        task.refresh()


def test_an_unanswered_submission_is_found_by_its_marker(bakery, connect):
    bakery.swallow = 1
    task = connect().submit(LOAF, prompt="x")
    assert [*bakery.jobs] == [task.id]
    assert task.type == "3d"
    assert task.wait().status == "succeeded"


def test_where_nothing_can_be_found_nothing_is_looked_for(bakery, connect, clock):
    bakery.swallow = 1
    client = connect(Changed(find=None))
    with pytest.raises(SubmissionUnknown) as caught:
        client.submit(LOAF, prompt="x")
    assert clock.slept == []
    assert len(bakery.jobs) == 1
    task = client.resume(caught.value.token, resubmit=True)
    assert len(bakery.jobs) == 2
    assert task.via == "bakery"


def test_metadata_comes_to_a_foreign_api_as_the_user_gave_it(bakery, connect):
    """It is found again by what the plugin does with the marker, and not by a key of ours."""
    given = []

    class Noting(Changed):
        @hookimpl
        def modelhunter_provider(self):
            provider = PLUGIN.modelhunter_provider()
            (loaf,) = provider.models
            (baking,) = loaf.capabilities
            noting = evolve(baking, call=lambda job: given.append(job) or PLUGIN.start(job))
            return evolve(provider, models=(evolve(loaf, capabilities=(noting,)),))

    client = connect(Noting())
    client.submit(LOAF, prompt="x", metadata={"shot": 1})
    client.submit(LOAF, prompt="x")
    assert [job.metadata for job in given] == [{"shot": 1}, None]
    assert len({job.marker for job in given}) == 2


def test_a_submission_that_turns_up_twice_leaves_one(bakery, connect):
    bakery.swallow = 1
    tokens = []
    client = connect()
    task = client.submit(LOAF, prompt="x", on_token=tokens.append)
    assert client.resume(tokens[0]) == task
    assert len(bakery.jobs) == 1


def test_watching_tasks_of_both_kinds_reads_these_singly(bakery, connect):
    client = connect()
    tasks = [client.submit(LOAF, prompt=f"loaf {n}") for n in range(3)]
    done = list(client.tasks.watch(tasks))
    assert {task.id for task in done} == {task.id for task in tasks}
    assert all(path.startswith("/v2/jobs") for _, path in bakery.seen)


def test_its_own_key_and_no_other(bakery, connect, monkeypatch):
    monkeypatch.setenv("BAKERY_TOKEN", "sugar")
    with pytest.raises(Unauthorized) as caught:
        connect().submit(LOAF, prompt="x")
    assert "NO_TOKEN: Who are you?" in str(caught.value)
    assert "BAKERY_TOKEN" in str(caught.value)
    assert "MODELHUNTER_KEY" not in str(caught.value)
    monkeypatch.delenv("BAKERY_TOKEN")
    with pytest.raises(ConfigurationError, match="set the environment variable BAKERY_TOKEN"):
        connect().submit(LOAF, prompt="x")


def test_no_key_of_modelhunter_is_asked_for(bakery, clock, tmp_path):
    with ModelHunter(registry=registry_of(PLUGIN), clock=clock) as client:
        task = client.generate(LOAF, prompt="a loaf")
        assert client.resume(task.resume_token()) == task
        assert task.download(tmp_path / "loaf.glb")[0].read_bytes() == SERVER.LOAF
        with pytest.raises(MissingKey, match="MODELHUNTER_KEY"):
            client.tasks.get(task.id)


def test_no_key_of_modelhunter_is_asked_for_in_async(bakery):
    async def run():
        polling = Polling(0.0, 0.0, 0.0)
        async with AsyncModelHunter(registry=registry_of(PLUGIN), polling=polling) as mh:
            return await mh.generate(LOAF, prompt="a loaf")

    assert asyncio.run(run()).status == "succeeded"


def test_inputs_and_prices_are_checked_as_everywhere(bakery, connect):
    with pytest.raises(InvalidInput, match="not a multiple of 100"):
        connect().submit(LOAF, prompt="x", triangles=150)
    assert connect().estimate(LOAF).likely == Decimal("0.05")
    assert bakery.seen == []


def test_a_task_that_is_not_there(bakery, connect):
    task = connect().submit(LOAF, prompt="x")
    bakery.jobs.clear()
    with pytest.raises(NotFound, match="NO_JOB: Nothing of that name"):
        task.refresh()


def test_an_answer_about_another_job(bakery, connect):
    client = connect()
    first = client.submit(LOAF, prompt="x")
    second = client.submit(LOAF, prompt="y")
    confused = connect(Changed(read=lambda uuid: PLUGIN.BACKEND.read(second.id)))
    with pytest.raises(UnexpectedResponse, match="mixes answers up"):
        confused.resume(first.resume_token())


def test_an_answer_that_is_another(bakery, connect):
    task = connect(
        Changed(
            read=lambda uuid: PLUGIN.Call(
                evolve(PLUGIN.READ, path="/v2/jobs"), query=[("since", "")]
            )
        )
    ).submit(LOAF, prompt="x")
    with pytest.raises(UnexpectedResponse, match="KeyError: 'job'"):
        task.refresh()


def test_the_sandbox_stands_in_for_this_api_too(tmp_path, monkeypatch):
    monkeypatch.delenv("BAKERY_TOKEN", raising=False)
    registry = registry_of(PLUGIN)
    with (
        Sandbox(speed=float("inf"), media="tiny", registry=registry) as sandbox,
        ModelHunter(sandbox=sandbox, registry=registry) as mh,
    ):
        task = mh.generate(LOAF, prompt="a loaf")
        (path,) = task.download(tmp_path / "loaf.glb")
    assert path.read_bytes().startswith(b"glTF")
    assert (task.type, task.via) == ("3d", None)
