"""Deliveries with and without a signature: what isn't signed is confirmed by asking the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from modelhunter.api import tasks
from modelhunter.api.models import WebhookEvent, WebhookEventData
from modelhunter.errors import BadRequest, NotFound, Unprocessable
from modelhunter.runtime.argument_checks import check_able
from modelhunter.runtime.message import unseen
from modelhunter.runtime.send import send
from modelhunter.webhooks.errors import UnconfirmedEvent
from modelhunter.webhooks.headers import SIGNATURE, Headers, header
from modelhunter.webhooks.signing import TOLERANCE, Secrets
from modelhunter.webhooks.verifying import drop_marker, parse_unverified, verify

if TYPE_CHECKING:
    from modelhunter.api.models import Task
    from modelhunter.client.aio.client import AsyncModelHunter
    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.flows.context import Context
    from modelhunter.runtime.flow import Flow

_ID = re.compile(r"[!-~]{1,200}")
_ENDINGS = {
    "task.completed": frozenset({"succeeded", "expired"}),
    "task.failed": frozenset({"failed"}),
}
"""The states in which a task may be once an event of this type has been sent."""


@frozen
class Accepted:
    """An event that can be believed, and the name under which it is remembered.

    Whoever sends an unsigned delivery chooses its event id, so that is not what it is remembered
    by: a known id would keep the genuine event out, and new ones would repeat an old event. A task
    ends once; its id and how it ended are what counts.
    """

    event: WebhookEvent
    name: str


def receive(
    client: ModelHunter,
    body: bytes,
    headers: Headers,
    secrets: Secrets | None = None,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> WebhookEvent:
    """The event of a delivery, signed or not, once it can be believed.

    A signed delivery is verified with ``secrets``. One without a signature (the ``webhook_url`` of
    a job), or any where you have no secrets, is confirmed by reading its task through ``client``:
    the event comes with the task as the API has it, links fresh; its own ``id`` and ``created_at``
    remain the sender's word.

    Args:
        client: of the account that submitted the task.
        body: the raw bytes of the request.
        headers: in any form that a web framework has them.
        secrets: of the registered webhooks that deliver to this address too.
        tolerance: as for :func:`verify`.
        now: as for :func:`verify`.

    Raises:
        UnconfirmedEvent: the API has no such task, or it has not ended in the way it is said to.
        WebhookError: what :func:`verify` raises. APIError, TransportError: the API could not be
        asked; the event may be genuine, so answer with a 5xx to get it again.
    """
    check_able(client, ("run",), "client", "a ModelHunter", none=False)
    secrets = unseen(secrets)
    return client.run(
        accept(client.context, body, headers, secrets, tolerance=tolerance, now=now)
    ).event


async def areceive(
    client: AsyncModelHunter,
    body: bytes,
    headers: Headers,
    secrets: Secrets | None = None,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> WebhookEvent:
    """:func:`receive` for an :class:`~modelhunter.AsyncModelHunter`."""
    check_able(client, ("run",), "client", "an AsyncModelHunter", none=False)
    secrets = unseen(secrets)
    accepted = await client.run(
        accept(client.context, body, headers, secrets, tolerance=tolerance, now=now)
    )
    return accepted.event


def accept(
    context: Context,
    body: bytes,
    headers: Headers,
    secrets: Secrets | None,
    *,
    tolerance: float,
    now: float | None,
) -> Flow[Accepted]:
    """Verify a signed delivery, confirm another; raises as :func:`receive` says."""
    if secrets is not None and header(headers, SIGNATURE) is not None:
        return accept_signed(body, headers, secrets, tolerance=tolerance, now=now)
    return (yield from _confirm(context, parse_unverified(body)))


def accept_signed(
    body: bytes, headers: Headers, secrets: Secrets, *, tolerance: float, now: float | None
) -> Accepted:
    """Verify a delivery that has to be signed; raises as :func:`verify` says."""
    event = verify(body, headers, secrets, tolerance=tolerance, now=now)
    return Accepted(event, event.id)


def _confirm(context: Context, claimed: WebhookEvent) -> Flow[Accepted]:
    task_id = claimed.data.task.id
    endings = _ENDINGS.get(claimed.type)
    if endings is None:
        raise UnconfirmedEvent("no task can be asked whether an event of its type took place")
    if _ID.fullmatch(task_id) is None or task_id in (".", ".."):
        raise UnconfirmedEvent("what it calls the id of its task can't be one")
    try:
        task: Task = yield from send(tasks.get_task(task_id), context.session)
    except (NotFound, BadRequest, Unprocessable) as error:
        raise UnconfirmedEvent(f"the API does not know task {task_id}") from error
    if task.id != task_id or task.status not in endings:
        raise UnconfirmedEvent(
            f"it says {claimed.type} of task {task_id}, which the API has as {task.status}"
        )
    drop_marker(task)
    event = attrs.evolve(claimed, data=WebhookEventData(task=task))
    return Accepted(event, name_by_task(event))


def name_by_task(event: WebhookEvent) -> str:
    """The name under which an event is remembered whose id anybody may have made up."""
    return f"{event.data.task.id} {event.type}"
