"""The constraint files pin, and say nothing of where packages come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["pinned.txt", "lowest.txt"])
def test_every_line_is_one_version_of_one_package(name: str) -> None:
    lines = (ROOT / "constraints" / name).read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    for line in lines:
        (exact,) = Requirement(line).specifier
        assert exact.operator == "==", line
        assert not re.search(r"://|--|@", line), line
    assert {"attrs", "urllib3", "pytest"} <= {Requirement(line).name for line in lines}
