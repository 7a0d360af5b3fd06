"""Batches over real sockets: each job once, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, Polling
from modelhunter.batch import BadRows, Event, Stopped
from modelhunter.batch.export import export, record
from modelhunter.batch.pace import Pace
from modelhunter.batch.sheet import contact_sheet
from modelhunter.errors import ConfigurationError
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Rows = Callable[[int], list[dict[str, Any]]]

MODEL = "viduq3-turbo"


def prompts(sandbox: Sandbox) -> Counter[str]:
    return Counter(task["input"]["prompt"] for task in sandbox.state()["tasks"])


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".mp4")


def test_every_job_is_made_once_and_again_only_what_is_new(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    rows: Rows,
) -> None:
    heard: Counter[str] = Counter()

    def hear(event: Event) -> None:
        heard[event.kind] += 1

    batch = mh.batch(tmp_path / "batch.db", name="{index:03}-{key}.{ext}")
    counts = batch.run(rows(5), on_event=hear)
    assert (counts.done, counts.total, counts.spent) == (5, 5, Decimal("0.30"))
    assert heard == {"sent": 5, "ended": 5, "saved": 5}
    again = mh.batch(tmp_path / "batch.db", name="{index:03}-{key}.{ext}").run(rows(7))
    assert (again.done, again.total) == (7, 7)
    assert set(prompts(sandbox).values()) == {1}
    assert files(tmp_path) == [f"{n + 1:03}-k{n}.mp4" for n in range(7)]


def test_the_async_client_does_the_same(sandbox: Sandbox, tmp_path: Path, rows: Rows) -> None:
    async def run() -> None:
        polling = Polling(0.05, 0.05, 1)
        async with AsyncModelHunter(sandbox.key, base_url=sandbox.url, polling=polling) as mh:
            counts = await mh.batch(tmp_path / "batch.db", out=tmp_path / "out").run(rows(6))
            assert counts.done == 6

    asyncio.run(run())
    assert len(files(tmp_path / "out")) == len(prompts(sandbox)) == 6


def test_mistakes_of_all_rows_come_before_anything_is_sent(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    rows: Rows,
) -> None:
    given = [*rows(2), {"model": MODEL, "prompt": "x", "duration": 99}, {"model": "nope"}]
    with pytest.raises(BadRows) as caught:
        mh.batch(tmp_path / "batch.db").run(given)
    assert [mistake.line for mistake in caught.value.mistakes] == [3, 4]
    assert not sandbox.state()["requests"]


def test_the_budget_holds_over_runs(
    mh: ModelHunter, sandbox: Sandbox, tmp_path: Path, rows: Rows
) -> None:
    def run(budget: str) -> Any:
        return mh.batch(tmp_path / "batch.db", budget=budget, at_once=1).run(rows(6))

    first = run("0.25")
    spent = first.spent
    assert first.open
    assert spent <= Decimal("0.25")
    assert run("0.25").done == first.done
    assert run("9").done == 6
    assert len(prompts(sandbox)) == 6


def test_failed_jobs_are_told_cost_nothing_and_can_be_made_again(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    rows: Rows,
) -> None:
    sandbox.faults.add(Fault("failed_task", code="CONTENT_REJECTED", operation="submit", times=2))
    batch = mh.batch(tmp_path / "batch.db")
    counts = batch.run(rows(4))
    assert (counts.done, counts.failures) == (2, {"CONTENT_REJECTED": 2})
    assert counts.spent == Decimal("0.12")
    assert batch.retry("CONTENT_REJECTED") == 2
    assert mh.batch(tmp_path / "batch.db").run().done == 4


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop", "after", operation="submit", times=3),
        Fault("status", "after", status=500, operation="submit", times=3),
        Fault("status", status=429, retry_after=0.05, operation="submit", times=6),
        Fault("drop", "body", operation="downloadResult", times=3),
        Fault("expired_link", operation="downloadResult", times=3),
        Fault("unreadable", content="html", operation="listTasks", times=3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.operation}",
)
def test_trouble_on_the_way_costs_no_job_twice(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    fault: Fault,
    rows: Rows,
) -> None:
    sandbox.faults.add(fault)
    counts = mh.batch(tmp_path / "batch.db", recovery_pause=0.1).run(rows(8))
    assert counts.done == 8
    assert set(prompts(sandbox).values()) == {1}
    assert len(files(tmp_path)) == 8


def test_without_credit_the_batch_stops_and_loses_nothing(tmp_path: Path, rows: Rows) -> None:
    with (
        Sandbox(speed=1000, media="tiny", balance=Decimal("0.20")) as poor,
        ModelHunter(poor.key, base_url=poor.url, polling=Polling(0.05, 0.05, 1)) as mh,
    ):
        with pytest.raises(Stopped, match="Nothing is lost; run it again"):
            mh.batch(tmp_path / "batch.db", at_once=1).run(rows(9))
        counts = mh.batch(tmp_path / "batch.db").counts()
        assert counts.open
        assert not counts.failed
        assert counts.done == len(files(tmp_path))


def test_what_was_left_sending_is_found_or_sent(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    rows: Rows,
) -> None:
    """Two jobs whose process was killed: one after the request went out, one before."""
    batch = mh.batch(tmp_path / "batch.db", recovery_pause=0.05)
    batch.add(rows(2))
    sent, kept = batch.ledger.claim("dead", "ready", 2, 60)
    for job in (sent, kept):
        token = mh.prepare(job.model, job.capability, **job.inputs).token
        assert batch.ledger.sending(job, token)
        if job is sent:
            mh.submit(token)
    assert batch.run().done == 2
    assert prompts(sandbox) == {"clip 0": 1, "clip 1": 1}


def test_a_lease_is_longer_than_a_request(mh: ModelHunter, tmp_path: Path, rows: Rows) -> None:
    with pytest.raises(ConfigurationError, match="lease=10 is too short"):
        mh.batch(tmp_path / "batch.db", lease=10).run(rows(1))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "clip.{ext}"}, "gives all files one name"),
        ({"name": "{nope}-{key}"}, "it may have"),
        ({"name": "/{key}"}, "leads out of the folder"),
        ({"name": "../{key}"}, "leads out of the folder"),
        ({"at_once": 0}, "give 1 or more"),
        ({"at_once": True}, "give 1 or more"),
        ({"budget": "much"}, "no amount of USD"),
        ({"max_cost": -1}, "no amount of USD"),
    ],
)
def test_settings_that_can_not_work_are_told(
    mh: ModelHunter, tmp_path: Path, settings: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        mh.batch(tmp_path / "batch.db", **settings)


def test_the_pace_grows_is_cut_once_an_episode_and_obeys(tmp_path: Path) -> None:
    now = [0.0]
    pace = Pace(20, lambda: now[0])
    assert pace.free(0) == 4
    for _ in range(4 + 8):
        pace.went_well()
    assert pace.limit == 16
    pace.refused(5.0)
    pace.refused(None)
    assert (pace.limit, pace.free(0)) == (8, 0)
    now[0] = 6.0
    assert pace.free(3) == 5
    for _ in range(8):
        pace.went_well()
    assert pace.limit == 9
    now[0] = 20.0
    pace.refused(None)
    assert pace.limit == 4
    for _ in range(1000):
        pace.went_well()
    assert pace.limit == 20


def test_what_became_of_it_can_be_exported_and_looked_at(
    mh: ModelHunter,
    sandbox: Sandbox,
    tmp_path: Path,
    rows: Rows,
) -> None:
    sandbox.faults.add(Fault("failed_task", code="NO", message="<b>no</b>", operation="submit"))
    batch = mh.batch(tmp_path / "batch.db")
    batch.run([*rows(2), {"model": MODEL, "prompt": "=<script>", "duration": 1, "key": "x"}])
    jobs = batch.jobs()
    assert export(jobs, tmp_path / "a.jsonl") == export(jobs, tmp_path / "a.csv") == 3
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert lines == [record(job) for job in jobs]
    assert "'=<script>" not in (tmp_path / "a.jsonl").read_text()
    page = contact_sheet(jobs, tmp_path, "<clips>")
    assert "<script>" not in page
    assert all(text in page for text in ("&lt;clips&gt;", "&lt;script&gt;", "&lt;b&gt;no"))
    made = next(job for job in jobs if job.files)
    assert f'src="{Path(made.files[0]).name}"' in page
