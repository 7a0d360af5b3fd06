"""What a generated endpoint function returns: a request that has not been sent.

An :class:`Operation` holds what never changes about an endpoint (one object per endpoint, made at
import); a :class:`Call` adds the arguments of one use. Neither does any I/O.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Generic, Literal, TypeVar

from attrs import define, field, frozen

from modelhunter.errors import Unsendable
from modelhunter.runtime.escape import component

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

Safety = Literal["safe", "idempotent", "unsafe"]
"""How safe it is to send a call again: ``safe`` changes nothing, ``idempotent`` changes the same
thing once however often it is sent, ``unsafe`` may happen (and be paid) twice."""

AnswerKind = Literal["json", "text", "bytes", "empty"]


@frozen
class ResponseDecoder(Generic[T]):
    """How one kind of response becomes a value: what the body is, and what reads it.

    ``decode`` takes the parsed JSON, the text, the bytes, or None where the body is empty. With
    ``exact`` numbers of the JSON come with every digit, as decimals. ``charset`` is that of a text
    whose answer names none (None: UTF-8).
    """

    kind: AnswerKind
    decode: Callable[[Any], T]
    exact: bool = False
    charset: str | None = None


@frozen
class Operation(Generic[T]):
    """An endpoint: everything about it that is the same for every call.

    ``answers`` maps a status (``"200"``), a range (``"2XX"``) or ``"default"`` to how it is read;
    ``errors`` does the same for the documented failures. ``security`` says which credentials it is
    shown (:data:`modelhunter.runtime.auth.Needs`); None: those that the API's other calls are.
    ``server`` is the address of a server of its own (:mod:`modelhunter.runtime.servers`).
    ``stream`` is set where the answer may also come item by item: the media type to ask for, and
    what reads an item (:class:`modelhunter.runtime.items.ItemReader`).
    """

    id: str
    method: str
    path: str
    safety: Safety
    answers: Mapping[str, ResponseDecoder[T]] = field(factory=dict)
    errors: Mapping[str, ResponseDecoder[Any]] = field(factory=dict)
    security: tuple[tuple[str, ...], ...] | None = None
    server: str | None = None
    stream: tuple[str, Any] | None = None

    def answer(self, status: int) -> ResponseDecoder[T] | None:
        """How a successful response with this status is read, if the description says so.

        Where the description has one answer for success, any status of success brings that:
        servers answer 200 where they promise 202, and the content tells whether they mean it.
        """
        found = _by_status(self.answers, status)
        if found is None and 200 <= status < 300 and len(self.answers) == 1:
            return next(iter(self.answers.values()))
        return found

    def error(self, status: int) -> ResponseDecoder[Any] | None:
        """How a failed response with this status is read, if the description says so."""
        found = _by_status(self.errors, status)
        return self.answers.get("default") if found is None else found


def _by_status(table: Mapping[str, ResponseDecoder[T]], status: int) -> ResponseDecoder[T] | None:
    key = str(status)
    found = table.get(key)
    if found is None:
        found = table.get(f"{key[0]}XX")
    return table.get("default") if found is None else found


@frozen
class JsonBody:
    """A body sent as JSON; ``value`` holds nothing but what :func:`json.dumps` takes."""

    value: Any
    content_type: str = "application/json"


@frozen
class FormBody:
    """A body sent as ``application/x-www-form-urlencoded``."""

    pairs: Sequence[tuple[str, str]]


@frozen
class RawBody:
    """Bytes, or a seekable binary file that is streamed from its current position."""

    content: bytes | IO[bytes]
    content_type: str


@frozen
class Part:
    """One part of a multipart body; all but name and content may be left out."""

    name: str
    content: bytes | IO[bytes]
    filename: str | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class MultipartBody:
    """A body of several parts; files are streamed. ``content_type`` is that of the whole."""

    parts: Sequence[Part]
    content_type: str = "multipart/form-data"


Body = JsonBody | FormBody | RawBody | MultipartBody


@define
class Call(Generic[T]):
    """A request to one endpoint with its arguments, not sent yet.

    Give it to ``client.send`` (or ``await async_client.send``), which returns the ``T``.
    ``path_params`` are raw strings: :attr:`target` escapes them. ``link`` is path and query as an
    earlier answer gave them, to be sent as they are instead of those that the arguments make.
    """

    operation: Operation[T]
    path_params: Mapping[str, str] = field(factory=dict)
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(factory=dict)
    body: Body | None = None
    link: str | None = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.method

    @property
    def path(self) -> str:
        """The path template, as in the description."""
        return self.operation.path

    @property
    def safety(self) -> Safety:
        """How safe it is to send this call again."""
        return self.operation.safety

    @property
    def target(self) -> str:
        """Path and query as they are sent, with every parameter escaped.

        Raises:
            Unsendable: a path parameter is empty, ``.`` or ``..``, which would name another path.
        """
        if self.link is not None:
            return self.link
        path = self.operation.path
        for name, value in self.path_params.items():
            path = path.replace(f"{{{name}}}", _path_segment(name, value))
        if not self.query:
            return path
        return f"{path}{'&' if '?' in path else '?'}{query_text(self.query)}"


def query_text(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs as a query or a form has them; what is escaped already stays as it is."""
    return "&".join([f"{component(name)}={component(value)}" for name, value in pairs])


def _path_segment(name: str, value: str) -> str:
    if value in ("", ".", ".."):
        raise Unsendable(f"{name}={value!r} cannot be part of a path; give the id as the API did")
    return component(value)
