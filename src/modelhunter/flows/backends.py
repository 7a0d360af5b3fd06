"""Which API a task lives on, ModelHunter's or one of its provider's own, and the way there."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, frozen

from modelhunter.api import tasks as endpoints
from modelhunter.api.models import Task as TaskState
from modelhunter.api.models.task_status import find_task_status
from modelhunter.errors import ConfigurationError, Unsupported
from modelhunter.jobs.error_envelope import is_own, own_words
from modelhunter.runtime.address import address
from modelhunter.runtime.address import headers as usual_headers
from modelhunter.runtime.argument_checks import is_number
from modelhunter.runtime.auth import check_key
from modelhunter.runtime.clock import LONGEST
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.error_responses import date_of, error_from
from modelhunter.runtime.message import Secret
from modelhunter.runtime.retry import Quota
from modelhunter.runtime.send import answered, send

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modelhunter.errors import APIError
    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.jobs.tokens import SubmissionToken, TaskToken
    from modelhunter.plugins.backend import Backend, Report
    from modelhunter.plugins.catalogue import Capability, Provider
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import ReadError, Session


Told = TypeVar("Told", "TaskState", "Report")
"""What an API says about a task."""


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
    """Read a task that lives on ModelHunter's API. ``seconds`` bounds the call.

    Raises:
        UnexpectedResponse: again and again the answer was about another task.
    """
    call = about(endpoints.get_task(task_id), task_id, "data")
    return (yield from send(call, context.session, seconds=seconds))


def about(call: Call[Told], task_id: str, *place: str) -> Call[Told]:
    """The same call, whose answer counts as unreadable where it is about another task.

    ``place`` is where in the answer the task stands.
    """

    def telling(decode: Callable[[Any], Told]) -> Callable[[Any], Told]:
        def read(value: Any) -> Told:
            told = decode(value)
            if told.id != task_id:
                raise WireError(
                    f"the task {task_id} (something on the way mixes answers up, or plays the API "
                    "with the same answer for every task)",
                    told.id,
                    *place,
                    "id",
                )
            return told

        return read

    answers = {
        status: evolve(answer, decode=telling(answer.decode))
        for status, answer in call.operation.answers.items()
    }
    return evolve(call, operation=evolve(call.operation, answers=answers))


def read(context: Context, task: TaskView, seconds: float | None) -> Flow[TaskState]:
    """Read a task where it lives. ``seconds`` bounds the call."""
    if task.via is None:
        return (yield from read_here(context, task.id, seconds))
    route = context.route(task.via)
    here = session(context, task.via)
    report = yield from send(about(route.backend.read(task.id), task.id), here, seconds=seconds)
    return route.state(task.latest, report)


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
    return (yield from send(route.backend.cancel(task.id), session(context, task.via)))


def started(context: Context, token: SubmissionToken, report: Report) -> TaskView:
    """The task of a submission that a provider's own API has taken."""
    _, model, _ = context.registry().model_of(token.provider, token.model)
    capability = model.capability(token.capability)
    media = "" if capability is None else capability.output.media
    task = _task(context, token.via or "", token.model, media, token.began, report)
    task.latest.metadata = token.metadata
    task.submission = token
    seconds = report.estimated_seconds
    task.estimated_seconds = seconds if is_number(seconds) and 0 <= seconds <= LONGEST else None
    return task


def found_again(context: Context, token: TaskToken) -> Flow[TaskView]:
    """The task on a provider's own API that a token leads back to."""
    route = context.route(token.via or "")
    call = about(route.backend.read(token.id), token.id)
    report = yield from send(call, session(context, token.via))
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
    if via is None:
        return context.session
    return context.route(via).session.ending_at(context.session.until)


def can_find(context: Context, via: str | None) -> bool:
    """Whether a submission that went unanswered can be looked for."""
    return via is None or context.route(via).backend.find is not None


def reports(
    context: Context, via: str, since: datetime, *, seconds: float | None
) -> Flow[tuple[Sequence[Report], datetime | None]]:
    """The jobs that a provider's own API has begun since a moment, as far as it says, and its time.

    ``seconds`` bounds the call.
    """
    find = context.route(via).backend.find
    if find is None:
        return (), None
    jobs, response = yield from answered(find(since), session(context, via), seconds=seconds)
    return jobs, date_of(response)


def route_to(provider: Provider, session: Session, *, allow_http: bool) -> Route:
    """The way to a provider's own API, with the limits and retries of the client's session.

    Raises:
        ConfigurationError: it wants a key that is not there, or its address is none.
    """
    backend = provider.backend
    if backend is None:
        raise ConfigurationError(
            f"the task was started on an API of {provider.name}'s own, and the plugin that is "
            "installed now has none; install the version of it that started the task"
        )
    variable = backend.url_variable
    origin, base_path = address(
        (os.environ.get(variable) if variable else None) or backend.url,
        f"the address of {provider.name}",
        allow_http=allow_http,
    )
    headers = {**usual_headers(), **backend.headers, **_key(provider.name, backend, origin)}
    own = evolve(
        session,
        origin=origin,
        base_path=base_path,
        headers=headers,
        auth=None,
        quota=Quota(),
        read_error=_error_reader(backend),
    )
    return Route(provider.name, backend, own)


def _key(name: str, backend: Backend, origin: str) -> dict[str, str]:
    if backend.key_variable is None:
        return {}
    key = Secret(os.environ.get(backend.key_variable, "").strip())
    if not key:
        raise ConfigurationError(
            f"the models of {name} run on {origin}, which wants a key: set the environment "
            f"variable {backend.key_variable}"
        )
    check_key(key, backend.key_variable)
    return {backend.key_header: Secret(backend.key_format.format(key=key))}


def _error_reader(backend: Backend) -> ReadError:
    words = backend.error_words
    read_words = own_words if words is None else _without_details(words)
    advice = f"Check the environment variable {backend.key_variable}"

    def read(call: Call[Any], response: Response, now: datetime) -> APIError:
        return error_from(
            call,
            response,
            read_words,
            now,
            advice if response.status == 401 and backend.key_variable else None,
            is_own if words is None else None,
        )

    return read


def _without_details(
    words: Callable[[Any], tuple[str | None, str | None]],
) -> Callable[[Any], tuple[str | None, str | None, None]]:
    return lambda body: (*words(body), None)
