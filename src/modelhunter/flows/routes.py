"""Which API a task lives on: ModelHunter's, or one of its provider's own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from modelhunter.api import tasks as endpoints
from modelhunter.api.models import Task as TaskState
from modelhunter.api.models.task_status import find_task_status
from modelhunter.errors import Unsupported
from modelhunter.runtime.send import send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter.client.task_base import TaskView
    from modelhunter.flows.context import Context
    from modelhunter.flows.tokens import SubmissionToken, TaskToken
    from modelhunter.plugins.backend import Backend, Report
    from modelhunter.plugins.catalogue import Capability, Provider
    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.session import Session


@frozen
class Route:
    """The way to a provider's own API."""

    provider: str
    backend: Backend
    session: Session

    def state(self, known: TaskState, report: Report) -> TaskState:
        """What is known of a task, with what the API says of it now."""
        word = self.backend.statuses.get(report.status, report.status)
        return evolve(
            known,
            status=find_task_status(word, word),
            progress=report.progress,
            result=list(report.outputs) or known.result,
            error=report.error,
            cost=known.cost if report.cost is None else report.cost,
            started_at=report.started_at or known.started_at,
            completed_at=report.completed_at or known.completed_at,
        )


def chosen(
    context: Context, provider: Provider, capability: Capability
) -> tuple[Capability, str | None]:
    """The capability as this client starts it, and the provider whose own API it is started on.

    In a sandbox, which stands in for every API, it is started as ModelHunter's are, on none.

    Raises:
        ConfigurationError: the provider's own API can't be used as things are set up.
    """
    if provider.backend is None:
        return capability, None
    if context.in_sandbox:
        from modelhunter.plugins.from_annotations import standard_call  # only for this

        return evolve(capability, call=standard_call(provider.name, capability.name)), None
    return capability, context.route(provider.name).provider


def read_here(context: Context, task_id: str, seconds: float | None) -> Flow[TaskState]:
    """Read a task that lives on ModelHunter's API. ``seconds`` bounds the call."""
    return (yield from send(endpoints.get_task(task_id), context.session, seconds=seconds))


def read(context: Context, task: TaskView, seconds: float | None) -> Flow[TaskState]:
    """Read a task where it lives. ``seconds`` bounds the call."""
    if task.via is None:
        return (yield from read_here(context, task.id, seconds))
    route = context.route(task.via)
    report = yield from send(route.backend.read(task.id), route.session, seconds=seconds)
    return route.state(task._state, report)


def cancel(context: Context, task: TaskView) -> Flow[Any]:
    """Ask for a task to be cancelled, where it lives.

    Raises:
        Unsupported: the provider's own API can't do that.
    """
    if task.via is None:
        return (yield from send(endpoints.cancel_task(task.id), context.session))
    route = context.route(task.via)
    if route.backend.cancel is None:
        raise Unsupported(f"task {task.id} runs on {task.via}'s own API, which cancels nothing")
    return (yield from send(route.backend.cancel(task.id), route.session))


def started(context: Context, token: SubmissionToken, report: Report) -> TaskView:
    """The task of a submission that a provider's own API has taken."""
    _, model = context.registry().model(token.model)
    capability = model.capability(token.capability)
    media = "" if capability is None else capability.output.media
    task = _task(context, token.via or "", token.model, media, token.began, report)
    task._state.metadata = token.metadata
    task.estimated_seconds = report.estimated_seconds
    return task


def found_again(context: Context, token: TaskToken) -> Flow[TaskView]:
    """The task on a provider's own API that a token leads back to."""
    route = context.route(token.via or "")
    report = yield from send(route.backend.read(token.id), route.session)
    since = datetime.fromisoformat(token.since) if token.since else context.session.clock.now()
    return _task(context, route.provider, token.model, token.type, since, report)


def _task(
    context: Context, via: str, model: str, media: str, created_at: datetime, report: Report
) -> TaskView:
    known = TaskState(
        id=report.id,
        type=media,
        status=report.status,
        provider=via,
        model=model,
        created_at=created_at,
    )
    task: TaskView = context.bind(context.route(via).state(known, report), via)
    return task


def session(context: Context, via: str | None) -> Session:
    """How calls are sent to the API on which a provider's tasks run."""
    return context.session if via is None else context.route(via).session


def can_find(context: Context, via: str | None) -> bool:
    """Whether a submission that went unanswered can be looked for."""
    return via is None or context.route(via).backend.find is not None


def reports(context: Context, via: str, since: datetime) -> Flow[Sequence[Report]]:
    """The jobs that a provider's own API has begun since a moment, as far as it says."""
    route = context.route(via)
    if route.backend.find is None:
        return ()
    return (yield from send(route.backend.find(since), route.session))
