"""What goes through a transport: one HTTP request, one answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, TypeVar, overload

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.misfits import WireError

T = TypeVar("T")


class Secret(str):
    """Text that is sent and not shown: its ``repr``, as tracebacks print it, has nothing of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'"

    def __getitem__(self, place: Any) -> Secret:
        return Secret(super().__getitem__(place))  # tools show the beginning of long text


class SecretBytes(bytes):
    """The same for bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'(hidden)'"


def unseen(given: T) -> T:
    """A secret, or a list of some, of which no ``repr`` shows anything; anything else as it is.

    What is given to a function is one of its local variables, which tools show when it fails; so
    whoever is given a secret puts this in its place first.
    """
    made: Any = given
    if isinstance(given, str):
        made = Secret(given)
    elif isinstance(given, bytes):
        made = SecretBytes(given)
    elif isinstance(given, (list, tuple)) and type(given) in (list, tuple):
        made = type(given)(map(unseen, given))
    return made  # type: ignore[no-any-return]


class Headers(Mapping[str, str]):
    """The headers of an answer. Names are found whatever their case.

    What came several times under one name is one value, joined by commas (RFC 9110, section 5.3).
    """

    __slots__ = ("_by_name", "_items")

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._items = tuple(items)
        self._by_name: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._found()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...

    @overload
    def get(self, name: str, default: T, /) -> str | T: ...

    def get(  # pyright: ignore[reportIncompatibleMethodOverride]  # str alone is a header's name
        self, name: str, default: Any = None, /
    ) -> Any:
        """The value of a header, or the default where it did not come."""
        return self._found().get(name.lower(), default)

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"  # a value may be a signed link

    def _found(self) -> dict[str, str]:
        found = self._by_name
        if found is None:
            found = {}
            for name, value in self._items:
                name = name.lower()
                found[name] = f"{found[name]}, {value}" if name in found else value
            self._by_name = found
        return found


def _without_query(target: str) -> str:
    return repr(target.partition("?")[0])


def _length(content: bytes) -> str:
    return f"<{len(content)} bytes>"


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

    ``home`` is set where the request follows a link: it is the host of the API that gave it, and
    addresses that are nearer to this machine than that host's are not connected to.
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
    home: str | None = None


@define
class Response:
    """An answer: ``headers`` look names up without regard to case.

    ``content`` is the whole body, or empty where the body is streamed; ``stream`` is then the
    transport's own handle on it, to be read and closed through the transport. What is read is
    decoded in either case. ``proxy`` is the address of the proxy that was given the request, if
    any, and may itself have answered it. ``problems`` are the places where it is not what the
    description says, in a client that reads leniently.
    """

    status: int
    headers: Mapping[str, str] = field(repr=lambda given: repr([*given]))
    content: bytes = field(default=b"", repr=_length)
    stream: Any = field(default=None, repr=False)
    proxy: str | None = None
    problems: tuple[WireError, ...] = ()
