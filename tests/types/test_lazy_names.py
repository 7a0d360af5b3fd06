"""Packages that load their names lazily show the same names at run time and to type checkers."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lazy_packages() -> list[str]:
    """Every package of ours that calls ``lazily``."""
    found = []
    for folder in (ROOT / "src", *sorted((ROOT / "plugins").glob("*/src"))):
        for path in folder.rglob("__init__.py"):
            if "lazily(" in path.read_text("utf-8"):
                found.append(".".join(path.parent.relative_to(folder).parts))
    return sorted(found)


PACKAGES = lazy_packages()


def test_they_are_found() -> None:
    assert {"modelhunter", "modelhunter.plugins", "modelhunter_vidu.api"} <= set(PACKAGES)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_is_there(name: str) -> None:
    package = import_module(name)
    assert sorted(package.__all__) == sorted(dir(package))
    for public in package.__all__:
        assert getattr(package, public) is not None


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_see_the_same_names(name: str) -> None:
    package = import_module(name)
    assert package.__file__ is not None
    module = ast.parse(Path(package.__file__).read_text("utf-8"))
    (block,) = (node for node in module.body if isinstance(node, ast.If))
    seen = {
        alias.asname
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == set(package.__all__) - {"__version__", "SERVERS"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_misspelt_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"module '{name}' has no attribute 'Nonsense'"):
        import_module(name).Nonsense  # noqa: B018


def test_mypy_reports_misspelt_names_of_every_package(tmp_path: Path) -> None:
    """And nothing else, so what is spelt right is known."""
    lines = ["# ruff: noqa"]
    wrong = {}
    for name in PACKAGES:
        for public in import_module(name).__all__:
            if not public.startswith("_"):
                lines.append(f"from {name} import {public} as _{len(lines)}")
        lines.append(f"from {name} import Nonsense as _{len(lines)}")
        wrong[len(lines)] = name
    program = tmp_path / "program.py"
    program.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    checked = subprocess.run(
        [*command, "--config-file", "", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
    )
    reported = {
        int(line.split(":")[1]) for line in checked.stdout.splitlines() if "[attr-defined]" in line
    }
    assert reported == wrong.keys(), checked.stdout
