"""Lists that come in pages, read to their end: one way for each way that APIs have.

What an API's description does not say – which parameter leads to the next page, where the answer
has it – stands in a :data:`Paging`, made by hand or by the generator from an overlay file. Places
in an answer are paths of attributes (or keys): ``("pagination", "cursor")``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from attrs import define, evolve, field, frozen

from modelhunter.errors import UnexpectedResponse
from modelhunter.runtime.call import Call, JsonBody
from modelhunter.runtime.flow import Emit, Flow
from modelhunter.runtime.send import answered

if TYPE_CHECKING:
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import Session

T = TypeVar("T")
Path = tuple[str, ...]

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


@frozen(kw_only=True)
class Cursor:
    """Each answer has a word that leads to the next page; without one it is the last.

    ``parameter`` is where it is sent (in the body where ``in_body``), ``next`` where the answer has
    it, ``more`` where the answer says whether anything follows.
    """

    items: Path = ()
    parameter: str
    next: Path
    more: Path | None = None
    in_body: bool = False


@frozen(kw_only=True)
class Offset:
    """A page begins after so many items; an empty one, or one that reaches ``total``, is last."""

    items: Path = ()
    parameter: str
    total: Path | None = None
    in_body: bool = False


@frozen(kw_only=True)
class Page:
    """Pages have numbers from ``first``; an empty one, or the number ``pages``, is the last."""

    items: Path = ()
    parameter: str
    first: int = 1
    pages: Path | None = None
    in_body: bool = False


@frozen(kw_only=True)
class Link:
    """The address of the next page is in the ``Link`` header (RFC 8288), or at ``next``."""

    items: Path = ()
    next: Path | None = None


Paging = Cursor | Offset | Page | Link


@define
class Trail:
    """The cursors that led through a list so far: one that comes again leads in a circle."""

    call: str
    place: str
    _known: set[str] = field(factory=set, init=False)

    def follow(self, cursor: str | None, *, more: bool) -> str | None:
        """The cursor of the next page, or None where there is none.

        Raises:
            UnexpectedResponse: more follows, and there is no new cursor to read it with.
        """
        if not more:
            return None
        if not cursor or cursor in self._known:
            raise UnexpectedResponse(
                f"{self.call}: the answer says that more follows and gives no new cursor to read "
                "it with, so the list can't be read to its end",
                status=200,
                path=self.place,
            )
        self._known.add(cursor)
        return cursor


@define
class Pages(Generic[T]):
    """A list; :meth:`next` reads one page after another."""

    call: Call[T]
    paging: Paging
    session: Session
    _next: Call[T] | None = field(init=False)
    _trail: Trail = field(init=False)
    _read: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._next = self.call
        place = getattr(self.paging, "next", None) or ("Link",)
        self._trail = Trail(f"{self.call.method} {self.call.path}", ".".join(("$", *place)))

    def next(self) -> Flow[tuple[T, Sequence[Any]] | None]:
        """The next page and its items; None after the last.

        Raises:
            UnexpectedResponse: the pages don't lead to an end, or a page is not as ``paging`` says.
        """
        call = self._next
        if call is None:
            return None
        value, response = yield from answered(call, self.session)
        items = self._items(value)
        self._next = self._after(call, value, items, response)
        self._read += len(items)
        return value, items

    def _items(self, value: Any) -> Sequence[Any]:
        items = _at(value, self.paging.items)
        if items is None:
            return ()
        if isinstance(items, Sequence) and not isinstance(items, (str, bytes)):
            return items
        raise self._bad(f"there is no list of items but a {type(items).__name__}")

    def _bad(self, why: str) -> UnexpectedResponse:
        place = ".".join(("$", *self.paging.items))
        return UnexpectedResponse(f"{self._trail.call}: {why} ({place})", status=200, path=place)

    def _after(
        self, call: Call[T], value: T, items: Sequence[Any], response: Response
    ) -> Call[T] | None:
        paging = self.paging
        if isinstance(paging, Cursor):
            return self._by_cursor(paging, call, value)
        if isinstance(paging, Link):
            return self._by_link(paging, call, value, response)
        if isinstance(paging, Offset):
            read = self._read + len(items)
            total = self._number(value, paging.total)
            begun = _given(self.call, paging.parameter, in_body=paging.in_body) or 0
            follows = begun + read
            if not self._goes_on(items, total, follows):
                return None
            return _with(call, paging.parameter, follows, in_body=paging.in_body)
        number = _given(call, paging.parameter, in_body=paging.in_body)
        number = paging.first if number is None else number
        last = self._number(value, paging.pages)
        done = None if last is None else last + paging.first - 1
        if not self._goes_on(items, done, number):
            return None
        return _with(call, paging.parameter, number + 1, in_body=paging.in_body)

    def _goes_on(self, items: Sequence[Any], end: int | None, reached: int) -> bool:
        """Whether more follows: until the end that the API names, or else an empty page."""
        if end is None:
            return bool(items)
        if reached < end and not items:
            raise self._bad("a page is empty though the API says that more follows")
        return reached < end

    def _number(self, value: T, path: Path | None) -> int | None:
        found = None if path is None else _at(value, path)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def _by_cursor(self, paging: Cursor, call: Call[T], value: T) -> Call[T] | None:
        found = _at(value, paging.next)
        cursor = None if found is None or found == "" else str(found)
        more = cursor is not None if paging.more is None else bool(_at(value, paging.more))
        following = self._trail.follow(cursor, more=more)
        if following is None:
            return None
        return _with(call, paging.parameter, found, in_body=paging.in_body)

    def _by_link(self, paging: Link, call: Call[T], value: T, response: Response) -> Call[T] | None:
        if paging.next is None:
            address = next_link(response.headers.get("Link") or "")
        else:
            found = _at(value, paging.next)
            address = found if isinstance(found, str) else None
        if not address:
            return None
        target, where = own_target(self.session, call, address)
        if target is None:
            raise UnexpectedResponse(
                f"{self._trail.call}: the next page is at another address ({where}), to which "
                "nothing is sent",
                status=response.status,
                path=self._trail.place,
            )
        self._trail.follow(target, more=True)
        return evolve(call, link=target)


def own_target(session: Session, call: Call[Any], address: str) -> tuple[str | None, str]:
    """Where an address that an answer gave leads, and its origin.

    The first is the target of a call (:attr:`Call.link`), None where it leads out of the API: there
    credentials would go along. ``call`` is the one that it is relative to.
    """
    origin, base_path = session.place(call.operation)
    try:
        parts = urlsplit(urljoin(origin + base_path + call.target, address))
    except ValueError:  # such as brackets that don't close
        return None, "which is none"
    where, path = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", parts.path or "/"
    if f"{parts.scheme}://{parts.netloc}" != origin or not path.startswith(f"{base_path}/"):
        return None, where
    target = path.removeprefix(base_path)
    return target + (f"?{parts.query}" if parts.query else ""), where


def all_pages(pages: Pages[T]) -> Flow[None]:
    """Emit one page after another."""
    while (found := (yield from pages.next())) is not None:
        yield Emit(found[0])


def all_items(pages: Pages[Any]) -> Flow[None]:
    """Emit the items of one page after another."""
    while (found := (yield from pages.next())) is not None:
        for item in found[1]:
            yield Emit(item)


def next_link(header: str) -> str | None:
    """The address that a ``Link`` header has for ``rel="next"`` (RFC 8288)."""
    for link in _LINK.finditer(header):
        relation = _RELATION.search(link[2])
        words = (relation[1] or relation[2] or "") if relation else ""
        if "next" in words.lower().split():
            return link[1]
    return None


def _at(value: Any, path: Path) -> Any:
    """What stands at a place; None where there is nothing."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)
    return value


def _given(call: Call[Any], parameter: str, *, in_body: bool) -> int | None:
    """The number that a call has for a parameter, if any."""
    if in_body:
        body = call.body.value if isinstance(call.body, JsonBody) else None
        value = body.get(parameter) if isinstance(body, Mapping) else None
    else:
        value = next((text for name, text in call.query if name == parameter), None)
    try:
        return None if value is None else int(value)
    except ValueError:
        return None


def _with(call: Call[T], parameter: str, value: Any, *, in_body: bool) -> Call[T]:
    """The same call with another value for a parameter."""
    if not in_body:
        others = [pair for pair in call.query if pair[0] != parameter]
        return evolve(call, query=[*others, (parameter, str(value))])
    body = call.body if isinstance(call.body, JsonBody) else JsonBody({})
    return evolve(call, body=evolve(body, value={**body.value, parameter: value}))
