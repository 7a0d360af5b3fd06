"""What became of a batch, for other programs: JSON lines, CSV or Parquet."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from modelhunter.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modelhunter.batch.ledger import LedgerJob

COLUMNS: tuple[str, ...] = (
    "index", "key", "model", "capability", "state", "task_id", "cost", "seconds", "files", "code",
    "error", "inputs",
)  # fmt: skip


def record(job: LedgerJob) -> dict[str, Any]:
    """One job as JSON has it; money in USD as a number."""
    task = json.loads(job.task).get("id") if job.task else None
    timed = job.sent_at is not None and job.ended_at is not None
    return {
        "index": job.seq,
        "key": job.key,
        "model": job.model,
        "capability": job.capability,
        "state": job.state,
        "task_id": task,
        "cost": None if job.cost is None else float(job.cost),
        "seconds": round(job.ended_at - job.sent_at, 1) if timed else None,  # type: ignore[operator]
        "files": list(job.files),
        "code": job.code,
        "error": job.error,
        "inputs": dict(job.inputs),
    }


def export(jobs: Iterable[LedgerJob], to: Path) -> int:
    """Write the jobs to a ``.jsonl``, ``.csv`` or ``.parquet`` file; returns how many.

    Raises:
        ConfigurationError: it is none of these, or can't be written.
    """
    writers = {".jsonl": _json_lines, ".csv": _csv, ".parquet": _parquet}
    write = writers.get(to.suffix.lower())
    if write is None:
        raise ConfigurationError(f"{to} is to be a file of {', '.join(writers)}")
    records = [record(job) for job in jobs]
    try:
        write(records, to)
    except OSError as error:
        raise ConfigurationError(f"{to} can't be written: {error.strerror}") from None
    return len(records)


def _json_lines(records: list[dict[str, Any]], to: Path) -> None:
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    to.write_text(text, "utf-8")


def _csv(records: list[dict[str, Any]], to: Path) -> None:
    with to.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for one in records:
            rows.writerow(_flat(one))


def _flat(one: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose lists and objects are texts, and no cell of which a table would run."""
    flat = dict(one, files=" ".join(one["files"]), inputs=json.dumps(one["inputs"]))
    return {
        name: f"'{value}" if isinstance(value, str) and value[:1] in "=+@-" else value
        for name, value in flat.items()
    }


def _parquet(records: list[dict[str, Any]], to: Path) -> None:
    try:
        import pyarrow  # pyright: ignore[reportMissingImports]
        import pyarrow.parquet  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ConfigurationError("Parquet needs pyarrow: pip install pyarrow") from None
    rows = [dict(one, inputs=json.dumps(one["inputs"])) for one in records]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), to)
