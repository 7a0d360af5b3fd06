"""From an answer that is an error to the exception that says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from modelhunter.errors import APIError, api_error_class
from modelhunter.runtime.header_values import http_date, seconds_to_wait

if TYPE_CHECKING:
    from datetime import datetime

    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response

_LONGEST_ID = 100

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
    wait = response.headers.get("Retry-After")
    return api_error_class(response.status)(
        message if _is_text(message) else _without_words(response),
        status=response.status,
        code=code if isinstance(code, str) else None,
        details=details if isinstance(details, dict) else None,
        request_id=response.headers.get("X-Request-ID"),
        retry_after=None if wait is None else seconds_to_wait(wait, now),
        call=_asked(call, response.status),
        advice=advice,
        is_own=own,
    )


def _asked(call: Call[Any], status: int) -> str:
    """What was called; where nothing is found there, with the ids that it was asked for."""
    asked = f"{call.method} {call.path}"
    if status != 404 or not call.path_params:
        return asked
    ids = [f"{name}={value!r}" for name, value in call.path_params.items()]
    return f"{asked} with {', '.join(one[:_LONGEST_ID] for one in ids)}"


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


def date_of(response: Response) -> datetime | None:
    """The server's time of day when it answered; None where it does not say."""
    text = response.headers.get("Date")
    return None if text is None else http_date(text)
