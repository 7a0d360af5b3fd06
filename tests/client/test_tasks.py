"""Reading, waiting, listing, cancelling: every status, every turn that a wait can take."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from modelhunter import (
    ConfigurationError,
    Conflict,
    ConnectionLost,
    ModelHunter,
    NotFound,
    Polling,
    ServerError,
    TaskCancelled,
    TaskFailed,
    TimedOut,
    UnexpectedResponse,
    WaitTimeout,
)
from modelhunter.runtime.message import Response

PATH = "/api/v1/tasks/task_1"


@pytest.fixture
def reads(modelhunter_mock):
    """Lets a test say what reading the task answers, one after the other."""
    route = modelhunter_mock.get(PATH)

    def answers(*bodies):
        route.side_effect = [
            httpx.Response(200, json=body) if isinstance(body, dict) else body for body in bodies
        ]
        return route

    return answers


def test_a_task_has_all_its_fields(mh, reads, api):
    reads(
        api.task(
            "succeeded",
            progress=100,
            cost=0.32,
            started_at="2026-03-02T08:15:02Z",
            completed_at="2026-03-02T08:15:32Z",
            metadata={"a": [1]},
            surprise="ignored",
        )
    )
    task = mh.tasks.get("task_1")
    assert (task.id, task.provider, task.model, task.type) == ("task_1", "acme", "acme-1", "video")
    assert task.cost == Decimal("0.32")
    assert task.created_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert task.outputs[0].format == "mp4"
    assert task.metadata == {"a": [1]}
    assert task.done
    assert repr(task) == "<Task task_1 acme-1: succeeded, 100 %>"


def test_an_id_can_not_lead_elsewhere(mh, modelhunter_mock, api):
    route = modelhunter_mock.get(url__regex=".*").respond(404, json=api.refusal("TASK_NOT_FOUND"))
    with pytest.raises(NotFound, match=r"GET /api/v1/tasks/\{id\} with id='\.\./balance': the API"):
        mh.tasks.get("../balance")
    assert route.calls.last.request.url.raw_path == b"/api/v1/tasks/..%2Fbalance"


def test_waiting_looks_at_once_and_then_in_rhythm(mh, reads, api, clock):
    reads(api.task("pending"), *[api.task()] * 17, api.task("succeeded"))
    task = mh.tasks.get("task_1")
    assert task.wait() is task
    assert clock.slept == [2.0] * 15 + [5.0] * 2


def test_a_finished_task_is_not_waited_for(mh, reads, api, clock):
    reads(api.task(), api.task("succeeded"))
    mh.tasks.get("task_1").wait()
    assert clock.slept == []


def test_another_rhythm(mh, reads, api, clock):
    reads(*[api.task()] * 3, api.task("succeeded"))
    mh.tasks.wait("task_1", polling=Polling(1, 3, 2))
    assert clock.slept == [1, 1, 3]


def test_updates_are_told_once_each(mh, reads, api):
    reads(
        api.task("pending"),
        api.task("pending"),
        api.task("queued"),
        api.task("running", progress=10),
        api.task("running", progress=10),
        api.task("running", progress=60),
        api.task("succeeded", progress=100),
    )
    seen = []
    mh.tasks.get("task_1").wait(on_update=lambda task: seen.append((task.status, task.progress)))
    assert seen == [
        ("queued", None),
        ("running", 10),
        ("running", 60),
        ("succeeded", 100),
    ]


def test_a_failed_task(mh, reads, api):
    error = {"code": "PROVIDER_ERROR", "message": "Content policy"}
    reads(api.task(), api.task("failed", error=error))
    with pytest.raises(TaskFailed, match="PROVIDER_ERROR: Content policy") as caught:
        mh.tasks.get("task_1").wait()
    assert caught.value.task.id == "task_1"
    assert (caught.value.code, caught.value.reason) == ("PROVIDER_ERROR", "Content policy")


def test_a_cancelled_task(mh, reads, api):
    reads(api.task(), api.task("cancelled"))
    with pytest.raises(TaskCancelled) as caught:
        mh.tasks.get("task_1").wait()
    assert caught.value.task.status == "cancelled"


def test_an_expired_task_is_finished(mh, reads, api):
    reads(api.task(), api.task("expired"))
    assert mh.tasks.get("task_1").wait().status == "expired"


def test_a_status_that_nobody_knows_is_kept_and_waited_on(mh, reads, api):
    reads(api.task("polishing"), api.task("polishing"), api.task("succeeded"))
    task = mh.tasks.get("task_1")
    assert task.status == "polishing"
    assert not task.done
    assert task.wait().done


def test_a_wait_ends_when_its_time_is_over(mh, reads, api, clock):
    reads(*[api.task()] * 10)
    task = mh.tasks.get("task_1")
    with pytest.raises(WaitTimeout, match="task_1") as caught:
        task.wait(timeout=5)
    assert sum(clock.slept) == 5
    assert caught.value.task is task
    assert isinstance(caught.value, TimeoutError)


def test_trouble_with_one_look_is_not_the_end_of_the_task(mh, reads, api):
    trouble = [httpx.Response(502)] * 4 + [httpx.ReadError("x")] * 4
    reads(api.task(), *trouble, api.task("succeeded"))
    assert mh.tasks.get("task_1").wait().status == "succeeded"


def test_trouble_until_the_end_is_named(mh, reads, api):
    reads(api.task(), *[httpx.Response(502)] * 400)
    with pytest.raises(WaitTimeout) as caught:
        mh.tasks.get("task_1").wait(timeout=60)
    assert "502" in str(caught.value.__cause__)


def test_a_task_that_is_gone_is_not_waited_for(mh, reads, api, clock):
    reads(api.task(), *[httpx.Response(404, json=api.refusal("TASK_NOT_FOUND"))] * 9)
    with pytest.raises(NotFound) as caught:
        mh.tasks.get("task_1").wait()
    assert caught.value.resume_token
    assert 10 <= sum(clock.slept) < 15


def test_a_task_that_is_not_known_everywhere_yet_is_waited_for(mh, reads, api):
    missing = httpx.Response(404, json=api.refusal("TASK_NOT_FOUND"))
    reads(api.task(), missing, missing, api.task("succeeded"))
    assert mh.tasks.get("task_1").wait().status == "succeeded"


def test_the_time_for_waiting_bounds_the_first_reading_too(registry, clock, monkeypatch):
    monkeypatch.setattr("modelhunter.runtime.drivers.deadlines.time", clock)

    class Silent:
        def send(self, request):
            assert request.deadline is not None
            clock.seconds = max(clock.seconds, request.deadline)
            raise TimedOut("silent", delivered="maybe")

    mh = ModelHunter("river_test_x", transport=Silent(), clock=clock, registry=registry)
    for ask in (
        lambda: mh.tasks.wait("task_1", 3),
        lambda: list(mh.tasks.watch(["task_1"], 3)),
        lambda: list(mh.tasks.watch(["task_1", "task_2"], 3)),
    ):
        began = clock.seconds
        with pytest.raises(TimeoutError):
            ask()
        assert clock.seconds - began <= 3 + 2 + 0.5, "a last look when the time is up, or two"


class Stopping:
    """A clock of a program that is stopped in its second pause, for longer than the wait."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds, self.pauses = clock, seconds, 0
        self.monotonic, self.now, self.random = clock.monotonic, clock.now, clock.random

    def sleep(self, seconds):
        self.pauses += 1
        self.clock.sleep(seconds + (self.seconds if self.pauses == 2 else 0))


