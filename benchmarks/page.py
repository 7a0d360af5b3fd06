"""A page of 100 tasks from JSON into models."""

from __future__ import annotations

import json
from contextlib import ExitStack

from benchmarks import samples
from benchmarks.harness import Figure, Work, compare, cpu_of

_ROUNDS = 25
_PAGES = 50
_PYDANTIC = "pydantic, model_validate_json"


def figure() -> Figure:
    """CPU per page, the parsing of JSON included."""
    body = samples.page()
    decoders = {
        _PYDANTIC: _pydantic,
        "modelhunter": _ours,
        "json.loads alone": _json,
    }
    with ExitStack() as stack:
        contestants = {
            name: stack.enter_context(cpu_of(prepare, body, repeats=_PAGES))
            for name, prepare in decoders.items()
        }
        rows = compare(contestants, _PYDANTIC, _ROUNDS, unit=1e-6)
    return Figure(
        title="A page of 100 tasks into models",
        method=(
            f"CPU for {len(body) / 1000:.0f} kB of JSON, {_ROUNDS} rounds of {_PAGES} pages. The "
            "models of both have the same fields and types: open enums, aware datetimes, Decimal."
        ),
        target="modelhunter: no slower than pydantic 2.",
        columns=["", "µs per page", "against pydantic, median (min–max)"],
        rows=rows,
    )


def _ours(body: bytes) -> Work:
    from modelhunter.api import tasks

    answer = tasks.list_tasks().operation.answer(200)
    if answer is None:
        raise LookupError("listTasks has no answer for 200")
    decode = answer.decode
    return lambda: decode(json.loads(body))


def _json(body: bytes) -> Work:
    return lambda: json.loads(body)


def _pydantic(body: bytes) -> Work:
    from benchmarks.pydantic_models import TaskPage

    return lambda: TaskPage.model_validate_json(body)
