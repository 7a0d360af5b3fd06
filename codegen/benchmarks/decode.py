"""Decoding a page of 100 tasks: generated functions beside pydantic 2, in the same process.

Run: ``python codegen/benchmarks/decode.py`` (needs modelhunter and pydantic).
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, PlainSerializer

from modelhunter.api.models.task_page import decode_task_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

ROUNDS = 60


def page(count: int = 100) -> bytes:
    """A page as the API sends it: three times, money, metadata and a result in every task."""
    task = {
        "type": "video",
        "status": "succeeded",
        "provider": "kling",
        "model": "kling-v3",
        "progress": 100,
        "cost": 0.4217,
        "created_at": "2026-03-02T08:15:00.123Z",
        "started_at": "2026-03-02T08:15:03.456Z",
        "completed_at": "2026-03-02T08:16:01.789Z",
        "metadata": {"campaign": "spring-2026", "shot": 17, "author": "someone@example.com"},
        "result": [
            {
                "url": "https://cdn.modelhunter.ai/results/task_k7m2.mp4?sig=" + "5d1f" * 40,
                "duration": 5.0,
                "format": "mp4",
                "size_bytes": 4718592,
            }
        ],
    }
    data = [{"id": f"task_{number:08x}", **task} for number in range(count)]
    pagination = {"cursor": "2026-03-02T08:15:00Z", "hasMore": True, "total": 4200}
    return json.dumps({"success": True, "data": data, "pagination": pagination}).encode()


class Status(StrEnum):
    """The same members as the generated enum."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Kind(StrEnum):
    """The same members as the generated enum."""

    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    MUSIC = "music"


class Item(BaseModel):
    """As the generated ``ResultItem``."""

    url: str
    duration: float | None = None
    format: str | None = None
    size_bytes: int | None = None


class Failure(BaseModel):
    """As the generated ``TaskError``."""

    code: str
    message: str


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]


class Task(BaseModel):
    """As the generated ``Task``: open enums, aware times, exact money."""

    id: str
    type: Kind | str
    status: Status | str
    provider: str
    model: str
    result: list[Item] | None = None
    error: Failure | None = None
    created_at: Moment
    completed_at: Moment | None = None
    progress: float | None = None
    cost: Annotated[Decimal, PlainSerializer(float)] | None = None
    started_at: Moment | None = None
    metadata: dict[str, Any] | None = None


class Pagination(BaseModel):
    """As the generated ``Pagination``."""

    cursor: str | None = None
    has_more: bool = Field(alias="hasMore")
    total: int | None = None


class Page(BaseModel):
    """As the generated ``TaskPage``."""

    success: bool
    data: list[Task]
    pagination: Pagination


def measure(*works: Callable[[], object]) -> list[float]:
    """The best of many runs of each, taken in turn, in microseconds."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            start = time.perf_counter()
            for _ in range(5):
                work()
            best[number] = min(best[number], (time.perf_counter() - start) / 5 * 1e6)
    return best


def main() -> None:
    """Print the figures as a table."""
    body = page()
    parsed, ours, theirs = measure(
        lambda: json.loads(body),
        lambda: decode_task_page(json.loads(body)),
        lambda: Page.model_validate_json(body),
    )
    print(f"{len(body):,} bytes, 100 tasks, microseconds (best of {ROUNDS})")
    print(f"json.loads alone              {parsed:8.0f}")
    print(f"json.loads + generated code   {ours:8.0f}")
    print(f"pydantic model_validate_json  {theirs:8.0f}")
    print(f"ratio                         {ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
