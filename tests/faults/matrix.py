"""Every fault of the sandbox, at every operation, in both clients: what is lost, what is doubled?

``nox -s faults`` runs this file and ``promises.py`` and prints the tables of docs/reliability.md.
``test_faults.py`` runs a part of it with the other tests.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from modelhunter import AsyncModelHunter, ModelHunter, ModelHunterError, Polling, Retry, Timeouts
from modelhunter.jobs.marker import MARKER
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

HASTE = 200.0
"""How much shorter the pauses are here than in earnest."""
WAIT = 3.0
"""Seconds that a program waits for its tasks."""
LIMIT = 20.0
"""Seconds after which something is taken to hang."""
MODEL = "viduq3-turbo"
INPUTS = {"prompt": "a fault", "duration": 1}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\1\0\0\0\1\0\x08\2\0\0\0" + b"\0" * 100


class HastyClock:
    """The real time, but for pauses, which are short."""

    monotonic = staticmethod(time.monotonic)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / HASTE)

    async def asleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)

    def random(self) -> float:
        return 0.5


# ------------------------------------------------------------------- what is done


@frozen
class Operation:
    """Something that a program does: the name, how, and which operations of the API it uses."""

    name: str
    run: Callable[[Any, Any], Coroutine[Any, Any, Any]]
    uses: tuple[str, ...]


class Scene:
    """One client in one mode; ``await scene(...)`` works for both kinds of client."""

    def __init__(self, client: Any, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.tokens: list[str] = []
        self.paths: list[Path] = []
        self.task: Any = None

    async def __call__(self, outcome: Any) -> Any:
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    async def each(self, iterator: Any) -> list[Any]:
        if hasattr(iterator, "__aiter__"):
            return [item async for item in iterator]
        return list(iterator)


async def _balance(mh: Any, do: Scene) -> None:
    await do(mh.balance())


async def _submit(mh: Any, do: Scene) -> Any:
    return await do(mh.submit(MODEL, on_token=do.tokens.append, **INPUTS))


async def _get(mh: Any, do: Scene) -> None:
    task = await _submit(mh, do)
    await do(task.refresh())


async def _list(mh: Any, do: Scene) -> None:
    await do.each(mh.tasks.list(limit=3))


async def _cancel(mh: Any, do: Scene) -> None:
    task = await _submit(mh, do)
    await do(task.cancel())


async def _generate(mh: Any, do: Scene) -> None:
    await do(mh.generate(MODEL, timeout=WAIT, on_token=do.tokens.append, **INPUTS))


async def _watch(mh: Any, do: Scene) -> None:
    tasks = [await _submit(mh, do) for _ in range(4)]
    await do.each(mh.tasks.watch(tasks, timeout=WAIT))


async def _download(mh: Any, do: Scene) -> None:
    task = await do(mh.generate(MODEL, timeout=WAIT, on_token=do.tokens.append, **INPUTS))
    do.paths = [do.folder / "result.mp4"]
    do.task = task
    await do(task.download(do.paths[0]))


async def _upload(mh: Any, do: Scene) -> None:
    await do(mh.files.upload(PNG, filename="cat.png"))


async def _image(mh: Any, do: Scene) -> None:
    await do(mh.submit(MODEL, image=PNG, on_token=do.tokens.append))


async def _webhook(mh: Any, do: Scene) -> None:
    await do(mh.webhooks.create("http://127.0.0.1:9/hook"))


async def _key(mh: Any, do: Scene) -> None:
    key = await do(mh.api_keys.create("ci"))
    await do(mh.api_keys.delete(key.id))


_UPLOADS = ("createUploadUrl", "uploadContent", "completeUpload")
OPERATIONS = (
    Operation("balance", _balance, ("getBalance",)),
    Operation("tasks.get", _get, ("getTask",)),
    Operation("tasks.list", _list, ("listTasks",)),
    Operation("cancel", _cancel, ("cancelTask", "getTask")),
    Operation("submit", _submit, ("submit",)),
    Operation("submit, list failing too", _submit, ("submit", "listTasks")),
    Operation("submit with upload", _image, ("submit", *_UPLOADS)),
    Operation("generate", _generate, ("submit", "getTask")),
    Operation("watch", _watch, ("listTasks", "getTask")),
    Operation("download", _download, ("downloadResult", "getTask")),
    Operation("files.upload", _upload, _UPLOADS),
    Operation("webhooks.create", _webhook, ("createWebhook",)),
    Operation("api_keys", _key, ("createApiKey", "deleteApiKey")),
)


# ------------------------------------------------------------------- what goes wrong


def faults() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each fault with a name, without the operation it is for."""
    for at in ("before", "after"):
        yield f"latency {at}", {"kind": "latency", "at": at, "seconds": 0.03}
    for at in ("body", "headers"):
        yield f"drip {at}", {"kind": "drip", "at": at, "seconds": 0.0005}
    for at in ("before", "after", "body"):
        yield f"drop {at}", {"kind": "drop", "at": at}
    yield "silence", {"kind": "latency", "at": "before", "seconds": 30}
    yield "silence after", {"kind": "latency", "at": "after", "seconds": 30}
    yield "endless drip", {"kind": "drip", "at": "headers", "seconds": 0.2}
    for status, at in itertools.product((429, 500, 502, 503), ("before", "after")):
        yield f"{status} {at}", {"kind": "status", "at": at, "status": status, "retry_after": 1}
    for content, at in itertools.product(
        ("html", "empty", "truncated", "envelope"), ("after", "before")
    ):
        yield f"{content} {at}", {"kind": "unreadable", "at": at, "content": content}
    yield "failed task", {"kind": "failed_task"}
    yield "stuck task", {"kind": "stuck_task"}
    yield "expired link", {"kind": "expired_link"}
    yield "wrong size", {"kind": "wrong_size"}


