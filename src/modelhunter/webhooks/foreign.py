"""What other APIs than ModelHunter's deliver: that it is time to look at a job, and no more."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from modelhunter.api.models import Task, WebhookEvent, WebhookEventData
from modelhunter.plugins.messages import summary
from modelhunter.webhooks.confirming import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterable

ReadJob = Callable[[Any], str | None]
"""The id of the job that a delivery's JSON is about; None where it is about none."""

log: logging.Logger = logging.getLogger("modelhunter.webhooks")


def foreign_event(body: bytes, readers: Iterable[ReadJob]) -> Accepted | None:
    """The event that some API's delivery stands for; None where nobody knows what it is.

    The same body is the same event, however often it comes.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for read in readers:
        job = _job(read, value)
        if job is not None:
            name = f"{job} {hashlib.sha256(body).hexdigest()}"
            now = datetime.now(UTC)
            task = Task(id=job, type="", status="", provider="", model="", created_at=now)
            data = WebhookEventData(task=task)
            return Accepted(
                WebhookEvent(id=name, type="task.changed", created_at=now, data=data), name
            )
    return None


def _job(read: ReadJob, value: Any) -> str | None:
    try:
        job: object = read(value)
    except Exception as error:
        # another API's delivery need not have what this plugin looks for
        log.debug("a plugin can't read a delivery: %s", summary(error))
        return None
    return job if isinstance(job, str) and job else None
