"""What a file was made with: a document that is kept beside it, or in it."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter._version import __version__
from modelhunter.errors import NoRecord
from modelhunter.provenance.secrets import without_secrets

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from modelhunter.jobs.task_base import TaskView

VERSION = 1
LONGEST = 1024 * 1024
"""Bytes of a record: what is longer is none of ours."""

NOT_OURS = "this is no record of how a file was made"

_NAME = "modelhunter_provenance"


@frozen(kw_only=True)
class Record:
    """What is known of one file that a task made.

    ``inputs`` are as they were sent, media as addresses; None where they are not known. Those in
    ``not_kept`` (with their place, such as ``images[1]``) are not in full: signed links, inline
    content and secrets are left out. ``seed`` is the one that was asked for. ``output`` of
    ``outputs`` is which of the task's files this is, counted from 1. ``cost`` is in USD, for the
    whole task. ``sha256`` and ``size_bytes`` are of the file without a record in it.
    """

    provider: str
    model: str
    task_id: str
    sha256: str
    size_bytes: int
    made_by: str = f"modelhunter {__version__}"
    capability: str | None = None
    inputs: Mapping[str, Any] | None = None
    not_kept: tuple[str, ...] = ()
    seed: Any = None
    via: str | None = None
    output: int = 1
    outputs: int = 1
    format: str | None = None
    cost: Decimal | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def lacking(self) -> tuple[str, ...]:
        """The inputs that are not kept in full, by name."""
        return tuple(
            dict.fromkeys(place.partition("[")[0].partition(".")[0] for place in self.not_kept)
        )

    def document(self) -> dict[str, Any]:
        """The record as JSON has it; the cost is text, so that it stays exact."""
        moments = ("created_at", "started_at", "completed_at")
        times = {name: getattr(self, name) for name in moments}
        return {
            _NAME: VERSION,
            "made_by": self.made_by,
            "provider": self.provider,
            "model": self.model,
            "capability": self.capability,
            "inputs": self.inputs,
            "not_kept": list(self.not_kept),
            "seed": self.seed,
            "task_id": self.task_id,
            "via": self.via,
            "output": self.output,
            "outputs": self.outputs,
            "format": self.format,
            "cost": None if self.cost is None else str(self.cost),
            "currency": "USD",
            **{name: None if at is None else at.isoformat() for name, at in times.items()},
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
        }

    def to_text(self, *, indent: int | None = None) -> str:
        """The record as text; on one line it is plain ASCII, as some files want it."""
        return json.dumps(self.document(), indent=indent, ensure_ascii=indent is None)


def record_of(
    task: TaskView, n: int, *, sha256: str, size_bytes: int, seed: str, secrets: Sequence[str] = ()
) -> Record:
    """The record of one output of a task, counted from 0.

    ``seed`` is what the model calls its seed. None of the ``secrets`` is in the record.
    """
    sent = task.submission
    inputs, not_kept = without_secrets(sent.input, secrets) if sent is not None else (None, ())
    return Record(
        provider=str(task.provider),
        model=task.model,
        capability=None if sent is None else sent.capability,
        inputs=inputs,
        not_kept=not_kept,
        seed=(inputs or {}).get(seed),
        task_id=task.id,
        via=task.via,
        output=n + 1,
        outputs=len(task.outputs),
        format=task.outputs[n].format,
        cost=task.cost,
        created_at=task.created_at,
        started_at=task.started_at,
        completed_at=task.completed_at,
        sha256=sha256,
        size_bytes=size_bytes,
    )


def read_record(text: str | bytes) -> Record:
    """A record from its text.

    Raises:
        NoRecord: it is none, is damaged, or was written by a later version.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or _NAME not in content:
        raise NoRecord(NOT_OURS)
    version = content[_NAME]
    if version != VERSION:
        raise NoRecord(
            f"the record is of version {version!r} and this library reads version {VERSION}; use "
            "the version of modelhunter that wrote it, or a later one"
        )
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise NoRecord("the record is damaged: a part is missing or wrong") from None


def _read(content: Mapping[str, Any]) -> Record:
    inputs, cost = content.get("inputs"), content.get("cost")
    if inputs is not None and not isinstance(inputs, dict):
        raise TypeError
    return Record(
        provider=_text(content["provider"]),
        model=_text(content["model"]),
        task_id=_text(content["task_id"]),
        sha256=_text(content["sha256"]),
        size_bytes=int(content["size_bytes"]),
        made_by=_text(content["made_by"]),
        capability=_text_or_none(content.get("capability")),
        inputs=inputs,
        not_kept=tuple(_text(place) for place in content.get("not_kept") or ()),
        seed=content.get("seed"),
        via=_text_or_none(content.get("via")),
        output=int(content.get("output", 1)),
        outputs=int(content.get("outputs", 1)),
        format=_text_or_none(content.get("format")),
        cost=None if cost is None else Decimal(_text(cost)),
        created_at=_moment(content.get("created_at")),
        started_at=_moment(content.get("started_at")),
        completed_at=_moment(content.get("completed_at")),
    )


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def sidecar_of(path: str | os.PathLike[str]) -> Path:
    """Where the record of a file is kept beside it."""
    found = Path(path)
    return found.with_name(f"{found.name}.json")
