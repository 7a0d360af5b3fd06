"""What plugins that are installed and not used cost the first request of a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.harness import Figure, NotRun, Spread, race
from benchmarks.server import serving

_ROUNDS = 41
_OTHERS = (0, 10, 100)
_MODELS = 4

_PROGRAM = """
import sys, time
began = time.process_time(), time.perf_counter()
from modelhunter import ModelHunter
with ModelHunter("mh_key", base_url=sys.argv[1]) as mh:
    mh.submit("used-1", prompt="A lighthouse in a storm", duration=4)
    print(time.process_time() - began[0], time.perf_counter() - began[1])
    loaded = [name for name in sys.modules if name.startswith("unused_")]
    assert not loaded, loaded
"""

_PLUGIN = """
from typing import Annotated, ClassVar
from attrs import define
from modelhunter.plugins import Between, Input, Model, Provider, capability_from, hookimpl

@define(kw_only=True)
class TextToVideo(Input):
    provider: ClassVar[str] = {name!r}
    capability: ClassVar[str] = "text-to-video"
    model: str
    prompt: str
    duration: Annotated[int, Between(1, 16)] = 5

@hookimpl
def modelhunter_provider():
    film = capability_from(TextToVideo, makes="video")
    models = tuple(Model(id=f"{name}-{{n}}", capabilities=(film,)) for n in range(1, {models} + 1))
    return Provider(name={name!r}, models=models)
"""

_ANSWER = {
    "success": True,
    "data": {
        "id": "task_1",
        "status": "pending",
        "type": "text-to-video",
        "provider": "used",
        "model": "used-1",
        "created_at": "2026-03-02T08:15:00Z",
    },
}


def figure() -> Figure:
    """A program that submits one job, with more and more other plugins installed."""
    answers = {"POST /api/v1/used/text-to-video": json.dumps(_ANSWER).encode()}
    with tempfile.TemporaryDirectory() as folder, serving(answers) as address:
        programs = {
            str(count): partial(_run, _install(Path(folder), count), address) for count in _OTHERS
        }
        outcomes = race(programs, _ROUNDS)
    alone = outcomes[str(_OTHERS[0])]
    rows = []
    for name, samples in outcomes.items():
        if isinstance(samples, NotRun) or isinstance(alone, NotRun):
            rows.append([name, f"not run: {samples}", "", "", ""])
            continue
        more = [
            [1000 * (ours[which] - bare[which]) for ours, bare in zip(samples, alone, strict=True)]
            for which in (0, 1)
        ]
        least = [1000 * min(sample[which] for sample in samples) for which in (0, 1)]
        rows.append(
            [name]
            + [f"{ms:.1f}" for ms in least]
            + [f"{Spread.of(one).median:.1f}" for one in more]
        )
    return Figure(
        title="Plugins that are not used",
        method=(
            "Fresh interpreters that import the library, make a client and submit one job to a "
            f"server on loopback, with further plugins of {_MODELS} models each installed; "
            "milliseconds from the first import to the answer: the least seen, and the median of "
            f"the differences, over {_ROUNDS} rounds."
        ),
        target="100 plugins add at most 5 ms to the first request.",
        columns=["other plugins", "CPU", "on the wall", "more CPU", "more on the wall"],
        rows=rows,
    )


def _install(folder: Path, others: int) -> str:
    """A folder with the plugin that is used and so many that are not, as pip leaves them."""
    place = folder / f"with-{others}"
    place.mkdir()
    for name in ("used", *(f"unused_{number}" for number in range(others))):
        (place / f"{name}_plugin.py").write_text(_PLUGIN.format(name=name, models=_MODELS))
        info = place / f"modelhunter_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: modelhunter-{name}\nVersion: 1.0\n"
        )
        ids = "".join(f"{name}-{n} = {name}_plugin\n" for n in range(1, _MODELS + 1))
        (info / "entry_points.txt").write_text(
            f"[modelhunter.providers]\n{name} = {name}_plugin\n\n[modelhunter.models]\n{ids}"
        )
    return str(place)


def _run(folder: str, address: str) -> tuple[float, float]:
    """Seconds of CPU and on the wall, from a fresh interpreter's first import to the answer."""
    ours = {name: value for name, value in os.environ.items() if "MODELHUNTER" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, address],
        env=ours | {"PYTHONPATH": folder},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise NotRun(done.stderr.decode(errors="replace").strip().splitlines()[-1][:100])
    cpu, wall = map(float, done.stdout.split())
    return cpu, wall
