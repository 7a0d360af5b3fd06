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
                                  later is cancelled
================================  ================================================================

The outcome is unknown when the connection was lost or timed out after sending, on every 5xx but a
503 that is the API's own, and when the answer can't be read. Whatever else ends a submission that
may have been sent (Ctrl-C, a cancellation) gets its token as ``resume_token``.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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
from modelhunter.flows.pages import Pages
from modelhunter.jobs import tokens
from modelhunter.jobs.marker import MARKER
from modelhunter.plugins.catalogue import Submission
from modelhunter.runtime.events import log
from modelhunter.runtime.flow import Flow, Sleep
from modelhunter.runtime.retry import was_rejected
from modelhunter.runtime.send import next_wait, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelhunter.flows.context import Context
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.jobs.tokens import SubmissionToken
    from modelhunter.plugins.catalogue import Capability
    from modelhunter.runtime.call import Call

LOOKS = (0.0, 2.0, 5.0, 10.0)
"""Seconds before each look for a submission whose outcome is unknown."""

_SKEW = timedelta(minutes=10)
"""How far the clock here and the API's may differ unnoticed."""


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
    context: Context, capability: Capability, token: SubmissionToken, *, resubmit: bool
) -> Flow[TaskView]:
    """Start a job once, and return its task.

    Raises:
        SubmissionUnknown: whether it was started can't be told; the error carries the token.
        APIError, TransportError: it was not started.
    """
    with _leaving_word(token):
        try:
            return (yield from _once(context, capability, token))
        except ModelHunterError as error:
            if not outcome_unknown(error):
                raise
            trouble = error
        found = yield from look(context, token)
    if found is not None:
        return found
    if resubmit:
        return (yield from start_again(context, capability, token))
    raise unknown(token, trouble) from trouble


def start_again(context: Context, capability: Capability, token: SubmissionToken) -> Flow[TaskView]:
    """Send a submission once more, knowing that it may have been started; cancel a late twin."""
    again = evolve(token, marker=f"{token.marker}.{secrets.token_hex(4)}")
    with _leaving_word(token):
        try:
            task = yield from _once(context, capability, again)
        except ModelHunterError as error:
            if not outcome_unknown(error):
                raise
            found = yield from look(context, token)
            if found is None:
                raise unknown(token, error) from error
            task = found
        yield from _cancel_twins(context, token, task)
    return task


@contextmanager
def _leaving_word(token: SubmissionToken) -> Iterator[None]:
    """Let what breaks a submission off from outside say how its task is found.

    The note is shown by every traceback, so the token in it does without the inputs.
    """
    try:
        yield
    except ModelHunterError:
        raise
    except BaseException as error:
        error.resume_token = tokens.write(token)  # type: ignore[attr-defined]
        trace = tokens.write(evolve(token, input=None, metadata=None, webhook_url=None))
        error.add_note(
            f"{token.model} ({token.capability}) may have been started; "
            f"client.resume({trace!r}) looks for its task"
        )
        raise


def _once(context: Context, capability: Capability, token: SubmissionToken) -> Flow[TaskView]:
    """Send a submission until it is taken, as often as the API turns it away.

    That it was turned away is believed only after a look, as the price of a mistake is a job.
    """
    session = backends.session(context, token.via)
    deadline = session.deadline()
    attempt = 1
    while True:
        try:
            return (yield from _post(context, capability, token))
        except ModelHunterError as error:
            if not was_rejected(error):
                raise
            trouble = error
        trouble.resume_token = tokens.write(token)
        wait = next_wait(trouble, session, attempt, deadline)
        yield Sleep(wait or 0.0)
        try:
            twins = yield from _marked(context, token)
        except ModelHunterError:
            raise trouble from None
        if twins:
            return twins[0]
        if wait is None:
            raise trouble
        attempt += 1


