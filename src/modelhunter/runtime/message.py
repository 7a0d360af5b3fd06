"""What goes through a transport: one HTTP request, one answer."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modelhunter.runtime.codings import Decoder


class Secret(str):
    """Text that is sent and not shown: its ``repr``, as tracebacks print it, has nothing of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'"


def _without_query(target: str) -> str:
    return repr(target.partition("?")[0])


@frozen
class FileContent:
    """A body that is streamed.

    ``open`` gives a binary file at its start, each time it is called; ``size`` is its length in
    bytes.
    """

    open: Callable[[], IO[bytes]]
    size: int


@define
class Request:
    """One HTTP request as it goes out.

    ``origin`` is scheme, host and port; ``target`` path and query, escaped. Timeouts are seconds;
    ``deadline`` is a moment on the monotonic clock that nothing outlasts, not even a body that
    drips (None: no such moment). With ``stream`` the body is left to be read bit by bit;
    otherwise it is read whole, up to ``max_body`` bytes.
    """

    method: str
    origin: str
    target: str = field(repr=_without_query)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | FileContent | None = field(default=None, repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    deadline: float | None = None
    stream: bool = False
    max_body: int = 32 * 1024 * 1024


@define
class Response:
    """An answer: ``headers`` look names up without regard to case.

    ``content`` is the whole body, or empty where the body is streamed; ``stream`` is then the
    transport's own handle on it, to be read and closed through the transport, and ``decoder`` what
    undoes its codings. What is read is decoded in either case.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    stream: Any = field(default=None, repr=False)
    decoder: Decoder | None = field(default=None, repr=False)
