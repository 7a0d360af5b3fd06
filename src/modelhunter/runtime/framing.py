"""Cutting a body that comes bit by bit into its items: events, lines, parts.

A framer is fed with bytes as they come and gives the frames that are whole by then; nothing in
here waits, and how the bytes were cut up on the way makes no difference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = "[DONE]"
"""The data of an event that ends a stream of events, as is the custom."""

_BOUNDARY = re.compile(rb"(?:\r?\n)+--([^\r\n]{1,200}?)[ \t]*\r?\n").match
_NAMED_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]+)"|([^\s;,"]+))""", re.I).search
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ENDS = re.compile(rb"\r\n|\n|\r")


@frozen
class Frame:
    """One item as it came: its content, and what an event or a part says about itself.

    ``kind`` is the media type of a part, ``retry`` the milliseconds that an event asks to wait
    before its stream is opened again. A frame without content brings nothing but ``retry``.
    """

    content: bytes
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    kind: str | None = None
    empty: bool = False


class Framer(Protocol):
    """Cuts what it is fed with."""

    done: bool
    """Whether the stream itself said that it is over."""

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their frame."""
        ...

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole with these bytes."""
        ...

    def finish(self) -> Iterator[Frame]:
        """The frames that the end of the body makes whole."""
        ...


@define
class EventFramer:
    """``text/event-stream``, as HTML's standard reads it: an event that is not ended is none."""

    done: bool = field(default=False, init=False)
    _rest: bytearray = field(factory=bytearray, init=False)
    _begun: bool = field(default=False, init=False)
    _data: list[bytes] = field(factory=list, init=False)
    _event: str | None = field(default=None, init=False)
    _id: str | None = field(default=None, init=False)
    _retry: int | None = field(default=None, init=False)
    _size: int = field(default=0, init=False)

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their event."""
        return len(self._rest) + self._size

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The events that are whole with these bytes."""
        searched = max(0, len(self._rest) - 1)
        self._rest += data
        if not self._begun:
            if len(self._rest) < 3 and b"\xef\xbb\xbf".startswith(bytes(self._rest)):
                return
            self._begun, searched = True, 0
            if self._rest.startswith(b"\xef\xbb\xbf"):
                del self._rest[:3]
        position = 0
        while (end := _ENDS.search(self._rest, max(position, searched))) is not None:
            if end[0] == b"\r" and end.end() == len(self._rest):
                break  # a line feed may follow
            line = bytes(self._rest[position : end.start()])
            position = end.end()
            yield from self._line(line)
            if self.done:
                break
        del self._rest[:position]

    def finish(self) -> Iterator[Frame]:
        """The last event, where the body ends right behind its last line."""
        if self._rest and not self.done:
            yield from self._line(bytes(self._rest.rstrip(b"\r")))
            self._rest.clear()
        if not self.done:
            yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[Frame]:
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 10:
            self._retry = int(value)
            yield Frame(b"", retry=self._retry, empty=True)

    def _dispatch(self) -> Iterator[Frame]:
        lines, event = self._data, self._event
        self._data, self._event, self._size = [], None, 0
        if not lines:
            return
        content = b"\n".join(lines)
        if content.strip() == DONE.encode():
            self.done = True
            return
        yield Frame(content, event, self._id, self._retry)


@define
class LineFramer:
    """JSON lines, and JSON text sequences (RFC 7464): a value ends at a line feed alone."""

    done: bool = field(default=False, init=False)
    _rest: bytearray = field(factory=bytearray, init=False)

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their line."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The lines that are whole with these bytes."""
        searched, position = len(self._rest), 0
        self._rest += data
        while (end := self._rest.find(b"\n", max(position, searched))) >= 0:
            line = bytes(self._rest[position:end])
            position = end + 1
            yield from _line(line)
        del self._rest[:position]

    def finish(self) -> Iterator[Frame]:
        """The last line, which needs no line feed."""
        line = bytes(self._rest)
        self._rest.clear()
        yield from _line(line)


def _line(line: bytes) -> Iterator[Frame]:
    line = line.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\x1e")
    if line:
        yield Frame(line)


@define
class PartFramer:
    """A multipart body, part by part; without a boundary the first line of the body says it."""

    boundary: bytes | None = None
    done: bool = field(default=False, init=False)
    _rest: bytearray = field(factory=lambda: bytearray(b"\r\n"), init=False)
    _inside: bool = field(default=False, init=False)

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their part."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The parts that are whole with these bytes."""
        searched = len(self._rest)
        self._rest += data
        if self.boundary is None:
            found = _BOUNDARY(self._rest)
            if found is None:
                return
            self.boundary = bytes(found[1])
        mark = re.compile(rb"\r?\n--" + re.escape(self.boundary) + rb"(?:(--)|(?=[ \t]*\r?\n))")
        begin = max(0, searched - len(self.boundary) - 100)
        while not self.done and (end := mark.search(self._rest, begin)) is not None:
            part = bytes(self._rest[: end.start()])
            del self._rest[: end.end()]
            begin, self.done = 0, end[1] is not None
            if self._inside:
                yield _part(part)
            self._inside = True

    def finish(self) -> Iterator[Frame]:
        """Nothing: a part without its boundary was cut off."""
        return iter(())


def _part(data: bytes) -> Frame:
    """A part, from the end of its boundary's line on."""
    data = data.lstrip(b" \t")
    data = data[data.index(b"\n") + 1 :] if b"\n" in data else b""
    if data.startswith((b"\r\n", b"\n")):
        return Frame(data[data.index(b"\n") + 1 :])
    end = _HEAD_END.search(data)
    head, content = (data, b"") if end is None else (data[: end.start()], data[end.end() :])
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return Frame(content, kind=value.strip())
    return Frame(content)


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a media type names."""
    found = _NAMED_BOUNDARY(content_type)
    return None if found is None else (found[1] or found[2]).encode("latin-1", "replace")
