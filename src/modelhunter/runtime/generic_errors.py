"""The errors of an API about which nothing is known: read as most APIs word them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.runtime.answers import request_id_of
from modelhunter.runtime.error_responses import error_from

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from modelhunter.errors import APIError
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response

_MESSAGES = ("message", "detail", "error_description", "description", "msg", "title", "reason")
_CODES = ("code", "error_code", "errorCode", "type", "status_code")
_HOLDERS = ("error", "errors", "fault", "detail", "details", "problem")
_TEXT = 300
_DEPTH = 4


def read_error(call: Call[Any], response: Response, now: datetime) -> APIError:
    """The error that an answer stands for, whatever its body turns out to be.

    Known are problem details (RFC 9457), ``{"error": …}``, ``{"errors": […]}``, ``{"detail": …}``,
    ``{"message": …}``, OAuth's ``error_description`` and plain text; ``details`` has the body.

    A 503 counts as turned away unseen, and so as safe to send again, only where ``Retry-After``
    came with it: anything on the way may answer 503 in JSON, and so its code is left in
    ``details``.
    """
    error = error_from(call, response, _words, now, "")
    if error.status == 503 and error.retry_after is None:
        error.code = None
    error.is_own = error.code is not None
    if error.request_id is None:
        error.request_id = request_id_of(response.headers)
    return error


def _words(body: Any) -> tuple[Any, Any, Any]:
    message = _message(body, _DEPTH)
    code = _code(body, _DEPTH)
    details = body if isinstance(body, dict) else {"body": body}
    return code, None if message is None else message[:_TEXT], details


def _message(value: Any, depth: int) -> str | None:
    """The first sentence in a body that could be meant for people."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if depth == 0:
        return None
    if isinstance(value, list):
        found = [_message(item, depth - 1) for item in value[:3]]
        return "; ".join(text for text in found if text) or None
    if not isinstance(value, dict):
        return None
    told = _first(value, _MESSAGES, depth)
    if told is not None:
        return _with_place(value, told)
    held = _first(value, _HOLDERS, depth)
    if held is not None:
        return held
    texts = {key: _message(inner, depth - 1) for key, inner in list(value.items())[:3]}
    return "; ".join(f"{key}: {text}" for key, text in texts.items() if text) or None


def _first(value: dict[str, Any], names: Iterable[str], depth: int) -> str | None:
    found = (_message(value[name], depth - 1) for name in names if name in value)
    return next((text for text in found if text), None)


def _with_place(value: dict[str, Any], told: str) -> str:
    """The sentence with the field that it is about, where a validator says so."""
    place = value.get("loc") or value.get("field") or value.get("pointer")
    if isinstance(place, list):
        place = ".".join(map(str, place))
    return f"{place}: {told}" if isinstance(place, str) and place else told


def _code(value: Any, depth: int) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if depth == 0 or not isinstance(value, dict):
        return None
    for name in _CODES:
        code = value.get(name)
        if isinstance(code, (str, int)) and not isinstance(code, bool) and str(code):
            return str(code)
    if isinstance(value.get("error"), str) and "error_description" in value:
        return str(value["error"])
    held = (_code(value[name], depth - 1) for name in _HOLDERS if name in value)
    return next((code for code in held if code), None)
