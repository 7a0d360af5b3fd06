"""A ledger of jobs: what was asked for, what was sent, what it cost, and where its files are."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.batch import statements as sql
from modelhunter.batch.stores import LedgerError, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelhunter.batch.rows import Row
    from modelhunter.batch.stores import Execute

_MICRO = Decimal(1_000_000)


def micros(amount: Decimal) -> int:
    """USD as the ledger counts them; what is finer is rounded, so that sums are exact."""
    return int((amount * _MICRO).to_integral_value(ROUND_HALF_UP))


def usd(amount: int) -> Decimal:
    """An amount of the ledger in USD."""
    return (Decimal(amount) / _MICRO).normalize() + Decimal("0.00")


@frozen
class LedgerJob:
    """One job as the ledger has it. ``fence`` is the number of the lease that it was read under."""

    seq: int
    key: str
    model: str
    capability: str | None
    inputs: Mapping[str, Any]
    state: str
    fence: int
    attempts: int
    token: str | None
    task: str | None
    reserved: int
    cost: Decimal | None
    code: str | None
    error: str | None
    files: tuple[str, ...]
    sent_at: float | None
    ended_at: float | None


@frozen
class Counts:
    """How many jobs are in which state, and what they cost or may cost, in USD."""

    jobs: Mapping[str, int]
    spent: Decimal
    failures: Mapping[str, int]

    @property
    def total(self) -> int:
        """All jobs."""
        return sum(self.jobs.values())

    @property
    def done(self) -> int:
        """Jobs whose files are there."""
        return self.jobs.get("done", 0)

    @property
    def failed(self) -> int:
        """Jobs that failed."""
        return self.jobs.get("failed", 0)

    @property
    def open(self) -> int:
        """Jobs that are neither done nor failed."""
        return self.total - self.done - self.failed


class Ledger:
    """Keeps the jobs of a batch in a database; every method is one transaction."""

    def __init__(self, where: str | Path | Store) -> None:
        """Open a ledger, or begin one.

        Args:
            where: a path (a SQLite file), a database URL, or a store.

        Raises:
            LedgerError: it can't be opened, or was made by a newer version of this library.
        """
        self.store: Store = open_store(where) if isinstance(where, (str, Path)) else where
        with self.store.transaction() as execute:
            if self.store.alone is not None:
                execute(self.store.alone)
            for statement in sql.SCHEMA:
                execute(statement)
            found = execute(sql.META, name="version").rows
            version = int(found[0]["value"]) if found else sql.VERSION
            if version > sql.VERSION:
                raise LedgerError(
                    f"the ledger was made by a newer modelhunter (version {version} of its tables; "
                    f"this one knows {sql.VERSION}): update modelhunter"
                )
            for step in range(version, sql.VERSION):
                for statement in sql.MIGRATIONS[step]:
                    execute(statement)
            execute(sql.SET_META, name="version", value=str(sql.VERSION))

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    # ------------------------------------------------------------------- what is asked for

    def add(self, rows: Iterable[Row]) -> int:
        """Add the rows that are not there yet; returns how many were new.

        Raises:
            LedgerError: a row has the key of another job.
        """
        with self.store.transaction() as execute:
            known = {one["key"]: one for one in execute(sql.KNOWN).rows}
            new = 0
            for row in rows:
                text = _inputs_text(row.inputs)
                there = known.get(row.key)
                if there is None:
                    new += execute(
                        sql.ADD,
                        seq=len(known) + new + 1,
                        key=row.key,
                        model=row.model,
                        capability=row.capability,
                        inputs=text,
                    ).changed
                elif (there["model"], there["capability"], there["inputs"]) != (
                    row.model,
                    row.capability,
                    text,
                ):
                    raise LedgerError(
                        f"line {row.line}: the key {row.key!r} is in the ledger with other inputs; "
                        "give the changed row another key, or use another ledger"
                    )
            return new

    def retry(self, code: str | None = None) -> int:
        """Make failed jobs ready again, all or those that failed with a code; returns how many."""
        with self.store.transaction() as execute:
            changed: int = execute(sql.RETRY, code=code).changed
            return changed

    # ------------------------------------------------------------------- leases

    def claim(self, owner: str, state: str, most: int, seconds: float) -> list[LedgerJob]:
        """Lease up to ``most`` jobs in a state that nobody works on, the first ones first."""
        with self.store.transaction() as execute:
            rows = execute(sql.CLAIM, owner=owner, state=state, most=most, seconds=seconds).rows
        return sorted(map(_job, rows), key=lambda job: job.seq)

    def renew(self, owner: str, seconds: float) -> set[str]:
        """Keep an owner's leases for so much longer; returns the keys of those still held."""
        with self.store.transaction() as execute:
            return {row["key"] for row in execute(sql.RENEW, owner=owner, seconds=seconds).rows}

    def let_go(self, owner: str) -> None:
        """End all leases of an owner, so that others may take its jobs at once."""
        with self.store.transaction() as execute:
            execute(sql.LET_GO, owner=owner)

    def owners(self) -> set[str]:
        """Who has a lease now."""
        with self.store.transaction() as execute:
            return {row["owner"] for row in execute(sql.OWNERS).rows}

    def held(self, job: LedgerJob) -> bool:
        """Whether the lease under which a job was read is still good."""
        with self.store.transaction() as execute:
            return bool(execute(sql.HELD, key=job.key, fence=job.fence).rows)

    # ------------------------------------------------------------------- the way of a job

    def reserve(self, job: LedgerJob, amount: Decimal, budget: Decimal | None) -> bool:
        """Set aside what a job may cost; False where the batch's budget does not have it."""
        if job.reserved:
            return True
        most = -1 if budget is None else micros(budget)
        with self.store.transaction() as execute:
            held = execute(sql.RESERVED, micros=micros(amount), **_fenced(job)).changed
            if held and not execute(sql.SPEND, micros=micros(amount), most=most).changed:
                execute(sql.RESERVED, micros=0, **_fenced(job))
                return False
            return True

    def sending(self, job: LedgerJob, token: str) -> bool:
        """Commit the token of a job that is about to be sent; False where the lease is lost."""
        with self.store.transaction() as execute:
            return bool(execute(sql.SENDING, token=token, **_fenced(job)).changed)

    def running(self, job: LedgerJob, task: str) -> bool:
        """The job came about as this task (its resume token)."""
        with self.store.transaction() as execute:
            return bool(execute(sql.RUNNING, task=task, **_fenced(job)).changed)

    def back(self, job: LedgerJob, code: str, error: str, wait: float) -> None:
        """The job was not started, and may be tried again after so many seconds."""
        with self.store.transaction() as execute:
            execute(sql.BACK, code=code, error=error, wait=wait, **_fenced(job))

    def later(self, job: LedgerJob, code: str, error: str, wait: float) -> None:
        """Leave the job as it stands and let somebody take it up after so many seconds."""
        with self.store.transaction() as execute:
            execute(sql.LATER, code=code, error=error, wait=wait, **_fenced(job))

    def succeeded(self, job: LedgerJob, cost: Decimal | None) -> bool:
        """The task made what it was to make, for ``cost`` USD (None: unknown)."""
        with self.store.transaction() as execute:
            amount = self._reserved(execute, job) if cost is None else micros(cost)
            return self._settle(execute, sql.SUCCEEDED, job, amount)

    def failed(self, job: LedgerJob, code: str, error: str, cost: Decimal | None) -> bool:
        """The job ended without a result; it costs nothing unless the API says so."""
        with self.store.transaction() as execute:
            amount = 0 if cost is None else micros(cost)
            return self._settle(execute, sql.FAILED, job, amount, code=code, error=error)

    def done(self, job: LedgerJob, files: Iterable[str]) -> bool:
        """The job's files are there."""
        with self.store.transaction() as execute:
            text = json.dumps(list(files))
            return bool(execute(sql.DONE, files=text, **_fenced(job)).changed)

    def _settle(
        self, execute: Execute, statement: str, job: LedgerJob, amount: int, **more: Any
    ) -> bool:
        before = self._reserved(execute, job)
        changed = execute(statement, micros=amount, **more, **_fenced(job)).changed
        if changed and amount != before:
            execute(sql.SPEND, micros=amount - before, most=-1)
        return bool(changed)

    def _reserved(self, execute: Execute, job: LedgerJob) -> int:
        rows = execute(sql.RESERVED_NOW, key=job.key).rows
        return int(rows[0]["reserved"]) if rows else 0

    # ------------------------------------------------------------------- looking

    def counts(self) -> Counts:
        """How far the batch is; may be asked while others work on it."""
        with self.store.transaction() as execute:
            jobs = {row["state"]: int(row["jobs"]) for row in execute(sql.COUNTS).rows}
            spent = execute(sql.SPENT).rows[0]["micros"]
            codes = {str(row["code"]): int(row["jobs"]) for row in execute(sql.CODES).rows}
        return Counts(jobs, usd(int(spent)), codes)

    def seconds_until_free(self) -> float | None:
        """Seconds until a job that is left may be taken up; None where none is left."""
        with self.store.transaction() as execute:
            found = execute(sql.WAITING).rows[0]["seconds"]
        return None if found is None else max(0.0, float(found))

    def jobs(self) -> list[LedgerJob]:
        """All jobs, in the order in which they were asked for."""
        with self.store.transaction() as execute:
            return [_job(row) for row in execute(sql.ALL).rows]


def _inputs_text(inputs: Mapping[str, Any]) -> str:
    return json.dumps(inputs, ensure_ascii=False, sort_keys=True)


def _fenced(job: LedgerJob) -> dict[str, Any]:
    return {"key": job.key, "fence": job.fence}


def _job(row: Mapping[str, Any]) -> LedgerJob:
    return LedgerJob(
        seq=int(row["seq"]),
        key=row["key"],
        model=row["model"],
        capability=row["capability"],
        inputs=json.loads(row["inputs"]),
        state=row["state"],
        fence=int(row["fence"]),
        attempts=int(row["attempts"]),
        token=row["token"],
        task=row["task"],
        reserved=int(row["reserved"]),
        cost=None if row["cost"] is None else usd(int(row["cost"])),
        code=row["code"],
        error=row["error"],
        files=tuple(json.loads(row["files"] or "[]")),
        sent_at=row["sent_at"],
        ended_at=row["ended_at"],
    )
