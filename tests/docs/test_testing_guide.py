"""Every Python block of docs/testing.md is run, as pytest runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_its_tests_pass(tmp_path: Path) -> None:
    program = "\n".join(BLOCKS)
    tests = re.findall(r"^def (test_\w+)", program, re.MULTILINE)
    assert len(set(tests)) == len(tests) >= 9
    (tmp_path / "test_guide.py").write_text(program, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_guide.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert f"{len(tests)} passed" in done.stdout, done.stdout


def test_it_names_every_answer_that_the_mock_makes() -> None:
    from modelhunter.testing import ModelHunterMock

    text = GUIDE.read_text("utf-8")
    for name in ("task", "page", "error", "balance", "upload_ticket", "file"):
        assert callable(getattr(ModelHunterMock, name))
        assert f"mock.{name}(" in text
