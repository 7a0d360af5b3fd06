"""Downloading what a task has made: whole files or none, with links that are renewed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from modelhunter.errors import (
    DownloadFailed,
    ModelHunterError,
    NoResult,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.flows import tasks
from modelhunter.flows.destinations import Destination, Place, discard, places
from modelhunter.flows.ranged_get import Part, fetch
from modelhunter.flows.transfer_deadline import Pace
from modelhunter.runtime.flow import Callback, Flow, Gather, RunInThread, Sleep
from modelhunter.runtime.retry import wait_before

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView

Progress = Callable[[int, int | None], object]

_AT_ONCE = 4
_ATTEMPTS = 5
_STRIDE = 256 * 1024
"""Bytes after which an attempt has got on, so that the attempts are counted anew."""


def outputs(
    context: Context, task: TaskView, to: Destination, *, on_progress: Progress | None
) -> Flow[list[Path]]:
    """Download every output of a task; see :meth:`modelhunter.Task.download`."""
    if not task.outputs:
        yield from tasks.refresh(context, task)
    if not task.outputs:
        tasks.raise_unless_succeeded(task)
        raise NoResult(
            f"task {task.id} is {task.status} and has nothing to download"
            + ("" if task.done else "; wait for it first: task.wait()"),
            task=task,
        )
    found: list[Place] = yield RunInThread(lambda: places(task, to))
    report = _Report(on_progress, [output.size_bytes for output in task.outputs])
    flows = [_one(context, task, n, place, report) for n, place in enumerate(found)]
    with tasks.leading_back_to(task):
        if len(flows) == 1:
            yield from flows[0]
        else:
            yield Gather(flows, _AT_ONCE)
    return [place.path for place in found if place.path is not None]


class _Report:
    """Adds up the progress of several files for one callback, which is called once at a time."""

    def __init__(self, callback: Progress | None, sizes: list[int | None]) -> None:
        self._callback = callback
        self._lock = threading.Lock()
        self._done = [0] * len(sizes)
        known = [size for size in sizes if size is not None]
        self._total = sum(known) if len(known) == len(sizes) else None

    def at(self, file: int, done: int) -> Flow[None]:
        """Tell that so much of a file is there."""
        if self._callback is not None:
            yield Callback(lambda _: self._tell(file, done), None)

    def _tell(self, file: int, done: int) -> object:
        with self._lock:
            self._done[file] = done
            return self._callback(sum(self._done), self._total) if self._callback else None


def _one(context: Context, task: TaskView, n: int, place: Place, report: _Report) -> Flow[None]:
    part: Part = yield RunInThread(place.open)
    try:
        yield from _fill(context, task, n, part, report)
        yield RunInThread(lambda: place.publish(part))
    finally:
        discard(part)


def _fill(context: Context, task: TaskView, n: int, part: Part, report: _Report) -> Flow[None]:
    """Fetch one output, again and further, with fresh links where the old have lapsed."""
    attempt, best, wrong = 1, 0, None
    pace = Pace(context.session, context.session.clock.monotonic())
    while True:
        trouble: ModelHunterError | None = None
        try:
            good = yield from fetch(
                task.outputs[n].url,
                part,
                task.outputs[n].size_bytes,
                pace,
                lambda done: report.at(n, done),
            )
        except (TransportError, UnexpectedResponse) as error:
            trouble = error
        else:
            size = (yield from _wrong(context, task, n, part)) if good else None
            if good and size is None:
                return
            if size is not None:
                trouble = _wrong_size(part, size)
                if wrong == part.size:
                    raise _given_up(task, n, trouble)
                wrong = part.size
                yield RunInThread(part.start_again)
        if part.done >= best + _STRIDE:
            attempt, best = 1, part.done
        if attempt >= _ATTEMPTS or pace.is_over:
            raise _given_up(task, n, trouble) from trouble
        if trouble is None:
            yield from _renew(context, task, n)
        else:
            yield Sleep(
                wait_before(context.session.retry, attempt, trouble, context.session.clock.random())
            )
        attempt += 1


def _wrong(context: Context, task: TaskView, n: int, part: Part) -> Flow[int | None]:
    """The size that the task says, also when asked once more, where the file has another."""
    if task.outputs[n].size_bytes in (None, part.done):
        return None
    yield from _renew(context, task, n)
    size = task.outputs[n].size_bytes
    return None if size == part.done else size


def _renew(context: Context, task: TaskView, n: int) -> Flow[None]:
    yield from tasks.refresh(context, task)
    if len(task.outputs) <= n:
        raise NoResult(f"task {task.id} ({task.status}) no longer has a result", task=task)


def _wrong_size(part: Part, size: int) -> DownloadFailed:
    return DownloadFailed(f"the file has {part.size:,} bytes where the task says {size:,}")


def _given_up(task: TaskView, n: int, trouble: Exception | None) -> DownloadFailed:
    why = str(trouble) if trouble else "its links are refused as soon as they are issued"
    return DownloadFailed(
        f"output {n + 1} of task {task.id} could not be downloaded: {why}. "
        "The result is not lost: call task.download again"
    )
