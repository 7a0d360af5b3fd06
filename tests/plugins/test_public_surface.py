from __future__ import annotations

import ast
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


def test_the_surface_is_the_same_for_type_checkers_and_at_run_time():
    module = ast.parse(inspect.getsource(modelhunter.plugins))
    (block,) = [node for node in module.body if isinstance(node, ast.If)]
    seen = {
        alias.name
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == set(modelhunter.plugins.__all__) == set(dir(modelhunter.plugins))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"modelhunter\.plugins"):
        modelhunter.plugins.Nonsense  # noqa: B018


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
