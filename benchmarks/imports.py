"""What it costs to import each library, and to make its client."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial

from benchmarks.harness import Figure, NotRun, Spread, race, ratios

_ROUNDS = 15
_BARE = "urllib3 + json (bare)"
_NOTHING = "python"

_LIBRARIES = {
    "modelhunter": ("import modelhunter", "modelhunter.ModelHunter('river_test_x')"),
    _BARE: ("import json, urllib3", "urllib3.PoolManager()"),
    "fal-client": ("import fal_client", "fal_client.SyncClient(key='x')"),
    "stripe": ("import stripe", "stripe.StripeClient('sk_test_x')"),
    "replicate": ("import replicate", "replicate.Client(api_token='x')"),
    "runwayml": ("import runwayml", "runwayml.RunwayML(api_key='x')"),
    "openai": ("import openai", "openai.OpenAI(api_key='x')"),
    "google-genai": ("from google import genai", "genai.Client(api_key='x')"),
}
"""How each is imported, and how its client is made."""

Sample = tuple[float, float]
"""Seconds of CPU, seconds on the wall."""
Outcomes = Mapping[str, Sequence[Sample] | NotRun]


def figure() -> Figure:
    """Fresh interpreters that import, or import and construct, over one that does neither."""
    programs = {_NOTHING: partial(_run, "pass")}
    for name, (imported, made) in _LIBRARIES.items():
        programs[f"{name}: import"] = partial(_run, imported)
        programs[f"{name}: client"] = partial(_run, f"{imported}\n{made}")
    outcomes = race(programs, _ROUNDS)
    return Figure(
        title="Import",
        method=(
            "Fresh interpreters over one that imports nothing, in milliseconds of CPU (on the "
            f"wall in brackets); medians of {_ROUNDS} rounds, ratios of CPU with min–max."
        ),
        target="modelhunter: import at most 20 ms, import and client at most 80 ms.",
        columns=["", "import", "import and client", "import and client against bare"],
        rows=[_row(name, outcomes) for name in _LIBRARIES],
    )


def _row(name: str, outcomes: Outcomes) -> list[str]:
    try:
        imported = _cell(outcomes, f"{name}: import")
        made = _cell(outcomes, f"{name}: client")
        ours, bare = (_over(outcomes, f"{who}: client", 0) for who in (name, _BARE))
    except NotRun as reason:
        return [name, f"not run: {reason}", "", ""]
    return [name, imported, made, ratios(ours, bare)]


def _cell(outcomes: Outcomes, program: str) -> str:
    cpu, wall = (Spread.of(_over(outcomes, program, which)).median for which in (0, 1))
    return f"{cpu:.0f} ({wall:.0f})"


def _over(outcomes: Outcomes, program: str, which: int) -> list[float]:
    """Milliseconds of CPU (0) or on the wall (1) over bare Python, round by round."""
    samples, nothing = outcomes[program], outcomes[_NOTHING]
    for outcome in (samples, nothing):
        if isinstance(outcome, NotRun):
            raise outcome
    return [1000 * (a[which] - b[which]) for a, b in zip(samples, nothing, strict=True)]  # type: ignore[arg-type]


def _run(program: str) -> Sample:
    """What a fresh interpreter takes for a program."""
    ours = {name: value for name, value in os.environ.items() if "MODELHUNTER" not in name}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], env=ours, capture_output=True, timeout=60, check=False
    )
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise NotRun(done.stderr.decode(errors="replace").strip().splitlines()[-1][:100])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took
