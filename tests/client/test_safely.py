"""A paid request happens once: whatever becomes of it, and of the process that sent it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter import (
    BadRequest,
    BadToken,
    ConnectFailed,
    ConnectionLost,
    ModelHunter,
    ModelHunterError,
    RateLimited,
    ServerError,
    SubmissionUnknown,
    TimedOut,
    TransportError,
)
from modelhunter.jobs.marker import MARKER
from modelhunter.runtime.message import Response

BEFORE = ("refused", "429", "503", "400", "500 before", "lost before")
AFTER = ("lost", "silent", "500", "502", "504", "html", "truncated", "503 of a proxy", "empty")
UNKNOWN = {*AFTER, "500 before", "lost before"}


SUBMISSION = (
    '{"modelhunter": 1, "kind": "submission", "marker": "m", "since": "2026-01-01T00:00:00+00:00", '
    '"provider": "acme", "model": "acme-1", "capability": "text-to-video", "input": {}}'
)


class FakeApi:
    """An API in memory that takes each submission as the plan says.

    Each entry of ``plan`` names what happens to one POST; ``hidden`` is how many times the list
    does not show a task yet; ``lists`` says what happens to readings of the list.
    """

    def __init__(self, api, clock, plan=(), hidden=0, lists=()):
        self.api, self.clock = api, clock
        self.plan, self.hidden, self.lists = list(plan), hidden, list(lists)
        self.tasks = []
        self.posts = 0
        self.looks = 0
        self.dated = True
        self.retry_after = None
        self.told = {}
        """What answers to submissions say beside the rest."""

    def send(self, request):
        self.clock.seconds += 0.01
        answer = self.answer(request)
        if self.dated:
            answer.headers["Date"] = self.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return answer

    def answer(self, request):
        path = urlsplit(request.target)
        if request.method == "POST":
            return self.post(json.loads(request.body))
        if request.method == "DELETE":
            task = self.find(path.path)
            task["status"] = "cancelled"
            return ok({"success": True, "data": {"id": task["id"], "status": "cancelled"}})
        if path.path == "/api/v1/tasks":
            return self.listing(parse_qs(path.query))
        return ok({"success": True, "data": self.find(path.path)})

    def find(self, path):
        return next(task for task in self.tasks if path.endswith(task["id"]))

    def post(self, body):
        self.posts += 1
        fault = self.plan.pop(0) if self.plan else "fine"
        if fault == "refused":
            raise ConnectFailed("refused", delivered="no")
        if fault == "lost before":
            raise ConnectionLost("lost", delivered="maybe")
        if fault in BEFORE:
            code = {"400": "VALIDATION_ERROR", "429": "RATE_LIMITED", "503": "PROVIDER_UNAVAILABLE"}
            body = self.api.refusal(code.get(fault, "INTERNAL_ERROR"))
            answer = ok(body, int(fault[:3]))
            if self.retry_after is not None:
                answer.headers["Retry-After"] = self.retry_after
            return answer
        created = self.clock.now().isoformat()
        task = self.api.task(
            "pending",
            id=f"task_{len(self.tasks)}",
            metadata=body.get("metadata"),
            created_at=created,
        )["data"]
        self.tasks.insert(0, {**task, "model": body["model"]})
        if fault == "429 after":
            return ok(self.api.refusal("RATE_LIMITED"), 429)
        if fault == "lost":
            raise ConnectionLost("lost", delivered="maybe")
        if fault == "silent":
            raise TimedOut("silent", delivered="maybe")
        accepted = self.api.accepted(id=task["id"], created_at=created)
        accepted["data"] |= self.told
        foreign = {"another task's": {"id": "task_0"}, "another provider's": {"provider": "kling"}}
        if fault in foreign:
            accepted["data"] |= foreign[fault]
        return {
            "fine": ok(accepted, 202),
            "html": Response(200, {}, b"<html>"),
            "empty": Response(202, {}, b""),
            "truncated": Response(202, {}, json.dumps(accepted).encode()[:30]),
            "503 of a proxy": Response(503, {}, b"<html>"),
            **{name: ok(accepted, 202) for name in foreign},
        }.get(fault) or Response(int(fault[:3]), {}, b"")

    def listing(self, query):
        self.looks += 1
        fault = self.lists.pop(0) if self.lists else "fine"
        if fault != "fine":
            return Response(500, {}, b"")
        shown = self.tasks if self.looks > self.hidden else []
        size = 2
        start = int(query.get("cursor", ["0"])[0])
        page = shown[start : start + size]
        more = start + size < len(shown)
        return ok(
            {
                "success": True,
                "data": page,
                "pagination": {"cursor": str(start + size), "hasMore": more, "total": len(shown)},
            }
        )

    def read(self, response, size, deadline=None):
        raise AssertionError("nothing is streamed here")

    close_stream = read

    def close(self):
        pass

    def alive(self):
        return [task for task in self.tasks if task["status"] != "cancelled"]


def ok(body, status=200):
    return Response(status, {}, json.dumps(body).encode())


@pytest.fixture
def world(api, clock, registry):
    def make(*plan, **more):
        fake = FakeApi(api, clock, plan, **more)
        return fake, ModelHunter("river_test_x", transport=fake, clock=clock, registry=registry)

    return make


@pytest.mark.parametrize("fault", AFTER)
def test_a_job_that_was_started_is_found_whatever_became_of_the_answer(world, fault):
    fake, mh = world(fault)
    task = mh.submit("acme-1", prompt="hi", metadata={"shot": 1})
    assert fake.posts == 1
    assert task.id == fake.tasks[0]["id"]
    assert task.metadata == {"shot": 1}


@pytest.mark.parametrize("fault", ["another task's", "another provider's"])
def test_an_answer_to_somebody_else_is_not_believed(world, fault):
    fake, mh = world("fine", fault)
    first = mh.submit("acme-1", prompt="hi")
    second = mh.submit("acme-1", prompt="hi")
    assert (first.id, second.id, second.provider) == ("task_0", "task_1", "acme")
    assert fake.posts == 2


def test_another_name_of_the_model_is_kept_as_it_comes(world):
    fake, mh = world()
    post = fake.post
    fake.post = lambda body: post({**body, "model": "acme-1-2026-03"})
    mh.submit("acme-1", prompt="hi")
    fake.plan = ["lost"]
    task = mh.submit("acme-1", prompt="hi")
    assert (task.id, task.model) == ("task_1", "acme-1-2026-03")


def test_it_is_found_among_many_and_later(world, clock, api):
    _, mh = world("fine", "fine", "fine", "lost", hidden=2)
    for _ in range(3):
        mh.submit("acme-1", prompt="hi")
    task = mh.submit("acme-1", prompt="hi")
    assert task.id == "task_3"
    assert clock.slept == [2.0, 5.0]


@pytest.mark.parametrize("fault", ["500 before", "lost before"])
def test_a_job_that_can_not_be_found_is_not_sent_again(world, fault, clock):
    fake, mh = world(fault)
    with pytest.raises(SubmissionUnknown, match="resubmit=True") as caught:
        mh.submit("acme-1", prompt="hi")
    assert fake.posts == 1
    assert sum(clock.slept) < 60
    assert isinstance(caught.value.__cause__, ServerError | TransportError)
    assert "river_test" not in caught.value.token


def test_the_token_finds_it_later_in_another_client(world, registry, clock):
    fake, mh = world("lost", hidden=4)
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi")
    other = ModelHunter("river_test_y", transport=fake, clock=clock, registry=registry)
    assert other.resume(caught.value.token).id == "task_0"
    assert fake.posts == 1


def test_the_token_can_be_submitted_again_knowingly(world):
    fake, mh = world("lost before")
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi", duration=3, metadata={"a": 1}, webhook_url="https://x/")
    with pytest.raises(SubmissionUnknown):
        mh.resume(caught.value.token)
    assert fake.posts == 1
    task = mh.resume(caught.value.token, resubmit=True)
    assert fake.posts == 2
    assert task.metadata == {"a": 1}
    assert mh.resume(caught.value.token).id == task.id


def test_resubmitting_by_itself(world):
    fake, mh = world("lost before")
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert fake.posts == 2
    assert [t["id"] for t in fake.alive()] == [task.id]


def test_a_late_twin_is_cancelled(world):
    fake, mh = world("lost", hidden=5)
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert len(fake.tasks) == 2
    assert [t["id"] for t in fake.alive()] == [task.id]


def test_trouble_with_the_list_is_not_taken_for_an_empty_one(world):
    fake, mh = world("lost", lists=["500"] * 100)
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi", resubmit=True)
    assert fake.posts == 1
    fake.lists = []
    assert mh.resume(caught.value.token).id == "task_0"


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("503", ServerError)])
def test_a_job_that_is_turned_away_for_ever_is_sent_so_often_and_not_more(world, fault, error):
    fake, mh = world(*[fault] * 99)
    with pytest.raises(error) as caught:
        mh.submit("acme-1", prompt="hi")
    assert fake.posts == 4
    assert caught.value.resume_token
    assert fake.tasks == []


def test_a_job_that_was_started_though_it_was_turned_away_is_found(world):
    """The price of believing a 429 is a job, so the list is asked before it is sent again."""
    fake, mh = world("429 after")
    task = mh.submit("acme-1", prompt="hi")
    assert (fake.posts, task.id) == (1, "task_0")


def test_it_is_sent_again_when_the_api_asked_for_it_and_not_before(world, clock):
    fake, mh = world("429", "429")
    fake.retry_after = "7"
    mh.submit("acme-1", prompt="hi")
    assert (fake.posts, clock.slept) == (3, [7.0, 7.0])


def test_it_is_not_sent_again_where_the_list_can_not_be_read(world):
    fake, mh = world("429", "429", lists=["500"] * 100)
    with pytest.raises(RateLimited):
        mh.submit("acme-1", prompt="hi")
    assert fake.posts == 1


def test_one_that_was_read_once_is_not_enough_to_send_it_again(world):
    fake, mh = world(*["429"] * 9, lists=["fine", *["500"] * 100])
    with pytest.raises(RateLimited):
        mh.submit("acme-1", prompt="hi")
    assert fake.posts == 2


@pytest.mark.parametrize("seconds", [0, 12.5, 366 * 86_400])
def test_how_long_it_takes_is_what_the_answer_says(world, seconds):
    fake, mh = world()
    fake.told = {"estimated_seconds": seconds}
    assert mh.submit("acme-1", prompt="hi").estimated_seconds == seconds


@pytest.mark.parametrize("seconds", [-1, 366 * 86_400 + 1])
def test_how_long_it_takes_is_not_known_where_the_answer_says_nonsense(world, seconds):
    fake, mh = world()
    fake.told = {"estimated_seconds": seconds}
    assert mh.submit("acme-1", prompt="hi").estimated_seconds is None


@pytest.mark.parametrize("fault", ["400", "refused"])
def test_what_is_sent_once_more_and_refused_is_told_as_it_was_refused(world, fault):
    fake, mh = world("lost before", "lost before")
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi")
    fake.plan = [fault] * 9
    looks = fake.looks
    with pytest.raises((BadRequest, ConnectFailed)):
        mh.resume(caught.value.token, resubmit=True)
    assert fake.tasks == []
    assert fake.looks - looks < 9


def test_what_is_sent_once_more_and_refused_within_one_call_stays_unknown(world):
    """The first may have been started all the same."""
    fake, mh = world("lost before", "400")
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi", resubmit=True)
    assert isinstance(caught.value.__cause__, BadRequest)
    assert fake.posts == 2


def test_after_the_last_refusal_there_is_one_look_more_and_no_pause(world, clock):
    fake, mh = world(*["429"] * 9)
    with pytest.raises(RateLimited):
        mh.submit("acme-1", prompt="hi")
    assert (fake.posts, fake.looks, clock.slept[-1]) == (4, 4, 0.0)


def test_of_twins_the_one_that_lives_is_read_once_more(world, caplog):
    """Another process may have settled the same at this moment; one alone is not read again."""
    fake, mh = world("lost", hidden=5)
    read = []
    find = fake.find

    def found(path):
        task = find(path)
        read.append(task["id"])
        if task["status"] == "pending":
            task["status"] = "processing"
        return task

    fake.find = found
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert (task.id, task.status) == ("task_0", "processing")
    assert set(read) == {"task_0", "task_1"}
    assert "twin could not be looked for" not in caplog.text
    read.clear()
    fake.plan = ["lost before"]
    assert mh.submit("acme-1", prompt="hi", resubmit=True).id == "task_2"
    assert read == []


def test_of_twins_one_lives_though_another_process_cancelled_the_other(world):
    fake, mh = world("lost", hidden=5)
    find = fake.find

    def found(path):
        next(task for task in fake.tasks if task["id"] == "task_0")["status"] = "failed"
        return find(path)

    fake.find = found
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert (task.id, task.status) == ("task_0", "failed")


def test_what_is_sent_once_more_without_an_answer_either_is_not_known(world, clock):
    fake, mh = world("lost before", "lost before")
    tokens = []
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi", resubmit=True, on_token=tokens.append)
    assert (fake.posts, fake.tasks) == (2, [])
    assert [caught.value.token] == tokens
    assert isinstance(caught.value.__cause__, ConnectionLost)


def test_what_is_sent_once_more_is_found_whatever_became_of_its_answer(world):
    fake, mh = world("lost before", "lost")
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert (fake.posts, task.id) == (2, "task_0")
    assert task in mh.tasks.list()


def test_the_token_is_there_before_anything_is_sent(world):
    fake, mh = world("lost", hidden=99)
    heard = []
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi", on_token=lambda token: heard.append((token, fake.posts)))
    assert heard == [(caught.value.token, 0)]


def test_a_job_whose_fate_is_unknown_stays_in_the_budget(world, registry, clock):
    fake, _ = world("lost before", "400")
    mh = ModelHunter("river_test_x", transport=fake, clock=clock, registry=registry, budget=1)
    with pytest.raises(SubmissionUnknown):
        mh.submit("acme-1", prompt="hi", duration=6)
    assert mh.spent == Decimal("0.60")
    with pytest.raises(BadRequest):
        mh.submit("acme-1", prompt="hi", duration=3)
    assert mh.spent == Decimal("0.60")


def test_what_others_spend_is_none_of_this_budget(world, registry, clock):
    fake, _ = world()
    mh = ModelHunter("river_test_x", transport=fake, clock=clock, registry=registry, budget=9)
    mine = mh.submit("acme-1", prompt="hi", duration=6)
    others = ModelHunter("river_test_x", transport=fake, clock=clock, registry=registry)
    theirs = others.submit("acme-1", prompt="hi", duration=10)
    for task in fake.tasks:
        task.update(status="succeeded", cost=0.25, result=[])
    mh.tasks.get(theirs.id).refresh()
    assert mh.spent == Decimal("0.60")
    mine.refresh()
    assert mh.spent == Decimal("0.25")


faults = st.lists(st.sampled_from(("fine", *BEFORE, *AFTER)), max_size=6)


@settings(
    max_examples=1500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=faults, hidden=st.integers(0, 6), lists=st.lists(st.sampled_from(["fine", "500"])))
def test_never_two_tasks_and_never_a_lost_one(world, plan, hidden, lists):
    fake, mh = world(*plan, hidden=hidden, lists=lists)
    tokens = []
    try:
        task = mh.submit("acme-1", prompt="hi", on_token=tokens.append)
    except SubmissionUnknown as error:
        assert tokens == [error.token]
        fake.hidden, fake.lists = 0, []
        if fake.tasks:
            assert mh.resume(error.token).id == fake.tasks[0]["id"]
    except ModelHunterError as error:
        assert not fake.tasks
        assert isinstance(error, BadRequest | RateLimited | ServerError | ConnectFailed)
    else:
        fake.hidden, fake.lists = 0, []
        assert task.id == fake.tasks[0]["id"]
        assert mh.resume(tokens[0]).id == task.id
    assert len(fake.tasks) <= 1


# ------------------------------------------------------------------- tokens


def test_a_task_goes_on_in_another_client(world, registry, clock):
    fake, mh = world()
    token = mh.submit("acme-1", prompt="a secret plan").resume_token()
    assert json.loads(token) == {"modelhunter": 1, "kind": "task", "id": "task_0"}
    other = ModelHunter("river_test_y", transport=fake, clock=clock, registry=registry)
    assert other.resume(token).id == "task_0"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no resume token"),
        ("task_1", "no resume token"),
        ("[]", "no resume token"),
        ('{"id": 1}', "no resume token"),
        ('{"modelhunter": 9, "kind": "task"}', "version"),
        ('{"modelhunter": 1, "kind": "task"}', "damaged"),
        ('{"modelhunter": 1, "kind": "task", "id": 7}', "damaged"),
        ('{"modelhunter": 1, "kind": "song", "id": "x"}', "damaged"),
        ('{"modelhunter": 1, "kind": ["task"], "id": "x"}', "damaged"),
        ('{"modelhunter": 1, "kind": "task", "id": "\\ud800"}', "damaged"),
        ('{"modelhunter": 1, "kind": "submission", "marker": "m"}', "damaged"),
        (SUBMISSION.replace("2026-", "0001-"), "damaged"),
        (SUBMISSION.replace("2026-", "9999-"), "damaged"),
        (SUBMISSION.replace("acme-1", "\\ud800"), "damaged"),
    ],
)
def test_what_is_no_token(world, text, says):
    _, mh = world()
    with pytest.raises(BadToken, match=says):
        mh.resume(text)


def test_tokens_know_their_time(world, clock):
    fake, mh = world("lost", hidden=4)
    tokens = []
    with pytest.raises(SubmissionUnknown):
        mh.submit("acme-1", prompt="hi", on_token=tokens.append)
    clock.seconds += timedelta(days=3).total_seconds()
    assert mh.resume(tokens[0]).id == "task_0"
    assert MARKER in fake.tasks[0]["metadata"]
