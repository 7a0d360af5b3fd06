"""Each row of the table of attacks names a test, and that test is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
ROWS = [
    line
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| attack |")
]


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_the_test_of_an_attack_exists(row: str) -> None:
    _, attack, ending, proof, _ = (cell.strip() for cell in row.split("|"))
    named = re.fullmatch(r"`([\w/]+\.py)::(test_\w+)`", proof)
    assert attack
    assert ending
    assert named, f"names no test: {proof}"
    tree = ast.parse((ROOT / named[1]).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert named[2] in {node.name for node in ast.walk(tree) if isinstance(node, functions)}
