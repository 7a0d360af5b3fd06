"""Downloading what a task has made: whole files or none, with links that are renewed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelhunter.errors import (
    ConnectionLost,
    DownloadFailed,
    ModelHunterError,
    NoResult,
    TransportError,
    UnexpectedResponse,
    UnsafeLink,
    WriteFailed,
)
from modelhunter.flows import backends, tasks
from modelhunter.flows.destinations import Destination, Place, discard, places
from modelhunter.flows.disk import on_disk
from modelhunter.flows.inline_output import is_inline, write_inline
from modelhunter.flows.open_files import Unfit
from modelhunter.flows.ranged_get import Part, TooLarge, fetch
from modelhunter.flows.recording import Provenance, check_provenance, with_its_record
from modelhunter.flows.result_check import due_type, is_cut_off, objection
from modelhunter.flows.transfer_deadline import Pace
from modelhunter.runtime.argument_checks import check_callable, check_count, refused
from modelhunter.runtime.events import TransferEvent, transferring
from modelhunter.runtime.flow import Callback, Flow, Gather, RunInThread, Sleep
from modelhunter.runtime.retry import wait_before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView

Progress = Callable[[int, int | None], object]
Only = int | Sequence[int] | None
"""Places in a task's outputs, or one of them; None: all."""

MOST = 2 * 1024**3
"""Bytes of a file of which nothing says how long it is: enough for any clip, and an end."""

_AT_ONCE = 4
_ATTEMPTS = 5
_AGAIN = "The result is not lost: call task.download again"


def outputs(
    context: Context,
    task: TaskView,
    to: Destination,
    *,
    only: Only = None,
    max_bytes: int | None = None,
    provenance: Provenance = None,
    on_progress: Progress | None = None,
) -> Flow[list[Path]]:
    """Download outputs of a task; see :meth:`modelhunter.Task.download`."""
    _check_which(only)
    check_count(max_bytes, "max_bytes", "a whole number of bytes")
    check_callable(on_progress, "on_progress")
    with tasks.leading_back_to(task), _telling_of(task):
        if not task.outputs:
            yield from tasks.refresh(context, task)
        chosen = _chosen(task, only)
        for n in chosen:
            _check_size(task, n, max_bytes)
        patience = context.session.timeouts.read
        found: list[Place] = yield from places(task, to, chosen, patience)
        check_provenance(provenance, found)
        report = _Report(on_progress, [task.outputs[n].size_bytes for n in chosen])
        flows = [
            _one(context, task, n, place, max_bytes, provenance, report.of(number))
            for number, (n, place) in enumerate(zip(chosen, found, strict=True))
        ]
        if len(flows) == 1:
            yield from flows[0]
        else:
            yield Gather(flows, _AT_ONCE)
    return [place.path for place in found if place.path is not None]


def _check_which(only: Any) -> None:
    """See that a value can name outputs by their places."""
    numbers = [] if only is None else [only] if isinstance(only, int) else only
    if not isinstance(numbers, Sequence) or not all(isinstance(n, int) for n in numbers):
        raise refused("only", "the place of an output, from 0, or a list of them", only)


def _chosen(task: TaskView, only: Only) -> Sequence[int]:
    """Which outputs are meant.

    Raises:
        NoResult: there are none, or not these.
    """
    if not task.outputs:
        tasks.raise_unless_succeeded(task)
        raise NoResult(
            f"task {task.id} is {task.status} and has nothing to download"
            + ("" if task.done else "; wait for it first: task.wait()"),
            task=task,
        )
    count = len(task.outputs)
    if only is None:
        return range(count)
    chosen = [only] if isinstance(only, int) else list(dict.fromkeys(only))
    wrong = [n for n in chosen if isinstance(n, bool) or n not in range(count)]
    if wrong or not chosen:
        named = ", ".join(map(repr, wrong)) or "none"
        raise NoResult(
            f"task {task.id} has {count} outputs, 0 to {count - 1}; only={named} is not among them",
            task=task,
        )
    return chosen


def _check_size(task: TaskView, n: int, max_bytes: int | None) -> None:
    size = task.outputs[n].size_bytes
    if max_bytes is not None and size is not None and size > max_bytes:
        raise _given_up(task, n, TooLarge(size, max_bytes))


@contextmanager
def _telling_of(task: TaskView) -> Iterator[None]:
    """Put the task into errors about its download."""
    try:
        yield
    except Unfit as error:
        failed = DownloadFailed(str(error))
        failed.task, failed.resume_token = task, task.resume_token()
        raise failed from error.__cause__
    except DownloadFailed as error:
        error.task = task
        raise


