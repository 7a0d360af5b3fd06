from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import modelhunter.plugins


@pytest.mark.parametrize("name", modelhunter.plugins.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(modelhunter.plugins, name)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert inspect.getdoc(value)


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import modelhunter", {"modelhunter.plugins", "attrs", "pluggy", "importlib.metadata"}),
        ("import modelhunter.plugins", {"attrs", "pluggy", "importlib.metadata"}),
        ("from modelhunter.plugins import Field", {"pluggy", "importlib.metadata"}),
        ("from modelhunter.plugins import hookimpl", {"importlib.metadata"}),
    ],
)
def test_imports_bring_no_more_than_they_need(statement, absent):
    assert not absent & loaded_by(statement) - loaded_by("pass")
