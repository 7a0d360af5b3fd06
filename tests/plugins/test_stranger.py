"""A plugin that nobody here wrote, built as a distribution and found by another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "stranger-films"
version = "3.1"
requires-python = ">=3.11"

[project.entry-points."modelhunter.providers"]
stranger = "stranger_films.plugin"

[project.entry-points."modelhunter.models"]
"stranger/film-1" = "stranger_films.plugin"
"film-latest" = "stranger_films.plugin"

[tool.hatch.build.targets.wheel]
packages = ["stranger_films"]
"""

PLUGIN = """
from datetime import date
from decimal import Decimal

from modelhunter.plugins import (
    Capability, Field, Model, Output, Price, Provider, Role, hookimpl, standard_call
)

PROMPT = Field(name="prompt", type="string", required=True, max_length=100)
SECONDS = Field(name="seconds", type="integer", minimum=1, maximum=9, default=3)


@hookimpl
def modelhunter_provider():
    film = Capability(
        name="text-to-film",
        fields=(PROMPT, SECONDS),
        output=Output(media="video", duration=Role(field="seconds")),
        call=standard_call("stranger", "text-to-film"),
    )
    price = Price(
        unit="second",
        quantity="seconds",
        low=Decimal("0.10"),
        high=Decimal("0.10"),
        as_of=date(2026, 1, 1),
    )
    model = Model(
        id="stranger/film-1", aliases=("film-latest",), capabilities=(film,), price=price
    )
    return Provider(name="stranger", models=(model,))
"""

ASK = """
import json, sys
from modelhunter.plugins import check, choose_capability, default_registry, estimate

registry = default_registry()
before = "stranger_films.plugin" in sys.modules
provider, model = registry.model("film-latest")
capability = choose_capability(model, {"prompt": "x"})
(info,) = [info for info in registry.plugins() if info.name == "stranger"]
print(json.dumps({
    "imported before": before,
    "provider": provider.name,
    "model": model.id,
    "capability": capability.name,
    "problems": [str(p) for p in check(model, capability, {"prompt": "x", "seconds": 10})],
    "cost": str(estimate(model.price, capability.fields, {"seconds": 4})),
    "distribution": info.distribution,
    "version": info.version,
    "state": info.state,
}))
"""


GENERATE = """
import math, sys
from modelhunter import ModelHunter, Polling
from modelhunter.sandbox import Sandbox

with Sandbox(speed=math.inf) as sandbox:
    with ModelHunter(sandbox.key, base_url=sandbox.url, polling=Polling(0.05, 0.05, 1)) as mh:
        task = mh.generate("film-latest", prompt="a stranger", seconds=2, max_cost="0.20")
        task.download(sys.argv[1])
        print(task.model, task.cost, task.outputs[0].duration)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the plugin, built from its source."""
    pytest.importorskip("hatchling")
    pytest.importorskip("pip")
    project, target = (tmp_path_factory.mktemp(name) for name in ("project", "target"))
    (project / "stranger_films").mkdir()
    (project / "stranger_films" / "__init__.py").touch()
    (project / "stranger_films" / "plugin.py").write_text(PLUGIN)
    (project / "pyproject.toml").write_text(PYPROJECT)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--target", str(target), str(project)],
        check=True,
    )  # fmt: skip
    return target


def run(installed: Path, program: str, *arguments: str) -> str:
    """What a program prints that can import the plugin."""
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_model_generates(installed, tmp_path):
    av = pytest.importorskip("av")
    film = tmp_path / "film.mp4"
    assert run(installed, GENERATE, str(film)).split() == ["stranger/film-1", "0.2", "2.0"]
    with av.open(str(film)) as container:
        assert container.duration == 2_000_000


def test_its_model_is_found_checked_and_priced(installed):
    assert json.loads(run(installed, ASK)) == {
        "imported before": False,
        "provider": "stranger",
        "model": "stranger/film-1",
        "capability": "text-to-film",
        "problems": ["seconds=10: more than stranger/film-1 takes; allowed: 1 to 9"],
        "cost": "$0.40",
        "distribution": "stranger-films",
        "version": "3.1",
        "state": "loaded",
    }
