"""Providers whose models run on an HTTP API of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import Factory, frozen

from modelhunter.plugins.messages import summary
from modelhunter.runtime.call import ResponseDecoder
from modelhunter.runtime.decode import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from modelhunter.api.models import ResultItem, TaskError
    from modelhunter.runtime.call import Call

T = TypeVar("T")


@frozen(kw_only=True)
class Report:
    """What another API says about a job: when it takes it, and whenever the job is read.

    ``status`` is the API's own word, which :attr:`Backend.statuses` translates. ``progress`` is in
    percent, ``cost`` in USD. ``marker`` is the submission's, where the API keeps it. What is None
    is not known.
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


@frozen(kw_only=True)
class Backend:
    """An HTTP API other than ModelHunter's, on which a provider's models run.

    The capabilities' own calls start jobs there, and return a ``Call[Report]``. Retries, deadlines,
    waiting, downloading and tasks are what they are everywhere; a sandbox stands in for this API
    as for any other.

    Args:
        url: where the API is: scheme, host, perhaps a port and a path.
        read: the call that reads a job, by its id.
        cancel: the call that cancels a job, by its id; None where that can't be done.
        find: the call that lists the jobs begun since a moment, with their markers, so that one
            whose submission went unanswered is found again; None where that can't be done. Then
            such a submission ends as :class:`~modelhunter.SubmissionUnknown` at once.
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
    read: Callable[[str], Call[Report]]
    cancel: Callable[[str], Call[Any]] | None = None
    find: Callable[[datetime], Call[list[Report]]] | None = None
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
