"""Answers that are items one after another: events, JSON lines, parts of a multipart body.

A generated decoder is an :class:`ItemReader`. Called with a whole body it gives the list of its
items; :mod:`~modelhunter.runtime.streams` reads the same items while they come.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from attrs import frozen

from modelhunter.runtime.contents import text
from modelhunter.runtime.decode import Reader, WireError, list_of
from modelhunter.runtime.framing import (
    EventFramer,
    Frame,
    Framer,
    LineFramer,
    PartFramer,
    boundary_of,
)
from modelhunter.runtime.misfits import strictly

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

Framing = Literal["events", "lines", "parts"]


@frozen
class ItemReader(Generic[T]):
    """How items are cut from a body, and what reads one.

    With ``whole`` the description of an event is that of all of it, with its data, its name and
    its id as members; otherwise it is that of the data.
    """

    framing: Framing
    read: Reader[T]
    whole: bool = False
    exact: bool = False
    """Whether numbers come with every digit, as decimals."""

    def __call__(self, content: Any) -> list[T]:
        """All items of a whole body, given as bytes or as text."""
        return self.all_of(self.values(content))

    def values(self, content: Any) -> list[Any]:
        """What the items of a whole body hold, for :meth:`all_of`."""
        if not isinstance(content, (bytes, str)):
            raise WireError("text", content)
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        return [self.value(frame) for frame in all_frames(framer(self.framing, ""), data)]

    def all_of(self, values: Any) -> list[T]:
        """The items that these values are."""
        return list_of(values, self.read)

    def value(self, frame: Frame) -> Any:
        """What an item holds: JSON, text or bytes; for ``whole`` events, all that they say."""
        found = _value(frame, self.exact)
        if not self.whole:
            return found
        said = {"event": frame.event, "id": frame.id, "retry": frame.retry}
        event = {name: value for name, value in said.items() if value is not None}
        as_json = {"data": found, **event}
        as_text = {"data": frame.content.decode("utf-8", "replace"), **event}
        # data that is described as text is no JSON, also where it looks like some
        return as_text if not self._reads(as_json) and self._reads(as_text) else as_json

    def _reads(self, value: Any) -> bool:
        with strictly():
            try:
                self.read(value)
            except WireError:
                return False
        return True


def framer(framing: Framing, content_type: str) -> Framer:
    """What cuts a body of this kind."""
    if framing == "events":
        return EventFramer()
    return LineFramer() if framing == "lines" else PartFramer(boundary_of(content_type))


def all_frames(cutter: Framer, data: bytes) -> Iterator[Frame]:
    """The items of a whole body."""
    for found in (cutter.feed(data), cutter.finish()):
        for frame in found:
            if not frame.empty:
                yield frame


def framing_of(content_type: str) -> Framing | None:
    """How a body of this media type is cut into items; None where it is not made of any."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return "events"
    if kind.startswith("multipart/"):
        return "parts"
    known = ("jsonl", "ndjson", "json-lines", "jsonlines", "json-seq")
    main, _, sub = kind.partition("/")
    is_lines = main in ("application", "text") and sub.removeprefix("x-") in known
    return "lines" if is_lines else None


def _value(frame: Frame, exact: bool) -> Any:
    """What an item holds: JSON, or else its text; a part of another type is bytes."""
    kind = (frame.kind or "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        return text(frame.content, frame.kind or "") if kind.startswith("text/") else frame.content
    try:
        return json.loads(frame.content, parse_float=Decimal if exact else None)
    except (ValueError, RecursionError):
        return frame.content.decode("utf-8", "replace")


def events(item: Reader[T], *, whole: bool = False, exact: bool = False) -> ItemReader[T]:
    """A reader of ``text/event-stream``: the data of each event as JSON, up to ``[DONE]``."""
    return ItemReader("events", item, whole, exact)


def json_lines(item: Reader[T], *, exact: bool = False) -> ItemReader[T]:
    """A reader of JSON lines: one JSON value per line."""
    return ItemReader("lines", item, exact=exact)


def parts(item: Reader[T], *, exact: bool = False) -> ItemReader[T]:
    """A reader of a multipart body whose parts are items of one kind."""
    return ItemReader("parts", item, exact=exact)
