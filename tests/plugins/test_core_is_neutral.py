"""The core learns of providers through plugins only, so none of its code may name one."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "modelhunter").rglob("*.py"))
SPECS = sorted((ROOT / "spec" / "providers").glob("*.yaml"))


def names() -> set[str]:
    """Every provider, model id and alias of the descriptions that ship."""
    found = {spec.stem for spec in SPECS}
    for spec in SPECS:
        catalogue = spec.read_text().partition("\nx-catalogue:")[2].partition("\npaths:")[0]
        found.update(re.findall(r"^ +- id: *[\"']?([^\s\"',}]+)", catalogue, re.MULTILINE))
    return found


NAMED = re.compile("|".join(re.escape(name) for name in sorted(names())), re.IGNORECASE)


def lines_without_docstrings(text: str) -> Iterator[tuple[int, str]]:
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for number, line in enumerate(text.splitlines(), 1):
        if number not in skipped:
            yield number, line


def test_the_names_are_known():
    assert len(SPECS) >= 5
    assert len(names()) > 2 * len(SPECS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_of_the_core_names_a_provider_or_model(source):
    text = source.read_text()
    named = [
        f"{number}: {line.strip()}"
        for number, line in lines_without_docstrings(text)
        if NAMED.search(line)
    ]
    assert named == []
