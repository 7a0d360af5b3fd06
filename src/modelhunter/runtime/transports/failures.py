"""What a transport raises, worded once for all of them.

How far an exchange came decides whether the server may have acted on it: before the last byte of
the request was handed over it can't have, afterwards it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from modelhunter.errors import (
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    TimedOut,
    UnexpectedResponse,
)

if TYPE_CHECKING:
    from modelhunter.runtime.message import Request

Phase = Literal["connecting", "sending", "sent"]


def overdue(request: Request | None, phase: Phase) -> TimedOut:
    """The deadline of the whole call passed."""
    return TimedOut(
        f"{_where(request)}: the deadline for the whole call passed", delivered=_delivered(phase)
    )


def silent(request: Request | None, phase: Phase) -> TimedOut:
    """Nothing moved for longer than the read timeout."""
    seconds = f" for {request.read_timeout:g} s" if request else ""
    return TimedOut(
        f"{_where(request)}: the server was silent{seconds}", delivered=_delivered(phase)
    )


def not_connected(request: Request | None, reason: str) -> ConnectFailed:
    """There was no connection to send anything over."""
    return ConnectFailed(f"{_where(request)}: no connection: {reason}", delivered="no")


def lost(request: Request | None, phase: Phase, reason: str) -> ConnectionLost:
    """The connection broke."""
    return ConnectionLost(
        f"{_where(request)}: the connection was lost: {reason}", delivered=_delivered(phase)
    )


def too_large(request: Request, status: int) -> UnexpectedResponse:
    """The answer's body is over the request's ``max_body``."""
    return UnexpectedResponse(
        f"{request.method} {request.target.partition('?')[0]}: the answer ({status}) is larger "
        f"than {request.max_body} bytes and was not read",
        status=status,
    )


def closed() -> ConfigurationError:
    """The transport was closed."""
    return ConfigurationError("this client is closed; make a new one")


def without_frames(error: BaseException) -> BaseException:
    """An error and its causes without the frames of the libraries that raised them.

    Tools that print local variables would find the key and signed links in those.
    """
    step: BaseException | None = error
    while step is not None:
        step.__traceback__ = None
        step = step.__cause__ or step.__context__
    return error


def innermost(error: BaseException) -> BaseException:
    """What caused an error first; the wrapping of libraries names objects and full URLs."""
    cause = error.__cause__ or error.__context__
    return error if cause is None else innermost(cause)


def _delivered(phase: Phase) -> Literal["no", "maybe"]:
    return "maybe" if phase == "sent" else "no"


def _where(request: Request | None) -> str:
    return f"{request.method} {request.origin}" if request else "reading the answer"
