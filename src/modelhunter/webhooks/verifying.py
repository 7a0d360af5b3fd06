"""From the bytes of a delivery to an event that can be believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from modelhunter.api.models.webhook_event import WebhookEvent, decode_webhook_event
from modelhunter.jobs.marker import MARKER
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.errors import ReplayedEvent, UnreadableEvent
from modelhunter.webhooks.signing import TOLERANCE, Secrets, check_signature, keys_of, raw_bytes

if TYPE_CHECKING:
    from modelhunter.api.models import Task
    from modelhunter.webhooks.headers import Headers
    from modelhunter.webhooks.replays import SeenEvents


def verify(
    body: bytes,
    headers: Headers,
    secrets: Secrets,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
    seen: SeenEvents | None = None,
) -> WebhookEvent:
    """The event of a signed delivery, if it is genuine and fresh.

    Args:
        body: the raw bytes of the request, never JSON that was parsed and written again.
        headers: in any form that a web framework has them.
        secrets: the webhook's secret; several while it is being rotated.
        tolerance: seconds that may lie between signing and now, in either direction.
        now: seconds since 1970; the machine's clock where left out.
        seen: remembers events, so that each is accepted once. Call ``seen.finish(event.id)`` when
            you have dealt with one, ``seen.release(event.id)`` when that failed.

    Raises:
        UnsignedDelivery: there is no signature, as with the webhook of a single job.
        MalformedDelivery: a header can't be what the API sends.
        SignatureMismatch: none of the secrets makes this signature.
        StaleEvent: it is genuine, and too old or from the future.
        UnreadableEvent: it is genuine, and no event that this version knows.
        ReplayedEvent: ``seen`` knows it.
    """
    secrets = unseen(secrets)
    raw = raw_bytes(body)
    check_signature(raw, headers, keys_of(secrets), tolerance=tolerance, now=now)
    event = parse_unverified(raw)
    if seen is not None:
        claim(seen, event.id)
    return event


def claim(seen: SeenEvents, event_id: str) -> None:
    """Take an event on, or raise :class:`ReplayedEvent`."""
    state = seen.claim(event_id)
    if state != "new":
        raise ReplayedEvent(event_id, finished=state == "finished")


def parse_unverified(body: bytes) -> WebhookEvent:
    """The event in a body that anybody may have sent. Believe nothing of it.

    Raises:
        UnreadableEvent: it is no event.
    """
    try:
        value = json.loads(raw_bytes(body).decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise UnreadableEvent("it is not UTF-8", path="$") from None
    except RecursionError:
        raise UnreadableEvent("it is nested too deeply", path="$") from None
    except ValueError as error:
        raise UnreadableEvent(f"it is not JSON ({_where(error)})", path="$") from None
    try:
        event = decode_webhook_event(value)
    except WireError as error:
        raise UnreadableEvent(str(error).removeprefix(f"{error.path}: "), path=error.path) from None
    drop_marker(event.data.task)
    return event


def drop_marker(task: Task) -> None:
    """Leave of a task's metadata what its submitter gave, without what this library added."""
    if task.metadata is not None and MARKER in task.metadata:
        task.metadata = {k: v for k, v in task.metadata.items() if k != MARKER} or None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number in JSON")


def _where(error: Any) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return str(error)
