"""What the campaign of mutants says of each, shown on a module of a few lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

MODULE = """
import os

LIMIT = 3

def allowed(n):
    return n < LIMIT

def unseen(n):
    return n + 1

def counted(n):
    left = n
    while left > 0:
        left -= 1
    return True

def quiet(n):
    if n > 5:
        os._exit(7)
    return n
"""
TESTS = """
import tiny

def test_allowed():
    assert tiny.allowed(1)
    assert not tiny.allowed(9)

def test_counted():
    assert tiny.counted(3)

def test_quiet():
    assert tiny.quiet(1) == 1
"""
SCRIPT = """
import json, sys, pytest
from pathlib import Path
from mutants import running
running._LEAST = 0.25
campaign = running.Campaign({"tiny": Path("tiny.py").absolute()}, 2)
status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_tiny.py"], [campaign])
print(json.dumps({
    "status": int(status),
    "killed": [one.key for one in campaign.killed],
    "ended": {one.key: type(how).__name__ for one, how in campaign.ended},
    "survived": {one.key: tests for one, tests in campaign.survived},
    "broken": campaign.broken,
}))
"""


def campaign(folder: Path, tests: str) -> dict[str, Any]:
    (folder / "tiny.py").write_text(MODULE)
    (folder / "test_tiny.py").write_text(tests)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return campaign(tmp_path_factory.mktemp("campaign"), TESTS)


def test_what_a_test_notices_is_killed(found: dict[str, Any]) -> None:
    assert "allowed: n < LIMIT -> n >= LIMIT" in found["killed"]
    assert found["broken"] == []


def test_what_the_tests_are_too_weak_for_lives(found: dict[str, Any]) -> None:
    assert found["survived"]["allowed: n < LIMIT -> n <= LIMIT"] == 1


def test_what_no_test_runs_lives_and_is_told_apart(found: dict[str, Any]) -> None:
    assert found["survived"]["unseen: n + 1 -> n - 1"] == 0


def test_tests_that_hang_or_die_are_told_apart(found: dict[str, Any]) -> None:
    assert found["ended"]["counted: left -= 1 -> pass"] == "TookTooLong"
    died = {key for key, how in found["ended"].items() if how == "Died"}
    assert "quiet: if n > 5: os._exit(7) -> if True: os._exit(7)" in died


def test_each_mutant_is_judged_once(found: dict[str, Any]) -> None:
    keys = [*found["killed"], *found["ended"], *found["survived"]]
    assert sorted(keys) == sorted(set(keys))


def test_a_module_that_can_not_be_put_in_its_place_is_not_judged(tmp_path: Path) -> None:
    """Its tests would fail for each mutant, whatever that changes."""
    tests = TESTS + (
        "\nCODE = tiny.allowed.__code__\n"
        "\ndef test_same():\n    assert tiny.allowed(1) and tiny.allowed.__code__ is CODE\n"
    )
    found = campaign(tmp_path, tests)
    (words,) = found["broken"]
    assert "unchanged" in words
    assert "test_same" in words
    assert [found["killed"], found["survived"], found["ended"]] == [[], {}, {}]
