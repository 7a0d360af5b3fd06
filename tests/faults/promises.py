"""What could make a client pay twice, lose a job or miscount, beside the faults of the sandbox.

Twins, answers about something else, rows that can't be read, numbers that can't be, clocks that
are wrong: each is tried in many forms, in both clients, against the sandbox behind a transport that
bends its answers. ``nox -s faults`` prints how many were tried and how many failed;
``test_promises.py`` runs a part of them with the other tests.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from modelhunter import (
    AsyncModelHunter,
    ModelHunter,
    ModelHunterError,
    OverBudget,
    Polling,
    Timeouts,
)
from modelhunter.runtime.message import Response
from modelhunter.runtime.transports.aiohttp import AiohttpTransport
from modelhunter.runtime.transports.urllib3 import Urllib3Transport
from modelhunter.sandbox import Sandbox

_spec = importlib.util.spec_from_file_location("proxies", Path(__file__).parent / "proxies.py")
assert _spec
assert _spec.loader
proxies = importlib.util.module_from_spec(_spec)
sys.modules["proxies"] = proxies
_spec.loader.exec_module(proxies)

JOB = {"model": "viduq3-turbo", "prompt": "a promise", "duration": 1}
HASTE = 100.0
LIST = "/api/v1/tasks"
Bend = Callable[[Any, Response], Response]
"""Makes of the answer to a request what the client is to see."""


class Clock:
    """The machine's time, some hours ahead of it, with pauses that are short."""

    def __init__(self, hours: float = 0.0, haste: float = HASTE) -> None:
        self.ahead, self.haste = timedelta(hours=hours), haste

    def monotonic(self) -> float:
        return time.monotonic() * self.haste

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.haste)

    async def asleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.haste)

    def random(self) -> float:
        return 0.5


@define
class Bent:
    """A transport whose answers are bent on their way."""

    bend: Bend
    inner: Urllib3Transport = field(factory=Urllib3Transport)

    def send(self, request: Any) -> Response:
        return self.bend(request, self.inner.send(_unhurried(request)))

    def close(self) -> None:
        self.inner.close()


@define
class AsyncBent:
    """The same for the async client."""

    bend: Bend
    inner: AiohttpTransport = field(factory=AiohttpTransport)

    async def send(self, request: Any) -> Response:
        return self.bend(request, await self.inner.send(_unhurried(request)))

    async def close(self) -> None:
        await self.inner.close()


def _unhurried(request: Any) -> Any:
    """The request without its deadline, which is on the clock of the test."""
    return evolve(request, deadline=None)


@frozen
class Try:
    """One thing that is tried: a name, and what finds out why it failed (None: it did not)."""

    name: str
    why: Callable[[], str | None]


# ------------------------------------------------------------------- helpers


def call(sandbox: Sandbox, bend: Bend, use: Any, *, is_async: bool, **settings: Any) -> Any:
    """What a use of a client returns or raises; ``use`` is given the client."""
    clock = settings.pop("clock", None) or Clock()
    options = {
        "base_url": sandbox.url,
        "clock": clock,
        "polling": Polling(1, 1, 30),
        "timeout": Timeouts(total=2000),
        **settings,
    }
    try:
        if is_async:
            return asyncio.run(_awaited(sandbox.key, bend, use, options))
        with ModelHunter(sandbox.key, transport=Bent(bend), **options) as mh:
            return use(mh)
    except ModelHunterError as error:
        return error


async def _awaited(key: str, bend: Bend, use: Any, options: dict[str, Any]) -> Any:
    async with AsyncModelHunter(key, transport=AsyncBent(bend), **options) as mh:
        outcome = use(mh)
        return await outcome if asyncio.iscoroutine(outcome) else outcome


def submit(mh: Any) -> Any:
    return mh.submit(**JOB)


def is_submission(request: Any) -> bool:
    return bool(request.method == "POST" and "/files" not in request.target)


def is_list(request: Any) -> bool:
    return bool(request.method == "GET" and urlsplit(request.target).path == LIST)


def changed(response: Response, change: Callable[[Any], Any]) -> Response:
    """A JSON answer with its content changed; numbers may be any that Python writes."""
    content = json.dumps(change(json.loads(response.content))).encode()
    return Response(response.status, response.headers, content)


def as_it_is(_: Any, response: Response) -> Response:
    return response


