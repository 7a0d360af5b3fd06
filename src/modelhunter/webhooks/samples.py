"""Events for tests of one's own receivers."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from modelhunter.runtime.encode import plain


def event_body(
    type: str = "task.completed",  # noqa: A002 - the field's own name
    *,
    event_id: str | None = None,
    **task: Any,
) -> bytes:
    """The raw body of a delivery such as the API sends it, for :func:`sign`.

    Args:
        type: ``task.completed`` or ``task.failed``, which decides what the task looks like.
        event_id: the event's id; a new one where left out.
        **task: members of the task that matter to your test, as the API names them, such as
            ``id="task_1"``, ``provider=…``, ``metadata={"order": 7}``.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    task_id = task.get("id", f"task_{secrets.token_hex(8)}")
    failed = type == "task.failed"
    ending: dict[str, Any] = (
        {"error": {"code": "PROVIDER_ERROR", "message": "The prompt was refused"}}
        if failed
        else {
            "result": [
                {
                    "url": f"https://cdn.example/results/{task_id}.mp4?sig=5d1f",
                    "duration": 4,
                    "format": "mp4",
                    "size_bytes": 4718592,
                }
            ]
        }
    )
    event = {
        "id": event_id or f"evt_{secrets.token_hex(8)}",
        "type": type,
        "created_at": now,
        "data": {
            "task": {
                "id": task_id,
                "type": "video",
                "status": "failed" if failed else "succeeded",
                "provider": "example",
                "model": "example-video-1",
                **ending,
                "created_at": now - timedelta(minutes=1),
                "completed_at": now,
                **task,
            }
        },
    }
    return json.dumps(plain(event), ensure_ascii=False).encode()
