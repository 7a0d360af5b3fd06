"""What a transport raises, worded once for all of them.

How far an exchange came decides whether the server may have acted on it: before the last byte of
the request was handed over it can't have, afterwards it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from modelhunter.errors import (
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    TimedOut,
    TransportError,
    UnexpectedResponse,
)

if TYPE_CHECKING:
    from modelhunter.runtime.message import Request

Phase = Literal["connecting", "sending", "sent"]
Failure = TypeVar("Failure", bound=TransportError)
_SYSTEM = ("builtins", "socket", "ssl")
"""Where errors are from that hold nothing but what the system says."""


def overdue(request: Request | None, phase: Phase, proxy: str | None = None) -> TimedOut:
    """The deadline of the whole call passed."""
    return TimedOut(
        f"{_where(request, proxy)}: the deadline for the whole call passed",
        delivered=_delivered(phase),
    )


def silent(request: Request | None, phase: Phase, proxy: str | None = None) -> TimedOut:
    """Nothing moved for longer than the read timeout."""
    seconds = f" for {request.read_timeout:g} s" if request else ""
    return TimedOut(
        f"{_where(request, proxy)}: the server was silent{seconds}", delivered=_delivered(phase)
    )


def not_connected(request: Request, reason: str, proxy: str | None = None) -> ConnectFailed:
    """There was no connection to send anything over."""
    return ConnectFailed(f"{_where(request, proxy)}: no connection: {reason}", delivered="no")


def lost(
    request: Request | None, phase: Phase, reason: str, proxy: str | None = None
) -> ConnectionLost:
    """The connection broke."""
    return ConnectionLost(
        f"{_where(request, proxy)}: the connection was lost: {reason}",
        delivered=_delivered(phase),
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


def caused(failure: Failure, error: BaseException) -> Failure:
    """Give a failure what the system said as its cause.

    The errors of HTTP libraries hold requests and proxies, with all that is secret in them, and
    the frames of every error hold local variables. None of that goes along.
    """
    first = innermost(error)
    if isinstance(first, OSError) and type(first).__module__ in _SYSTEM:
        first.__traceback__ = first.__cause__ = first.__context__ = None
        failure.__cause__ = first
    return failure


def innermost(error: BaseException) -> BaseException:
    """What caused an error first; the wrapping of libraries names objects and full URLs."""
    cause = error.__cause__ or error.__context__
    return error if cause is None else innermost(cause)


def _delivered(phase: Phase) -> Literal["no", "maybe"]:
    return "maybe" if phase == "sent" else "no"


def _where(request: Request | None, proxy: str | None) -> str:
    where = f"{request.method} {request.origin}" if request else "reading the answer"
    return where if proxy is None else f"{where} through the proxy {proxy}"
