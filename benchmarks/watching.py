"""What it costs to watch 10,000 tasks in flight."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import tracemalloc
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs

from benchmarks.harness import PROCESSES, Figure, Spread
from modelhunter import AsyncModelHunter, AsyncTask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from multiprocessing.connection import Connection

_TASKS = 10_000
_PAGES = _TASKS // 100
_ROUNDS = 15
_AT_ONCE = 20


class _Enough(Exception):
    """As many rounds as wanted have been watched."""


def figure() -> Figure:
    """The table."""
    with _sandbox() as (url, key):
        requests, memory, ours, bare = asyncio.run(_measure(url, key))
    return Figure(
        title="Watching 10,000 tasks",
        method=(
            f"The async client against the sandbox in another process, {_ROUNDS} rounds while no "
            "task finishes, after a first one; between them bare reads the same pages with aiohttp "
            "and json.loads. CPU of the client's process for a round, in milliseconds; memory, "
            "that of the task objects included, by tracemalloc."
        ),
        target=(
            "modelhunter: at most 1/50 of the requests of reading each task, 3 kB a task, twice "
            "the CPU of bare."
        ),
        columns=("", "requests a round", "kB per task", "CPU a round", "against bare"),
        rows=[
            [
                "modelhunter",
                f"{requests:g}",
                f"{memory / 1000:.2f}",
                f"{_ms(ours):.0f}",
                _over(ours, bare),
            ],
            ["bare, the same pages", str(_PAGES), "", f"{_ms(bare):.0f}", "1.00"],
            ["bare, each task", str(_TASKS), "", "", ""],
        ],
    )


def _ms(samples: list[float]) -> Spread:
    return Spread.of([sample * 1000 for sample in samples])


def _over(ours: list[float], bare: list[float]) -> str:
    return f"{Spread.of([a / b for a, b in zip(ours, bare, strict=True)]):.2f}"


async def _measure(url: str, key: str) -> tuple[float, float, list[float], list[float]]:
    async with AsyncModelHunter(key, base_url=url) as mh:
        await _submit(mh)
        gc.collect()
        tracemalloc.start()
        memory = 0.0

        async def weigh() -> bool:
            nonlocal memory
            gc.collect()
            memory = tracemalloc.get_traced_memory()[0] / len(watched)
            return False

        watched = [task async for task in mh.tasks.list()]
        await _watch(mh, watched, weigh)
        tracemalloc.stop()
        ours: list[float] = []
        bare: list[float] = []
        began = 0.0
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:

            async def compare() -> bool:
                nonlocal began
                if began:
                    ours.append(time.process_time() - began)
                    bare.append(await _read_pages(session, url, watched[-1]))
                began = time.process_time()
                return len(ours) < _ROUNDS

            requests = await _watch(mh, watched, compare)
    return requests / (_ROUNDS + 1), memory, ours, bare


async def _submit(mh: AsyncModelHunter) -> None:
    left = iter(range(_TASKS))

    async def work() -> None:
        for n in left:
            await mh.submit("viduq3-turbo", prompt=f"shot {n}", duration=1)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def _watch(
    mh: AsyncModelHunter, tasks: list[AsyncTask], after_round: Callable[[], Awaitable[bool]]
) -> int:
    """Watch without pauses, until a call after a round says that it's enough; the requests made."""
    pauses = 0

    async def pause(_: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses % _PAGES == 0 and not await after_round():
            raise _Enough

    counted: Any = _Counted(mh._driver.transport)
    driver, mh._driver = mh._driver, attrs.evolve(mh._driver, sleep=pause, transport=counted)
    try:
        async for _ in mh.tasks.watch(tasks, timeout=None):
            raise AssertionError("no task should finish here")
    except _Enough:
        return counted.requests
    finally:
        mh._driver = driver
    raise AssertionError("the watch ended by itself")


class _Counted:
    """A transport that counts."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.requests = 0

    async def send(self, request: Any) -> Any:
        self.requests += 1
        return await self._transport.send(request)


async def _read_pages(session: aiohttp.ClientSession, url: str, oldest: AsyncTask) -> float:
    """CPU seconds of reading the pages down to a task, each as a watch asks for it."""
    began = time.process_time()
    query = {
        "provider": oldest.provider,
        "modelId": oldest.model,
        "startDate": (oldest.created_at - timedelta(seconds=1)).isoformat(),
        "limit": "100",
    }
    for _ in range(_PAGES):
        async with session.get(f"{url}/api/v1/tasks", params=query) as response:
            query["cursor"] = json.loads(await response.read())["pagination"]["cursor"]
    return time.process_time() - began


@contextmanager
def _sandbox() -> Iterator[tuple[str, str]]:
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join(10)


def _serve(parent: Connection) -> None:
    """A sandbox in which time stands still, until the parent is done."""
    from modelhunter.sandbox import ManualClock, Sandbox

    with Sandbox(clock=ManualClock(), media="tiny", balance=Decimal(1_000_000)) as sandbox:
        parent.send((sandbox.url, sandbox.key))
        try:
            parent.recv()
        except EOFError:
            return
