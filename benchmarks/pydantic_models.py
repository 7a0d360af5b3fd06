"""The models of a page of tasks as one would write them with pydantic 2."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field


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
    created_at: datetime
    completed_at: datetime | None = None
    progress: float | None = None
    cost: Decimal | None = None
    started_at: datetime | None = None
    metadata: dict[str, Any] | None = None


class Pagination(BaseModel):
    cursor: str | None = None
    has_more: bool = Field(alias="hasMore")
    total: int | None = None


class TaskPage(BaseModel):
    success: bool
    data: list[Task]
    pagination: Pagination
