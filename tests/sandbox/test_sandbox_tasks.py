"""Submitting, reading, listing and cancelling tasks."""

from __future__ import annotations

import math
from decimal import Decimal
from email.utils import parsedate_to_datetime

import pytest

from modelhunter.errors import ConfigurationError
from modelhunter.sandbox import Fault, ManualClock

START = 1_772_439_300.0  # 2026-03-02T08:15:00Z


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def slow(start, clock):
    """A sandbox in which time is the test's own; a text-to-video takes 60 s."""
    return start(speed=1, clock=clock)


def test_the_answer_to_a_submission(slow):
    answer = slow.submit(metadata={"shot": "12"})
    assert answer.status == 202
    assert answer.headers["X-Request-ID"].startswith("req_")
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert told == int(START), "the time is the sandbox's own"
    data = answer.json()["data"]
    assert data.pop("id").startswith("task_")
    assert data == {
        "status": "pending",
        "type": "text-to-video",
        "provider": "acme",
        "model": "acme-video",
        "created_at": "2026-03-02T08:15:00Z",
        "estimated_seconds": 60.0,
    }


def test_a_task_goes_through_its_states_with_time(slow):
    id_ = slow.task_id(metadata={"shot": "12"})
    assert slow.task(id_) == {
        "id": id_,
        "type": "video",
        "status": "pending",
        "provider": "acme",
        "model": "acme-video",
        "progress": 0,
        "created_at": "2026-03-02T08:15:00Z",
        "metadata": {"shot": "12"},
    }
    slow.sandbox.advance(4)
    assert slow.task(id_)["status"] == "queued"
    slow.sandbox.advance(32)
    running = slow.task(id_)
    assert (running["status"], running["progress"]) == ("running", 50)
    assert running["started_at"] == "2026-03-02T08:15:12Z"
    assert "cost" not in running
    slow.sandbox.advance(24)
    done = slow.task(id_)
    assert (done["status"], done["progress"], done["cost"]) == ("succeeded", 100, 0.5)
    assert done["completed_at"] == "2026-03-02T08:16:00Z"
    assert [sorted(item) for item in done["result"]] == [
        ["duration", "format", "size_bytes", "url"]
    ]


def test_speed_divides_the_time(start, clock):
    api = start(speed=30, clock=clock)
    answer = api.submit()
    assert answer.json()["data"]["estimated_seconds"] == 2.0
    api.sandbox.advance(2)
    assert api.task(answer.json()["data"]["id"])["status"] == "succeeded"


def test_an_infinite_speed_ends_a_task_at_the_first_reading(api):
    assert api.task(api.task_id())["status"] == "succeeded"


def test_listed_tasks_have_no_result_and_newest_come_first(slow):
    first, second = slow.task_id(), slow.task_id()
    slow.sandbox.advance(60)
    page = slow.send("GET", "/tasks").json()
    assert [task["id"] for task in page["data"]] == [second, first]
    assert page["pagination"] == {"cursor": None, "hasMore": False, "total": 2}
    assert all("result" not in task and task["cost"] == 0.5 for task in page["data"])


def test_pages_join_without_gap_or_repetition_while_tasks_are_added(slow):
    ids = [slow.task_id() for _ in range(7)]  # all at the same moment of the clock
    seen: list[str] = []
    cursor = ""
    while True:
        page = slow.send("GET", f"/tasks?limit=3{cursor}").json()
        seen += [task["id"] for task in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        cursor = f"&cursor={page['pagination']['cursor']}"
        slow.task_id()
    assert seen == ids[::-1]


def test_the_filters_of_the_list(slow):
    video = slow.task_id()
    slow.sandbox.advance(100)
    image = slow.task_id("acme/text-to-image", "acme/image")

    def found(query):
        page = slow.send("GET", f"/tasks?{query}").json()
        assert page["pagination"]["total"] == len(page["data"])
        return [task["id"] for task in page["data"]]

    assert found("status=succeeded") == [video]
    assert found("status=pending") == [image]
    assert found("status=failed") == []
    assert found("provider=acme") == [image, video]
    assert found("provider=nobody") == []
    assert found("modelId=acme/image") == [image]
    assert found("startDate=2026-03-02T08:15:00Z") == [image]  # after, so not at that moment
    assert found("startDate=2026-03-02T08:14:59.9Z") == [image, video]
    assert found("endDate=2026-03-02T08:16:00Z") == [video]
    assert found("endDate=2026-03-02T10:16:00%2B02:00&status=succeeded") == [video]
    assert found(f"search={image[:12]}") == [image]
    assert found("search=task_") == [image, video]
    assert found("search=%25") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("status=done", "status"),
        ("startDate=yesterday", "startDate"),
        ("endDate=1", "endDate"),
        ("cursor=abc", "cursor"),
    ],
)
def test_filters_that_make_no_sense(api, query, field):
    answer = api.send("GET", f"/tasks?{query}")
    assert answer.status == 400
    error = answer.json()["error"]
    assert (error["code"], error["details"]["field"]) == ("INVALID_PARAMETER", field)


