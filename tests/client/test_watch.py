"""Watching many tasks: none is missed, and few requests are made."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter import ConnectionLost, ModelHunter, NotFound, WaitTimeout
from modelhunter.flows.watch import Listed, plan
from modelhunter.runtime.message import Response


def reply(body, status=200):
    return Response(status, {}, json.dumps(body).encode())


class Account:
    """An API in memory whose tasks end at set times; other tasks may turn up all the time."""

    def __init__(self, api, clock):
        self.api, self.clock = api, clock
        self.tasks = {}
        self.singles = 0
        self.pages = 0
        self.troubles = []
        self.unlisted = set()
        self.lagging = 0
        """How many single readings don't know yet how the task has ended."""
        self.on_request = lambda: None

    def add(self, ends_at, ends_as="succeeded", **more):
        task_id = f"task_{len(self.tasks):05}"
        created = self.clock.now().isoformat()
        self.tasks[task_id] = (ends_at, ends_as, created, more)
        return task_id

    def state(self, task_id, *, links):
        ends_at, ends_as, created, more = self.tasks[task_id]
        if self.clock.seconds < ends_at:
            task = self.api.task("running", id=task_id, created_at=created, **more)
        else:
            result = {} if links else {"result": None}
            task = self.api.task(ends_as, id=task_id, created_at=created, **result, **more)
        return task["data"]

    def send(self, request):
        self.on_request()
        self.clock.seconds += 0.001
        path = urlsplit(request.target)
        listing = path.path == "/api/v1/tasks"
        if listing:
            self.pages += 1
        else:
            self.singles += 1
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            if isinstance(trouble, int):
                return reply(self.api.refusal("RATE_LIMITED"), trouble)
            raise trouble
        if listing:
            return self.listing(parse_qs(path.query))
        task_id = path.path.rpartition("/")[2]
        if task_id not in self.tasks:
            return reply(self.api.refusal("TASK_NOT_FOUND"), 404)
        state = self.state(task_id, links=True)
        if self.lagging > 0:
            self.lagging -= 1
            state = {**state, "status": "running", "result": None}
        return reply({"success": True, "data": state})

    def listing(self, query):
        after = datetime.fromisoformat(query.get("startDate", ["2000-01-01T00:00:00Z"])[0])
        ids = [i for i in sorted(self.tasks, reverse=True) if i not in self.unlisted]
        if "cursor" in query:
            ids = [i for i in ids if i < query["cursor"][0]]
        ids = [i for i in ids if datetime.fromisoformat(self.tasks[i][2]) > after]
        page = ids[: int(query["limit"][0])]
        more = len(ids) > len(page)
        return reply(
            {
                "success": True,
                "data": [self.state(i, links=False) for i in page],
                "pagination": {"cursor": page[-1] if page else None, "hasMore": more, "total": 0},
            }
        )

    def close(self):
        pass


@pytest.fixture
def account(api, clock):
    return Account(api, clock)


@pytest.fixture
def watcher(account, clock, registry):
    return ModelHunter("river_test_x", transport=account, clock=clock, registry=registry)


def begin(account, watcher, *ends, apart=0.1):
    """Tasks begun one after the other that end so many seconds from now; without their reads."""
    tasks = []
    for end in ends:
        tasks.append(watcher.tasks.get(account.add(account.clock.seconds + end)))
        account.clock.seconds += apart
    account.singles = 0
    return tasks


def test_tasks_come_as_they_finish_with_their_links(account, watcher):
    tasks = begin(account, watcher, 30, 10, 20)
    finished = list(watcher.tasks.watch([*tasks, tasks[0]]))
    assert finished == [tasks[1], tasks[2], tasks[0]]
    assert all(task.outputs for task in finished)


def test_every_end_is_emitted(account, watcher):
    ids = [
        account.add(account.clock.seconds + 5, status)
        for status in ("succeeded", "failed", "cancelled", "expired")
    ]
    assert {t.id: t.status for t in watcher.tasks.watch(ids)} == dict(
        zip(ids, ("succeeded", "failed", "cancelled", "expired"), strict=True)
    )


def test_tasks_that_are_done_already_come_at_once(account, watcher, clock):
    tasks = begin(account, watcher, 0, 0, 0)
    for task in tasks:
        task.refresh()
    assert list(watcher.tasks.watch(tasks)) == [*reversed(tasks)]
    assert clock.slept == []


def test_thousands_cost_few_requests(account, watcher):
    tasks = begin(account, watcher, *[100] * 3000, apart=0.001)
    finished = list(watcher.tasks.watch(tasks, timeout=None))
    assert len(finished) == 3000
    rounds = 15 + 14
    assert account.singles == 3000
    assert account.pages <= rounds * 30 + 60
    assert account.pages <= rounds * 3000 / 50


def test_many_ids_are_looked_up_in_the_list(account, watcher):
    ids = [account.add(account.clock.seconds) for _ in range(300)]
    finished = list(watcher.tasks.watch([*ids, *ids]))
    assert sorted(task.id for task in finished) == ids
    assert account.singles == 300  # for their links
    assert account.pages <= 4


