"""The async client is the blocking one with other words, and works where that works."""

from __future__ import annotations

import asyncio
import inspect
import math
import subprocess
import sys
from pathlib import Path

import pytest

from modelhunter import (
    AsyncModelHunter,
    AsyncTask,
    ConfigurationError,
    ModelHunter,
    Polling,
    Task,
    TaskFailed,
    WaitTimeout,
)
from modelhunter.client.aio import resources as aio
from modelhunter.client.blocking import resources as blocking
from modelhunter.sandbox import Sandbox
from modelhunter.sandbox.faults import Fault

SHELLS = Path(__file__).parents[2] / "codegen" / "shells.py"


def surface(cls: type) -> dict[str, str]:
    """Public names with their signatures, in the words of the blocking client."""
    found = {}
    for name in dir(cls):
        if name.startswith("_"):
            continue
        member = inspect.getattr_static(cls, name)
        signature = str(inspect.signature(member)) if inspect.isfunction(member) else ""
        found[name.replace("aclose", "close")] = signature.replace("Async", "")
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AsyncModelHunter, ModelHunter),
        (AsyncTask, Task),
        (aio.AsyncTasks, blocking.Tasks),
        (aio.AsyncFiles, blocking.Files),
        (aio.AsyncWebhooks, blocking.Webhooks),
        (aio.AsyncApiKeys, blocking.ApiKeys),
    ],
)
def test_neither_client_has_what_the_other_lacks(one, other):
    assert surface(one) == surface(other)


def test_the_blocking_client_is_what_the_async_one_makes():
    done = subprocess.run([sys.executable, SHELLS, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def sandbox(registry):
    with Sandbox(speed=math.inf, media="tiny", registry=registry) as running:
        yield running


@pytest.fixture
def connect(sandbox, registry):
    def make() -> AsyncModelHunter:
        return AsyncModelHunter(
            sandbox.key,
            base_url=sandbox.url,
            registry=registry,
            polling=Polling(0.01, 0.01, 1),
        )

    return make


def test_the_whole_path(connect, tmp_path):
    async def program() -> None:
        async with connect() as mh:
            assert (await mh.balance()).balance > 0
            image = await mh.files.upload(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, filename="cat.png")
            task = await mh.generate("acme-1", image=image, duration=2, metadata={"shot": 1})
            assert task.metadata == {"shot": 1}
            (path,) = await task.download(tmp_path)
            assert path.stat().st_size == task.outputs[0].size_bytes
            other = await mh.acme.text_to_video("acme-1", prompt="hi", duration=2)
            await other.wait()
            listed = [task.id async for task in mh.tasks.list(provider="acme")]
            assert listed == [other.id, task.id]
            watched = [task async for task in mh.tasks.watch(listed)]
            assert sorted(task.id for task in watched) == sorted(listed)
            again = await mh.resume(task.resume_token())
            assert again == task
            assert (await mh.webhooks.create("https://me.example/hook")).secret
            key = await mh.api_keys.create("ci")
            await mh.api_keys.delete(key.id or "")

    asyncio.run(program())


def test_updates_may_be_awaited(connect):
    seen = []

    async def updated(task: AsyncTask) -> None:
        await asyncio.sleep(0)
        seen.append(task.status)

    async def program() -> None:
        async with connect() as mh:
            await mh.generate("acme-1", prompt="hi", on_update=updated)

    asyncio.run(program())
    assert seen[-1] == "succeeded"


def test_one_client_in_several_loops(connect):
    mh = connect()

    async def ask() -> bool:
        return (await mh.balance()).balance > 0

    assert [asyncio.run(ask()) for _ in range(3)] == [True] * 3

    asyncio.run(mh.aclose())


def test_many_at_once(connect, sandbox):
    async def program() -> int:
        async with connect() as mh:
            tasks = await asyncio.gather(
                *(mh.submit("acme-1", prompt=str(n), duration=1) for n in range(40))
            )
            return len([task async for task in mh.tasks.watch(tasks)])

    assert asyncio.run(program()) == 40


def test_a_cancelled_wait_says_what_became_of_the_task(connect, sandbox):
    sandbox.faults.add(Fault("stuck_task"))

    async def program() -> None:
        async with connect() as mh:
            task = await mh.submit("acme-1", prompt="hi")
            for cancel, says in ((False, "goes on"), (True, "was cancelled")):
                waiting = asyncio.create_task(task.wait(cancel_if_left=cancel))
                await asyncio.sleep(0.05)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await waiting
                assert says in caught.value.__notes__[0]
            assert (await mh.tasks.get(task.id)).status == "cancelled"

    asyncio.run(program())


def test_a_failed_task_and_a_wait_that_ends(connect, sandbox):
    async def program() -> None:
        async with connect() as mh:
            sandbox.faults.add(Fault("failed_task"))
            with pytest.raises(TaskFailed):
                await mh.generate("acme-1", prompt="hi")
            sandbox.faults.add(Fault("stuck_task"))
            with pytest.raises(WaitTimeout):
                await mh.generate("acme-1", prompt="hi", timeout=0.1)

    asyncio.run(program())


def test_a_cancelled_submission_leaves_no_open_ends(connect, sandbox):
    sandbox.faults.add(Fault("latency", "after", operation="submit", seconds=0.2))
    tokens: list[str] = []

    async def program() -> None:
        async with connect() as mh:
            submitting = asyncio.create_task(
                mh.submit("acme-1", prompt="hi", on_token=tokens.append)
            )
            await asyncio.sleep(0.1)
            submitting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await submitting
            await asyncio.sleep(0.3)
            assert (await mh.resume(tokens[0])).id

    asyncio.run(program())


def test_without_the_extra_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for name in [n for n in sys.modules if n.startswith("modelhunter.runtime.transports.aio")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigurationError, match=r"modelhunter\[async\]"):
        AsyncModelHunter("river_test_x")
