"""What was prepared and kept: sent at once, or looked for first; one sweep finds them all."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from modelhunter import (
    AsyncModelHunter,
    BadRequest,
    BadToken,
    InvalidInput,
    ModelHunter,
    OverBudget,
    SubmissionUnknown,
)
from modelhunter.errors import ConnectionLost
from modelhunter.jobs.marker import MARKER
from modelhunter.runtime.message import Response

KEY = "river_test_secret"
TASKS = "/api/v1/tasks"


class Account:
    """An API in memory with a list in pages of 100; ``lose`` answers are lost after acting.

    ``ahead`` is how far the clients' clock is ahead of its own, ``dated`` whether it says the time.
    """

    def __init__(self, api, clock):
        self.api, self.clock = api, clock
        self.tasks, self.seen = [], []
        self.lose, self.refuse, self.hidden = 0, 0, 0
        self.dated, self.ahead = True, timedelta(0)

    def now(self):
        return self.clock.now() - self.ahead

    def send(self, request):
        path = urlsplit(request.target)
        self.seen.append((request.method, path.path))
        answer = self.answer(request, path)
        if self.dated:
            answer.headers["Date"] = self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return answer

    def answer(self, request, path):
        if request.method == "PUT":
            return Response(200, {}, b"")
        if path.path == "/api/v1/files/upload-url":
            return self.ok({"upload_url": "https://storage.modelhunter.ai/u", "file_id": "f"})
        if path.path.endswith("/complete"):
            return self.ok({"id": "f", "url": "https://cdn.modelhunter.ai/f.png"})
        if request.method == "POST":
            return self.started(json.loads(request.body))
        if path.path == TASKS:
            return self.listing({name: one[0] for name, one in parse_qs(path.query).items()})
        task = next(task for task in self.tasks if path.path.endswith(task["id"]))
        if request.method == "DELETE":
            task["status"] = "cancelled"
        return self.ok(task)

    def ok(self, data, status=200, **more):
        body = json.dumps({"success": True, "data": data, **more}).encode()
        return Response(status, {}, body)

    def started(self, body):
        if self.refuse:
            self.refuse -= 1
            return Response(400, {}, json.dumps(self.api.refusal("VALIDATION_ERROR")).encode())
        task = self.add(metadata=body["metadata"], input=body["input"])
        if self.lose:
            self.lose -= 1
            raise ConnectionLost("lost", delivered="maybe")
        return self.ok(self.api.accepted(**self.shown(task))["data"], 202)

    def shown(self, task):
        return {name: task[name] for name in ("id", "created_at")}

    def add(self, **more):
        facts = {"id": f"task_{len(self.tasks)}", "created_at": self.now().isoformat(), **more}
        self.tasks.append(self.api.task("running", **facts)["data"])
        return self.tasks[-1]

    def listing(self, query):
        assert "modelId" not in query, "the API may know the model by another name"
        if self.hidden:
            self.hidden -= 1
            rows = []
        else:
            since = query.get("startDate", "").replace("Z", "+00:00")
            until = query.get("endDate", "~").replace("Z", "+00:00")
            rows = [t for t in reversed(self.tasks) if since <= t["created_at"] <= until]
        start, limit = int(query.get("cursor", 0)), int(query["limit"])
        more = start + limit < len(rows)
        pagination = {"cursor": str(start + limit), "hasMore": more, "total": len(rows)}
        return self.ok(rows[start : start + limit], pagination=pagination)

    def lists(self):
        return self.seen.count(("GET", TASKS))

    def posts(self):
        return sum(method == "POST" and "/files/" not in path for method, path in self.seen)

    def alive(self):
        return [task["id"] for task in self.tasks if task["status"] != "cancelled"]

    def close(self):
        pass


@pytest.fixture
def account(api, clock):
    return Account(api, clock)


@pytest.fixture
def connect(account, clock, registry):
    def make(**options):
        return ModelHunter(KEY, transport=account, clock=clock, registry=registry, **options)

    return make


@pytest.fixture
def mh(connect):
    return connect()


def ready(mh, prompt="hi", **more):
    return mh.prepare("acme-1", prompt=prompt, duration=3, **more)


# ------------------------------------------------------------------- preparing


def test_preparing_checks_prices_uploads_and_starts_nothing(mh, account, tmp_path):
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    prepared = mh.prepare("acme-1", image=picture, duration=3, metadata={"shot": 1})
    assert (prepared.model, prepared.capability) == ("acme-1", "image-to-video")
    assert prepared.estimate.high == Decimal("0.30")
    assert prepared.inputs == {"image": "https://cdn.modelhunter.ai/f.png", "duration": 3}
    assert account.tasks == []
    token = json.loads(prepared.token)
    assert prepared.token == json.dumps(token, separators=(",", ":"))
    assert (token["modelhunter"], token["kind"]) == (1, "submission")
    assert token["input"] == prepared.inputs
    assert KEY not in prepared.token
    assert prepared.token not in repr(prepared)


def test_what_is_wrong_is_said_while_preparing(mh, connect, account):
    with pytest.raises(InvalidInput):
        mh.prepare("acme-1", promt="hi")
    with pytest.raises(OverBudget):
        mh.prepare("acme-1", image=b"\x89PNG\r\n\x1a\n", max_cost="0.01")
    with pytest.raises(OverBudget):
        connect(budget="0.01").prepare("acme-1", image=b"\x89PNG\r\n\x1a\n")
    assert account.seen == []


def test_what_is_only_prepared_takes_nothing_from_the_budget(connect):
    mh = connect(budget="0.50")
    jobs = [ready(mh) for _ in range(5)]
    assert mh.spent == 0
    mh.submit(jobs[0])
    assert mh.spent == Decimal("0.30")
    with pytest.raises(OverBudget):
        mh.submit(jobs[1])
    assert mh.spent == Decimal("0.30")


# ------------------------------------------------------------------- sending


@pytest.mark.parametrize("form", ["itself", "token"])
def test_what_was_never_sent_is_sent_at_once(mh, account, clock, form):
    prepared = ready(mh, metadata={"shot": 1}, webhook_url="https://me.example/")
    task = mh.submit(prepared if form == "itself" else prepared.token)
    assert (task.id, task.metadata) == ("task_0", {"shot": 1})
    assert account.seen == [("POST", "/api/v1/acme/text-to-video")]
    assert clock.slept == []


def test_another_process_sends_it(mh, connect, account):
    token = ready(mh).token
    assert connect().submit(token).id == "task_0"
    assert connect().resume(token).id == "task_0"
    assert account.posts() == 1


def test_sent_twice_by_mistake_it_is_looked_for(mh, account):
    prepared = ready(mh)
    first = mh.submit(prepared)
    assert mh.submit(prepared) == first
    assert mh.submit(prepared.token, resubmit=True) == first
    assert account.posts() == 1


def test_after_an_unknown_outcome_it_is_looked_for_and_not_sent(mh, account):
    prepared = ready(mh)
    account.lose, account.hidden = 1, 99
    with pytest.raises(SubmissionUnknown):
        mh.submit(prepared)
    with pytest.raises(SubmissionUnknown):
        mh.submit(prepared)
    assert account.posts() == 1
    account.hidden = 0
    assert mh.submit(prepared).id == "task_0"
    assert account.posts() == 1


def test_after_a_refusal_it_is_sent_at_once_again(mh, account):
    prepared = ready(mh)
    account.refuse = 1
    with pytest.raises(BadRequest):
        mh.submit(prepared)
    assert mh.submit(prepared).id == "task_0"
    assert account.lists() == 0


def test_a_token_has_all_of_its_job(mh, account):
    prepared = ready(mh)
    for more in ({"prompt": "x"}, {"metadata": {"a": 1}}, {"webhook_url": "https://x/"}):
        with pytest.raises(TypeError, match="token"):
            mh.submit(prepared.token, **more)
    with pytest.raises(TypeError, match="token"):
        mh.submit(prepared.token, "text-to-video")
    task = mh.submit(prepared)
    with pytest.raises(BadToken, match="started already"):
        mh.submit(task.resume_token())
    with pytest.raises(BadToken, match="no resume token"):
        mh.submit("{}")
    assert account.posts() == 1


def test_prices_are_kept_within_limits_when_it_is_sent(mh, account):
    prepared = ready(mh)
    with pytest.raises(OverBudget):
        mh.submit(prepared, max_cost="0.29")
    assert mh.submit(prepared, max_cost="0.30").id == "task_0"


def test_an_async_client_does_the_same(account, clock, registry):
    class Awaitable:
        async def send(self, request):
            return account.send(request)

        async def close(self):
            pass

    async def run():
        options = {"transport": Awaitable(), "clock": clock, "registry": registry}
        async with AsyncModelHunter(KEY, **options) as mh:
            prepared = await mh.prepare("acme-1", prompt="hi")
            unsent = await mh.prepare("acme-1", prompt="hi")
            task = await mh.submit(prepared)
            found = await mh.recover([prepared.token, unsent.token])
            return found == {prepared.token: task, unsent.token: None}

    assert asyncio.run(run())


# ------------------------------------------------------------------- resuming


def test_a_token_that_was_never_sent_costs_four_looks_and_one_for_a_twin(mh, account, clock):
    token = ready(mh).token
    task = mh.resume(token, resubmit=True)
    assert account.alive() == [task.id]
    assert account.lists() == 5
    assert sum(clock.slept) <= 17 + 5
    assert mh.resume(token, resubmit=True) == task
    assert account.lists() == 6


@pytest.mark.parametrize(("seconds", "looks"), [(0, 0), (1, 1), (17, 4), (60, 9)])
def test_how_long_a_job_is_looked_for(mh, account, clock, seconds, looks):
    token = ready(mh).token
    with pytest.raises(SubmissionUnknown):
        mh.resume(token, look_for=seconds)
    assert account.lists() == looks
    assert sum(clock.slept) <= seconds


# ------------------------------------------------------------------- recovering


def test_one_sweep_answers_for_all_tokens(mh, account, clock):
    for _ in range(700):  # long ago
        account.add()
    clock.seconds += 3600
    tokens = [ready(mh, f"clip {n}").token for n in range(64)]
    for token in tokens[::2]:
        mh.submit(token)
    for _ in range(100):
        account.add()
    found = mh.recover(tokens)
    assert list(found) == tokens
    assert [found[token] and found[token].id for token in tokens[:4]] == [
        "task_700",
        None,
        "task_701",
        None,
    ]
    assert sum(task is not None for task in found.values()) == 32
    assert account.lists() == 2  # 132 tasks since the oldest token


def test_a_sweep_reads_no_further_back_than_the_oldest_token(mh, account, clock):
    """… also where the API does not heed ``startDate``."""
    real = account.listing
    account.listing = lambda query: real({**query, "startDate": ""})
    for _ in range(700):
        account.add()
    clock.seconds += 3600
    token = ready(mh).token
    mh.submit(token)
    assert mh.recover([token])[token].id == "task_700"
    assert account.lists() == 1


def test_tokens_of_tasks_and_broken_ones(mh, account):
    task = mh.submit(ready(mh))
    gone = json.dumps({"modelhunter": 1, "kind": "task", "id": "task_9"})
    account.tasks[0]["status"] = "succeeded"
    real = account.answer

    def answer(request, path):
        if path.path.endswith("task_9"):
            return Response(404, {}, json.dumps(account.api.refusal("TASK_NOT_FOUND")).encode())
        return real(request, path)

    account.answer = answer
    token = task.resume_token()
    assert mh.recover([token, gone]) == {token: task, gone: None}
    assert mh.recover([]) == {}
    with pytest.raises(BadToken):
        mh.recover(["nonsense"])


def test_of_twins_the_sweep_gives_the_one_that_lives(mh, account):
    token = ready(mh).token
    mh.submit(token)
    marker = account.tasks[0]["metadata"][MARKER]
    account.add(metadata={MARKER: f"{marker}.77"})
    account.tasks[0]["status"] = "cancelled"
    assert mh.recover([token])[token].id == "task_1"


# ------------------------------------------------------------------- clocks and odd rows


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("hours", [-26, -1, 0, 1, 10, 26])
@pytest.mark.parametrize("others", [0, 250])
def test_a_wrong_clock_hides_no_job(mh, account, clock, dated, hours, others):
    account.dated, account.ahead = dated, timedelta(hours=hours)
    for _ in range(others):
        account.add()
    clock.seconds += 7200
    account.lose = 1
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert task.id == account.tasks[-1]["id"]
    assert account.posts() == 1
    assert account.lists() <= (2 if hours >= 0 else 3)


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("days", [0, 3])
def test_a_wrong_clock_hides_no_job_from_a_sweep(mh, account, clock, dated, days):
    account.dated, account.ahead = dated, timedelta(hours=10)
    token = ready(mh).token
    mh.submit(token)
    clock.seconds += days * 86_400
    account.add()
    assert mh.recover([token])[token].id == "task_0"


def test_an_own_row_that_can_not_be_read_is_found_all_the_same(mh, account, caplog):
    account.lose = 1
    odd = account.add
    account.add = lambda **more: odd(**more, progress="half")
    task = mh.submit("acme-1", prompt="hi")
    assert (task.id, task.status, account.posts()) == ("task_0", "running", 1)
    assert "$.progress" in caplog.text


def test_the_plugin_prepares_each_job_once(mh, account, registry):
    provider, _ = registry.model("acme-1")

    def shout(inputs):
        return {**inputs, "prompt": f"{inputs['prompt']}!"}

    louder = provider.refine("text-to-video", model="acme-1", prepare=shout)
    registry.model = lambda name: (louder, louder.models[0])
    for number, token in enumerate([ready(mh).token, ready(mh).token]):
        mh.submit(token) if number else mh.resume(token, resubmit=True)
    mh.submit("acme-1", prompt="hi")
    assert [task["input"]["prompt"] for task in account.tasks] == ["hi!"] * 3