@pytest.mark.parametrize("stopped", [0, 7, 3600])
@pytest.mark.parametrize("how", ["itself", "by id", "watched", "watched by id"])
def test_a_task_that_finished_while_the_program_was_stopped(api, clock, registry, stopped, how):
    class Server:
        def send(self, request):
            state = "succeeded" if clock.seconds > 1010 else "running"
            found = api.task(state)
            if "/task_1" not in request.target:
                found = api.page([found], None, more=False)
            return Response(200, {}, json.dumps(found).encode())

    mh = ModelHunter(
        "river_x", transport=Server(), clock=Stopping(clock, stopped), registry=registry
    )
    task = mh.tasks.get("task_1")
    ask = {
        "itself": lambda: task.wait(7),
        "by id": lambda: mh.tasks.wait("task_1", 7),
        "watched": lambda: next(mh.tasks.watch([task], 7)),
        "watched by id": lambda: next(mh.tasks.watch(["task_1"], 7)),
    }[how]
    if stopped:
        assert ask().status == "succeeded"
        return
    with pytest.raises(WaitTimeout, match="still running"):
        ask()
    assert clock.seconds == 1007


def test_the_last_look_comes_when_the_time_is_up(mh, reads, api, clock):
    asked = []
    answers = reads(*[api.task()] * 9)
    real = answers.side_effect

    def note(request):
        asked.append(clock.seconds - 1000)
        return next(real) if hasattr(real, "__next__") else real(request)

    answers.side_effect = note
    for timeout in (0, 3, 5):
        began = clock.seconds
        asked.clear()
        with pytest.raises(WaitTimeout):
            mh.tasks.wait("task_1", timeout)
        assert asked[-1] == clock.seconds - 1000 == began - 1000 + timeout


