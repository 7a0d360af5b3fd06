"""A page of tasks in pydantic 2: what is read and refused is what the generated models do."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field


class MediaKind(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    MUSIC = "music"


class TaskStatus(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
"""Always aware: what comes without a time zone is UTC, as in the generated models."""


class ResultItem(BaseModel):
    url: str
    duration: float | None = None
    format: str | None = None
    size_bytes: int | None = None


class TaskError(BaseModel):
    code: str | None = None
    message: str | None = None


class Task(BaseModel):
    id: str
    type: Annotated[MediaKind | str, Field(union_mode="left_to_right")]
    status: Annotated[TaskStatus | str, Field(union_mode="left_to_right")]
    provider: str
    model: str
    result: list[ResultItem] | None = None
    error: TaskError | None = None
    created_at: Moment
    completed_at: Moment | None = None
    progress: float | None = None
    cost: Decimal | None = None
    started_at: Moment | None = None
    metadata: dict[str, Any] | None = None


class Pagination(BaseModel):
    cursor: str | None = None
    has_more: bool = Field(alias="hasMore")
    total: int | None = None


class TaskPage(BaseModel):
    success: bool
    data: list[Task]
    pagination: Pagination


class LaxTask(Task):
    """Times that come without a time zone stay without."""

    created_at: datetime
    completed_at: datetime | None = None
    started_at: datetime | None = None


class LaxTaskPage(TaskPage):
    """A page of those."""

    data: list[LaxTask]  # type: ignore[assignment]
