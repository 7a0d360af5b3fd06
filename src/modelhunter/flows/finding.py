"""Finding the tasks of submissions in the task list, by the markers that they carry.

One look reads the list once, newest first, for any number of submissions, and no further back than
the oldest of them. How far that is, the API's own time says (the ``Date`` of its answers, or else
its newest task), as the clock of whoever began a submission may be wrong.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING

from attrs import define, field

from modelhunter.api.models import Task as TaskState
from modelhunter.api.models.task_status import find_task_status
from modelhunter.errors import ModelHunterError
from modelhunter.flows import backends
from modelhunter.flows.pages import Pages, read_row
from modelhunter.jobs.marker import MARKER
from modelhunter.runtime.decode import WireError, instant
from modelhunter.runtime.flow import Flow, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from modelhunter.flows.context import Context
    from modelhunter.flows.pages import Row
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.jobs.tokens import SubmissionToken

PAUSES = (0.0, 2.0, 5.0, 10.0)
"""Seconds before each look for a submission whose outcome is unknown; the last is repeated."""

_SKEW = timedelta(minutes=10)
"""How far the clock here and the API's may differ unnoticed."""

_LAST = 2.0
"""Seconds that are kept for the last look."""

_EVER = datetime(1970, 1, 2, tzinfo=UTC)
_UNLIMITED = float("inf")


@define
class Search:
    """Looks for the tasks of some submissions.

    What one look learns of the API's clock serves the next.
    """

    context: Context
    tokens: Sequence[SubmissionToken]
    since: dict[str | None, datetime] = field(factory=dict, init=False)
    """By provider with an API of its own: where looks begin, once the API's time is known."""

    def look(self, until: float = _UNLIMITED, each: float = _UNLIMITED) -> Flow[Found]:
        """All tasks that carry the markers of these submissions, by marker, the oldest first.

        ``until`` is the moment (monotonic) when the look must be over; ``each`` bounds every
        request of it, in seconds.
        """
        found: dict[str, dict[str, TaskView]] = {token.marker: {} for token in self.tokens}
        for via in dict.fromkeys(token.via for token in self.tokens):
            mine = {token.marker: token for token in self.tokens if token.via == via}
            yield from _List(self, via, mine, found, until, each).read()
        return {marker: sorted(twins.values(), key=_age) for marker, twins in found.items()}


Found = dict[str, list["TaskView"]]


def _age(task: TaskView) -> tuple[datetime, str]:
    return task.created_at, task.id


def kept(twins: Iterable[TaskView]) -> TaskView | None:
    """Which of the tasks of one submission lives: the oldest by the API's time, ids break ties.

    One that was cancelled is passed over, as is one that failed, while there is another.
    """
    ranks = {"cancelled": 2, "failed": 1}
    return min(twins, key=lambda task: (ranks.get(task.status, 0), *_age(task)), default=None)


def look(context: Context, token: SubmissionToken, seconds: float) -> Flow[TaskView | None]:
    """The task that came of a submission, looked for a few times within so many seconds.

    None where none is found, or where nothing can be looked for.

    Raises:
        ModelHunterError: the last look could not be made.
    """
    search = Search(context, [token])
    trouble: ModelHunterError | None = None
    looks = Looks(context, seconds if backends.can_find(context, token.via) else 0.0)
    while (yield from looks.next()):
        try:
            twins = (yield from search.look(looks.end, looks.each))[token.marker]
        except ModelHunterError as error:
            trouble = error
            continue
        trouble = None
        if twins:
            return kept(twins)
    if trouble is not None:
        raise trouble
    return None


