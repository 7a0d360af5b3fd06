"""Processes that are killed or stopped in the middle of a batch: every job is made once anyway.

The sandbox's own record is held against the ledger and the folder. ``nox -s batch_kills`` does it
with 500 jobs and twenty kills; ``MODELHUNTER_BATCH_JOBS`` and ``_KILLS`` say how many.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modelhunter.batch import Ledger
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = Path(__file__).with_name("worker.py")
JOBS = int(os.environ.get("MODELHUNTER_BATCH_JOBS", "60"))
KILLS = int(os.environ.get("MODELHUNTER_BATCH_KILLS", "5"))
FAULTS = (
    Fault("drop", "after", operation="submit", times=None, probability=0.1),
    Fault("status", status=429, retry_after=0.1, operation="submit", times=None, probability=0.1),
    Fault("status", "after", status=502, operation="submit", times=None, probability=0.05),
    Fault("drop", "body", operation="downloadResult", times=None, probability=0.1),
    Fault("status", status=500, operation="listTasks", times=None, probability=0.1),
)

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL and SIGSTOP"),
    pytest.mark.timeout(600 if JOBS <= 60 else 7200),
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(speed=1000, media="tiny", balance=Decimal(10_000)) as server:
        for fault in FAULTS:
            server.faults.add(fault)
        yield server


def begin(
    sandbox: Sandbox, ledger: str, out: Path, jobs: int, *, lease: float = 60, total: float = 20
) -> subprocess.Popen[str]:
    command = (ledger, out, sandbox.url, sandbox.key, jobs, lease, total)
    return subprocess.Popen(
        [sys.executable, WORKER, *map(str, command)], stdout=subprocess.PIPE, text=True
    )


def until_sent(sandbox: Sandbox, count: int, *workers: subprocess.Popen[str]) -> None:
    """Wait until so many tasks exist, or the workers have ended."""
    while len(sandbox.state()["tasks"]) < count and any(w.poll() is None for w in workers):
        time.sleep(0.02)


def check(sandbox: Sandbox, ledger: str, out: Path, jobs: int) -> None:
    """The server's record, the ledger and the folder say the same."""
    tasks = [t for t in sandbox.state()["tasks"] if t["status"] != "cancelled"]
    assert Counter(task["input"]["prompt"] for task in tasks) == {
        f"clip {n}": 1 for n in range(jobs)
    }
    kept = Ledger(ledger)
    counts = kept.counts()
    assert counts.jobs == {"done": jobs}
    assert counts.spent == sum((Decimal(str(task["cost"])) for task in tasks), Decimal(0))
    kept.close()
    made = {path.name: path.stat().st_size for path in out.glob("*.mp4")}
    assert made.keys() == {f"k{n}.mp4" for n in range(jobs)}
    assert all(made.values())
    assert not list(out.glob("*.part*"))


def test_sigkill_at_random_moments(sandbox: Sandbox, tmp_path: Path) -> None:
    chance = random.Random(7)
    ledger, out = str(tmp_path / "batch.db"), tmp_path / "out"
    moments = sorted(chance.sample(range(1, JOBS), KILLS))
    for moment in moments:
        worker = begin(sandbox, ledger, out, JOBS)
        until_sent(sandbox, moment, worker)
        worker.kill()
        worker.communicate()
    worker = begin(sandbox, ledger, out, JOBS)
    assert worker.communicate(timeout=500)[0].split() == [str(JOBS)]
    check(sandbox, ledger, out, JOBS)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL server of our own."""
    from postgres_server import programs, running

    try:
        programs()
    except LookupError as error:
        if "CI" in os.environ:  # the gate has it
            raise
        pytest.skip(str(error))
    with running() as url:
        yield url


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_two_processes_on_postgresql_one_of_which_is_struck(
    sandbox: Sandbox, tmp_path: Path, postgres: str, end: signal.Signals
) -> None:
    """The other takes over once the lease is over; who was stopped goes on and changes nothing."""
    jobs = min(JOBS, 40)
    url, out = fresh(postgres, end.name.lower()), tmp_path / "out"
    first, second = (begin(sandbox, url, out, jobs, lease=8, total=5) for _ in range(2))
    until_sent(sandbox, jobs // 3, first, second)
    first.send_signal(end)
    if end == signal.SIGSTOP:
        time.sleep(9)  # past its lease: the time of the operating system, which no clock replaces
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=300)
    else:
        first.communicate()
    assert second.communicate(timeout=300)[0].split() == [str(jobs)]
    check(sandbox, url, out, jobs)


def fresh(url: str, name: str) -> str:
    """A new database on the same server."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE batch_{name}"))
    engine.dispose()
    return str(engine.url.set(database=f"batch_{name}").render_as_string(hide_password=False))
