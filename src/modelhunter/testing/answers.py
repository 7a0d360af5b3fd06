"""Answers of the API for tests, with sensible values where a test says nothing.

What a test leaves open follows the request that is answered: a task has the id that was asked for,
and after a submission its provider, model and metadata.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from modelhunter.jobs.error_envelope import CODE_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_GIVEN = "modelhunter.given"
"""In the extensions of an answer about a task: what the test said of it."""

_SUFFIX = {"video": "mp4", "image": "png", "audio": "mp3", "music": "mp3"}
_DEFAULTS: Mapping[str, Any] = {
    "id": "task_1",
    "type": "video",
    "status": "succeeded",
    "provider": "acme",
    "model": "acme-1",
    "created_at": "2026-01-01T00:00:00Z",
}


def task(given: Mapping[str, Any]) -> httpx.Response:
    """A task of which the test says these members (None: nothing)."""
    said = {name: _plain(value) for name, value in given.items() if value is not None}
    body = {"success": True, "data": _members(said, {})}
    return httpx.Response(200, json=body, extensions={_GIVEN: said})


def completed(answer: httpx.Response, known: Mapping[str, Any]) -> httpx.Response:
    """An answer with what is ``known`` of its task where the test said nothing."""
    said = answer.extensions.get(_GIVEN)
    if said is None:
        return answer
    body = {"success": True, "data": _members(said, known)}
    return httpx.Response(answer.status_code, json=body)


def page(
    rows: Iterable[httpx.Response | Mapping[str, Any]], cursor: str | None, total: int | None
) -> httpx.Response:
    """A page of the task list, of answers made by :func:`task` or of what is said of each."""
    data = []
    for number, row in enumerate(rows, 1):
        answer = row if isinstance(row, httpx.Response) else task(row)
        said = answer.extensions.get(_GIVEN)
        members = data_of(answer) if said is None else _members(said, {"id": f"task_{number}"})
        data.append({name: value for name, value in members.items() if name != "result"})
    place = {"cursor": cursor, "hasMore": cursor is not None, "total": total or len(data)}
    return httpx.Response(200, json={"success": True, "data": data, "pagination": place})


def error(
    status: int,
    code: str | None,
    message: str | None,
    details: Mapping[str, Any] | None,
    retry_after: float | None,
) -> httpx.Response:
    """A refusal."""
    if not 400 <= status <= 599:
        raise ValueError(f"{status} is no status of an error; give one from 400 to 599")
    said: dict[str, Any] = {
        "code": code or CODE_OF.get(status, "INTERNAL_ERROR"),
        "message": message or f"the mock answers {status}",
    }
    if details is not None:
        said["details"] = dict(details)
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return httpx.Response(status, json={"success": False, "error": said}, headers=headers)


def data(members: Mapping[str, Any]) -> httpx.Response:
    """Any other success."""
    return httpx.Response(200, json={"success": True, "data": dict(members)})


def data_of(answer: httpx.Response) -> dict[str, Any]:
    """The ``data`` of an answer's envelope."""
    found: dict[str, Any] = json.loads(answer.content)["data"]
    return found


def _members(said: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a task: what was said, else what is known, else what is usual."""
    members = {**_DEFAULTS, **known, **said}
    if members["status"] == "succeeded" and "result" not in said:
        suffix = _SUFFIX.get(members["type"], "bin")
        url = f"https://cdn.modelhunter.ai/results/{members['id']}.{suffix}"
        members["result"] = [{"url": url, "format": suffix}]
    if members["status"] == "failed" and "error" not in said:
        members["error"] = {"code": "PROVIDER_ERROR", "message": "the mock lets it fail"}
    return members


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
