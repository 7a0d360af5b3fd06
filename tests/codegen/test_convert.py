from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
from attrs import define
from cattrs import transform_error
from cattrs.errors import BaseValidationError

from modelhunter.api.models import Task, TaskStatus
from modelhunter.runtime.convert import converter
from modelhunter.runtime.decode import WireError

TASK = {
    "id": "task_1",
    "type": "video",
    "status": "running",
    "provider": "acme",
    "model": "acme-1",
    "created_at": "2026-01-01T00:00:00Z",
    "cost": 0.1,
}


class Size(StrEnum):
    SMALL = "small"


@define
class Job:
    """A class that somebody wrote by hand."""

    task: Task
    count: int
    ratio: float
    size: Size
    status: TaskStatus | str
    kind: Literal["a", 1]
    price: Decimal | None = None
    at: dt.datetime | None = None
    note: str | int | None = None


JOB: dict[str, Any] = {
    "task": TASK,
    "count": 3,
    "ratio": 2,
    "size": "huge",
    "status": "queued",
    "kind": "a",
    "price": 0.3,
    "at": "2026-01-01T00:00:00",
    "note": "n",
}


def test_generated_and_hand_written_classes_go_gather() -> None:
    job = converter().structure(JOB, Job)
    assert isinstance(job.task, Task)
    assert job.task.status is TaskStatus.RUNNING
    assert job.status is TaskStatus.QUEUED
    assert job.size == "huge"
    assert job.price == Decimal("0.3")
    assert job.at == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert converter().unstructure(job) == {**JOB, "at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("count", 1.9), ("count", True), ("count", "3"), ("ratio", "2"), ("size", 3),
        ("kind", True), ("kind", "b"), ("note", 2.5), ("price", "0.3"), ("at", 3),
        ("task", {**TASK, "id": None}),
    ],
)  # fmt: skip
def test_nothing_is_made_to_fit(field: str, bad: Any) -> None:
    with pytest.raises(BaseValidationError) as caught:
        converter().structure({**JOB, field: bad}, Job)
    assert any(f"$.{field}" in message for message in transform_error(caught.value))


def test_a_generated_class_tells_the_place_itself() -> None:
    with pytest.raises(WireError, match=r"\$\.cost"):
        converter().structure({**TASK, "cost": "much"}, Task)


def test_who_does_not_ask_does_not_import_cattrs() -> None:
    code = (
        "import sys\n"
        "from modelhunter.api import tasks\n"
        "from modelhunter.api.models import Task\n"
        "tasks.list_tasks(limit=1)\n"
        "sys.exit('cattrs' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