TIMES: tuple[int | None, ...] = (1, 3, None)
"""How often each fault strikes; None: every time."""


# ------------------------------------------------------------------- what became of it


@define
class Tally:
    """What went wrong for the user; all but the first two should be zero."""

    operations: int = 0
    strikes: int = 0
    duplicates: int = 0
    losses: int = 0
    hangs: int = 0
    leaks: int = 0
    surprises: int = 0
    details: list[str] = field(factory=list)

    def blame(self, what: str, where: str) -> None:
        setattr(self, what, getattr(self, what) + 1)
        self.details.append(f"{what}: {where}")


class Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    logger = logging.getLogger("modelhunter")
    level = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield listener
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


SETTINGS: dict[str, Any] = {
    "timeouts": Timeouts(connect=1, read=0.25, total=2),
    "retry": Retry(attempts=3, base=0.1, ceiling=1),
    "polling": Polling(1, 1, 30),
}


def connect(sandbox: Sandbox, *, is_async: bool) -> Any:
    """A client in a hurry."""
    settings = {
        "base_url": sandbox.url,
        "timeout": SETTINGS["timeouts"],
        "retries": SETTINGS["retry"],
        "polling": SETTINGS["polling"],
        "clock": HastyClock(),
    }
    if not is_async:
        return ModelHunter(sandbox.key, **settings)
    return AsyncModelHunter(sandbox.key, **settings)


def run_one(
    sandbox: Sandbox,
    operation: Operation,
    planted: Sequence[Fault],
    *,
    is_async: bool,
    tally: Tally,
) -> None:
    """Do one thing while faults are in place, and look at what became of it."""
    wrong = ", ".join(f"{f.kind} {f.at} {f.operation} x{f.times}" for f in planted)
    where = f"{operation.name} / {wrong} / {'async' if is_async else 'sync'}"
    sandbox.reset()
    for fault in planted:
        sandbox.faults.add(fault)
    with tempfile.TemporaryDirectory() as folder, listening() as listener:
        client = connect(sandbox, is_async=is_async)
        scene = Scene(client, Path(folder))
        error = _within_limit(client, scene, operation, tally, where)
        tally.operations += 1
        tally.strikes += len(sandbox.faults.strikes)
        sandbox.faults.clear()
        if error is not None and not isinstance(error, ModelHunterError):
            tally.blame("surprises", f"{where}: {error!r}")
        _look_for_duplicates(sandbox, tally, where)
        _look_for_losses(sandbox, client, scene, error, tally, where)
        _look_for_leaks(sandbox, listener, error, tally, where)
        _finish(client, is_async=is_async)