@pytest.mark.parametrize("trouble", [500, 503, 429, "lost", "html"])
def test_waiting_by_id_is_as_patient_as_by_task(mh, modelhunter_mock, api, trouble):
    first = {
        "lost": httpx.ReadError("lost"),
        "html": httpx.Response(200, content=b"<html>"),
    }.get(trouble) or httpx.Response(trouble)
    route = modelhunter_mock.get(PATH)
    for ask in (
        lambda: mh.tasks.wait("task_1"),
        lambda: next(mh.tasks.watch(["task_1"])),
    ):
        route.side_effect = [*[first] * 10, httpx.Response(200, json=api.task("succeeded"))]
        assert ask().status == "succeeded"


def test_an_id_that_can_never_be_read(mh, modelhunter_mock):
    modelhunter_mock.get(PATH).respond(500)
    for ask in (
        lambda: mh.tasks.wait("task_1", 30),
        lambda: list(mh.tasks.watch(["task_1"], 30)),
    ):
        with pytest.raises(WaitTimeout, match="task_1 could not be read after 30 s") as caught:
            ask()
        assert isinstance(caught.value.__cause__, ServerError)
        assert json.loads(caught.value.resume_token)["id"] == "task_1"


def test_an_id_that_nobody_knows_yet_and_one_that_nobody_ever_will(mh, modelhunter_mock, api):
    route = modelhunter_mock.get(PATH)
    unknown = httpx.Response(404, json=api.refusal("TASK_NOT_FOUND"))
    route.side_effect = [unknown, unknown, httpx.Response(200, json=api.task("succeeded"))]
    assert mh.tasks.wait("task_1").status == "succeeded"
    for ask in (lambda: mh.tasks.wait("task_1"), lambda: list(mh.tasks.watch(["task_1"]))):
        route.side_effect = [unknown] * 30
        with pytest.raises(NotFound):
            ask()


def test_a_wait_without_an_end_makes_no_look_without_one(registry, clock, api, monkeypatch):
    monkeypatch.setattr("modelhunter.runtime.drivers.deadlines.time", clock)

    class Slow:
        def __init__(self):
            self.looks = 0

        def send(self, request):
            self.looks += 1
            if self.looks > 1:
                assert request.deadline == clock.seconds + 60
            if self.looks == 2:
                clock.seconds = request.deadline
                raise TimedOut("silent", delivered="maybe")
            status = "running" if self.looks < 4 else "succeeded"
            return Response(200, {}, json.dumps(api.task(status)).encode())

    transport = Slow()
    mh = ModelHunter(
        "river_test_x",
        transport=transport,
        clock=clock,
        registry=registry,
        timeout=60,
    )
    assert mh.tasks.get("task_1").wait(timeout=None).done
    assert transport.looks == 4


def test_an_error_of_reading_by_id_leads_back_to_the_task(mh, modelhunter_mock):
    modelhunter_mock.get(PATH).side_effect = httpx.ReadError("x")
    with pytest.raises(ConnectionLost) as caught:
        mh.tasks.get("task_1")
    assert '"id":"task_1"' in caught.value.resume_token


def test_a_list_of_nothing_but_empty_pages_comes_to_an_end(mh, modelhunter_mock, api):
    pages = (httpx.Response(200, json=api.page([], f"c{n}", True)) for n in range(10_000))
    route = modelhunter_mock.get("/api/v1/tasks")
    route.side_effect = lambda request: next(pages)
    with pytest.raises(UnexpectedResponse, match="does not come to an end"):
        list(mh.tasks.list())
    assert route.call_count == 100


