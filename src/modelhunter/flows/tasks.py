"""Reading, listing and cancelling tasks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelhunter.api.models import TaskStatus
from modelhunter.errors import (
    Conflict,
    ModelHunterError,
    TaskCancelled,
    TaskFailed,
)
from modelhunter.flows import backends
from modelhunter.flows.pages import Pages
from modelhunter.jobs import tokens
from modelhunter.runtime.flow import Emit, Flow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView


def get(context: Context, task_id: str, *, seconds: float | None = None) -> Flow[Any]:
    """Read one task. ``seconds`` bounds the call."""
    try:
        state = yield from backends.read_here(context, task_id, seconds)
    except ModelHunterError as error:
        error.resume_token = tokens.write(tokens.TaskToken(id=task_id))
        raise
    return context.bind(state, None)


def refresh(context: Context, task: TaskView, *, seconds: float | None = None) -> Flow[None]:
    """Read a task again."""
    with leading_back_to(task):
        state = yield from backends.read(context, task, seconds)
    context.seen(task, state)


@contextmanager
def leading_back_to(task: TaskView) -> Iterator[None]:
    """Give errors that concern a task its resume token."""
    try:
        yield
    except ModelHunterError as error:
        error.resume_token = task.resume_token()
        raise


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


def cancel_by_id(context: Context, task_id: str) -> Flow[Any]:
    """Cancel a task of which only the id is known; returns it. Otherwise as :func:`cancel`."""
    context = context.bounded()
    task = yield from get(context, task_id)
    yield from cancel(context, task)
    return task


def cancel(context: Context, task: TaskView) -> Flow[None]:
    """Cancel a task; one that is cancelled already stays so, without an error.

    All of it is over within the time of one call.

    Raises:
        Conflict: it has finished. Unsupported: it can't be cancelled where it runs.
    """
    context = context.bounded()
    try:
        with leading_back_to(task):
            yield from backends.cancel(context, task)
    except Conflict:
        yield from refresh(context, task)
        if task.status != TaskStatus.CANCELLED:
            raise
        return
    yield from refresh(context, task)


def listing(
    context: Context,
    *,
    limit: int | None,
    status: str | None,
    provider: str | None,
    model: str | None,
    created_after: datetime | None,
    created_before: datetime | None,
    id_prefix: str | None,
) -> Flow[None]:
    """Emit the tasks that match, newest first, page by page; ``limit`` counts tasks in all.

    What is spent here is bounded by the time of one call; what the program does with a task in
    between is its own time.
    """
    pages = Pages(
        context,
        limit=limit,
        status=status,
        provider=provider,
        model=model,
        after=created_after,
        before=created_before,
        id_prefix=id_prefix,
    )
    clock, left = context.session.clock, context.session.timeouts.total
    while True:
        began = clock.monotonic()
        page = yield from pages.next(seconds=left)
        if page is None:
            return
        if left is not None:
            left = max(0.0, left - (clock.monotonic() - began))
        for state in page:
            yield Emit(context.bind(state, None))