def test_ids_deep_in_the_list_cost_at_most_twice_their_own_reads(account, watcher):
    ids = [account.add(account.clock.seconds, "failed") for _ in range(5)]
    for _ in range(3000):
        account.add(account.clock.seconds)
    assert len(list(watcher.tasks.watch(ids))) == 5
    assert account.singles + account.pages <= 10


def test_a_lonely_old_task_is_read_by_itself(account, watcher):
    (old,) = begin(account, watcher, 60)
    begin(account, watcher, *[0] * 1000)
    new = begin(account, watcher, *[60] * 50)
    account.singles = account.pages = 0
    assert len(list(watcher.tasks.watch([old, *new]))) == 51
    assert account.pages < 80


def test_a_single_task_is_simply_read(account, watcher):
    (task,) = begin(account, watcher, 5)
    list(watcher.tasks.watch([task]))
    assert account.pages == 0


def test_a_task_that_the_list_does_not_show_is_not_missed(account, watcher):
    tasks = begin(account, watcher, 5, 5, 5, 5)
    account.unlisted = {tasks[2].id}
    assert set(watcher.tasks.watch(tasks)) == set(tasks)


def test_what_only_the_list_says_has_ended_is_waited_for(account, watcher):
    ids = [account.add(2000) for _ in range(4)]
    tasks = [watcher.tasks.get(task_id) for task_id in ids]
    account.lagging = 6
    found = list(watcher.tasks.watch(tasks))
    assert sorted(task.id for task in found) == ids
    assert all(task.status == "succeeded" and task.outputs for task in found)


def test_requests_are_spread_over_the_rounds(account, watcher, clock):
    tasks = begin(account, watcher, *[25] * 400, apart=0.001)
    list(watcher.tasks.watch(tasks))
    assert clock.slept[:8] == [pytest.approx(0.5)] * 8


def test_it_slows_down_when_told_to(account, watcher, clock):
    tasks = begin(account, watcher, *[30] * 10)
    account.troubles = [429] * 12
    list(watcher.tasks.watch(tasks))
    assert max(clock.slept) > 5


def test_trouble_passes(account, watcher):
    tasks = begin(account, watcher, *[20] * 10)
    lost = ConnectionLost("x", delivered="maybe")
    account.troubles = [lost] * 9 + [None, 502, 502, None] + [lost] * 5
    assert len(list(watcher.tasks.watch(tasks))) == 10


def test_time_is_over(account, watcher, clock):
    tasks = begin(account, watcher, 5, 500, 500)
    began = clock.seconds
    watching = watcher.tasks.watch(tasks, timeout=60)
    assert next(watching) is tasks[0]
    with pytest.raises(WaitTimeout) as caught:
        list(watching)
    assert set(caught.value.unfinished) == set(tasks[1:])
    assert clock.seconds - began == pytest.approx(60, abs=0.1)


def test_updates_are_told(account, watcher):
    tasks = begin(account, watcher, 5, 5, 5)
    seen = []
    list(watcher.tasks.watch(tasks, on_update=lambda t: seen.append((t.id, t.status))))
    assert sorted(seen) == [(task.id, "succeeded") for task in tasks]


def test_an_unknown_id(account, watcher):
    with pytest.raises(NotFound):
        list(watcher.tasks.watch(["task_nobody"]))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lives=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90)), min_size=1, max_size=250),
    more=st.integers(0, 3),
    hidden=st.sets(st.integers(0, 249), max_size=5),
    troubles=st.lists(
        st.sampled_from([None, None, 429, 500, ConnectionLost("x", delivered="maybe")]), max_size=30
    ),
)
def test_no_task_is_ever_missed(api, clock, registry, lives, more, hidden, troubles):
    """While pages are read, tasks end and others turn up."""
    account = Account(api, clock)
    watcher = ModelHunter("river_test_x", transport=account, clock=clock, registry=registry)
    statuses = ["succeeded", "failed", "cancelled"]
    tasks = []
    for n, (age, life) in enumerate(lives):
        task_id = account.add(clock.seconds + age + life, statuses[n % 3])
        tasks.append(watcher.tasks.get(task_id))
        clock.seconds += 0.05
    account.unlisted = {tasks[n].id for n in hidden if n < len(tasks)}
    account.troubles = troubles

    def meanwhile():
        for _ in range(more):
            if len(account.tasks) < 3000:
                account.add(clock.seconds + 5)

    account.on_request = meanwhile
    finished = list(watcher.tasks.watch(tasks, timeout=10_000))
    assert sorted(task.id for task in finished) == [task.id for task in tasks]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_the_cheapest_round_covers_every_task(places):
    tasks = [Listed(None, page, None, None) for page in sorted(places)]
    ahead = plan(tasks)
    assert [*ahead.listed, *ahead.single] == tasks
    assert all(one.page < ahead.pages for one in ahead.listed)
    requests = ahead.pages + len(ahead.single)
    assert requests == min(depth + sum(page >= depth for page in places) for depth in range(52))
