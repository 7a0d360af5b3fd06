"""The state machine of the ledger, on SQLite and on PostgreSQL."""

from __future__ import annotations

import gc
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from modelhunter.batch import Ledger, LedgerError, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def row(key: str, **inputs: object) -> Row:
    return Row(1, 1, key, "m", None, inputs or {"prompt": key})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "batch.db")
    yield made
    made.close()


def test_rows_are_added_once(ledger: Ledger) -> None:
    assert ledger.add([row("a"), row("b")]) == 2
    assert ledger.add([row("a"), row("c")]) == 1
    assert [(job.seq, job.key) for job in ledger.jobs()] == [(1, "a"), (2, "b"), (3, "c")]
    with pytest.raises(LedgerError, match="'a' is in the ledger with other inputs"):
        ledger.add([row("a", prompt="other")])


def test_a_job_goes_its_way_and_money_is_counted_to_the_cent(ledger: Ledger) -> None:
    ledger.add([row("a"), row("b")])
    a, b = ledger.claim("me", "ready", 10, 60)
    assert ledger.reserve(a, Decimal("0.10"), Decimal("0.15"))
    assert not ledger.reserve(b, Decimal("0.06"), Decimal("0.15"))
    assert ledger.sending(a, "token")
    assert ledger.running(a, '{"id": "t"}')
    assert ledger.succeeded(a, Decimal("0.07"))
    assert ledger.reserve(b, Decimal("0.08"), Decimal("0.15"))
    assert ledger.done(a, ["x.mp4"])
    assert ledger.failed(b, "NO", "no", None)
    counts = ledger.counts()
    assert (counts.spent, counts.done, counts.failed) == (Decimal("0.07"), 1, 1)
    assert counts.failures == {"NO": 1}
    assert ledger.retry("OTHER") == 0
    assert ledger.retry("NO") == 1
    assert ledger.counts().jobs == {"done": 1, "ready": 1}


def test_who_lost_a_lease_changes_nothing(ledger: Ledger) -> None:
    ledger.add([row("a")])
    (slow,) = ledger.claim("slow", "ready", 10, -1)
    assert not ledger.sending(slow, "token")  # its time is over
    (quick,) = ledger.claim("quick", "ready", 10, 60)
    assert ledger.claim("third", "ready", 10, 60) == []
    assert not ledger.held(slow)
    assert ledger.sending(quick, "token")
    for change in (
        lambda: ledger.running(slow, "{}"),
        lambda: ledger.succeeded(slow, None),
        lambda: ledger.failed(slow, "x", "x", None),
        lambda: ledger.done(slow, []),
    ):
        assert not change()
    assert ledger.running(quick, "{}")
    assert ledger.renew("slow", 60) == set()
    assert ledger.renew("quick", 60) == {"a"}


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "batch.db"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE batch_meta SET value = '99' WHERE name = 'version'")
    connection.close()
    with pytest.raises(LedgerError, match=r"newer modelhunter \(version 99.*update modelhunter"):
        Ledger(path)


def test_a_file_that_is_no_ledger_and_a_folder_that_is_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is text, and quite a lot of it " * 10)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(tmp_path / "no.db")
    with pytest.raises(LedgerError, match="can't be opened"):
        Ledger(tmp_path / "no.db" / "inner" / "batch.db")


def test_others_read_while_one_writes(tmp_path: Path, ledger: Ledger) -> None:
    ledger.add([row("a")])
    with ledger.store.transaction():
        other = sqlite3.connect(tmp_path / "batch.db")
        assert other.execute("SELECT COUNT(*) FROM batch_jobs").fetchone() == (1,)
        other.close()


def test_a_ledger_that_nobody_has_any_more_lets_go_of_its_file(tmp_path: Path) -> None:
    closed: list[str] = []

    class Connection(sqlite3.Connection):
        def close(self) -> None:
            closed.append("closed")
            super().close()

    connect = sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Connection))
        ledger = Ledger(tmp_path / "batch.db")
    ledger.add([row("a")])
    del ledger
    gc.collect()
    assert closed == ["closed"]