class _Report:
    """Adds up the progress of several files for one callback, which is called once at a time."""

    def __init__(self, callback: Progress | None, sizes: list[int | None]) -> None:
        self._callback = callback
        self._lock = threading.Lock()
        self._done = [0] * len(sizes)
        known = [size for size in sizes if size is not None]
        self._total = sum(known) if len(known) == len(sizes) else None

    def of(self, file: int) -> Callable[[int], Flow[None]]:
        """What tells how much of a file is there."""

        def told(done: int) -> Flow[None]:
            if self._callback is not None:
                yield Callback(lambda _: self._tell(file, done), None)

        return told

    def _tell(self, file: int, done: int) -> object:
        with self._lock:
            self._done[file] = done
            return self._callback(sum(self._done), self._total) if self._callback else None


def _one(
    context: Context,
    task: TaskView,
    n: int,
    place: Place,
    max_bytes: int | None,
    provenance: Provenance,
    told: Callable[[int], Flow[None]],
) -> Flow[None]:
    part: Part | None = None
    event = TransferEvent("download", place.name, task=task.id)
    try:
        with transferring(context.session, event):
            opened: Part = yield from on_disk(place.open)
            part = opened
            most = MOST if max_bytes is None else max_bytes
            yield from _fill(context, task, n, opened, most, told)
            event.size = opened.done
            part = yield from with_its_record(context, task, n, place, opened, provenance)
            yield from place.publish(part)
    except WriteFailed as error:
        cause = error.__cause__
        if not isinstance(cause, OSError):
            raise
        message = f"output {n + 1} of task {task.id} could not be written: {error}. {_AGAIN}"
        raise WriteFailed(message, cause) from cause
    finally:
        if part is not None:
            discard(part)


def _fill(
    context: Context,
    task: TaskView,
    n: int,
    part: Part,
    most: int,
    told: Callable[[int], Flow[None]],
) -> Flow[None]:
    """Fetch one output, again and further, with fresh links where the old have lapsed.

    Attempts count from the last one that got further, so that a link that breaks often and goes
    on is followed to its end; the pace bounds how slowly.
    """
    attempt, best, refused = 1, 0, None
    pace = Pace(backends.session(context, task.via), context.session.clock.monotonic())
    key = backends.key_for_files(context, task.via)
    while True:
        trouble: ModelHunterError | None = None
        try:
            output, good = task.outputs[n], True
            if is_inline(output.url):
                yield from write_inline(output.url, part, most, told)
            else:
                good = yield from fetch(output.url, part, output.size_bytes, most, pace, told, key)
            trouble = (yield from _objection(context, task, n, part)) if good else None
            if good and trouble is None:
                return
        except (TransportError, UnexpectedResponse) as error:
            trouble = error
        except (TooLarge, UnsafeLink) as error:
            raise _given_up(task, n, error) from error
        else:
            if trouble is not None:
                if refused == part.size:
                    raise _given_up(task, n, trouble)
                refused = part.size
                yield from on_disk(part.start_again)
        if part.done > best:
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


def _objection(
    context: Context, task: TaskView, n: int, part: Part
) -> Flow[ModelHunterError | None]:
    """What speaks against a file that came to its end, also by a link that was renewed since."""
    output = task.outputs[n]
    wrong: str | None = yield RunInThread(lambda: objection(part, due_type(output, task.type)))
    if wrong is not None:
        yield from _renew(context, task, n)
        return UnexpectedResponse(wrong, status=200)
    if output.size_bytes is not None:
        return (yield from _wrong_size(context, task, n, part))
    if not part.is_framed and (yield RunInThread(lambda: is_cut_off(part.file))):
        return ConnectionLost(
            f"the connection ended in the middle of the file, after {part.done:,} bytes",
            delivered="maybe",
        )
    return None


def _wrong_size(
    context: Context, task: TaskView, n: int, part: Part
) -> Flow[ModelHunterError | None]:
    """The objection to a size that is not the task's, also when that is asked once more."""
    if task.outputs[n].size_bytes == part.done:
        return None
    yield from _renew(context, task, n)
    size = task.outputs[n].size_bytes
    if size is None or size == part.done:
        return None
    return DownloadFailed(f"the file has {part.size:,} bytes where the task says {size:,}")


def _renew(context: Context, task: TaskView, n: int) -> Flow[None]:
    yield from tasks.refresh(context, task)
    if len(task.outputs) <= n:
        raise NoResult(f"task {task.id} ({task.status}) no longer has a result", task=task)


def _given_up(task: TaskView, n: int, trouble: Exception | None) -> DownloadFailed:
    why = str(trouble) if trouble else "its links are refused as soon as they are issued"
    return DownloadFailed(
        f"output {n + 1} of task {task.id} could not be downloaded: {why}. {_AGAIN}"
    )
