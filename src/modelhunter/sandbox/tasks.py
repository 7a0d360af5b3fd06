"""Tasks: kept as the moments at which they change, so that their state is a function of time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from modelhunter.sandbox.answers import Refusal
from modelhunter.sandbox.clock import NEVER, from_text, microseconds, to_text
from modelhunter.sandbox.media.shape import Shape, shapes_from_json, shapes_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from modelhunter.sandbox.store import Row, Store

Outcome = Literal["succeeded", "failed", "stuck"]

FINAL = ("succeeded", "failed", "cancelled", "expired")

# A task whose last link has lapsed is listed as expired until it is read again, which makes new
# links. A task whose time is up runs on until its files are written.
_STATUS = """CASE
    WHEN cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN :now < queued_at THEN 'pending'
    WHEN :now < started_at THEN 'queued'
    WHEN :now < finish_at THEN 'running'
    WHEN outcome = 'failed' THEN 'failed'
    WHEN sizes IS NULL THEN 'running'
    WHEN :now >= links_until THEN 'expired'
    ELSE 'succeeded' END"""

_PENDING_SHARE, _QUEUED_SHARE = 0.05, 0.15
"""How much of its time a task spends waiting, before it runs."""

_FILTERS: Mapping[str, str] = {
    "status": f"{_STATUS} = :status",
    "provider": "provider = :provider",
    "model": "model = :model",
    "after": "created_at > :after",
    "before": "created_at < :before",
    "search": "substr(id, 1, length(:search)) = :search",
}


@frozen(kw_only=True)
class NewTask:
    """A task that was asked for and paid. ``seconds`` is how long it takes from now."""

    id: str
    key_id: str
    provider: str
    model: str
    capability: str
    input: Mapping[str, Any]
    metadata: Mapping[str, Any] | None
    webhook_url: str | None
    cost: Decimal
    seconds: float
    outcome: Outcome
    error: Mapping[str, str] | None
    shapes: Sequence[Shape]


class Tasks:
    """The tasks of a store. ``link_seconds`` is how long a link to a result is good."""

    def __init__(self, store: Store, link_seconds: float) -> None:
        self._store = store
        self._link_life = microseconds(link_seconds)

    def add(self, task: NewTask, now: int, *, announced: bool) -> Row:
        """Keep a new task. Each gets a moment of its own, by which pages are cut."""
        last = self._store.only("SELECT coalesce(max(created_at), 0) AS moment FROM tasks")
        length = microseconds(task.seconds)
        finish = NEVER if task.outcome == "stuck" else now + length
        self._store.insert(
            "tasks",
            {
                "created_at": max(now, last["moment"] + 1),
                "id": task.id,
                "key_id": task.key_id,
                "provider": task.provider,
                "model": task.model,
                "capability": task.capability,
                "media": task.shapes[0].kind,
                "input": json.dumps(task.input),
                "metadata": None if task.metadata is None else json.dumps(task.metadata),
                "webhook_url": task.webhook_url,
                "cost": str(task.cost),
                "queued_at": now + int(length * _PENDING_SHARE),
                "started_at": now + int(length * (_PENDING_SHARE + _QUEUED_SHARE)),
                "finish_at": finish,
                "outcome": task.outcome,
                "error": None if task.error is None else json.dumps(task.error),
                "shapes": shapes_to_json(task.shapes),
                "links_until": finish + self._link_life,
                "announced": announced,
            },
        )
        return self.get(task.id, now)

    def get(self, id_: str, now: int) -> Row:
        """One task with its status, or 404."""
        row = self._store.row(
            f"SELECT *, {_STATUS} AS status FROM tasks WHERE id = :id",  # noqa: S608
            {"id": id_, "now": now},
        )
        if row is None:
            raise Refusal("TASK_NOT_FOUND", "there is no such task")
        return row

    def page(
        self, filters: Mapping[str, Any], limit: int, cursor: str | None, now: int
    ) -> tuple[Sequence[Row], dict[str, Any]]:
        """One page of the tasks that match, newest first, and the pagination member."""
        values = {"now": now, "limit": limit + 1, **filters}
        matching = " AND ".join(["1", *(_FILTERS[name] for name in filters)])
        total = self._store.only(
            f"SELECT count(*) AS total FROM tasks WHERE {matching}",  # noqa: S608 - names above
            values,
        )
        if cursor is not None:
            matching += " AND created_at < :cursor"
            values["cursor"] = _cursor(cursor)
        rows = self._store.rows(
            f"SELECT *, {_STATUS} AS status FROM tasks WHERE {matching} "  # noqa: S608
            "ORDER BY created_at DESC LIMIT :limit",
            values,
        )
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, {
            "cursor": to_text(rows[-1]["created_at"]) if more else None,
            "hasMore": more,
            "total": total["total"],
        }

    def cancel(self, id_: str, now: int) -> Row:
        """Cancel a task, or 404, or 409 when it is over. Returns it as it was."""
        with self._store.transaction():
            task = self.get(id_, now)
            if task["status"] in FINAL:
                raise Refusal("CONFLICT", f"the task is over already: {task['status']}")
            self._store.change("UPDATE tasks SET cancelled_at = ? WHERE id = ?", (now, id_))
        return task

    def media_written(self, id_: str, sizes: Sequence[int], now: int) -> None:
        """The files of a task are there. A task that waited for them finishes now."""
        self._store.change(
            "UPDATE tasks SET sizes = :sizes, finish_at = max(finish_at, :now), "
            "links_until = max(finish_at, :now) + :life WHERE id = :id AND sizes IS NULL",
            {"sizes": json.dumps(list(sizes)), "now": now, "life": self._link_life, "id": id_},
        )

    def media_failed(self, id_: str, message: str) -> bool:
        """A file of a task can't be made, so it fails in its time; False if that was known."""
        error = json.dumps({"code": "PROVIDER_ERROR", "message": message})
        return bool(
            self._store.change(
                "UPDATE tasks SET outcome = 'failed', error = ? "
                "WHERE id = ? AND outcome = 'succeeded' AND sizes IS NULL",
                (error, id_),
            )
        )

    def without_media(self) -> Sequence[Row]:
        """Tasks whose files are still to be made."""
        return self._store.rows(
            "SELECT id, shapes FROM tasks "
            "WHERE sizes IS NULL AND cancelled_at IS NULL AND outcome = 'succeeded'"
        )

    def renew_links(self, id_: str, now: int) -> int:
        """Count the life of the task's links from now; returns when it ends."""
        until = now + self._link_life
        self._store.change("UPDATE tasks SET links_until = ? WHERE id = ?", (until, id_))
        return until

    def counts(self, now: int) -> dict[str, int]:
        """How many tasks there are in each status."""
        rows = self._store.rows(
            f"SELECT {_STATUS} AS status, count(*) AS n FROM tasks GROUP BY 1",  # noqa: S608
            {"now": now},
        )
        return {row["status"]: row["n"] for row in rows}

    def all(self, now: int) -> Sequence[Row]:
        """Every task, oldest first."""
        return self._store.rows(
            f"SELECT *, {_STATUS} AS status FROM tasks ORDER BY created_at",  # noqa: S608
            {"now": now},
        )


