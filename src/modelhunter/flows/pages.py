"""Reading the task list, page by page and row by row.

A row that can't be read hides no other: it is passed over with a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from modelhunter.api import tasks as endpoints
from modelhunter.api.models.pagination import Pagination, decode_pagination
from modelhunter.api.models.task import decode_task
from modelhunter.errors import UnexpectedResponse
from modelhunter.runtime.call import Call, Operation, ResponseDecoder
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.error_responses import date_of
from modelhunter.runtime.events import log
from modelhunter.runtime.paging import Trail
from modelhunter.runtime.send import answered

if TYPE_CHECKING:
    from datetime import datetime

    from modelhunter.api.models import Task as TaskState
    from modelhunter.flows.context import Context
    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.message import Response

Row = dict[str, Any]
"""A task as the list has it: parsed JSON that has at least an id, nothing of it decoded."""

LARGEST = 100
"""Tasks per page, at most. Source: the documentation page "list tasks"."""

_MOST_EMPTY = 100
"""Pages in a row, such as an API may send that filters after it has cut a list into pages."""


@define
class Pages:
    """The tasks that match some filters, newest first.

    :meth:`next` reads one page after another, :meth:`rows` the same without decoding it.
    ``limit`` is how many tasks at most, in all; ``total`` how many the API says there are, once a
    page was read.
    """

    context: Context
    limit: int | None = field(default=None, kw_only=True)
    status: str | None = field(default=None, kw_only=True)
    provider: str | None = field(default=None, kw_only=True)
    model: str | None = field(default=None, kw_only=True)
    after: datetime | None = field(default=None, kw_only=True)
    before: datetime | None = field(default=None, kw_only=True)
    id_prefix: str | None = field(default=None, kw_only=True)
    total: int | None = field(default=None, init=False)
    _cursor: str | None = field(default=None, init=False)
    _trail: Trail = field(
        init=False, factory=lambda: Trail("GET /api/v1/tasks", "$.pagination.cursor")
    )
    _ended: bool = field(default=False, init=False)
    _empty: int = field(default=0, init=False)
    _response: Response | None = field(default=None, init=False)

    @property
    def date(self) -> datetime | None:
        """The API's time of day as of the last page that was read, where it says so."""
        return None if self._response is None else date_of(self._response)

    def next(self, *, seconds: float | None = None) -> Flow[list[TaskState] | None]:
        """The tasks of the next page; None after the last. Otherwise as :meth:`rows`."""
        if self.limit is not None and self.limit <= 0:
            return None
        page = yield from self._read(seconds)
        if page is None:
            return None
        read = (read_row(row) for row in page.data)
        found = [state for state in read if state is not None][: self.limit]
        if self.limit is not None:
            self.limit -= len(found)
        self._go_on(page)
        return found

    def rows(self, *, seconds: float | None = None) -> Flow[list[Row] | None]:
        """The next page; None after the last. ``seconds`` bounds this one call.

        Raises:
            UnexpectedResponse: the API says that more follows and gives no way to read it, or
            nothing but empty pages.
        """
        page = yield from self._read(seconds)
        if page is None:
            return None
        self._go_on(page)
        return page.data

    def _read(self, seconds: float | None) -> Flow[_Page | None]:
        if self._ended:
            return None
        page, response = yield from answered(
            _page(
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
        self._response = response
        return page

    def _go_on(self, page: _Page) -> None:
        self._empty = 0 if page.data else self._empty + 1
        if not page.pagination.has_more:
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
        self._cursor = self._trail.follow(page.pagination.cursor, more=True)


def read_row(row: Row) -> TaskState | None:
    """The task of a row; None, with a warning, where it can't be read."""
    try:
        return decode_task(row)
    except WireError as error:
        _passed_over(f"the task {row['id']!r}", error)
        return None


def _passed_over(what: str, why: WireError) -> None:
    log.warning("the task list: %s can't be read and is passed over: %s", what, why)


@frozen
class _Page:
    """A page whose rows are not decoded."""

    data: list[Row]
    pagination: Pagination


def _decode_page(value: Any) -> _Page:
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise WireError("a page of tasks", value)
    try:
        pagination = decode_pagination(value.get("pagination"))
    except WireError as error:
        raise error.under("pagination") from None
    rows = []
    for place, row in enumerate(value["data"]):
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            rows.append(row)
        else:
            _passed_over(f"row {place}", WireError("a task with its id", row))
    return _Page(rows, pagination)


_LISTING = endpoints.list_tasks().operation
_PAGE = Operation(
    _LISTING.id,
    _LISTING.method,
    _LISTING.path,
    _LISTING.safety,
    {"200": ResponseDecoder("json", _decode_page)},
    _LISTING.errors,
)


def _page(**filters: Any) -> Call[_Page]:
    return Call(_PAGE, query=endpoints.list_tasks(**filters).query)
