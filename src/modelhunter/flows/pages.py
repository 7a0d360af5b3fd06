"""Reading the task list, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter.api import tasks as endpoints
from modelhunter.errors import UnexpectedResponse
from modelhunter.runtime.error_responses import http_date
from modelhunter.runtime.paging import Trail
from modelhunter.runtime.send import answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from modelhunter.flows.context import Context
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.flow import Flow

LARGEST = 100
"""Tasks per page, at most. Source: the documentation page "list tasks"."""

_MOST_EMPTY = 100
"""Pages in a row, such as an API may send that filters after it has cut a list into pages."""


@define
class Pages:
    """The tasks that match some filters, newest first; :meth:`next` reads one page after another.

    ``limit`` is how many tasks at most, in all; ``total`` how many the API says there are, once a
    page was read. ``call`` makes the call that reads a page.
    """

    context: Context
    limit: int | None = field(default=None, kw_only=True)
    status: str | None = field(default=None, kw_only=True)
    provider: str | None = field(default=None, kw_only=True)
    model: str | None = field(default=None, kw_only=True)
    after: datetime | None = field(default=None, kw_only=True)
    before: datetime | None = field(default=None, kw_only=True)
    id_prefix: str | None = field(default=None, kw_only=True)
    call: Callable[..., Call[Any]] = field(default=endpoints.list_tasks, kw_only=True, repr=False)
    total: int | None = field(default=None, init=False)
    _cursor: str | None = field(default=None, init=False)
    _trail: Trail = field(
        init=False, factory=lambda: Trail("GET /api/v1/tasks", "$.pagination.cursor")
    )
    _ended: bool = field(default=False, init=False)
    _empty: int = field(default=0, init=False)
    _date: str | None = field(default=None, init=False)

    @property
    def date(self) -> datetime | None:
        """The API's time of day as of the last page that was read, where it says so."""
        return None if self._date is None else http_date(self._date)

    def next(self, *, seconds: float | None = None) -> Flow[list[Any] | None]:
        """The next page; None after the last. ``seconds`` bounds this one call.

        Raises:
            UnexpectedResponse: the API says that more follows and gives no way to read it, or
            nothing but empty pages.
        """
        if self._ended or (self.limit is not None and self.limit <= 0):
            return None
        page, response = yield from answered(
            self.call(
                status=self.status,
                provider=self.provider,
                model_id=self.model,
                start_date=self.after,
                end_date=self.before,
                search=self.id_prefix,
                limit=LARGEST if self.limit is None else min(self.limit, LARGEST),
                cursor=self._cursor,
            ),
            self.context.session,
            seconds=seconds,
        )
        self.total = page.pagination.total
        self._date = response.headers.get("Date")
        found: list[Any] = page.data if self.limit is None else page.data[: self.limit]
        if self.limit is not None:
            self.limit -= len(found)
        self._empty = 0 if page.data else self._empty + 1
        self._go_on(page.pagination.cursor, page.pagination.has_more)
        return found

    def _go_on(self, cursor: str | None, more: bool) -> None:
        if not more:
            self._ended = True
            return
        if self.limit == 0:
            return
        if self._empty == _MOST_EMPTY:
            raise UnexpectedResponse(
                f"GET /api/v1/tasks: {_MOST_EMPTY} pages in a row are empty and each says that "
                "more follows, so the list does not come to an end",
                status=200,
                path="$.pagination.hasMore",
            )
        self._cursor = self._trail.follow(cursor, more=True)