@define
class Looks:
    """The moments of a few looks, each after a pause, all within some seconds."""

    context: Context
    seconds: float
    pauses: Iterator[float] = field(factory=lambda: chain(PAUSES, repeat(PAUSES[-1])))
    end: float = field(init=False)
    _slept: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self.end = self.context.session.clock.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until it is over, by the clock or (should that stand still) by the pauses."""
        return min(self.end - self.context.session.clock.monotonic(), self.seconds - self._slept)

    @property
    def each(self) -> float:
        """Seconds that a request of the present look may take, so that there is time for others."""
        return max(_LAST, self.left / 2)

    def next(self) -> Flow[bool]:
        """Let time pass until the next look; False where there is none."""
        wanted = next(self.pauses, None)
        if wanted is None or self.seconds <= 0:
            return False
        pause = min(wanted, self.left - _LAST)
        if wanted > 0:
            if pause <= 0:
                return False
            self._slept += pause
            yield Sleep(pause)
        return True


@define
class _List:
    """What one API lists, as it is read in one look."""

    search: Search
    via: str | None
    tokens: dict[str, SubmissionToken]
    found: dict[str, dict[str, TaskView]]
    until: float
    each: float

    def read(self) -> Flow[None]:
        began = [token.began for token in self.tokens.values()]
        oldest, latest = min(began), max(self.search.context.session.clock.now(), *began)
        learned = self.search.since.get(self.via)
        since = learned or oldest - _SKEW
        date = yield from self._read(since, None, oldest - latest)
        if learned is not None or all(self.found[marker] for marker in self.tokens):
            return
        if date is not None and latest - date <= _SKEW / 2:
            return
        # The clock here is ahead, or nobody says the time: what is sought may be older.
        earlier = None if date is None else oldest - (latest - date) - _SKEW
        date = yield from self._read(earlier, since + timedelta(seconds=1), oldest - latest)
        if earlier is None and date is not None:
            earlier = max(_EVER, date + (oldest - latest) - _SKEW)
        if earlier is not None:
            self.search.since[self.via] = earlier

    def _read(
        self, after: datetime | None, before: datetime | None, age: timedelta
    ) -> Flow[datetime | None]:
        """Look through what was begun between two moments; returns the API's time.

        Where it does not say, that is at least the time of its newest task; None where there is
        none. With no ``after``, the list is read down to what is older than the newest task by
        ``age``.
        """
        if self.via is not None:
            return (yield from self._read_there(self.via, after))
        pages = Pages(self.search.context, after=after, before=before)
        newest: datetime | None = None
        while (page := (yield from pages.rows(seconds=self._seconds()))) is not None:
            for row in page:
                self._take(row)
            newest = newest or next((at for row in page if (at := _created(row))), None)
            end = after or (newest and newest + age - _SKEW)
            last = _created(page[-1]) if page else None
            if end is not None and last is not None and last < end:
                break
        return pages.date or newest

    def _read_there(self, via: str, after: datetime | None) -> Flow[datetime | None]:
        reports, date = yield from backends.reports(
            self.search.context, via, after or _EVER, seconds=self._seconds()
        )
        for job in reports:
            token = _owner(job.marker, self.tokens)
            if token is not None:
                task = backends.started(self.search.context, token, job)
                self.found[token.marker].setdefault(task.id, task)
        return date or (_EVER if after is None else None)

    def _take(self, row: Row) -> None:
        metadata = row.get("metadata")
        token = _owner(metadata.get(MARKER), self.tokens) if isinstance(metadata, dict) else None
        if token is not None:
            task = self.search.context.bind(_state(row, token), None)
            task.submission = token
            self.found[token.marker].setdefault(task.id, task)

    def _seconds(self) -> float | None:
        session = self.search.context.session
        total = session.timeouts.total
        left = min(
            self.each,
            self.until - session.clock.monotonic(),
            _UNLIMITED if total is None else total,
        )
        return None if left == _UNLIMITED else max(0.0, left)


def _owner(carried: object, tokens: dict[str, SubmissionToken]) -> SubmissionToken | None:
    """The submission that a marker belongs to, also one that was sent once more."""
    while isinstance(carried, str) and carried:
        if carried in tokens:
            return tokens[carried]
        carried = carried.rpartition(".")[0]
    return None


def _created(row: Row) -> datetime | None:
    try:
        return instant(row.get("created_at"))
    except WireError:
        return None


def _state(row: Row, token: SubmissionToken) -> TaskState:
    """The task of a row that carries a marker: not even one that can't be read may be missed."""
    state = read_row(row)
    if state is not None:
        return state
    texts = {name: value for name, value in row.items() if isinstance(value, str)}
    status = texts.get("status", "pending")
    return TaskState(
        id=row["id"],
        type=texts.get("type", ""),
        status=find_task_status(status, status),
        provider=texts.get("provider", token.provider),
        model=texts.get("model", token.model),
        created_at=_created(row) or token.began,
        metadata=row["metadata"],
    )
