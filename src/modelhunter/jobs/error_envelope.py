"""How this API words its errors: ``{"success": false, "error": {"code", "message", "details"}}``.

Source: the documentation page "error handling".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.runtime.error_responses import error_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.errors import APIError
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response


def read_error(call: Call[Any], response: Response) -> APIError:
    """The error that an answer stands for, whatever its body turns out to be."""
    return error_from(call, response, own_words)


def own_words(body: Any) -> tuple[Any, Any, Any]:
    """Code, message and details where this API has them."""
    error = body.get("error") if isinstance(body, dict) else None
    found: Mapping[str, Any] = error if isinstance(error, dict) else {}
    return found.get("code"), found.get("message"), found.get("details")