def test_generate_submits_and_waits(mh, reads, api, modelhunter_mock):
    modelhunter_mock.post("/api/v1/acme/text-to-video").respond(202, json=api.accepted())
    reads(api.task(), api.task("succeeded"))
    assert mh.generate("acme-1", prompt="hi").status == "succeeded"


# ------------------------------------------------------------------- cancelling


def test_cancelling(mh, reads, api, modelhunter_mock):
    reads(api.task(), api.task("cancelled"))
    route = modelhunter_mock.delete(PATH).respond(
        json={"success": True, "data": {"id": "task_1", "status": "cancelled"}}
    )
    assert mh.tasks.cancel("task_1").status == "cancelled"
    assert route.called


def test_cancelling_twice_is_no_error(mh, reads, api, modelhunter_mock):
    reads(api.task(), api.task("cancelled"))
    modelhunter_mock.delete(PATH).respond(409, json=api.refusal("CONFLICT"))
    assert mh.tasks.get("task_1").cancel().status == "cancelled"


def test_a_finished_task_can_not_be_cancelled(mh, reads, api, modelhunter_mock):
    reads(api.task(), api.task("succeeded"))
    modelhunter_mock.delete(PATH).respond(409, json=api.refusal("CONFLICT"))
    task = mh.tasks.get("task_1")
    with pytest.raises(Conflict):
        task.cancel()
    assert task.status == "succeeded"


# ------------------------------------------------------------------- lists


def test_pages_are_read_as_the_iterator_gets_to_them(mh, api, modelhunter_mock):
    route = modelhunter_mock.get("/api/v1/tasks")
    route.side_effect = [
        httpx.Response(200, json=api.page([api.task(id=f"task_{n}") for n in (1, 2)], "c1", True)),
        httpx.Response(200, json=api.page([], "c2", True)),
        httpx.Response(200, json=api.page([api.task(id="task_3")], None, False)),
    ]
    listed = mh.tasks.list()
    assert next(listed).id == "task_1"
    assert route.call_count == 1
    assert [task.id for task in listed] == ["task_2", "task_3"]
    assert [call.request.url.params.get("cursor") for call in route.calls] == [None, "c1", "c2"]


def test_all_filters_reach_the_api(mh, api, modelhunter_mock):
    route = modelhunter_mock.get("/api/v1/tasks").respond(json=api.page([], None, False))
    list(
        mh.tasks.list(
            status="succeeded",
            provider="acme",
            model="acme/free",
            created_after=datetime(2026, 3, 1, tzinfo=UTC),
            created_before=datetime(2026, 3, 2, tzinfo=UTC),
            id_prefix="task_k",
            limit=7,
        )
    )
    params = dict(route.calls.last.request.url.params)
    assert params.pop("startDate").startswith("2026-03-01T00:00:00")
    assert params.pop("endDate").startswith("2026-03-02T00:00:00")
    assert params == {
        "status": "succeeded",
        "provider": "acme",
        "modelId": "acme/free",
        "search": "task_k",
        "limit": "7",
    }


def test_a_limit_is_for_the_whole_list(mh, api, modelhunter_mock):
    route = modelhunter_mock.get("/api/v1/tasks")
    route.side_effect = [
        httpx.Response(
            200, json=api.page([api.task(id=f"task_{n}") for n in range(100)], "c", True)
        ),
        httpx.Response(200, json=api.page([api.task(id=f"t_{n}") for n in range(100)], "d", True)),
    ]
    assert len(list(mh.tasks.list(limit=150))) == 150
    assert [call.request.url.params["limit"] for call in route.calls] == ["100", "50"]


@pytest.mark.parametrize("cursor", ["same", None, ""])
def test_a_list_that_would_never_end_is_an_error(mh, api, modelhunter_mock, cursor):
    modelhunter_mock.get("/api/v1/tasks").respond(json=api.page([api.task()], cursor, True))
    with pytest.raises(UnexpectedResponse, match="cursor"):
        list(mh.tasks.list())


# ------------------------------------------------------------------- several at once


