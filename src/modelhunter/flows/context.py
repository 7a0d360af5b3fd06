"""What flows need of the client they work for."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from modelhunter.flows.sent import Sent
from modelhunter.flows.uploads import Uploads
from modelhunter.jobs.task_base import NOTHING_CAME, UNREAD
from modelhunter.printable import printable
from modelhunter.runtime.events import log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modelhunter.api.models import Task as TaskState
    from modelhunter.estimates import Estimate
    from modelhunter.flows.backends import Route
    from modelhunter.jobs.budget import Budget
    from modelhunter.jobs.polling import Polling
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.plugins.catalogue import Capability, Model, Provider
    from modelhunter.plugins.gates import Gate
    from modelhunter.plugins.registry import Registry
    from modelhunter.runtime.session import Session


@define(kw_only=True)
class Context:
    """The parts of a client that its flows share, blocking or async.

    ``make_task`` makes the client's own task object of what an API said about a task, and of the
    name of the provider on whose own API it runs (None: on ModelHunter's); ``route`` is the way
    to that. ``gates`` are those that jobs pass. ``in_sandbox`` says that a sandbox stands in for
    every API.
    """

    session: Session
    polling: Polling
    budget: Budget
    registry: Callable[[], Registry]
    make_task: Callable[[TaskState, str | None], Any]
    route: Callable[[str], Route]
    in_sandbox: bool
    gates: Callable[[], Sequence[Gate]] = tuple
    uploads: Uploads = field(factory=Uploads)
    sent: Sent = field(factory=Sent)

    def bounded(self) -> Context:
        """The same, for what must be over within the time of one call, retries and all."""
        return evolve(self, session=self.session.ending_at(self.session.deadline()))

    def bind(self, state: TaskState, via: str | None) -> Any:
        """The client's own task object of what an API said about a task."""
        self.sent.tasks.add((via, state.id))
        task = self.make_task(believed(state), via)
        self.settle(task)
        return task

    def seen(self, task: TaskView, state: TaskState) -> None:
        """Take note of what the API says about a task now."""
        before, task.latest = task.latest.status, believed(state)
        if state.status != before and before != UNREAD:
            self.changed(task, before)
        self.settle(task)

    def settle(self, task: TaskView) -> None:
        """Let a task that is done count in the budget with what it cost.

        One that came to nothing and has no cost counts nothing, any other without one its highest
        price.
        """
        if not task.done:
            return
        if task.cost is not None:
            self.budget.settle(task.id, task.cost)
        elif task.status in NOTHING_CAME:
            self.budget.settle(task.id, Decimal(0))

    def changed(self, task: TaskView, before: str | None) -> None:
        """Tell the observer that a task has another status; None: it was just submitted."""
        if self.session.observer is not None:
            self.session.observer.task_changed(task, before)

    def priced(
        self, provider: Provider, model: Model, capability: Capability, estimate: Estimate | None
    ) -> None:
        """Tell the observer what a job will cost."""
        if self.session.observer is not None:
            from modelhunter.plugins.observing import EstimateEvent  # there is one

            names = {"provider": provider.name, "model": model.id, "capability": capability.name}
            self.session.observer.estimated(EstimateEvent(**names, estimate=estimate))


_MOST = Decimal(10**9)
"""More USD than any task can cost."""


def believed(state: TaskState) -> TaskState:
    """What an API says about a task, without numbers that can't be: they count as not said."""
    if state.cost is not None and not (state.cost.is_finite() and 0 <= state.cost <= _MOST):
        _passed_over(state, f"it cost {state.cost}")
        state = evolve(state, cost=None)
    if state.progress is not None and not math.isfinite(state.progress):
        _passed_over(state, f"its progress is {state.progress}")
        state = evolve(state, progress=None)
    return state


def _passed_over(state: TaskState, what: str) -> None:
    log.warning(
        "the API says of task %s that %s; that can't be, and is passed over",
        printable(state.id),
        what,
    )
