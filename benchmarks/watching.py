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
_BEGUN = 15.0
"""Seconds after which each task runs; it takes about 30."""
_STEP = 0.5
"""Seconds in which a task's progress moves on."""
_AT_ONCE = 20


class _Enough(Exception):
    """As many rounds as wanted have been watched."""


def figure() -> Figure:
    """The table."""
    with _sandbox() as (url, key, advance):
        requests, memory, still, moving = asyncio.run(_measure(url, key, advance))
    return Figure(
        title="Watching 10,000 tasks",
        method=(
            f"The async client against the sandbox in another process, {_ROUNDS} rounds after a "
            "first one, while no task finishes; between them bare reads the same pages with "
            "aiohttp and json.loads. Still: nothing changes; moving: all 10,000 tasks progress "
            "from each round to the next. CPU of the client's process for a round, in "
            "milliseconds; memory, that of the task objects included, by tracemalloc."
        ),
        target=(
            "modelhunter: at most 1/50 of the requests of reading each task, 3 kB a task, twice "
            "the CPU of bare."
        ),
        columns=("", "requests a round", "kB per task", "CPU a round", "against bare"),
        rows=[
            ["modelhunter, still", f"{requests:g}", f"{memory / 1000:.2f}", *still.row()],
            ["modelhunter, moving", f"{requests:g}", f"{memory / 1000:.2f}", *moving.row()],
            ["bare, the same pages", str(_PAGES), "", f"{_ms(moving.bare):.0f}", "1.00"],
            ["bare, each task", str(_TASKS), "", "", ""],
        ],
    )


def _ms(samples: list[float]) -> Spread:
    return Spread.of([sample * 1000 for sample in samples])


@attrs.define
class _Rounds:
    """CPU seconds of rounds, and of bare reading beside each."""

    ours: list[float] = attrs.field(factory=list)
    bare: list[float] = attrs.field(factory=list)

    def row(self) -> tuple[str, str]:
        over = Spread.of([a / b for a, b in zip(self.ours, self.bare, strict=True)])
        return f"{_ms(self.ours):.0f}", f"{over:.2f}"


async def _measure(
    url: str, key: str, advance: Callable[[float], None]
) -> tuple[float, float, _Rounds, _Rounds]:
    async with AsyncModelHunter(key, base_url=url) as mh:
        await _submit(mh)
        advance(_BEGUN)
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
        requests = 0

        async def rounds(step: float) -> _Rounds:
            nonlocal requests
            taken = _Rounds()
            began = 0.0

            async def compare() -> bool:
                nonlocal began
                if began:
                    taken.ours.append(time.process_time() - began)
                    taken.bare.append(await _read_pages(session, url, watched[-1]))
                advance(step)
                began = time.process_time()
                return len(taken.ours) < _ROUNDS

            requests = await _watch(mh, watched, compare)
            return taken

        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
            still, moving = await rounds(0.0), await rounds(_STEP)
    return requests / (_ROUNDS + 1), memory, still, moving


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

    counted = _Counted(mh._driver.transport)
    transport: Any = counted
    driver, mh._driver = mh._driver, attrs.evolve(mh._driver, sleep=pause, transport=transport)
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
def _sandbox() -> Iterator[tuple[str, str, Callable[[float], None]]]:
    """A sandbox's address, a key, and what moves its time."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()

    def advance(seconds: float) -> None:
        ours.send(seconds)
        ours.recv()

    try:
        yield (*ours.recv(), advance)
    finally:
        ours.close()
        process.join(10)


def _serve(parent: Connection) -> None:
    """A sandbox in which time moves only as the parent says, until the parent is done."""
    from modelhunter.sandbox import ManualClock, Sandbox

    clock = ManualClock()
    with Sandbox(clock=clock, media="tiny", balance=Decimal(1_000_000)) as sandbox:
        parent.send((sandbox.url, sandbox.key))
        try:
            while True:
                clock.advance(parent.recv())
                parent.send(None)
        except EOFError:
            return
