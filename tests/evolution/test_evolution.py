"""The API changes: descriptions are edited, code is generated anew, and old programs run on."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
STATE_WHAT_CHANGED = {
    "test_vidu.py::test_prices[viduq2-turbo-inputs6-expected6]",
    "test_vidu.py::test_what_a_model_does_not_take[viduq2-pro-inputs2-only viduq3-pro and "
    "viduq3-turbo have it]",
}
"""The old tests that state a fact which is another now: a price, and which models make sound."""

OLD_PROGRAM = """
import warnings
from modelhunter import ModelHunter
from modelhunter_vidu.api.inputs import TextToVideo

mh = ModelHunter("river_test_x")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    one = mh.estimate("viduq3-turbo", prompt="x", duration=4, seed=7)
    two = mh.estimate(TextToVideo(model="viduq3-turbo", prompt="x", duration=4, seed=7))
assert one == two == mh.estimate("viduq3-turbo", prompt="x", duration=4, random_seed=7)
assert [w.category for w in caught] == [DeprecationWarning] * 2, caught
assert {w.filename for w in caught} == {"<string>"}, caught
"""
NEW_PROGRAM = """
from modelhunter import ModelHunter

mh = ModelHunter("river_test_x")
assert float(mh.estimate("viduq4", prompt="x", duration=4).high) == 0.4
shown = mh.estimate("viduq4", prompt="x", reference_images=["https://example.com/a.png"])
assert float(shown.likely) == 0.4, shown
assert float(mh.estimate("pixa-1", prompt="x").high) == 0.02
assert {"vidu", "pixa"} <= set(dir(mh))
"""


def load() -> ModuleType:
    path = Path(__file__).with_name("change.py")
    spec = importlib.util.spec_from_file_location("evolution_change", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


change = load()


def copy_repository(to: Path) -> None:
    """What a change of the API could concern."""
    unwanted = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "dist", "build")
    for name in ("spec", "src", "plugins", "tests", "docs"):
        shutil.copytree(ROOT / name, to / name, ignore=unwanted)
    shutil.copyfile(ROOT / "pyproject.toml", to / "pyproject.toml")


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


class Evolved:
    """A copy of the repository after the change, with what its files were before."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        copy_repository(root)
        self.run("-m", "modelhunter_codegen", "generate")
        self.before = contents(root)
        change.change_descriptions(root / "spec")
        self.run("-m", "modelhunter_codegen", "generate")
        change.change_plugins(root)
        self.after = contents(root)
        self.installed = root.parent / "installed"
        for name in ("vidu", "modelhunter-pixa"):
            change.install(root / "plugins" / name, self.installed)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = self.tried(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python on the copy's code, with its plugins installed."""
        sources = [self.root / "src", *sorted(self.root.glob("plugins/*/src"))]
        path = os.pathsep.join(map(str, [self.root.parent / "installed", *sources]))
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="module")
def evolved(tmp_path_factory: pytest.TempPathFactory) -> Evolved:
    return Evolved(tmp_path_factory.mktemp("evolution") / "copy")


def test_only_descriptions_generated_files_and_the_plugins_concerned_differ(
    evolved: Evolved,
) -> None:
    before, after = evolved.before, evolved.after
    differ = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    api = "plugins/vidu/src/modelhunter_vidu/api/"
    lock = json.loads(after[f"{api}codegen.lock.json"])
    generated = {f"{api}{path}" for path in (*lock["files"], "codegen.lock.json")}
    by_hand = {
        path for path in differ - generated if not path.startswith("plugins/modelhunter-pixa/")
    }
    assert by_hand == {
        "spec/providers/vidu.yaml",
        "spec/providers/pixa.yaml",
        "plugins/vidu/pyproject.toml",
        "plugins/vidu/src/modelhunter_vidu/__init__.py",
    }
    assert f"{api}catalogue.py" in differ
    assert not [path for path in differ if path.startswith("src/")]


def test_old_tests_pass_against_the_new_code(evolved: Evolved) -> None:
    """All but the two that state what changed."""
    subset = ["plugins/vidu", "plugins/kling", "tests/client/test_submitting.py"]
    subset += [f"tests/plugins/test_{name}.py" for name in ("shipped_plugins", "registry")]
    done = evolved.tried("-m", "pytest", "-q", "-rf", "--tb=short", *subset)
    failed = re.findall(r"^FAILED \S*/(.*?\])(?: - .*)?$", done.stdout, re.MULTILINE)
    counts = re.search(r"^2 failed, (\d+) passed", done.stdout, re.MULTILINE)
    assert counts is not None, done.stdout[-4000:] + done.stderr[-2000:]
    assert set(failed) == STATE_WHAT_CHANGED
    assert int(counts[1]) > 300


def test_an_old_program_runs_and_is_warned(evolved: Evolved) -> None:
    evolved.run("-c", OLD_PROGRAM)


def test_what_is_new_is_there(evolved: Evolved) -> None:
    evolved.run("-c", NEW_PROGRAM)


def test_the_guide_has_the_report_of_this_change(tmp_path: Path) -> None:
    guide = change.GUIDE.read_text("utf-8")
    for name, report in change.reports(tmp_path).items():
        found = change.section(name).search(guide)
        assert found is not None
        how = "python tests/evolution/change.py writes it anew"
        assert found[0] == report, how
