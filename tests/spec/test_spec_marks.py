"""What was inferred is marked, and what was read in the documentation is not (``marks.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

MARKS = yaml.safe_load((Path(__file__).parent / "marks.yaml").read_text(encoding="utf-8"))


def _lineage(spec: Any, document: str, pointer: str) -> list[Any]:
    """The node at a pointer and all above it, the nearest first."""
    steps = pointer.split("/")
    return [spec.at(document, "/".join(steps[:end])) for end in range(len(steps), 0, -1)]


def _whole(node: Any) -> bool:
    return isinstance(node, dict) and node.get("x-unverified") is True


@pytest.mark.parametrize("document", MARKS)
def test_inferred_facts_are_marked(spec: Any, document: str) -> None:
    for pointer, expected in MARKS[document]["inferred"].items():
        lineage = _lineage(spec, document, pointer)
        if any(_whole(node) for node in lineage):
            continue
        mark = lineage[0].get("x-unverified")
        assert expected is not True, f"{pointer} is not marked as a whole"
        assert mark is not None, f"{pointer} is not marked"
        if isinstance(expected, dict):
            for keyword, members in expected.items():
                found = mark if isinstance(mark, list) else mark[keyword]
                assert keyword in mark, pointer
                assert isinstance(mark, list) or set(members) <= set(found), pointer
        else:
            assert set(expected) <= set(mark), pointer


@pytest.mark.parametrize("document", MARKS)
def test_documented_facts_are_not_marked(spec: Any, document: str) -> None:
    for pointer in MARKS[document]["documented"]:
        lineage = _lineage(spec, document, pointer)
        assert not any(_whole(node) for node in lineage), pointer
        assert "x-unverified" not in lineage[0], pointer
