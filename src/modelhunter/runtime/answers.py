"""The whole of an answer: its value, and what came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.runtime.misfits import WireError

T = TypeVar("T")

_IDS = ("X-Request-ID", "Request-Id", "X-Correlation-ID", "X-Amzn-RequestId", "CF-Ray")


@frozen(kw_only=True)
class Answer(Generic[T]):
    """An answer as ``client.exchange(call)`` gives it.

    ``value`` is what ``client.send`` returns. ``headers`` has everything that came with it – an
    ``ETag`` for the next change, a ``Location``, what is left of a limit – under names that are
    found whatever their case. ``request_id`` is what to quote to the API's support. ``seconds`` is
    how long the call took, with ``attempts`` and the waits between them; ``last_seconds`` how long
    the attempt took that was answered. ``problems`` are the places where the answer is not what the
    description says, in a client that reads leniently.
    """

    value: T
    status: int
    headers: Mapping[str, str] = field(repr=lambda given: repr([*given]))
    request_id: str | None
    seconds: float
    last_seconds: float
    attempts: int
    problems: tuple[WireError, ...] = ()


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The id under which the API's support finds a request, where an answer has it."""
    found = (headers.get(name) for name in _IDS)
    return next((value for value in found if value), None)
