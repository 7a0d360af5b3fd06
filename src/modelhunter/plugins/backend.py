"""Providers whose models run on an HTTP API of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeVar

from attrs import Factory, field, frozen

from modelhunter.plugins.messages import summary
from modelhunter.runtime.call import Call, ResponseDecoder
from modelhunter.runtime.decode import WireError, without_query
from modelhunter.runtime.encode import base64_text
from modelhunter.runtime.flow import RunInThread

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from modelhunter.api.models import ResultItem, TaskError
    from modelhunter.runtime.message import FileContent

T = TypeVar("T")

Steps = Generator[Any, Any, T]
"""A function of a backend that takes several calls: a generator that yields each :class:`Call` (or
:class:`PutFile`, or a step of :mod:`modelhunter.runtime.flow`), is resumed with its value or with
the error that came instead, and returns a ``T``. All of it has the time of one call."""

Asked = Call[T] | Steps[T]
"""What a function of a backend returns: one call, or the steps of several."""


@frozen(kw_only=True)
class Report:
    """What another API says about a job: when it takes it, and whenever the job is read.

    ``status`` is the API's own word, which :attr:`Backend.statuses` translates. ``progress`` is in
    percent, ``cost`` in USD. ``marker`` is the submission's, where the API keeps it. What is None
    is not known. The address of an output may be relative to the API's, or a ``data:`` address
    (:func:`inline_result`).
    """

    id: str
    status: str
    progress: float | None = None
    outputs: Sequence[ResultItem] = ()
    error: TaskError | None = None
    cost: Decimal | None = None
    estimated_seconds: float | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    marker: str | None = None


@frozen
class FileToUpload:
    """A local file that a job needs at an address: its name, MIME type, size in bytes and SHA-256.

    :meth:`open` gives it at its start, for a :class:`~modelhunter.runtime.call.RawBody` or a part
    of a multipart body; it is streamed from there. :class:`PutFile` sends it to a link.
    """

    name: str
    content_type: str
    size: int
    sha256: bytes
    content: FileContent = field(repr=False)

    def open(self) -> IO[bytes]:
        """The binary file. It is not to be closed."""
        return self.content.open()


@frozen
class PutFile:
    """A step of an upload: PUT a file to a link, such as a storage's, without the API's key.

    ``headers`` come on top of the file's ``Content-Type``. It is tried again where that may help.
    """

    url: str = field(repr=without_query)
    file: FileToUpload
    headers: Mapping[str, str] = Factory(dict)


@frozen(kw_only=True)
class Backend:
    """An HTTP API other than ModelHunter's, on which a provider's models run.

    The capabilities' own calls start jobs there, and return a ``Call[Report]``. Retries, deadlines,
    waiting, downloading and tasks are what they are everywhere; a sandbox stands in for this API
    as for any other.

    Functions that ask the API return one call, or are generators of several (:data:`Steps`).

    Args:
        url: where the API is: scheme, host, perhaps a port and a path.
        read: reads a job, by its id.
        cancel: cancels a job, by its id; None where that can't be done.
        find: lists the jobs begun since a moment, all pages of them, with their markers, so that
            one whose submission went unanswered is found again; None where that can't be done. Then
            such a submission ends as :class:`~modelhunter.SubmissionUnknown` at once.
        upload: makes an address of a local file, such as :func:`inline`; None: ModelHunter's own
            upload does.
        event: the id of the job that a webhook's delivery (its JSON) is about, None where it is
            about none. The job is then read; nothing else in the delivery is believed.
        key_for_files: whether downloads from the API's own origin want its key.
        key_variable: the environment variable that holds the key; None where none is wanted.
        key_header: the header in which the key is sent, as ``key_format`` says.
        key_format: the header's value, with ``{key}`` in it.
        headers: further headers of every call.
        url_variable: an environment variable that overrides ``url``.
        statuses: our word (``queued``, ``running``, ``succeeded``, ``failed``, ``cancelled``, …)
            for each of the API's. A word that is missing stays as it is, and is waited on.
        error_words: the code and the message in the JSON of an error, each None where it has none;
            by default they are looked for where ModelHunter has them.
    """

    url: str
    read: Callable[[str], Asked[Report]]
    cancel: Callable[[str], Asked[Any]] | None = None
    find: Callable[[datetime], Asked[list[Report]]] | None = None
    upload: Callable[[FileToUpload], Asked[str]] | None = None
    event: Callable[[Any], str | None] | None = None
    key_for_files: bool = False
    key_variable: str | None = None
    key_header: str = "Authorization"
    key_format: str = "Bearer {key}"
    headers: Mapping[str, str] = Factory(dict)
    url_variable: str | None = None
    statuses: Mapping[str, str] = Factory(dict)
    error_words: Callable[[Any], tuple[str | None, str | None]] | None = None


def json_answer(decode: Callable[[Any], T]) -> ResponseDecoder[T]:
    """How an answer in JSON is read, for an operation written by hand.

    ``decode`` gets the parsed JSON. What it stumbles over (a member that is missing, a value of
    another type) ends as :class:`~modelhunter.UnexpectedResponse`.
    """

    def read(value: Any) -> T:
        try:
            return decode(value)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, WireError):
                raise
            raise WireError(f"another answer ({summary(error)})", value) from error

    return ResponseDecoder("json", read)


def ask(call: Call[T]) -> Steps[T]:
    """Send one call of several and get its value, typed; used with ``yield from``.

    Raises:
        APIError, TransportError, UnexpectedResponse: what the call raises, where it stands.
    """
    value: T = yield call
    return value


def inline(file: FileToUpload) -> Steps[str]:
    """A ``data:`` address of a file: the :attr:`Backend.upload` of an API that takes those."""

    def made() -> str:
        return _data_address(file.open().read(), file.content_type)

    address: str = yield RunInThread(made)
    return address


def inline_result(content: bytes | str, media_type: str) -> ResultItem:
    """An output that came in the answer itself, as bytes or as text.

    ``media_type`` is its MIME type, such as ``image/png``.
    """
    from modelhunter.api.models import ResultItem  # only for these

    raw = content.encode() if isinstance(content, str) else content
    return ResultItem(url=_data_address(raw, media_type), size_bytes=len(raw))


def _data_address(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64_text(content)}"
