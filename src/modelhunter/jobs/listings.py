"""Lists of tasks: read page by page, shown in notebooks, turned into rows of tables."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable, Sequence

    from modelhunter.jobs.task_base import TaskView

MOST_ROWS = 20
"""Tasks that a notebook shows of a list."""

T = TypeVar("T", bound="TaskView")


class TaskListing(Iterator[T], Generic[T]):
    """The tasks that match, read as the iteration gets to them.

    In a notebook it shows its first tasks, which the iteration still gives.
    """

    def __init__(self, source: Generator[T, None, None]) -> None:
        self._source = source
        self._ahead: deque[T] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return self._ahead.popleft() if self._ahead else next(self._source)

    def close(self) -> None:
        """End it: no further page is read."""
        self._ahead.clear()
        self._source.close()

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each task that is left, for pandas, polars and tables of any kind."""
        return [task.to_dict() for task in self]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: tasks, read as they are asked for>"

    def _repr_html_(self) -> str:
        wanted = MOST_ROWS + 1 - len(self._ahead)
        self._ahead.extend(islice(self._source, max(wanted, 0)))
        return html_of_tasks([*self._ahead])


class AsyncTaskListing(AsyncIterator[T], Generic[T]):
    """The tasks that match, read as the iteration gets to them."""

    def __init__(self, source: AsyncGenerator[T, None]) -> None:
        self._source = source

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await anext(self._source)

    async def aclose(self) -> None:
        """End it: no further page is read."""
        await self._source.aclose()

    async def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each task that is left, for pandas, polars and tables of any kind."""
        return [task.to_dict() async for task in self]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: tasks, read as they are asked for>"


def html_of_tasks(tasks: Sequence[TaskView]) -> str:
    """Tasks as a table; of more than fit only the first."""
    from modelhunter.html_views import table

    return table(
        ("task", "model", "status", "created", "cost"),
        _rows(tasks[:MOST_ROWS]),
        note=f"the first {MOST_ROWS}; there are more" if len(tasks) > MOST_ROWS else "",
    )


def _rows(tasks: Iterable[TaskView]) -> Iterator[tuple[object, ...]]:
    for task in tasks:
        cost = None if task.cost is None else f"${task.cost:f}"
        yield task.id, task.model, task.status_in_short, f"{task.created_at:%Y-%m-%d %H:%M}", cost