def task_to_wire(task: Row, now: int) -> dict[str, Any]:
    """A task as lists show it; :func:`result_to_wire` has what a single read adds."""
    status, created = task["status"], task["created_at"]
    shown: dict[str, Any] = {
        "id": task["id"],
        "type": task["media"],
        "status": status,
        "provider": task["provider"],
        "model": task["model"],
        "progress": _progress(task, now),
        "created_at": to_text(created),
    }
    over = task["cancelled_at"] if status == "cancelled" else task["finish_at"]
    if min(now, over) >= task["started_at"]:
        shown["started_at"] = to_text(max(created, task["started_at"]))
    if status in FINAL:
        shown["completed_at"] = to_text(max(created, over))
    if status in ("succeeded", "expired"):
        shown["cost"] = float(task["cost"])
    if status == "failed":
        shown["error"] = json.loads(task["error"])
    if task["metadata"] is not None:
        shown["metadata"] = json.loads(task["metadata"])
    return shown


def result_to_wire(task: Row, urls: Sequence[str]) -> list[dict[str, Any]]:
    """The result of a task that has succeeded, with a link to each of its files."""
    items = []
    shapes, sizes = shapes_from_json(task["shapes"]), json.loads(task["sizes"])
    for shape, size, url in zip(shapes, sizes, urls, strict=True):
        item: dict[str, Any] = {"url": url, "format": shape.format, "size_bytes": size}
        if shape.true_duration is not None:
            item["duration"] = shape.true_duration
        items.append(item)
    return items


def _progress(task: Row, now: int) -> int:
    if task["status"] in ("succeeded", "expired"):
        return 100
    moment = now if task["cancelled_at"] is None else task["cancelled_at"]
    if task["status"] == "failed" or moment < task["started_at"]:
        return 0
    done = (moment - task["started_at"]) * 100 // max(1, task["finish_at"] - task["started_at"])
    return int(min(done, 99))


def _cursor(text: str) -> int:
    try:
        return from_text(text)
    except ValueError:
        raise Refusal(
            "INVALID_PARAMETER", "this cursor is not one of ours", field="cursor"
        ) from None
