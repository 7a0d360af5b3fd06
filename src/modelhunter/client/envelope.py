"""How this API words its errors: ``{"success": false, "error": {"code", "message", "details"}}``.

Source: the documentation page "error handling".
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from modelhunter.errors import APIError, api_error_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response


def read_error(call: Call[Any], response: Response) -> APIError:
    """The error that an answer stands for, whatever its body turns out to be."""
    error = _error_of(response.content)
    code, message, details = error.get("code"), error.get("message"), error.get("details")
    return api_error_class(response.status)(
        message if isinstance(message, str) and message else _without_words(response),
        status=response.status,
        code=code if isinstance(code, str) else None,
        details=details if isinstance(details, dict) else None,
        request_id=response.headers.get("X-Request-ID"),
        retry_after=_retry_after(response.headers),
        call=f"{call.method} {call.path}",
    )


def _error_of(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _without_words(response: Response) -> str:
    kind = response.headers.get("Content-Type") or "no content type"
    return f"it gave no reason that can be read ({kind}, {len(response.content)} bytes)"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: a number or a date (RFC 9110, section 10.2.3)."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime  # a slow import that is seldom needed

    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