def _post(context: Context, capability: Capability, token: SubmissionToken) -> Flow[TaskView]:
    metadata = {**(token.metadata or {}), MARKER: token.marker}
    call = capability.call(
        Submission(
            model=token.model,
            input=token.input or {},
            webhook_url=token.webhook_url,
            metadata=metadata if token.via is None else token.metadata,
            marker=token.marker,
        )
    )
    accepted = yield from send(call, backends.session(context, token.via), repeat_rejected=False)
    if token.via is not None:
        return backends.started(context, token, accepted)
    task: TaskView = context.bind(_accepted(accepted, call, capability, token, metadata), None)
    seconds = getattr(accepted, "estimated_seconds", None)
    task.estimated_seconds = seconds if isinstance(seconds, (int, float)) else None
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


def outcome_unknown(error: ModelHunterError) -> bool:
    """Whether a paid request that ended like this may have been acted upon."""
    if isinstance(error, TransportError):
        return error.delivered == "maybe"
    if isinstance(error, APIError):
        return error.status >= 500 and not was_rejected(error)
    return isinstance(error, UnexpectedResponse)


def look(context: Context, token: SubmissionToken) -> Flow[TaskView | None]:
    """The task that came of a submission, looked for a few times; None where none is found.

    Raises:
        SubmissionUnknown: the last look could not be made.
    """
    trouble: ModelHunterError | None = None
    for pause in _pauses(context, token):
        if pause:
            yield Sleep(pause)
        try:
            twins = yield from _marked(context, token)
        except ModelHunterError as error:
            trouble = error
            continue
        trouble = None
        if twins:
            return twins[0]
    if trouble is not None:
        raise unknown(token, trouble) from trouble
    return None


def _pauses(context: Context, token: SubmissionToken) -> Sequence[float]:
    """Seconds before each look; none where nothing can be looked for."""
    return LOOKS if backends.can_find(context, token.via) else ()


def _marked(context: Context, token: SubmissionToken) -> Flow[list[TaskView]]:
    """All tasks that carry a submission's marker, the oldest first."""
    if token.via is not None:
        jobs = yield from backends.reports(context, token.via, token.began - _SKEW)
        mine = [job for job in jobs if _is_marker(job.marker, token.marker)]
        return [backends.started(context, token, job) for job in mine]
    found, date = yield from _listed(context, token, token.began - _SKEW)
    if not found and date is not None:
        ahead = max(context.session.clock.now(), token.began) - date
        if ahead > _SKEW / 2:  # the clock here is wrong
            found, _ = yield from _listed(context, token, token.began - ahead - _SKEW)
    return [
        context.bind(state, None) for state in sorted(found, key=lambda state: state.created_at)
    ]


def _listed(
    context: Context, token: SubmissionToken, since: datetime
) -> Flow[tuple[list[TaskState], datetime | None]]:
    """What the task list has since a moment with a submission's marker, and the API's time."""
    found: list[TaskState] = []
    pages = Pages(context, provider=token.provider, model=token.model, after=since)
    while (page := (yield from pages.next())) is not None:
        found += [state for state in page if _carries(state, token.marker)]
    return found, pages.date


def _carries(state: TaskState, marker: str) -> bool:
    return _is_marker((state.metadata or {}).get(MARKER), marker)


def _is_marker(carried: object, marker: str) -> bool:
    return isinstance(carried, str) and (carried == marker or carried.startswith(f"{marker}."))


def _cancel_twins(context: Context, token: SubmissionToken, kept: TaskView) -> Flow[None]:
    """Cancel what else came of a submission that was sent twice.

    Trouble with that is logged, as the task that is kept must not be lost for it.
    """
    trouble: ModelHunterError | None = None
    for pause in _pauses(context, token):
        if pause:
            yield Sleep(pause)
        try:
            for twin in (yield from _marked(context, token)):
                if twin != kept and not twin.done:
                    yield from tasks.cancel(context, twin)
        except ModelHunterError as error:
            trouble = error
        else:
            trouble = None
    if trouble is not None:
        log.warning(
            "task %s was sent twice, and its twin could not be looked for or cancelled: %s",
            *(kept.id, trouble),
        )


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