def lost(_: Any, response: Response) -> Response:
    """An answer from which nothing can be told."""
    return Response(502, {}, b"<html>")


def alive(sandbox: Sandbox) -> list[str]:
    return [t["id"] for t in sandbox.state()["tasks"] if t["status"] not in ("cancelled", "failed")]


def found_once(sandbox: Sandbox, outcome: Any) -> str | None:
    """Why an outcome is not the one task that there is."""
    tasks = [task["id"] for task in sandbox.state()["tasks"]]
    if len(tasks) != 1:
        return f"{len(tasks)} tasks; {outcome!r}"
    return None if getattr(outcome, "id", None) == tasks[0] else f"it ended in {outcome!r}"


def both() -> Iterator[tuple[str, bool]]:
    yield "blocking", False
    yield "async", True


# ------------------------------------------------------------------- what is tried


def twins(sandbox: Sandbox) -> Iterator[Try]:
    """Two workers take up one token at the same moment; the list lags behind."""
    lags, starts = (0.0, 0.5, 2.0), (0.0, 0.1, 1.0)
    for (word, is_async), lag, apart in itertools.product(both(), lags, starts):
        name = f"{word}, list {lag:g} s late, {apart:g} s apart"
        yield Try(name, lambda a=is_async, lag=lag, apart=apart: _twins(sandbox, a, lag, apart))


