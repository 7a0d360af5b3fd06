"""Waiting for a task, with a rhythm, a deadline and no fear of a passing error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelhunter.api.models import Task as TaskState
from modelhunter.errors import (
    ModelHunterError,
    NotFound,
    RateLimited,
    ServerError,
    TransportError,
    UnexpectedResponse,
    WaitTimeout,
)
from modelhunter.flows import tasks
from modelhunter.jobs.polling import Polling
from modelhunter.jobs.task_base import UNREAD
from modelhunter.runtime.argument_checks import (
    check_callable,
    check_flag,
    check_kind,
    check_seconds,
    refused,
)
from modelhunter.runtime.flow import Callback, Flow, Sleep, WaitFor

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from modelhunter.flows.context import Context
    from modelhunter.jobs.stand_ins import EventSource
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.plugins.catalogue import Provider

PASSING = (TransportError, ServerError, RateLimited, UnexpectedResponse)
"""What may go wrong with one look without meaning anything for the task."""

_SLOWEST = 16.0
_NET = 30.0
"""Seconds between looks at a task whose event is to come."""

_LAST_LOOK = 2.0
"""Seconds for a look that is made when the time of a wait is up."""
_LAST_MORE = 0.5
"""Seconds more for each further request of the last round."""

_SPREAD = 10.0
"""Seconds in which a task that exists may still be unknown to the server that is asked for it."""

OnUpdate = Callable[[Any], object] | None


def wait(
    context: Context,
    awaited: TaskView | str,
    *,
    timeout: float | None,
    polling: Polling | None,
    on_update: OnUpdate,
    cancel: bool,
    webhook: EventSource | None,
) -> Flow[Any]:
    """Wait for one task, given itself or by id, and return it.

    Raises as :meth:`modelhunter.Task.wait` says.
    """
    check_waiting(timeout, polling, on_update, webhook)
    check_flag(cancel, "cancel_if_left")
    task_id = awaited if isinstance(awaited, str) else awaited.id
    if webhook is not None and not isinstance(awaited, str) and awaited.via is not None:
        teach(webhook, context.registry().provider(awaited.via))
    event = None if webhook is None else webhook.expect(task_id)
    patience = Patience(context, timeout, polling, event)
    task = unread(context, awaited) if isinstance(awaited, str) else awaited
    try:
        while True:
            patience.begin()
            trouble = yield from look(context, task, patience, on_update)
            if task.done:
                break
            yield from patience.go_on([task], trouble)
    except BaseException as error:
        refused = isinstance(error, ModelHunterError) and not isinstance(error, WaitTimeout)
        if task.done or refused:
            raise
        if cancel:
            yield from _cancel(context, task, error)
        elif not isinstance(error, WaitTimeout):
            error.add_note(f"task {task.named} goes on; {task.way_back} finds it")
        raise
    finally:
        if event is not None:
            event.cancel()
    tasks.raise_unless_succeeded(task)
    return task


def check_waiting(
    timeout: float | None,
    polling: Polling | None,
    on_update: OnUpdate,
    webhook: EventSource | None = None,
) -> None:
    """See that one can wait like this.

    Raises:
        ConfigurationError: an argument is of another kind, or can't be kept.
    """
    check_seconds(timeout, "timeout", none="no limit", endless=True)
    check_kind(polling, Polling, "polling")
    check_callable(on_update, "on_update")
    if webhook is not None and not callable(getattr(webhook, "expect", None)):
        more = " (the address of a server of yours is webhook_url)"
        raise refused("webhook", "a webhooks.Receiver", webhook, more)


def teach(webhook: EventSource, provider: Provider) -> None:
    """Let a receiver understand what a provider's own API delivers, where it has one."""
    read = None if provider.backend is None else provider.backend.event
    learn = getattr(webhook, "learn", None)
    if read is not None and callable(learn):
        learn(read)


def _cancel(context: Context, task: TaskView, ended_by: BaseException) -> Flow[None]:
    """Cancel a task that is no longer waited for, and note what became of it."""
    try:
        yield from tasks.cancel(context, task)
    except ModelHunterError as error:
        fate = f"could not be cancelled ({error}); it was last seen {task.status}"
    else:
        fate = "was cancelled"
    ended_by.add_note(f"task {task.named} {fate}")


