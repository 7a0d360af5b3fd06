"""What a client has spent, whatever the API says of costs."""

from __future__ import annotations

import asyncio
import json
import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter import AsyncModelHunter, ModelHunter, OverBudget, TaskCancelled, TaskFailed
from modelhunter.api.models import Task
from modelhunter.estimates import Estimate
from modelhunter.flows.context import believed
from modelhunter.jobs.budget import Budget, amount
from modelhunter.runtime.message import Response

PRICE = Decimal("0.30")  # of three seconds


class Till:
    """An API whose tasks are as ``states`` says, one after the other; ``costs`` are JSON."""

    def __init__(self, api, states=("running",), cost=None, **more):
        self.api, self.states, self.cost, self.more = api, list(states), cost, more
        self.posts = 0

    def send(self, request):
        if request.method == "POST":
            self.posts += 1
            return self.say(self.api.accepted(id=f"task_{self.posts}"), 202)
        if request.method == "DELETE":
            self.states = ["cancelled"]
            return self.say({"success": True, "data": {"id": "task_1", "status": "cancelled"}})
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        name = request.target.rpartition("/")[2]
        answer = self.api.task(state, id=name, **self.more)
        if self.cost is not None:
            answer["data"]["cost"] = "@"
        return self.say(answer)

    def say(self, body, status=200):
        text = json.dumps(body).replace('"@"', str(self.cost))
        return Response(status, {}, text.encode())

    def close(self):
        pass


@pytest.fixture
def client(api, clock, registry):
    def make(*states, **how):
        till = Till(api, states or ("running",), **how)
        return ModelHunter("river_x", transport=till, clock=clock, registry=registry, budget=1)

    return make


def submit(mh):
    return mh.submit("acme-1", prompt="hi", duration=3)


NOT_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-5", "-0.01", "-1e-300"]


@pytest.mark.parametrize("cost", NOT_NUMBERS)
@pytest.mark.parametrize("state", ["succeeded", "expired"])
def test_a_cost_that_can_not_be_counts_as_unknown(client, cost, state, caplog):
    mh = client("running", state, cost=cost)
    task = submit(mh)
    try:
        task.wait()
    finally:
        assert (task.status, task.cost) == (state, None)
        assert mh.spent == PRICE
    assert "can't be" in caplog.text
    assert [submit(mh).id for _ in range(2)] == ["task_2", "task_3"]
    with pytest.raises(OverBudget):
        submit(mh)


def estimate(high):
    return Estimate(
        low=Decimal(0), high=Decimal(high), as_of=datetime(2026, 3, 1, tzinfo=UTC).date()
    )


def test_a_job_may_take_all_that_is_left_and_no_cent_more():
    budget = Budget(Decimal("1.00"))
    assert budget.reserve(estimate("0.60"), None, "a job") == Decimal("0.60")
    assert budget.reserve(estimate("0.40"), None, "a job") == Decimal("0.40")
    with pytest.raises(OverBudget):
        budget.reserve(estimate("0.01"), None, "a job")
    assert budget.spent == 1


def test_without_any_limit_nothing_is_set_aside():
    budget = Budget(None)
    assert budget.reserve(estimate("0.60"), None, "a job") == 0
    assert budget.reserve(None, None, "a job") == 0
    budget.assign(Decimal(0), "task_1")
    budget.settle("task_1", Decimal(5))
    assert budget.spent == 0


@pytest.mark.parametrize(
    ("limit", "max_cost", "said"),
    [("2", None, "2"), (None, "3", "3"), ("2", "3", "3"), ("2", "0", "0"), ("0", None, "0")],
)
def test_a_job_of_an_unknown_price_is_refused_unless_it_is_accepted(limit, max_cost, said):
    budget = Budget(amount(limit, "budget"))
    most = amount(max_cost, "max_cost")
    with pytest.raises(OverBudget, match="no known price") as caught:
        budget.reserve(None, most, "a job")
    assert (caught.value.estimate, caught.value.limit) == (None, Decimal(said))
    assert budget.reserve(None, most, "a job", allow_unpriced=True) == Decimal(0)
    assert budget.spent == 0


