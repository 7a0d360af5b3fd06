"""A page of 100 tasks from JSON into models."""

from __future__ import annotations

import json
from contextlib import ExitStack

from benchmarks import samples
from benchmarks.harness import Figure, Work, compare, cpu_of

_ROUNDS = 60
_PAGES = 20
_PYDANTIC = "pydantic, the same rules"


def figure() -> Figure:
    """CPU per page, the parsing of JSON included."""
    pages = {"with results": samples.page(results=True), "without": samples.page(results=False)}
    sizes = " and ".join(f"{len(body) / 1000:.0f}" for body in pages.values())
    return Figure(
        title="A page of 100 tasks into models",
        method=(
            f"CPU for {sizes} kB of JSON, {_ROUNDS} rounds of {_PAGES} pages, with json.loads or "
            "model_validate_json. Both have the same fields and rules: open enums, Decimal, times "
            "that are always aware (or, in the second row of pydantic, as they come)."
        ),
        target="modelhunter: no slower than pydantic 2.",
        columns=["", "µs per page", "against pydantic, median (min–max)"],
        rows=[row for kind, body in pages.items() for row in _rows(kind, body)],
    )


def _rows(kind: str, body: bytes) -> list[list[str]]:
    decoders = {
        _PYDANTIC: _pydantic,
        "modelhunter": _ours,
        "pydantic, times as they come": _pydantic_lax,
        "json.loads alone": _json,
    }
    with ExitStack() as stack:
        contestants = {
            name: stack.enter_context(cpu_of(prepare, body, repeats=_PAGES))
            for name, prepare in decoders.items()
        }
        rows = compare(contestants, _PYDANTIC, _ROUNDS, unit=1e-6)
    return [[f"{kind}: {name}", *cells] for name, *cells in rows]


def _ours(body: bytes) -> Work:
    from modelhunter.api import tasks

    decode = tasks.list_tasks().operation.answers["200"].decode
    return lambda: decode(json.loads(body))


def _json(body: bytes) -> Work:
    return lambda: json.loads(body)


def _pydantic(body: bytes) -> Work:
    from benchmarks.pydantic_models import TaskPage

    return lambda: TaskPage.model_validate_json(body)


def _pydantic_lax(body: bytes) -> Work:
    from benchmarks.pydantic_models import LaxTaskPage

    return lambda: LaxTaskPage.model_validate_json(body)