def test_cancelling_gives_the_money_back_once(slow):
    id_ = slow.task_id()
    assert slow.sandbox.balance == Decimal("99.50")
    slow.sandbox.advance(36)
    answer = slow.send("DELETE", f"/tasks/{id_}")
    assert (answer.status, answer.json()["data"]) == (200, {"id": id_, "status": "cancelled"})
    assert slow.sandbox.balance == 100
    again = slow.send("DELETE", f"/tasks/{id_}")
    assert (again.status, again.json()["error"]["code"]) == (409, "CONFLICT")
    assert slow.sandbox.balance == 100
    slow.sandbox.advance(100)
    task = slow.task(id_)
    assert (task["status"], task["progress"]) == ("cancelled", 50)
    assert task["completed_at"] == "2026-03-02T08:15:36Z"
    assert "result" not in task


def test_a_finished_task_can_not_be_cancelled(api):
    assert api.send("DELETE", f"/tasks/{api.finished()['id']}").status == 409


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_task_that_is_not_there(api, method):
    answer = api.send(method, "/tasks/task_nobody")
    assert (answer.status, answer.json()["error"]["code"]) == (404, "TASK_NOT_FOUND")


def test_a_task_that_fails_costs_nothing(slow):
    slow.sandbox.faults.add(Fault("failed_task", message="Content policy violation"))
    id_ = slow.task_id(metadata={"a": 1})
    assert slow.sandbox.balance == Decimal("99.50")
    slow.sandbox.advance(60)
    task = slow.task(id_)
    assert (task["status"], task["progress"]) == ("failed", 0)
    assert task["error"] == {"code": "PROVIDER_ERROR", "message": "Content policy violation"}
    assert not {"cost", "result"} & task.keys()
    assert slow.sandbox.balance == 100


def test_a_stuck_task_runs_for_ever_and_can_be_cancelled(slow):
    slow.sandbox.faults.add(Fault("stuck_task"))
    id_ = slow.task_id()
    slow.sandbox.advance(1_000_000)
    assert slow.task(id_)["status"] == "running"
    assert slow.send("DELETE", f"/tasks/{id_}").status == 200


def test_a_task_is_listed_as_expired_when_its_link_has_lapsed_until_it_is_read(slow):
    id_ = slow.task_id()
    slow.sandbox.advance(60 + 900)
    assert [task["id"] for task in slow.send("GET", "/tasks?status=expired").json()["data"]] == [
        id_
    ]
    assert slow.task(id_)["status"] == "succeeded"
    assert slow.send("GET", "/tasks").json()["data"][0]["status"] == "succeeded"


def test_two_runs_of_one_database(start, clock, tmp_path):
    file = tmp_path / "sandbox.db"
    api = start(speed=1, clock=clock, database=file, balance=Decimal(7))
    done = api.task_id()
    api.sandbox.advance(60)
    running, key = api.task_id(), api.sandbox.key
    url = api.task(done)["result"][0]["url"]
    content = api.http.request("GET", url).data
    api.sandbox.stop()

    again = start(speed=1, clock=clock, database=file, balance=Decimal(99))
    assert again.sandbox.key == key
    assert again.sandbox.balance == 6
    assert again.task(done)["status"] == "succeeded"
    assert again.task(running)["status"] == "pending"
    path = url.partition("/results/")[2]
    moved = again.sandbox.url.replace("127.0.0.1", "localhost") + f"/results/{path}"
    assert again.http.request("GET", moved).data == content
    clock.advance(60)
    again.sandbox.settle()
    assert again.task(running)["status"] == "succeeded"


def test_files_that_were_lost_are_made_again(start, tmp_path):
    file = tmp_path / "sandbox.db"
    api = start(database=file)
    item, content = api.result()
    for stored in (tmp_path / "sandbox.db.media" / "results").iterdir():
        stored.unlink()
    again = api.http.request("GET", item["url"])
    assert (again.status, again.data) == (200, content)


def test_a_thousand_tasks_share_their_files(start, tmp_path):
    api = start(database=tmp_path / "sandbox.db", balance=Decimal(10_000))
    for _ in range(50):
        api.task_id()
    api.sandbox.settle()
    assert len(list((tmp_path / "sandbox.db.media" / "results").iterdir())) == 1


def test_duplicates_are_counted_by_marker(api):
    for marker in ("a", "b", "a", "c"):
        api.task_id(metadata={"marker": marker})
    api.task_id(metadata={"other": "a"})
    assert api.sandbox.duplicates("marker") == {"a": 2}


def test_reset_leaves_the_key_and_nothing_else(api):
    key, capped = api.sandbox.key, api.sandbox.create_key(spend_limit=Decimal("0.5"))
    job = {"model": "acme-video", "input": {"prompt": "a cat"}}
    assert api.send("POST", "/acme/text-to-video", job, key=capped).status == 202
    api.sandbox.faults.add(Fault("drop"))
    api.sandbox.reset()
    assert api.sandbox.key == key
    assert api.send("POST", "/acme/text-to-video", job, key=capped).status == 202
    api.sandbox.reset()
    assert api.sandbox.balance == 100
    assert api.send("GET", "/tasks").json()["data"] == []
    assert [seen.operation for seen in api.sandbox.requests] == ["listTasks"]


def test_time_can_only_be_moved_on_a_manual_clock(api, slow):
    with pytest.raises(ConfigurationError, match="ManualClock"):
        api.sandbox.advance(1)
    with pytest.raises(ValueError, match="can't go back"):
        slow.sandbox.advance(-1)


def test_an_infinite_speed_needs_no_time_on_a_manual_clock(start, clock):
    api = start(speed=math.inf, clock=clock)
    assert {api.task(api.task_id())["status"] for _ in range(3)} == {"succeeded"}