def test_what_a_job_of_an_unknown_price_cost_counts_once_it_is_known():
    budget = Budget(Decimal(1))
    budget.assign(budget.reserve(None, None, "a job", allow_unpriced=True), "task_1")
    assert budget.spent == 0
    budget.settle("task_1", Decimal("0.75"))
    assert budget.spent == Decimal("0.75")
    with pytest.raises(OverBudget):
        budget.reserve(estimate("0.26"), None, "a job")


def test_nothing_is_an_amount():
    assert amount(0, "budget") == 0
    assert amount(None, "budget") is None


@pytest.mark.parametrize("state", ["failed", "cancelled"])
@pytest.mark.parametrize("cost", [None, *NOT_NUMBERS])
def test_a_job_that_came_to_nothing_gives_its_part_back(client, state, cost):
    mh = client("running", state, cost=cost)
    for _ in range(6):
        task = submit(mh)
        assert mh.spent == PRICE
        with pytest.raises((TaskFailed, TaskCancelled)):
            task.wait()
        assert mh.spent == 0
        mh._driver.transport.states = ["running", state]


def test_a_job_that_failed_and_cost_something_counts_with_that(client):
    mh = client("failed", cost="0.02")
    with pytest.raises(TaskFailed):
        submit(mh).wait()
    assert mh.spent == Decimal("0.02")


def test_cancelling_gives_the_part_back(client):
    mh = client()
    task = submit(mh)
    assert mh.spent == PRICE
    task.cancel()
    assert mh.spent == 0


@pytest.mark.parametrize("way", ["get", "resume", "refresh", "watch"])
def test_whoever_reads_the_task_settles_it(client, way):
    mh = client("failed")
    task = submit(mh)
    if way == "get":
        mh.tasks.get(task.id)
    elif way == "resume":
        mh.resume(task.resume_token())
    elif way == "refresh":
        task.refresh()
    else:
        list(mh.tasks.watch([task.id]))
    assert mh.spent == 0


@pytest.mark.parametrize("progress", ["NaN", "Infinity", "-Infinity"])
def test_progress_that_can_not_be_is_none(api, clock, registry, progress):
    till = Till(api, ("running", "running", "succeeded"))
    real = till.say

    def say(body, status=200):
        if status == 200:
            body["data"]["progress"] = float(progress.replace("Infinity", "inf"))
        return real(body, status)

    till.say = say
    mh = ModelHunter("river_x", transport=till, clock=clock, registry=registry)
    seen = []
    submit(mh).wait(on_update=lambda task: seen.append((str(task.status), task.progress)))
    assert seen == [("running", None), ("succeeded", None)]


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1, 1e300])
def test_seconds_that_can_not_be_are_not_expected(client, api, seconds):
    mh = client()
    real = mh._driver.transport.api.accepted
    mh._driver.transport.api = type(
        "Odd", (), {"accepted": staticmethod(lambda **m: real(**m, estimated_seconds=seconds))}
    )
    assert submit(mh).estimated_seconds is None


@given(st.lists(st.floats() | st.integers() | st.none(), max_size=6))
def test_spent_is_always_a_number_within_the_budget(costs):

    budget = Budget(Decimal(1))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number, cost in enumerate(costs):
        estimate = Estimate(low=PRICE, high=PRICE, likely=PRICE, as_of=now.date())
        try:
            budget.assign(budget.reserve(estimate, None, "a job"), f"task_{number}")
        except OverBudget:
            continue
        given = None if cost is None else Decimal(repr(cost))
        state = Task(
            id=f"task_{number}",
            type="video",
            status="succeeded",
            provider="acme",
            model="acme-1",
            created_at=now,
            cost=given,
        )
        real = believed(state).cost
        if real is not None:
            budget.settle(state.id, min(real, PRICE))
        assert budget.spent.is_finite()
        assert 0 <= budget.spent <= 1


def test_the_async_client_counts_the_same(api, clock, registry):

    till = Till(api, ("failed",))

    class Awaitable:
        async def send(self, request):
            return till.send(request)

        async def close(self):
            pass

    async def run():
        options = {"clock": clock, "registry": registry, "budget": 1, "transport": Awaitable()}
        async with AsyncModelHunter("river_x", **options) as mh:
            with pytest.raises(TaskFailed):
                await (await submit(mh)).wait()
            return mh.spent

    assert asyncio.run(run()) == 0
