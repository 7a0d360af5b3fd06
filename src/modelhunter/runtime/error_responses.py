"""From an answer that is an error to the exception that says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from modelhunter.errors import APIError, api_error_class
from modelhunter.runtime.clock import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response

Words = Callable[[Any], tuple[Any, Any, Any]]
"""Finds the code, the message and the details in the parsed JSON of an error."""


def error_from(
    call: Call[Any],
    response: Response,
    words: Words,
    now: datetime,
    advice: str | None = None,
    is_own: Callable[[Any], bool] | None = None,
) -> APIError:
    """The error that an answer stands for, in the words that are found in its body.

    ``now`` is what the clock says. ``is_own`` tells from the parsed JSON whether the API itself
    speaks, and nothing in between; by default it does where a code or a message is found.
    """
    body = _json_of(response.content)
    code, message, details = _found(words, body)
    own = is_own(body) if is_own is not None else _is_text(code) or _is_text(message)
    return api_error_class(response.status)(
        message if _is_text(message) else _without_words(response),
        status=response.status,
        code=code if isinstance(code, str) else None,
        details=details if isinstance(details, dict) else None,
        request_id=response.headers.get("X-Request-ID"),
        retry_after=_retry_after(response.headers, now),
        call=f"{call.method} {call.path}",
        advice=advice,
        is_own=own,
    )


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _json_of(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _found(words: Words, body: Any) -> tuple[Any, Any, Any]:
    try:
        return words(body)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
        # an error in a form that was not expected
        return None, None, None


def _without_words(response: Response) -> str:
    kind = response.headers.get("Content-Type") or "no content type"
    by = "" if response.proxy is None else f", through the proxy {response.proxy}"
    return f"it gave no reason that can be read ({kind}, {len(response.content)} bytes{by})"


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait: a number or a date (RFC 9110, section 10.2.3)."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        seconds = float(value)
    else:
        moment = http_date(value)
        if moment is None:
            return None
        seconds = max(0.0, (moment - now).total_seconds())
    return seconds if seconds <= LONGEST else None  # more says nothing of when


def date_of(response: Response) -> datetime | None:
    """The server's time of day when it answered; None where it does not say."""
    text = response.headers.get("Date")
    return None if text is None else http_date(text)


def http_date(text: str) -> datetime | None:
    """The moment that a header names (RFC 9110, section 5.6.7); None where it can't be read."""
    from email.utils import parsedate_to_datetime  # a slow import that is seldom needed

    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):  # numbers that no date has
        return None
