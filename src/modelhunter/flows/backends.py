"""Which API a task lives on, ModelHunter's or one of its provider's own, and the way there."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

from attrs import evolve, frozen

from modelhunter.api import tasks as endpoints
from modelhunter.api.models import Task as TaskState
from modelhunter.api.models.task_status import find_task_status
from modelhunter.errors import ConfigurationError, PluginError, UnexpectedResponse, Unsupported
from modelhunter.flows.asking import Asking
from modelhunter.jobs.error_envelope import is_own, own_words
from modelhunter.plugins.backend import Report
from modelhunter.plugins.media import suffix_of
from modelhunter.printable import printable
from modelhunter.runtime.address import address
from modelhunter.runtime.address import headers as usual_headers
from modelhunter.runtime.argument_checks import is_number
from modelhunter.runtime.auth import check_key
from modelhunter.runtime.call import Call
from modelhunter.runtime.clock import LONGEST
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.error_responses import error_from
from modelhunter.runtime.message import Secret
from modelhunter.runtime.retry import Quota
from modelhunter.runtime.send import send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from modelhunter.api.models import ResultItem
    from modelhunter.errors import APIError
    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.jobs.tokens import SubmissionToken, TaskToken
    from modelhunter.plugins.backend import Backend
    from modelhunter.plugins.catalogue import Capability, Provider
    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import ReadError, Session


Told = TypeVar("Told")
"""What an API says about a task."""

_MIXED_UP = (
    "something on the way mixes answers up, or plays the API with the same answer for every task"
)


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
            result=[self._output(one) for one in report.outputs] or known.result,
            error=report.error,
            cost=known.cost if report.cost is None else report.cost,
            started_at=report.started_at or known.started_at,
            completed_at=report.completed_at or known.completed_at,
        )

    def _output(self, output: ResultItem) -> ResultItem:
        """An output with its whole address, and its format where a ``data:`` address has that."""
        url = output.url
        if url[:5].lower() == "data:":
            media_type = url[5:].partition(",")[0]
            return evolve(output, format=output.format or suffix_of(media_type))
        if "://" in url.partition("?")[0]:
            return output
        base = f"{self.session.origin}{self.session.base_path}/"
        return evolve(output, url=urljoin(base, url))


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
            found = getattr(told, "id", None)
            if found != task_id:
                raise WireError(f"the task {task_id} ({_MIXED_UP})", found, *place, "id")
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
    report = yield from _read_there(context, task.via, task.id, seconds)
    return route.state(task.latest, report)


def _read_there(
    context: Context, via: str, task_id: str, seconds: float | None = None
) -> Flow[Report]:
    """What a provider's own API says of a job. ``seconds`` bounds it.

    Raises:
        UnexpectedResponse: it is about another job, or no report. PluginError: so says the plugin.
    """
    asking = _asking(context, via, "read", seconds)
    backend = context.route(via).backend

    def asked(job: str) -> object:
        given = backend.read(job)
        return about(given, job) if isinstance(given, Call) else given

    report = yield from asking.run(asked, task_id)
    return _checked(asking, report, task_id)


def _checked(asking: Asking, report: object, task_id: str | None = None) -> Report:
    if not isinstance(report, Report):
        raise PluginError(
            f"{asking.plugin}: {asking.what} of its backend gives {type(report).__name__}, not a "
            "Report"
        )
    if task_id is not None and report.id != task_id:
        raise UnexpectedResponse(
            f"the answer is about the job {printable(str(report.id))}, not {printable(task_id)} "
            f"({_MIXED_UP})",
            status=200,
        )
    return report


def _asking(context: Context, via: str, what: str, seconds: float | None = None) -> Asking:
    here = session(context, via)
    return Asking(plugin_of(context, via), what, here.ending_at(here.deadline(seconds)))


def plugin_of(context: Context, provider: str) -> str:
    """The plugin that brings a provider, as messages name it."""
    return context.registry().provider_label(provider)


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
    return (yield from _asking(context, task.via, "cancel").run(route.backend.cancel, task.id))


def started(context: Context, token: SubmissionToken, report: object) -> TaskView:
    """The task of a submission that a provider's own API has taken.

    Raises:
        UnexpectedResponse: what the plugin reads from the answer is no report of a job.
    """
    if not isinstance(report, Report) or not report.id:
        raise UnexpectedResponse(
            f"{plugin_of(context, token.via or '')}: what it reads from the answer to a submission "
            f"({type(report).__name__}) is no Report with the id of a job",
            status=200,
        )
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
    report = yield from _read_there(context, route.provider, token.id)
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


def key_for_files(context: Context, via: str | None) -> Mapping[str, str]:
    """The headers with the key that downloads from the API's own origin want."""
    if via is None:
        return {}
    route = context.route(via)
    if not route.backend.key_for_files:
        return {}
    name = route.backend.key_header
    return {name: route.session.headers[name]} if route.backend.key_variable else {}


def can_find(context: Context, via: str | None) -> bool:
    """Whether a submission that went unanswered can be looked for."""
    return via is None or context.route(via).backend.find is not None


def reports(
    context: Context, via: str, since: datetime, *, seconds: float | None
) -> Flow[tuple[Sequence[Report], datetime | None]]:
    """The jobs that a provider's own API has begun since a moment, as far as it says, and its time.

    ``seconds`` bounds all its calls together.
    """
    find = context.route(via).backend.find
    if find is None:
        return (), None
    asking = _asking(context, via, "find", seconds)
    jobs = yield from asking.run(find, since)
    if not isinstance(jobs, (list, tuple)):
        raise PluginError(
            f"{asking.plugin}: find of its backend gives {type(jobs).__name__}, not a list of "
            "reports"
        )
    return [_checked(asking, job) for job in jobs], asking.date


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
