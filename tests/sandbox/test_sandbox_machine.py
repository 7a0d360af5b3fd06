"""Whatever is done in whatever order: the money adds up, states only move on, pages are whole."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from modelhunter.sandbox import Fault, ManualClock

ORDER = {"pending": 0, "queued": 1, "running": 2, "succeeded": 3, "expired": 3}
FREE = ("failed", "cancelled")


def machine_of(start):
    api = start(speed=1, clock=ManualClock(0), link_seconds=100, balance=Decimal(3))

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            api.sandbox.reset()
            self.seen: dict[str, str] = {}
            self.cost: dict[str, Decimal] = {}

        @rule(duration=st.integers(1, 16))
        def submit(self, duration):
            answer = api.submit(input={"prompt": "a cat", "duration": duration})
            cost = duration * Decimal("0.1")
            if answer.status == 202:
                id_ = answer.json()["data"]["id"]
                self.seen[id_], self.cost[id_] = "pending", cost
            else:
                assert answer.status == 402
                assert cost > self.left()

        @rule(kind=st.sampled_from(["failed_task", "stuck_task"]))
        def next_goes_wrong(self, kind):
            api.sandbox.faults.add(Fault(kind))

        @precondition(lambda self: self.seen)
        @rule(data=st.data())
        def cancel(self, data):
            id_ = data.draw(st.sampled_from(list(self.seen)))
            final = self.seen[id_] in ("succeeded", "expired", "failed", "cancelled")
            answer = api.send("DELETE", f"/tasks/{id_}")
            assert answer.status == (409 if final else 200)
            if not final:
                self.seen[id_] = "cancelled"

        @rule(seconds=st.sampled_from([0, 1, 2, 10, 30, 60, 101]))
        def time_passes(self, seconds):
            api.sandbox.advance(seconds)

        def left(self):
            return 3 - sum(self.cost[id_] for id_ in self.seen if self.seen[id_] not in FREE)

        @invariant()
        def the_money_adds_up(self):
            for id_ in self.seen:
                self.look(id_, api.task(id_)["status"])
            assert api.sandbox.balance == self.left()

        def look(self, id_, status):
            before = self.seen[id_]
            if before in FREE:
                assert status == before
            elif status != "failed":
                assert ORDER[status] >= ORDER[before]
            self.seen[id_] = status

        @invariant()
        def pages_hold_every_task_once(self):
            ids, cursor = [], ""
            while True:
                page = api.send("GET", f"/tasks?limit=3{cursor}").json()
                for task in page["data"]:
                    ids.append(task["id"])
                    self.look(task["id"], task["status"])
                if not page["pagination"]["hasMore"]:
                    break
                cursor = f"&cursor={page['pagination']['cursor']}"
            assert len(ids) == len(set(ids)) == page["pagination"]["total"]
            assert set(ids) == set(self.seen)

    return Machine


def test_any_order_of_things(start):
    run_state_machine_as_test(
        machine_of(start),
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
