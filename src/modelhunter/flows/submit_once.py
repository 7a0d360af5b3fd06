"""Sending a request that costs money, so that it happens once.

The API has no idempotency key. So every submission carries a marker in its task's metadata, and
when its outcome is unknown the marker is looked up in the task list. What may happen to a paid
request, and what is done:

================================  ================================================================
never delivered                   sent again, within the deadline (``runtime/retry.py``)
rejected without starting         (429, and 503 in the API's own words) after ``Retry-After`` or a
                                  backoff looked up once, and sent again if it is not there
considered and refused (4xx)      raised
outcome unknown                   looked up: found, it is the task; not found,
                                  :class:`~modelhunter.SubmissionUnknown` – or, if the caller said
                                  ``resubmit=True``, sent once more, and should both turn up, the
                                  younger is cancelled
================================  ================================================================

The outcome is unknown when the connection was lost or timed out after sending, on every 5xx but a
503 that is the API's own, on a 4xx in words that are not the API's (a proxy's 408, an HTML 404),
and when the answer can't be read or is about another job. Whatever else ends a submission that may
have been sent (Ctrl-C, a cancellation) gets its token as ``resume_token``.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from attrs import evolve

from modelhunter.api.models import Task as TaskState
from modelhunter.api.models.task_status import find_task_status
from modelhunter.errors import (
    APIError,
    ModelHunterError,
    SubmissionUnknown,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.flows import backends, tasks
from modelhunter.flows.finding import PAUSES, Looks, Search, kept, look
from modelhunter.jobs import tokens
from modelhunter.jobs.marker import MARKER
from modelhunter.plugins.blame import call_of
from modelhunter.plugins.catalogue import Submission
from modelhunter.printable import printable
from modelhunter.runtime.argument_checks import is_number
from modelhunter.runtime.clock import LONGEST
from modelhunter.runtime.events import log
from modelhunter.runtime.flow import Flow, Sleep
from modelhunter.runtime.retry import was_rejected
from modelhunter.runtime.send import next_wait, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelhunter.flows.context import Context
    from modelhunter.jobs.budget import Way
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.jobs.tokens import SubmissionToken
    from modelhunter.plugins.catalogue import Capability
    from modelhunter.runtime.call import Call

_PROXY_REFUSED = 407
"""Said by a proxy before it passes anything on."""

ONCE = (5.0,)
"""Seconds before the one look for a twin of what was not known to have been sent before."""


def new_token(
    context: Context,
    capability: Capability,
    provider: str,
    submission: Submission,
    via: str | None,
) -> SubmissionToken:
    """The token of a submission that is about to be sent."""
    return tokens.SubmissionToken(
        marker=secrets.token_hex(12),
        since=context.session.clock.now().isoformat(),
        provider=provider,
        model=submission.model,
        capability=capability.name,
        input=dict(submission.input),
        webhook_url=submission.webhook_url,
        metadata=dict(submission.metadata) if submission.metadata is not None else None,
        via=via,
    )


def start(
    context: Context,
    sending: Context,
    capability: Capability,
    token: SubmissionToken,
    way: Way,
    *,
    resubmit: bool,
    look_for: float,
) -> Flow[TaskView]:
    """Start a job once, and return its task.

    It is sent with ``sending``, the context that bounds that, and looked for within ``look_for``
    seconds more. ``way`` learns whether anything was sent.

    Raises:
        SubmissionUnknown: whether it was started can't be told; the error carries the token.
        APIError, TransportError: it was not started.
    """
    with _leaving_word(token, way):
        try:
            return (yield from _once(sending, capability, token, way))
        except BaseException as error:
            if not way.was_sent or _was_refused(error):
                context.sent.markers.discard(token.marker)
            if not way.was_sent or not outcome_unknown(error):
                raise
            trouble = error
        found = yield from find(context, token, look_for)
    if found is not None:
        return found
    if not resubmit:
        raise unknown(token, trouble) from trouble
    try:
        return (yield from start_again(context, capability, token, way, look_for=look_for))
    except (APIError, TransportError) as error:  # of the second; the first may still turn up
        raise unknown(token, error) from error


def find(context: Context, token: SubmissionToken, look_for: float) -> Flow[TaskView | None]:
    """The task that came of a submission, looked for within so many seconds; None: no such task.

    Raises:
        SubmissionUnknown: the last look could not be made.
    """
    try:
        return (yield from look(context, token, look_for))
    except ModelHunterError as error:
        raise unknown(token, error) from error


def start_again(
    context: Context,
    capability: Capability,
    token: SubmissionToken,
    way: Way,
    *,
    look_for: float,
    pauses: Sequence[float] = PAUSES,
) -> Flow[TaskView]:
    """Send a submission once more, knowing that it may have been started; cancel a twin.

    ``way`` learns whether it was sent again. ``pauses`` are the seconds before each look for a
    twin, within ``look_for`` seconds.
    """
    again = evolve(token, marker=f"{token.marker}.{secrets.token_hex(4)}")
    with _leaving_word(token):
        try:
            task = yield from _once(context.bounded(), capability, again, way)
        except ModelHunterError as error:
            if not way.was_sent or not outcome_unknown(error):
                raise
            found = yield from find(context, token, look_for)
            if found is None:
                raise unknown(token, error) from error
            task = found
        seconds = look_for if backends.can_find(context, token.via) else 0.0
        return (yield from _settle(context, token, task, Looks(context, seconds, iter(pauses))))


@contextmanager
def _leaving_word(token: SubmissionToken, way: Way | None = None) -> Iterator[None]:
    """Let what breaks a submission off from outside say how its task is found.

    With a ``way``, only once it was sent.
    The note is shown by every traceback, so the token in it does without the inputs.
    """
    try:
        yield
    except ModelHunterError:
        raise
    except BaseException as error:
        if way is not None and not way.was_sent:
            raise
        error.resume_token = tokens.write(token)  # type: ignore[attr-defined]
        trace = tokens.write(evolve(token, input=None, metadata=None, webhook_url=None))
        error.add_note(
            f"{token.model} ({token.capability}) may have been started; "
            f"client.resume({trace!r}) looks for its task"
        )
        raise


def _once(
    context: Context, capability: Capability, token: SubmissionToken, way: Way
) -> Flow[TaskView]:
    """Send a submission until it is taken, as often as the API turns it away.

    That it was turned away is believed only after a look, as the price of a mistake is a job.
    """
    session = backends.session(context, token.via)
    deadline = session.deadline()
    search = Search(context, [token])
    attempt = 1
    while True:
        try:
            return (yield from _post(context, capability, token, way))
        except ModelHunterError as error:
            if not was_rejected(error):
                raise
            trouble = error
        trouble.resume_token = tokens.write(token)
        wait = next_wait(trouble, session, attempt, deadline)
        yield Sleep(wait or 0.0)
        try:
            twins = (yield from search.look())[token.marker]
        except ModelHunterError:
            raise trouble from None
        twin = kept(twins)
        if twin is not None:
            return twin
        if wait is None:
            raise trouble
        attempt += 1


def _post(
    context: Context, capability: Capability, token: SubmissionToken, way: Way
) -> Flow[TaskView]:
    metadata = {**(token.metadata or {}), MARKER: token.marker}
    submission = Submission(
        model=token.model,
        input=token.input or {},
        webhook_url=token.webhook_url,
        metadata=metadata if token.via is None else token.metadata,
        marker=token.marker,
    )
    call = call_of(context.registry(), capability, submission)
    session = backends.session(context, token.via)
    accepted = yield from send(call, session, repeat_rejected=False, on_sending=way.sent)
    told = str(getattr(accepted, "id", None))
    if (token.via, told) in context.sent.tasks:
        raise UnexpectedResponse(
            f"{call.method} {call.path}: the answer names task {told}, which this client has "
            "already, so it is not the answer to this submission",
            status=200,
        )
    if token.via is not None:
        return backends.started(context, token, accepted)
    task: TaskView = context.bind(_accepted(accepted, call, capability, token, metadata), None)
    task.submission = token
    seconds = getattr(accepted, "estimated_seconds", None)
    task.estimated_seconds = seconds if is_number(seconds) and 0 <= seconds <= LONGEST else None
    context.changed(task, None)
    return task


def _accepted(
    answer: Any,
    call: Call[Any],
    capability: Capability,
    token: SubmissionToken,
    metadata: dict[str, Any],
) -> TaskState:
    """The task of an answer. What a plugin's answer leaves out is known here, but for the id.

    Raises:
        UnexpectedResponse: it has no id; by then the job may have been started and paid.
    """
    known = {name: getattr(answer, name, None) for name in ("id", "status", "provider", "model")}
    texts = {name: value for name, value in known.items() if isinstance(value, str) and value}
    if "id" not in texts:
        raise UnexpectedResponse(
            f"{call.method} {call.path}: what the plugin reads from the answer "
            f"({type(answer).__name__}) has no id of a task; its author must name the member that "
            "holds it (x-unwrap in a description)",
            status=200,
        )
    if texts.get("provider", token.provider) != token.provider:
        raise UnexpectedResponse(
            f"{call.method} {call.path}: the answer is of {texts['provider']}, and the submission "
            f"was to {token.provider}",
            status=200,
        )
    status = texts.get("status", "pending")
    created_at = getattr(answer, "created_at", None)
    return TaskState(
        id=texts["id"],
        type=capability.output.media,
        status=find_task_status(status, status),
        provider=texts.get("provider", token.provider),
        model=texts.get("model", token.model),
        created_at=created_at if isinstance(created_at, datetime) else token.began,
        metadata=metadata,
    )


def _was_refused(error: BaseException) -> bool:
    return isinstance(error, ModelHunterError) and not outcome_unknown(error)


def outcome_unknown(error: BaseException) -> TypeGuard[ModelHunterError]:
    """Whether a paid request that ended like this is to be looked for, as it may be acted upon."""
    if isinstance(error, TransportError):
        return error.delivered == "maybe"
    if isinstance(error, APIError):
        return not was_rejected(error) and (
            error.status >= 500 or not (error.is_own or error.status == _PROXY_REFUSED)
        )
    return isinstance(error, UnexpectedResponse)


def _settle(
    context: Context, token: SubmissionToken, task: TaskView, looks: Looks
) -> Flow[TaskView]:
    """Leave one task of a submission that was sent twice: cancel the others, and return that one.

    Whoever else does the same at this moment comes to the same one. Trouble is logged, as the task
    must not be lost for it.
    """
    trouble: ModelHunterError | None = None
    search, twins = Search(context, [token]), {task.id: task}
    while (yield from looks.next()):
        trouble = None
        try:
            for twin in (yield from search.look(looks.end, looks.each))[token.marker]:
                twins[twin.id] = twin
            task = kept(twins.values()) or task
            for twin in twins.values():
                if twin != task and not twin.done:
                    yield from tasks.cancel(context, twin)
            if len(twins) > 1:
                yield from tasks.refresh(context, task)  # somebody may have decided otherwise
                task = kept(twins.values()) or task
        except ModelHunterError as error:
            trouble = error
    if trouble is not None:
        log.warning(
            "task %s was sent twice, and its twin could not be looked for or cancelled: %s",
            *(printable(task.id), trouble),
        )
    return task


def unknown(token: SubmissionToken, trouble: Exception) -> SubmissionUnknown:
    """The error for a submission of which it can't be told whether it was started."""
    return _unknown(token, f"it can't be told whether the job was started: {trouble}")


def not_found(token: SubmissionToken) -> SubmissionUnknown:
    """The error for a submission of which no task has turned up."""
    return _unknown(token, f"no task has turned up of the submission of {token.since}")


def _unknown(token: SubmissionToken, what: str) -> SubmissionUnknown:
    return SubmissionUnknown(
        f"{token.model} ({token.capability}): {what}. It was not sent again. Look for it later "
        "with client.resume(error.token), or start it once more with "
        "client.resume(error.token, resubmit=True)",
        token=tokens.write(token),
    )