class Patience:
    """How long a wait has lasted and may last, and how long to pause between two rounds of looks.

    It ends with a round that begins when the time is up: only such a look can say that a task has
    not finished in time, as a program may have been stopped since the one before. With an
    ``event`` to come, looks are only a net beneath it, and rare until it is there.
    """

    def __init__(
        self,
        context: Context,
        timeout: float | None,
        polling: Polling | None,
        event: Future[Any] | None = None,
    ) -> None:
        self._event = event
        self._was_told = event is None
        self._clock = context.session.clock
        self._rhythm = polling or context.polling
        self._limit = context.session.timeouts.total
        self._timeout = timeout
        self._began = self._clock.monotonic()
        self._slowness = 1.0
        self._last_ends: float | None = None
        """When the last round must be over (monotonic); None before it."""

    @property
    def is_young(self) -> bool:
        """Whether a task that was just submitted need not be known everywhere yet."""
        return self._clock.monotonic() - self._began < _SPREAD

    def begin(self, requests: int = 1) -> None:
        """A round of so many requests begins: the last one, if the time is up."""
        now = self._clock.monotonic()
        if self._timeout is not None and now >= self._began + self._timeout:
            self._last_ends = now + _LAST_LOOK + _LAST_MORE * (requests - 1)

    def remaining(self) -> float | None:
        """Seconds left for one look: what the wait allows, at most what one call may take.

        The last round has a few of its own.
        """
        if self._timeout is None:
            return self._limit
        end = self._began + self._timeout if self._last_ends is None else self._last_ends
        left = max(0.0, end - self._clock.monotonic())
        return left if self._limit is None else min(left, self._limit)

    def go_on(self, unfinished: Collection[TaskView], trouble: Exception | None) -> Flow[None]:
        """Sleep until the next round begins.

        Raises:
            WaitTimeout: this was the last.
        """
        self.end(unfinished, trouble)
        yield from self.pause(trouble)

    def end(self, unfinished: Collection[TaskView], trouble: Exception | None) -> None:
        """A round is over.

        Raises:
            WaitTimeout: it was the last, and something has not finished.
        """
        if self._last_ends is not None and self._timeout is not None and unfinished:
            raise _timeout(unfinished, self._timeout) from trouble

    def pause(self, trouble: Exception | None, share: float = 1.0) -> Flow[None]:
        """Sleep for a ``share`` of the pause between two rounds, no longer than the time allows.

        Pauses grow longer while the API answers 429.
        """
        self._adapt(trouble)
        if self._last_ends is not None:
            return
        waited = self._clock.monotonic() - self._began
        pause = self._rhythm.pause(waited) * self._slowness * share
        if not self._was_told:
            pause = max(pause, _NET)
        if self._timeout is not None:
            pause = min(pause, max(0.0, self._timeout - waited))
        yield from self._sleep(pause)

    def _sleep(self, seconds: float) -> Flow[None]:
        """Let seconds pass, or fewer until the event comes."""
        if self._event is None or self._was_told:
            yield Sleep(seconds)
        else:
            self._was_told = yield WaitFor(self._event, seconds)

    def _adapt(self, trouble: Exception | None) -> None:
        if isinstance(trouble, RateLimited):
            self._slowness = min(_SLOWEST, self._slowness * 2)
        elif trouble is None:
            self._slowness = max(1.0, self._slowness * 0.9)


def unread(context: Context, task_id: str) -> Any:
    """The task object of a task of which nothing but the id is known."""
    now = context.session.clock.now()
    state = TaskState(id=task_id, type="", status=UNREAD, provider="", model="", created_at=now)
    return context.make_task(state, None)


def look(
    context: Context, task: TaskView, patience: Patience, on_update: OnUpdate
) -> Flow[ModelHunterError | None]:
    """Read a task that is waited for; returns what went wrong where that means nothing for it."""
    before = (task.status, task.progress)
    first = task.status == UNREAD
    try:
        yield from tasks.refresh(context, task, seconds=patience.remaining())
    except PASSING as error:
        return error
    except NotFound as error:
        if not patience.is_young:
            raise
        return error
    if on_update is not None and not first and (task.status, task.progress) != before:
        yield Callback(on_update, task)
    return None


def _timeout(unfinished: Collection[TaskView], seconds: float) -> WaitTimeout:
    first = next(iter(unfinished))
    what = f"task {first.named} is still {first.status}"
    if first.status == UNREAD:
        what = f"task {first.named} could not be read"
    if len(unfinished) > 1:
        what = f"{len(unfinished)} tasks have not finished (such as {first.id})"
    return WaitTimeout(
        f"{what} after {seconds:g} s of waiting; nothing is lost: wait again, or get it later "
        f"with {first.way_back}",
        task=first,
        unfinished=tuple(unfinished),
    )
