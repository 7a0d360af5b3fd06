"""What is generated passes mypy --strict and ruff, whatever the description holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hostile_text import HOSTILE, everywhere
from sample_package import save

from modelhunter_codegen.cli import main

RICH = Path(__file__).parent / "data" / "rich.yaml"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    hostile = save(folder, everywhere(HOSTILE[0]), "hostile.json")
    for name, path in (("rich", RICH), ("hostile", hostile)):
        assert main(["generate", str(path), "--out", str(folder / name), "--package", name]) == 0
    return folder


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=110
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_mypy_finds_nothing(packages: Path) -> None:
    pytest.importorskip("mypy")
    (packages / "mypy.ini").write_text(
        "[mypy]\nstrict = True\n[mypy-modelhunter.*]\nfollow_imports = silent\n"
    )
    assert run(packages, "mypy", "--config-file", "mypy.ini", "-p", "rich", "-p", "hostile") == ""


def test_ruff_finds_nothing(packages: Path) -> None:
    rules = "B,C4,F,I,PIE,PT,RET,S,SIM,UP,W"
    options = [
        "--isolated",
        "--no-cache",
        "--ignore",
        "S105,S106,S107",
        "--line-length",
        "100",
        "--target-version",
        "py311",
    ]
    config = 'lint.isort.known-first-party=["modelhunter"]'
    assert (
        run(packages, "ruff", "check", "rich", "--select", rules, *options, "--config", config)
        == ""
    )


def test_every_module_imports_by_itself(packages: Path) -> None:
    modules = [
        path.relative_to(packages).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((packages / "rich").rglob("*.py"))
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name.removesuffix('.__init__'))\n"
        "    for loaded in [m for m in sys.modules if m.partition('.')[0] == 'rich']:\n"
        "        del sys.modules[loaded]\n"
    )
    subprocess.run([sys.executable, "-c", code, *modules], cwd=packages, check=True, timeout=60)
