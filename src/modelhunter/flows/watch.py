"""Watching many tasks with few requests.

Reading each of thousands of tasks singly is hopeless, so a round reads the task list in pages of
100 instead, from the newest task down to the oldest that is still open, and singly only what the
pages can't tell: the links of what has finished, and tasks that the pages missed. How deep to
read is decided by the number of requests: a lonely old task is cheaper to read by itself than
through all the pages above it. The requests of a round are spread over its pause.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from modelhunter.api import tasks as endpoints
from modelhunter.api.models.pagination import Pagination, decode_pagination
from modelhunter.api.models.task import decode_task
from modelhunter.flows import tasks
from modelhunter.flows.pages import LARGEST, Pages
from modelhunter.flows.waiting import PASSING, OnUpdate, Patience, look
from modelhunter.runtime.call import Answer, Call, Operation
from modelhunter.runtime.flow import Emit, Flow, Notify, Together
from modelhunter.runtime.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelhunter.client.settings import Polling
    from modelhunter.client.view import TaskView
    from modelhunter.errors import ModelHunterError
    from modelhunter.flows.core import Core

_AT_ONCE = 8
_MARGIN = timedelta(seconds=1)


def watch(
    core: Core,
    watched: Iterable[TaskView | str],
    *,
    timeout: float | None,
    polling: Polling | None,
    on_update: OnUpdate,
) -> Flow[None]:
    """Emit each task (given itself or by id) as it finishes, however it ends.

    Raises:
        WaitTimeout: for what has not finished in time.
    """
    patience = Patience(core, timeout, polling)
    given: list[TaskView] = []
    for one in dict.fromkeys(watched):
        given.append((yield from tasks.get(core, one)) if isinstance(one, str) else one)
    given.sort(key=lambda task: task.created_at, reverse=True)
    yield from _Watch(
        core,
        patience,
        on_update,
        unfinished={task.id: task for task in given},
        provider=_common(task.provider for task in given if task.via is None),
        model=_common(task.model for task in given if task.via is None),
    ).run()


@frozen
class Round:
    """What one round reads: pages that cover the newest tasks, and the rest singly."""

    pages: int
    listed: Sequence[TaskView]
    single: Sequence[TaskView]


def plan(unfinished: Sequence[TaskView], ranks: dict[str, int]) -> Round:
    """The cheapest round, by the number of requests.

    ``unfinished`` is sorted from new to old; ``ranks`` says where in the list each was last seen,
    from 0 (a task that was not seen yet is taken to follow the one before it).
    """
    cheapest, covered, depth = len(unfinished), 0, 0
    rank = -1
    for place, task in enumerate(unfinished):
        rank = ranks.get(task.id, rank + 1)
        pages = rank // LARGEST + 1
        requests = pages + len(unfinished) - place - 1
        if requests < cheapest:
            cheapest, covered, depth = requests, place + 1, pages
    return Round(depth, unfinished[:covered], unfinished[covered:])


@define
class _Watch:
    """The tasks that have not finished, from new to old, and where in the list they were seen.

    Those that live on an API of their provider's own are in no list of ours, and read singly.
    """

    core: Core
    patience: Patience
    on_update: OnUpdate
    unfinished: dict[str, TaskView]
    provider: str | None
    model: str | None
    ranks: dict[str, int] = field(factory=dict)
    trouble: ModelHunterError | None = None

    def run(self) -> Flow[None]:
        yield from self._hand_out(list(self.unfinished.values()))
        while self.unfinished:
            self.trouble = None
            elsewhere = [task for task in self.unfinished.values() if task.via is not None]
            here = [task for task in self.unfinished.values() if task.via is None]
            ahead = plan(here, self.ranks)
            requests = ahead.pages + len(ahead.single) + len(elsewhere)
            missed = yield from self._read_pages(ahead, requests)
            yield from self._read_singly([*missed, *ahead.single, *elsewhere], requests)

    def _hand_out(self, seen: Iterable[TaskView]) -> Flow[None]:
        """Emit those of these tasks that have finished, with their links."""
        finished = [task for task in seen if task.done and task.id in self.unfinished]
        bare = [task for task in finished if task.status in _LINKED and not task.outputs]
        if bare:
            yield Together([self._read_links(task) for task in bare], _AT_ONCE)
        for task in finished:
            self.ranks.pop(task.id, None)
            if self.unfinished.pop(task.id, None) is not None:
                yield Emit(task)

    def _read_links(self, task: TaskView) -> Flow[None]:
        try:
            yield from tasks.refresh(self.core, task, seconds=self.patience.remaining())
        except PASSING:
            return  # what the list said stands; a download reads the task again by itself

    def _read_pages(self, ahead: Round, requests: int) -> Flow[list[TaskView]]:
        """Read the list down to the oldest task of a round; returns what it did not show."""
        expected = {task.id: task for task in ahead.listed}
        if not expected:
            return []
        pages = Pages(
            self.core,
            after=ahead.listed[-1].created_at - _MARGIN,
            provider=self.provider,
            model=self.model,
            call=_raw,
        )
        unread: list[TaskView] = []
        rank = 0
        while expected:
            try:
                with tasks.leading_back_to(ahead.listed[0]):
                    page = yield from pages.next(seconds=self.patience.remaining())
            except PASSING as error:
                self.trouble = error
                yield from self._pause(1 / requests)
                return []
            if page is None:
                break
            yield from self._hand_out((yield from self._take(page, rank, expected, unread)))
            rank += len(page)
            yield from self._pause(1 / requests)
        return [task for task in (*expected.values(), *unread) if task.id in self.unfinished]

    def _pause(self, share: float) -> Flow[None]:
        if self.unfinished:
            left = self.unfinished.values()
            yield from self.patience.pause(left, self.trouble, share)

    def _take(
        self,
        page: list[dict[str, Any]],
        rank: int,
        expected: dict[str, TaskView],
        unread: list[TaskView],
    ) -> Flow[list[TaskView]]:
        """Take over what a page says; returns the tasks that are done now.

        Those of which the page can't be read are added to ``unread``.
        """
        done = []
        for place, item in enumerate(page, rank):
            task = expected.pop(item["id"], None)
            if task is None:
                continue
            self.ranks[task.id] = place
            if item.get("status") != task.status or item.get("progress") != task.progress:
                try:
                    self.core.seen(task, decode_task(item))
                except WireError:
                    unread.append(task)
                    continue
                if self.on_update is not None:
                    yield Notify(self.on_update, task)
            if task.done:
                done.append(task)
        return done

    def _read_singly(self, group: Sequence[TaskView], requests: int) -> Flow[None]:
        for start in range(0, len(group), LARGEST):
            some = group[start : start + LARGEST]
            flows = [look(self.core, task, self.patience, self.on_update) for task in some]
            troubles = yield Together(flows, _AT_ONCE)
            self.trouble = next((t for t in troubles if t is not None), self.trouble)
            yield from self._hand_out(some)
            yield from self._pause(len(some) / max(requests, len(group)))


_LINKED = frozenset({"succeeded", "expired"})
"""Final states in which a task has links, which the list leaves out."""


def _common(values: Iterable[str]) -> str | None:
    """The value that all share, to narrow the list by; None where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


@frozen
class _RawPage:
    """A page whose tasks are not decoded: most have not changed since the last round."""

    data: list[dict[str, Any]]
    pagination: Pagination


def _decode_raw_page(value: Any) -> _RawPage:
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise WireError("a page of tasks", value)
    for place, item in enumerate(value["data"]):
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise WireError("a task", item, "data", place)
    try:
        return _RawPage(value["data"], decode_pagination(value.get("pagination")))
    except WireError as error:
        raise error.under("pagination") from None


def _raw(**filters: Any) -> Call[_RawPage]:
    call = endpoints.list_tasks(**filters)
    listing = call.operation
    operation = Operation(
        listing.id,
        listing.method,
        listing.path,
        listing.safety,
        {"200": Answer("json", _decode_raw_page)},
        listing.errors,
    )
    return Call(operation, query=call.query)
