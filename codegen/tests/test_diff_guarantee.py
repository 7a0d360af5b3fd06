"""Whatever changes what is generated from a description, ``diff`` has a line for it.

``MODELHUNTER_DIFF_EXAMPLES=2000`` tries more places than the gate does.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter_codegen.build import build
from modelhunter_codegen.diff import compare
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Report

SPEC = Path(__file__).parents[2] / "spec"
DATA = Path(__file__).parent / "data"
SOURCES = [*sorted((SPEC / "providers").glob("*.yaml")), DATA / "rich.yaml", DATA / "acme.yaml"]
EXAMPLES = int(os.environ.get("MODELHUNTER_DIFF_EXAMPLES", "40"))
Pointer = tuple[str | int, ...]


@cache
def described(source: Path) -> Any:
    return yaml.safe_load(source.read_text("utf-8"))


@cache
def leaves(source: Path) -> list[Pointer]:
    """Where texts, numbers, booleans and nulls stand."""

    def below(node: Any, pointer: Pointer) -> list[Pointer]:
        if not isinstance(node, dict | list):
            return [pointer]
        held = node.items() if isinstance(node, dict) else enumerate(node)
        return [found for key, inner in held for found in below(inner, (*pointer, key))]

    return below(described(source), ())


def another(value: Any) -> Any:
    """A value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return str(float(value) + 1) if value.replace(".", "", 1).isdigit() else f"{value}x"
    return "x"


@st.composite
def changes(draw: st.DrawFn) -> tuple[Path, Pointer, str]:
    source = draw(st.sampled_from(SOURCES))
    pointer = draw(st.sampled_from(leaves(source)))
    return source, pointer, draw(st.sampled_from(["changed", "gone"]))


def changed(spec: Any, pointer: Pointer, how: str) -> Any:
    made = copy.deepcopy(spec)
    node = made
    for key in pointer[:-1]:
        node = node[key]
    if how == "gone":
        del node[pointer[-1]]
    else:
        node[pointer[-1]] = another(node[pointer[-1]])
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(SPEC, tmp_path_factory.mktemp("diff") / "spec"))


def modules(path: Path, root: Path) -> dict[str, str]:
    built = build(path, "made", Report(allowed=set(WAIVABLE)), root=root)
    return {str(name): text for name, text in built.files.items() if str(name).endswith(".py")}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(changes())
def test_what_changes_the_generated_code_is_told(
    folder: Path, change: tuple[Path, Pointer, str]
) -> None:
    source, pointer, how = change
    old, new = folder / "providers" / "old.json", folder / "providers" / "new.json"
    old.write_text(json.dumps(described(source), indent=1))
    new.write_text(json.dumps(described(source), indent=1))
    before = modules(new, folder)
    new.write_text(json.dumps(changed(described(source), pointer, how), indent=1))
    try:
        after = modules(new, folder)
    except DescriptionError:
        with pytest.raises(DescriptionError):
            compare(old, new, frozenset(WAIVABLE))
        return
    if after != before:
        assert compare(old, new, frozenset(WAIVABLE)), f"/{'/'.join(map(str, pointer))}"
