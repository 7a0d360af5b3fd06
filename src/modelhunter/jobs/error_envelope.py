"""How this API words its errors: ``{"success": false, "error": {"code", "message", "details"}}``.

Source: the documentation page "error handling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.runtime.error_responses import error_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from modelhunter.errors import APIError
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response

CODE_OF: Mapping[int, str] = {
    400: "VALIDATION_ERROR",
    401: "AUTH_INVALID_TOKEN",
    402: "INSUFFICIENT_BALANCE",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    502: "PROVIDER_ERROR",
    503: "PROVIDER_UNAVAILABLE",
}
"""The error code that stands for an HTTP status where nothing more is known."""


def read_error(call: Call[Any], response: Response, now: datetime) -> APIError:
    """The error that an answer stands for, whatever its body turns out to be."""
    return error_from(call, response, own_words, now, is_own=is_own)


def is_own(body: Any) -> bool:
    """Whether this is an error of the API itself; what stands in between has forms of its own."""
    return (
        isinstance(body, dict)
        and body.get("success") is False
        and isinstance(own_words(body)[0], str)
    )


def own_words(body: Any) -> tuple[Any, Any, Any]:
    """Code, message and details where this API has them."""
    error = body.get("error") if isinstance(body, dict) else None
    found: Mapping[str, Any] = error if isinstance(error, dict) else {}
    return found.get("code"), found.get("message"), found.get("details")