def test_watching_ends_in_time_and_names_what_is_left(mh, reads, api):
    reads(*[api.task()] * 20)
    with pytest.raises(WaitTimeout) as caught:
        list(mh.tasks.watch(["task_1"], timeout=10))
    assert [task.id for task in caught.value.unfinished] == ["task_1"]


# ------------------------------------------------------------------- between processes


def test_a_task_pickles_without_its_client(mh, reads, api):
    reads(api.task("running", progress=5))
    copy = pickle.loads(pickle.dumps(mh.tasks.get("task_1")))
    assert (copy.id, copy.progress) == ("task_1", 5)
    with pytest.raises(ConfigurationError, match=r"tasks\.get\('task_1'\)"):
        copy.refresh()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_task_works(mh, reads, api, copied):
    reads(api.task(metadata={"shot": 1}), api.task("succeeded"))
    task = mh.tasks.get("task_1")
    other = copied(task)
    assert (other, other.metadata) == (task, {"shot": 1})
    assert other.refresh().done
    assert not task.done


def test_an_error_about_a_task_pickles(mh, reads, api):
    reads(api.task(), api.task("failed"))
    with pytest.raises(TaskFailed) as caught:
        mh.tasks.get("task_1").wait()
    assert pickle.loads(pickle.dumps(caught.value)).task.id == "task_1"


# ------------------------------------------------------------------- somebody else's answers


def test_an_answer_about_another_task_is_read_again(mh, reads, api):
    reads(api.task(), api.task("failed", id="task_2"), api.task("succeeded"))
    task = mh.tasks.get("task_1")
    assert task.refresh().status == "succeeded"
    assert task.id == "task_1"


def test_nothing_but_answers_about_another_task(mh, reads, api):
    reads(api.task(), *[api.task("succeeded", id="task_2", cost=9)] * 99)
    task = mh.tasks.get("task_1")
    for ask in (task.refresh, lambda: mh.tasks.get("task_1"), task.download):
        with pytest.raises(UnexpectedResponse, match="mixes answers up") as caught:
            ask()
        assert caught.value.path == "$.data.id"
        assert json.loads(caught.value.resume_token)["id"] == "task_1"
    with pytest.raises(WaitTimeout) as late:
        task.wait(10)
    assert isinstance(late.value.__cause__, UnexpectedResponse)
    assert (task.id, task.status, task.cost) == ("task_1", "running", None)


# ------------------------------------------------------------------- a wait that is left


def test_a_wait_that_times_out_can_cancel(mh, reads, api, modelhunter_mock):
    reads(*[api.task()] * 4, api.task("cancelled"))
    route = modelhunter_mock.delete(PATH).respond(
        json={"success": True, "data": {"id": "task_1", "status": "cancelled"}}
    )
    task = mh.tasks.get("task_1")
    with pytest.raises(WaitTimeout) as caught:
        task.wait(timeout=3, cancel_if_left=True)
    assert route.called
    assert task.status == "cancelled"
    assert caught.value.__notes__ == ["task task_1 (acme-1) was cancelled"]


@pytest.mark.parametrize("cancel", [True, False])
def test_ctrl_c_says_what_became_of_the_task(mh, reads, api, modelhunter_mock, clock, cancel):
    reads(api.task(), api.task(), api.task("succeeded"))
    route = modelhunter_mock.delete(PATH).respond(409, json=api.refusal("CONFLICT"))
    clock.sleep = _interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        mh.tasks.get("task_1").wait(cancel_if_left=cancel)
    (note,) = caught.value.__notes__
    assert route.called is cancel
    assert ("could not be cancelled" if cancel else "client.tasks.get('task_1')") in note
    if not cancel:
        modelhunter_mock.routes.clear()


def _interrupt(seconds):
    raise KeyboardInterrupt


def test_errors_about_a_task_carry_its_token(mh, reads, api):
    lost = [httpx.ReadError("x")] * 8
    reads(api.task(), *lost[:4], *lost[:4])
    task = mh.tasks.get("task_1")
    with pytest.raises(ConnectionLost) as caught:
        task.refresh()
    assert caught.value.resume_token == task.resume_token()
    with pytest.raises(WaitTimeout) as timeout:
        task.wait(timeout=0)
    assert timeout.value.resume_token == task.resume_token()