def _within_limit(
    client: Any, scene: Scene, operation: Operation, tally: Tally, where: str
) -> BaseException | None:
    outcome: list[BaseException | None] = []

    def work() -> None:
        try:
            asyncio.run(operation.run(client, scene))
        except BaseException as error:
            outcome.append(error)
        else:
            outcome.append(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LIMIT)
    if not outcome:
        tally.blame("hangs", where)
        return None
    return outcome[0]


def _look_for_duplicates(sandbox: Sandbox, tally: Tally, where: str) -> None:
    for marker, count in sandbox.duplicates(MARKER).items():
        if count > 1:
            tally.blame("duplicates", f"{where}: {count} tasks of {marker}")


def _look_for_losses(
    sandbox: Sandbox,
    client: Any,
    scene: Scene,
    error: BaseException | None,
    tally: Tally,
    where: str,
) -> None:
    """Every task that exists can be reached by a token, and every file is whole or not there."""
    existing = {task["id"] for task in sandbox.state()["tasks"]}
    reached = {_resumed(client, token) for token in scene.tokens}
    for task_id in existing - reached:
        tally.blame("losses", f"{where}: {task_id}; {error!r}")
    if existing and error is not None:
        token = getattr(error, "token", None) or getattr(error, "resume_token", None)
        if token is None or _resumed(client, token) not in existing:
            tally.blame("losses", f"{where}: the error does not lead to the task: {error!r}")
    for path in scene.paths:
        size = scene.task.outputs[0].size_bytes
        if path.exists() and path.stat().st_size != size:
            tally.blame("losses", f"{where}: a file of {path.stat().st_size} bytes, not {size}")
        if error is None and not path.exists():
            tally.blame("losses", f"{where}: no file and no error")


def _resumed(client: Any, token: str) -> str | None:
    async def resume() -> Any:
        outcome = client.resume(token)
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    try:
        return str(asyncio.run(resume()).id)
    except ModelHunterError:
        return None


def _look_for_leaks(
    sandbox: Sandbox, listener: Listener, error: BaseException | None, tally: Tally, where: str
) -> None:
    said = [*listener.lines, repr(error), str(error), *getattr(error, "__notes__", ())]
    if any(sandbox.key in line for line in said):
        tally.blame("leaks", f"{where}: the key was said")
    if sandbox.leaks:
        tally.blame("leaks", f"{where}: the key was sent along with a link")


def _finish(client: Any, *, is_async: bool) -> None:
    if is_async:
        asyncio.run(client.aclose())
    else:
        client.close()


def cases(times: Sequence[int | None] = TIMES) -> Iterator[tuple[Operation, list[Fault], bool]]:
    """Everything there is to try."""
    for operation, (_, fault), count, is_async in itertools.product(
        OPERATIONS, faults(), times, (False, True)
    ):
        if "list failing" in operation.name:
            yield (
                operation,
                [Fault(operation=o, times=count, **fault) for o in operation.uses],
                is_async,
            )
            continue
        for used in operation.uses:
            if fault["kind"] in ("failed_task", "stuck_task") and used != "submit":
                continue
            yield operation, [Fault(operation=used, times=count, **fault)], is_async


def main(names: Sequence[str]) -> int:
    """Run everything, or the operations named, and print the table.

    Returns 1 if anything was lost, doubled, hung or leaked.
    """
    tallies: dict[str, Tally] = {}
    logging.getLogger("modelhunter.sandbox").propagate = False
    with Sandbox(speed=math.inf, media="tiny") as sandbox:
        for operation, planted, is_async in cases():
            if names and operation.name not in names:
                continue
            tally = tallies.setdefault(operation.name, Tally())
            run_one(sandbox, operation, planted, is_async=is_async, tally=tally)
    columns = ("operations", "strikes", "duplicates", "losses", "hangs", "leaks", "surprises")
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    total: Counter[str] = Counter()
    for name, tally in tallies.items():
        counts = {column: getattr(tally, column) for column in columns}
        total.update(counts)
        print(f"| {name} | " + " | ".join(f"{counts[column]:,}" for column in columns) + " |")
    print("| **all** | " + " | ".join(f"**{total[column]:,}**" for column in columns) + " |")
    blamed = [line for tally in tallies.values() for line in tally.details]
    if not names:
        from promises import report  # beside this file, which is run as a script

        blamed += report()
    for line in blamed[:50]:
        print(line, file=sys.stderr)
    return 1 if blamed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
