"""Reading, waiting for, listing and cancelling tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.api import tasks as endpoints
from modelhunter.api.models import TaskStatus
from modelhunter.errors import (
    Conflict,
    ModelHunterError,
    RateLimited,
    ServerError,
    TaskCancelled,
    TaskFailed,
    TransportError,
    UnexpectedResponse,
    WaitTimeout,
)
from modelhunter.flows.pages import Pages
from modelhunter.runtime.flow import Emit, Flow, Notify, Sleep
from modelhunter.runtime.send import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from modelhunter.client.settings import Polling
    from modelhunter.client.view import TaskView
    from modelhunter.flows.core import Core

_PASSING = (TransportError, ServerError, RateLimited, UnexpectedResponse)
"""What may go wrong with one look without meaning anything for the task."""


def get(core: Core, task_id: str) -> Flow[Any]:
    """Read one task."""
    state = yield from send(endpoints.get_task(task_id), core.session)
    return core.bind(state)


def refresh(core: Core, task: TaskView, *, seconds: float | None = None) -> Flow[None]:
    """Read a task again."""
    state = yield from send(endpoints.get_task(task.id), core.session, seconds=seconds)
    core.seen(task, state)


def wait(
    core: Core,
    task: TaskView,
    *,
    timeout: float | None,
    polling: Polling | None,
    on_update: Callable[[Any], object] | None,
) -> Flow[None]:
    """Wait for one task; raises as :meth:`modelhunter.Task.wait` says."""
    patience = _Patience(core, timeout, polling)
    while True:
        trouble = yield from _look(core, task, patience, on_update)
        if task.done:
            return raise_unless_succeeded(task)
        yield from patience.pause([task], trouble)


def watch(
    core: Core,
    watched: Iterable[TaskView | str],
    *,
    timeout: float | None,
    polling: Polling | None,
    on_update: Callable[[Any], object] | None,
) -> Flow[None]:
    """Emit each task (given itself or by id) as it finishes, however it ends.

    Raises:
        WaitTimeout: for what has not finished in time.
    """
    patience = _Patience(core, timeout, polling)
    unfinished: list[TaskView] = []
    for one in dict.fromkeys(watched):
        unfinished.append((yield from get(core, one)) if isinstance(one, str) else one)
    while True:
        trouble = None
        for task in list(unfinished):
            trouble = (yield from _look(core, task, patience, on_update)) or trouble
            if task.done:
                unfinished.remove(task)
                yield Emit(task)
        if not unfinished:
            return
        yield from patience.pause(unfinished, trouble)


class _Patience:
    """How long a wait has lasted and may last."""

    def __init__(self, core: Core, timeout: float | None, polling: Polling | None) -> None:
        self._clock = core.session.clock
        self._rhythm = polling or core.polling
        self._limit = core.session.timeouts.total
        self._timeout = timeout
        self._began = self._clock.monotonic()

    def remaining(self) -> float | None:
        """Seconds left for one look: what the wait allows, at most what one call may take."""
        if self._timeout is None:
            return self._limit
        left = max(0.0, self._began + self._timeout - self._clock.monotonic())
        return left if self._limit is None else min(left, self._limit)

    def pause(self, unfinished: Sequence[TaskView], trouble: Exception | None) -> Flow[None]:
        """Sleep until the next look, or raise WaitTimeout where there is none."""
        waited = self._clock.monotonic() - self._began
        pause = self._rhythm.pause(waited)
        if self._timeout is None or waited + pause < self._timeout:
            yield Sleep(pause)
            return
        if waited < self._timeout:
            yield Sleep(self._timeout - waited)
        raise _timeout(unfinished, self._timeout) from trouble


def _look(
    core: Core,
    task: TaskView,
    patience: _Patience,
    on_update: Callable[[Any], object] | None,
) -> Flow[ModelHunterError | None]:
    """Read a task that is waited for; returns what went wrong where that means nothing for it."""
    before = (task.status, task.progress)
    try:
        yield from refresh(core, task, seconds=patience.remaining())
    except _PASSING as error:
        return error
    if on_update is not None and (task.status, task.progress) != before:
        yield Notify(on_update, task)
    return None


def _timeout(unfinished: Sequence[TaskView], seconds: float) -> WaitTimeout:
    first = unfinished[0]
    what = f"task {first.id} ({first.model}) is still {first.status}"
    if len(unfinished) > 1:
        what = f"{len(unfinished)} tasks have not finished (such as {first.id})"
    return WaitTimeout(
        f"{what} after {seconds:g} s of waiting; nothing is lost: wait again, or get it later "
        f"with client.tasks.get({first.id!r})",
        task=first,
        unfinished=unfinished,
    )


def raise_unless_succeeded(task: TaskView) -> None:
    """Raise what a final state stands for, unless it is a good one."""
    if task.status == TaskStatus.FAILED:
        code = task.error.code if task.error else None
        reason = task.error.message if task.error else None
        why = f"{code}: {reason}" if task.error else "no reason was given"
        raise TaskFailed(
            f"task {task.id} ({task.model}) failed: {why}",
            task=task,
            code=code,
            reason=reason,
        )
    if task.status == TaskStatus.CANCELLED:
        raise TaskCancelled(f"task {task.id} ({task.model}) was cancelled", task=task)


def cancel(core: Core, task: TaskView) -> Flow[None]:
    """Cancel a task; one that is cancelled already stays so, without an error."""
    try:
        yield from send(endpoints.cancel_task(task.id), core.session)
    except Conflict:
        yield from refresh(core, task)
        if task.status != TaskStatus.CANCELLED:
            raise
        return
    yield from refresh(core, task)


def listing(
    core: Core,
    *,
    limit: int | None,
    status: str | None,
    provider: str | None,
    model: str | None,
    created_after: datetime | None,
    created_before: datetime | None,
    id_prefix: str | None,
) -> Flow[None]:
    """Emit the tasks that match, newest first, page by page; ``limit`` counts tasks in all."""
    pages = Pages(
        core,
        limit=limit,
        status=status,
        provider=provider,
        model=model,
        after=created_after,
        before=created_before,
        id_prefix=id_prefix,
    )
    while (page := (yield from pages.next())) is not None:
        for state in page:
            yield Emit(core.bind(state))
