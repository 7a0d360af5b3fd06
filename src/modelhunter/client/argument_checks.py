"""What the methods of clients take, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from modelhunter.errors import InvalidArgument, InvalidInput
from modelhunter.jobs.task_base import TaskView
from modelhunter.runtime.argument_checks import (
    check_count,
    check_moment,
    check_text,
    check_texts,
    given,
    refused,
)

_AN_ID = "the id of a task"
_A_TASK = "a task or its id"


_TAKEN_ELSEWHERE = {
    "webhook": "generate and wait take it, a webhooks.Receiver; an address goes in webhook_url",
    "timeout": "generate and wait take it",
    "on_update": "generate and wait take it",
    "cancel_if_left": "generate and wait take it",
    "polling": "the client and wait take it",
    "webhook_url": "submit, prepare and generate take it",
    "metadata": "submit, prepare and generate take it",
    "max_cost": "submit, prepare and generate take it",
    "resubmit": "submit, generate and resume take it",
    "on_token": "submit and generate take it",
    "look_for": "submit, generate and resume take it",
    "api_key": "the client takes it",
    "base_url": "the client takes it",
    "budget": "the client takes it; max_cost is for one job",
}
"""Arguments of other methods, for whoever gives one as an input."""


def explained(error: InvalidInput) -> InvalidInput:
    """The same, where an unknown input is an argument of another method: with who takes it."""
    problems = [
        evolve(problem, message=f"is no input: {_TAKEN_ELSEWHERE[problem.field]}", allowed=None)
        if problem.field in _TAKEN_ELSEWHERE and "no such input" in problem.message
        else problem
        for problem in error.problems
    ]
    return InvalidInput(problems, model=error.model, capability=error.capability)


def check_id(value: Any, name: str = "task_id", takes: str = _AN_ID) -> None:
    """See that a value can be an id."""
    more = " (its `id` is meant)" if isinstance(value, TaskView) else ""
    check_text(value, name, takes, more=more)


def check_task(value: Any) -> None:
    """See that a value is a task or an id."""
    if not isinstance(value, TaskView):
        check_text(value, "task", _A_TASK, more=_several(value))


def check_watched(value: Any) -> None:
    """See that a value holds several tasks or ids."""
    if isinstance(value, str | TaskView):
        raise refused("watched", "several tasks or ids", value, "; put it in a list, or use wait")
    if not isinstance(value, Iterable):
        raise refused("watched", "several tasks or ids", value)


def check_filters(
    *,
    status: Any,
    provider: Any,
    model: Any,
    created_after: Any,
    created_before: Any,
    id_prefix: Any,
    limit: Any,
) -> None:
    """See that tasks can be listed by these."""
    for name, value in {"status": status, "provider": provider, "model": model}.items():
        check_text(value, name, f"the name of one {name}", none=True)
    check_text(id_prefix, "id_prefix", "the beginning of an id", none=True)
    check_moment(created_after, "created_after")
    check_moment(created_before, "created_before")
    check_count(limit, "limit", "a whole number of tasks")


def check_webhook(url: Any, events: Any) -> None:
    """See that an address can be registered."""
    more = "" if not callable(getattr(url, "expect", None)) else " (its `url` is meant)"
    check_text(url, "url", "an http or https address", more=more)
    if not url.lower().startswith(("http://", "https://")):
        raise refused("url", "an http or https address", url)
    if not check_texts(events, "events", "a list of events such as 'task.completed'"):
        raise InvalidArgument("events takes at least one event, such as 'task.completed'")


def check_new_key(name: Any, expires_at: Any, permissions: Any, ip_whitelist: Any) -> None:
    """See that a key can be made."""
    check_text(name, "name", "a name for the key")
    check_moment(expires_at, "expires_at")
    if permissions is not None and not isinstance(permissions, Mapping):
        raise refused("permissions", "a mapping such as {'generate': True}", permissions)
    for permission, value in (permissions or {}).items():
        if not isinstance(permission, str) or not isinstance(value, bool):
            raise InvalidArgument(
                "permissions takes a mapping of names to True or False, and one of them is "
                f"{given(permission)}: {given(value)}"
            )
    if ip_whitelist is not None:
        check_texts(ip_whitelist, "ip_whitelist", "a list of addresses")


def check_call(value: Any) -> None:
    """See that a value is a call that can be sent."""
    from modelhunter.runtime.call import Call

    if not isinstance(value, Call):
        more = "; call the function: it returns one" if callable(value) else ""
        raise refused("call", "a call, as the functions of modelhunter.api return", value, more)


def _several(value: Any) -> str:
    return "; several are for watch" if isinstance(value, list | tuple | set) else ""
