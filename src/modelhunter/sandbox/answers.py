"""The two envelopes that every answer of the API comes in, and the documented error codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

STATUS_OF: Mapping[str, int] = {
    "AUTH_REQUIRED": 401,
    "AUTH_INVALID_TOKEN": 401,
    "AUTH_TOKEN_EXPIRED": 401,
    "FORBIDDEN": 403,
    "KEY_PERMISSION_DENIED": 403,
    "KEY_EXPIRED": 403,
    "KEY_REVOKED": 403,
    "NOT_FOUND": 404,
    "MODEL_NOT_FOUND": 404,
    "TASK_NOT_FOUND": 404,
    "PROVIDER_NOT_FOUND": 404,
    "VALIDATION_ERROR": 400,
    "INVALID_PARAMETER": 400,
    "MISSING_PARAMETER": 400,
    "INSUFFICIENT_BALANCE": 402,
    "FILE_TOO_LARGE": 422,
    "PROVIDER_ERROR": 502,
    # What follows is not in the part of the error table that is known; the names are inferred.
    "SPEND_LIMIT_EXCEEDED": 402,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MISDIRECTED_REQUEST": 421,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "PROVIDER_UNAVAILABLE": 503,
}
"""The HTTP status of each error code (documentation page "error handling")."""

WEB_ADDRESS = r"^https?://[^/]"
"""What the address of a webhook looks like."""


class Refusal(Exception):
    """A request that gets the error envelope instead of what it asked for.

    The status follows from the code unless it is given. ``field`` and ``reason`` become the
    ``details`` of a validation error, unless there are others; ``headers`` go with the answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        field: str | None = None,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status: int = STATUS_OF[code] if status is None else status
        self.details: Mapping[str, Any] | None = (
            {"field": field, "reason": reason or message} if field else details
        )
        self.headers: Mapping[str, str] | None = headers


def refused_field(code: str, field: str, reason: str, *, status: int | None = None) -> Refusal:
    """The refusal of one field; the message names it too."""
    return Refusal(code, f"{field}: {reason}", status=status, field=field, reason=reason)


def not_there(request: Request) -> Refusal:
    """The refusal of a path that there is not, with those that there are."""
    return Refusal(
        "NOT_FOUND",
        f"there is no {request.method} {request.scope['path']} here; this is a ModelHunter "
        "sandbox, and details.paths lists what it has",
        details={"paths": [*request.app.paths()]},
    )


def success(data: Any, *, status: int = 200, pagination: Any = None) -> JSONResponse:
    """The success envelope."""
    body = {"success": True, "data": data}
    if pagination is not None:
        body["pagination"] = pagination
    return JSONResponse(body, status)


def failure(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The error envelope."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return JSONResponse({"success": False, "error": error}, status, headers)


def refused(refusal: Refusal) -> JSONResponse:
    """The error envelope of a refusal."""
    return failure(refusal.status, refusal.code, refusal.message, refusal.details, refusal.headers)


def storage_failure(status: int, code: str, message: str) -> Response:
    """An error as object storage words it: links are served by a storage host, not by the API."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Response(body, status, media_type="application/xml")