def _twins(sandbox: Sandbox, is_async: bool, lag: float, apart: float) -> str | None:
    haste = 20.0
    hidden = timedelta(seconds=lag / haste)

    def late(request: Any, response: Response) -> Response:
        if not is_list(request):
            return response
        last = datetime.now(UTC) - hidden

        def shown(page: Any) -> Any:
            rows = page["data"]
            page["data"] = [r for r in rows if datetime.fromisoformat(r["created_at"]) <= last]
            return page

        return changed(response, shown)

    token = call(sandbox, as_it_is, lambda mh: mh.prepare(**JOB), is_async=is_async).token
    ends: list[Any] = []

    def work(pause: float) -> None:
        time.sleep(pause)
        resume = lambda mh: mh.resume(token, resubmit=True)  # noqa: E731
        clock = Clock(haste=haste)
        ends.append(call(sandbox, late, resume, is_async=is_async, clock=clock))

    workers = [threading.Thread(target=work, args=(n * apart / haste,)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    living = alive(sandbox)
    if len(living) != 1:
        return f"{len(living)} tasks go on; {ends}"
    for end in ends:
        if getattr(end, "id", living[0]) != living[0]:
            return f"one has {end}, and {living[0]} goes on"
    later = call(sandbox, as_it_is, lambda mh: mh.resume(token), is_async=is_async)
    return None if getattr(later, "id", None) == living[0] else f"later it is {later!r}"


def foreign_answers(sandbox: Sandbox) -> Iterator[Try]:
    """Answers that belong to somebody else, and refusals that are not the API's."""
    for word, is_async in both():
        for what, change in {
            "another provider": {"provider": "kling"},
            "a task that is known": {"id": None},
        }.items():
            name = f"{word}, the answer to a submission names {what}"
            yield Try(name, lambda a=is_async, c=change: _foreign_submission(sandbox, a, c))
        yield Try(f"{word}, a read about another", lambda a=is_async: _foreign_read(sandbox, a))
        pages = (b"", b"<html>", b'{"error": {"code": "X", "message": "x"}}', b'{"message": "x"}')
        for status, page in itertools.product((400, 403, 404, 408, 413, 499), pages):
            name = f"{word}, {status} with {page!r} after the job was taken"
            yield Try(name, lambda a=is_async, s=status, p=page: _foreign_refusal(sandbox, a, s, p))


def _foreign_submission(sandbox: Sandbox, is_async: bool, change: dict[str, Any]) -> str | None:
    first = call(sandbox, as_it_is, submit, is_async=False)
    count = 0

    def bend(request: Any, response: Response) -> Response:
        nonlocal count
        if not is_submission(request):
            return response
        count += 1
        new = {name: value or first.id for name, value in change.items()}
        return changed(response, lambda body: {**body, "data": {**body["data"], **new}})

    def use(mh: Any) -> Any:
        if not is_async:
            mh.tasks.get(first.id)
            return submit(mh)

        async def two() -> Any:
            await mh.tasks.get(first.id)
            return await submit(mh)

        return two()

    outcome = call(sandbox, bend, use, is_async=is_async)
    others = [t["id"] for t in sandbox.state()["tasks"] if t["id"] != first.id]
    if count != 1 or len(others) != 1:
        return f"sent {count} times, {len(others)} tasks"
    return None if getattr(outcome, "id", None) == others[0] else f"it ended in {outcome!r}"


def _foreign_read(sandbox: Sandbox, is_async: bool) -> str | None:
    mine, other = (call(sandbox, as_it_is, submit, is_async=False).id for _ in range(2))

    def bend(request: Any, response: Response) -> Response:
        if not request.target.endswith(mine):
            return response
        return changed(response, lambda body: {**body, "data": {**body["data"], "id": other}})

    outcome = call(sandbox, bend, lambda mh: mh.tasks.wait(mine, 5), is_async=is_async)
    return None if isinstance(outcome, ModelHunterError) else f"it ended in {outcome!r}"


def _foreign_refusal(sandbox: Sandbox, is_async: bool, status: int, page: bytes) -> str | None:
    def bend(request: Any, response: Response) -> Response:
        return Response(status, {}, page) if is_submission(request) else response

    return found_once(sandbox, call(sandbox, bend, submit, is_async=is_async))


ODD_ROWS: dict[str, Any] = {
    "null": None,
    "a word": "task",
    "no id": {"status": "running"},
    "an id that is a number": {"id": 7},
    "no date": {"id": "task_old", "status": "running", "metadata": {}},
    "metadata that are a list": {"metadata": []},
    "progress in words": {"progress": "half"},
    "an error in words": {"status": "failed", "error": "broken"},
    "a date that is none": {"created_at": "yesterday"},
    "a status that is a number": {"status": 3},
}


def odd_rows(sandbox: Sandbox) -> Iterator[Try]:
    """A row of the task list can't be read while a lost job is looked for."""
    for (word, is_async), (what, row) in itertools.product(both(), ODD_ROWS.items()):
        for place in ("before", "after", "its own"):
            if place == "its own" and (
                not isinstance(row, dict) or {"id", "metadata"} & row.keys()
            ):
                continue
            name = f"{word}, {what} {place}"
            yield Try(name, lambda a=is_async, r=row, p=place: _odd_row(sandbox, a, r, p))


def _odd_row(sandbox: Sandbox, is_async: bool, row: Any, place: str) -> str | None:
    def with_odd(page: Any) -> Any:
        whole = {
            "id": "task_old",
            "type": "video",
            "status": "running",
            "provider": "vidu",
            "model": "viduq3-turbo",
            "created_at": "2026-01-01T00:00:00Z",
        }
        if place == "its own":
            page["data"] = [{**one, **row} for one in page["data"]]
            return page
        odd = {**whole, **row} if isinstance(row, dict) and "id" not in row else row
        page["data"] = [odd, *page["data"]] if place == "before" else [*page["data"], odd]
        return page

    def bend(request: Any, response: Response) -> Response:
        if is_submission(request):
            return lost(request, response)
        return changed(response, with_odd) if is_list(request) else response

    return found_once(sandbox, call(sandbox, bend, submit, is_async=is_async))


def numbers(sandbox: Sandbox) -> Iterator[Try]:
    """The API says that a job cost what nothing can cost."""
    costs = ("nan", "inf", "-inf", "-5", "-0.0001", "-1e300")
    for (word, is_async), cost in itertools.product(both(), costs):
        for status in ("succeeded", "failed", "expired"):
            name = f"{word}, {status}, cost {cost}"
            yield Try(name, lambda a=is_async, c=float(cost), s=status: _number(sandbox, a, c, s))


def _number(sandbox: Sandbox, is_async: bool, cost: float, status: str) -> str | None:
    def bend(request: Any, response: Response) -> Response:
        if request.method != "GET" or is_list(request):
            return response
        said = {"cost": cost, "progress": cost, "status": status}
        return changed(response, lambda body: {**body, "data": {**body["data"], **said}})

    spent: list[Decimal] = []
    most = call(sandbox, as_it_is, lambda mh: mh.estimate(**JOB), is_async=False).high
    limit = most * 3

    async def use_async(mh: Any) -> Any:
        while True:
            try:
                task = await submit(mh)
                await task.refresh()
            finally:
                spent.append(mh.spent)
            if len(spent) > 5:
                return None

    def use(mh: Any) -> Any:
        if is_async:
            return use_async(mh)
        while len(spent) <= 5:
            try:
                submit(mh).refresh()
            finally:
                spent.append(mh.spent)
        return None

    outcome = call(sandbox, bend, use, is_async=is_async, budget=limit)
    if not all(one.is_finite() and 0 <= one <= limit for one in spent):
        return f"spent {spent}"
    if status == "failed":
        return None if outcome is None and spent[-1] == 0 else f"{outcome!r}, spent {spent}"
    if not isinstance(outcome, OverBudget) or len(alive(sandbox)) != 3:
        return f"{len(alive(sandbox))} jobs, then {outcome!r}"
    return None


def clocks(sandbox: Sandbox) -> Iterator[Try]:
    """The clock of the machine is wrong, and the API may not say the time."""
    hours = (-48.0, -1.0, 0.2, 1.0, 10.0, 48.0)
    for (word, is_async), ahead, dated in itertools.product(both(), hours, (True, False)):
        for others in (0, 120):
            says = "" if dated else ", without Date"
            name = f"{word}, {ahead:g} h ahead, {others} other tasks{says}"
            yield Try(
                name, lambda a=is_async, h=ahead, d=dated, o=others: _clock(sandbox, a, h, d, o)
            )


def _clock(sandbox: Sandbox, is_async: bool, hours: float, dated: bool, others: int) -> str | None:
    with ModelHunter(sandbox=sandbox) as mh:
        for _ in range(others):
            submit(mh)

    def bend(request: Any, response: Response) -> Response:
        headers = dict(response.headers)
        if not dated:
            headers = {name: one for name, one in headers.items() if name.lower() != "date"}
        response = Response(response.status, headers, response.content)
        return lost(request, response) if is_submission(request) else response

    use = lambda mh: mh.submit(**JOB, resubmit=True)  # noqa: E731
    outcome = call(sandbox, bend, use, is_async=is_async, clock=Clock(hours))
    tasks = [task["id"] for task in sandbox.state()["tasks"]]
    if len(tasks) != others + 1:
        return f"{len(tasks) - others} tasks; {outcome!r}"
    return None if getattr(outcome, "id", None) == tasks[-1] else f"it ended in {outcome!r}"


def proxied(sandbox: Sandbox) -> Iterator[Try]:
    """A proxy is between: see :mod:`proxies`."""
    for is_async, fault, times, only in proxies.forms():
        word = "async" if is_async else "blocking"
        often = "once" if times == 1 else "always"
        yield Try(
            f"{word}, {fault}, {often}, {'submissions' if only else 'everything'}",
            lambda form=(is_async, fault, times, only): proxies.why(sandbox, call, *form),
        )


PROMISES: dict[str, Callable[[Sandbox], Iterator[Try]]] = {
    "twins": twins,
    "foreign answers": foreign_answers,
    "odd rows": odd_rows,
    "numbers": numbers,
    "clocks": clocks,
    "proxies": proxied,
}


def sandbox_for(_: str) -> Sandbox:
    """A sandbox in which tasks go on for long."""
    return Sandbox(speed=0.001, media="tiny", balance=Decimal(10_000))


def failures(promise: str, sandbox: Sandbox, one: Try) -> str | None:
    """Why a try failed; whatever it raises is a failure, too."""
    sandbox.reset()
    try:
        why = one.why()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    return None if why is None else f"{promise}: {one.name}: {why}"


def report(names: list[str] | None = None) -> list[str]:
    """Try everything, print the table, and return why what failed did."""
    blamed: list[str] = []
    print("\n| | tried | failed |\n|---|---:|---:|")
    for promise, tries in PROMISES.items():
        if names and promise not in names:
            continue
        with sandbox_for(promise) as sandbox:
            found = [failures(promise, sandbox, one) for one in tries(sandbox)]
        failed = [why for why in found if why is not None]
        print(f"| {promise} | {len(found):,} | {len(failed):,} |")
        blamed += failed
    return blamed


if __name__ == "__main__":
    wrong = report(sys.argv[1:])
    print(*wrong[:50], sep="\n", file=sys.stderr)
    raise SystemExit(1 if wrong else 0)
