"""Watching many tasks with few requests.

Reading each of thousands of tasks singly is hopeless, so a round reads the task list in pages of
100 instead, from the newest task down to the oldest that is still open, and singly only what the
pages can't tell: the links of what has finished, and tasks that the pages missed. How deep to
read is decided by the number of requests: a lonely old task is cheaper to read by itself than
through all the pages above it. The requests of a round are spread over its pause.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import define, frozen

from modelhunter.api.models.task import decode_task
from modelhunter.flows import tasks
from modelhunter.flows.pages import LARGEST, Pages, Row
from modelhunter.flows.waiting import PASSING, OnUpdate, Patience, check_waiting, look, unread
from modelhunter.jobs.task_base import UNREAD, TaskView
from modelhunter.runtime.argument_checks import refused
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.flow import Callback, Emit, Flow, Gather

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from modelhunter.errors import ModelHunterError
    from modelhunter.flows.context import Context
    from modelhunter.jobs.polling import Polling

_AT_ONCE = 8
_MARGIN = timedelta(seconds=1)


def watch(
    context: Context,
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
    check_waiting(timeout, polling, on_update)
    patience = Patience(context, timeout, polling)
    given = yield from _tasks_of(context, watched, patience)
    given.sort(key=lambda task: task.created_at, reverse=True)
    here = [task for task in given if task.via is None]
    yield from _Watch(
        context,
        patience,
        on_update,
        unfinished=dict.fromkeys(given),
        here={
            task.id: Listed(task, place // LARGEST, task.status, task.progress)
            for place, task in enumerate(here)
        },
        provider=_common(task.provider for task in here),
        model=_common(task.model for task in here),
    ).run()


def _tasks_of(
    context: Context, watched: Iterable[TaskView | str], patience: Patience
) -> Flow[list[TaskView]]:
    """The tasks to watch. Many ids are looked up in the list, few and those left over singly."""
    found: list[TaskView] = []
    left: dict[str, TaskView] = {}
    for one in watched:
        if isinstance(one, str) and one:
            left[one] = unread(context, one)
        elif isinstance(one, TaskView):
            found.append(one)
        else:
            raise refused("watched", "tasks or ids", one)
    yield from _read_from_list(context, left, patience)
    found += [task for task in left.values() if task.status != UNREAD]
    rest = [task for task in left.values() if task.status == UNREAD]
    while rest:
        patience.begin(len(rest))
        troubles = yield Gather([look(context, task, patience, None) for task in rest], _AT_ONCE)
        found += [task for task in rest if task.status != UNREAD]
        rest = [task for task in rest if task.status == UNREAD]
        if rest:
            trouble = next((one for one in troubles if one is not None), None)
            yield from patience.go_on([*rest, *(task for task in found if not task.done)], trouble)
    return found


def _read_from_list(
    context: Context, left: Mapping[str, TaskView], patience: Patience
) -> Flow[None]:
    """Read many tasks through pages of the list, as long as that is cheaper than singly."""
    pages = Pages(context)
    missing, read = len(left), 1
    while read < missing:
        try:
            page = yield from pages.next(seconds=patience.remaining())
        except PASSING:
            return
        if page is None:
            return
        for state in page:
            task = left.get(state.id)
            if task is not None and task.status == UNREAD:
                context.seen(task, state)
                missing -= 1
        read += 1


@define(eq=False)
class Listed:
    """A task that has not finished, and what the list last said of it.

    ``page`` is where the list has it, as far as that is known; ``shown`` the last round whose
    pages showed it.
    """

    task: TaskView
    page: int
    status: str | None
    progress: float | None
    shown: int = 0


@frozen
class Round:
    """What one round reads: pages that cover the newest tasks, and the rest singly."""

    pages: int
    listed: Sequence[Listed]
    single: Sequence[Listed]


def plan(unfinished: Collection[Listed]) -> Round:
    """The cheapest round, by the number of requests."""
    per_page = Counter([one.page for one in unfinished])
    cheapest = single = left = len(unfinished)
    depth = 0
    for page in sorted(per_page):
        left -= per_page[page]
        if page + 1 + left < cheapest:
            cheapest, single, depth = page + 1 + left, left, page + 1
    if not single:
        return Round(depth, list(unfinished), [])
    return Round(
        depth,
        [one for one in unfinished if one.page < depth],
        [one for one in unfinished if one.page >= depth],
    )


@define
class _Watch:
    """The tasks that have not finished, from new to old, and those ``here`` that the list shows.

    The others live on an API of their provider's own, and are read singly.
    """

    context: Context
    patience: Patience
    on_update: OnUpdate
    unfinished: dict[TaskView, None]
    here: dict[str, Listed]
    provider: str | None
    model: str | None
    round: int = 0
    trouble: ModelHunterError | None = None

    def run(self) -> Flow[None]:
        yield from self._hand_out(list(self.unfinished))
        while self.unfinished:
            self.round += 1
            self.trouble = None
            ahead = plan(self.here.values())
            self.patience.begin(ahead.pages + len(ahead.single))
            single = [one.task for one in ahead.single]
            if len(self.here) < len(self.unfinished):
                single += [task for task in self.unfinished if task.via is not None]
            requests = ahead.pages + len(single)
            missed = yield from self._read_pages(ahead.listed, requests)
            yield from self._read_singly([*missed, *single], requests)
            self.patience.end(self.unfinished, self.trouble)

    def _hand_out(self, seen: Iterable[TaskView]) -> Flow[None]:
        """Emit those of these tasks that have finished, with their links."""
        finished = [task for task in seen if task.done and task in self.unfinished]
        bare = [task for task in finished if task.status in _LINKED and not task.outputs]
        if bare:
            yield Gather([self._read_links(task) for task in bare], _AT_ONCE)
        for task in finished:
            if task not in self.unfinished:
                continue
            if not task.done:  # this read lags behind the one before, so the next tells again
                if task.via is None:
                    self.here[task.id].status = None
                continue
            del self.unfinished[task]
            if task.via is None:
                del self.here[task.id]
            yield Emit(task)

    def _read_links(self, task: TaskView) -> Flow[None]:
        try:
            yield from tasks.refresh(self.context, task, seconds=self.patience.remaining())
        except PASSING:
            return  # what the list said stands; a download reads the task again by itself

    def _read_pages(self, listed: Sequence[Listed], requests: int) -> Flow[list[TaskView]]:
        """Read the list down to the oldest of these tasks; returns what it did not show."""
        if not listed:
            return []
        pages = Pages(
            self.context,
            after=listed[-1].task.created_at - _MARGIN,
            provider=self.provider,
            model=self.model,
        )
        left, number = len(listed), 0
        while left > 0:
            try:
                with tasks.leading_back_to(listed[0].task):
                    page = yield from pages.rows(seconds=self.patience.remaining())
            except PASSING as error:
                self.trouble = error
                yield from self._pause(1 / requests)
                return []
            if page is None:
                break
            shown, done = yield from self._take(page, number)
            left -= shown
            number += 1
            yield from self._hand_out(done)
            yield from self._pause(1 / requests)
        return [one.task for one in listed if self._missed(one)]

    def _pause(self, share: float) -> Flow[None]:
        if self.unfinished:
            yield from self.patience.pause(self.trouble, share)

    def _missed(self, one: Listed) -> bool:
        return one.shown != self.round and one.task in self.unfinished

    def _take(self, page: list[Row], number: int) -> Flow[tuple[int, list[TaskView]]]:
        """Take over what a page says; returns how many tasks it shows, and those that are done.

        A task of which the page can't be read counts as missed.
        """
        shown = 0
        done = []
        for item in page:
            one = self.here.get(item["id"])
            if one is None:
                continue
            one.page = number
            if one.shown != self.round:
                one.shown = self.round
                shown += 1
            status, progress = item.get("status"), item.get("progress")
            if status == one.status and progress == one.progress:
                continue
            try:
                state = decode_task(item)
            except WireError:
                one.shown = 0
                continue
            self.context.seen(one.task, state)
            one.status, one.progress = status, progress
            if self.on_update is not None:
                yield Callback(self.on_update, one.task)
            if one.task.done:
                done.append(one.task)
        return shown, done

    def _read_singly(self, group: Sequence[TaskView], requests: int) -> Flow[None]:
        for start in range(0, len(group), LARGEST):
            some = group[start : start + LARGEST]
            flows = [look(self.context, task, self.patience, self.on_update) for task in some]
            troubles = yield Gather(flows, _AT_ONCE)
            self.trouble = next((t for t in troubles if t is not None), self.trouble)
            yield from self._hand_out(some)
            yield from self._pause(len(some) / max(requests, len(group)))


_LINKED = frozenset({"succeeded", "expired"})
"""Final states in which a task has links, which the list leaves out."""


def _common(values: Iterable[str]) -> str | None:
    """The value that all share, to narrow the list by; None where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None
