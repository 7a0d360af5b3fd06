"""How a file was made, on the command line: written, verified, and made once more."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.cli.conftest import Run

    from modelhunter.sandbox import Sandbox


@pytest.fixture
def made(run: Run, sandbox: Sandbox) -> Path:
    """A picture with its record in it and beside it."""
    result = run(
        "generate", "acme-1", "a cat", "-i", "steps=7", "-o", "cat.png", "--provenance", "embedded"
    )
    assert result.exit_code == 0
    assert result.stdout == "cat.png\n"
    return Path("cat.png")


def inputs(sandbox: Sandbox) -> list[Any]:
    return [task["input"] for task in sandbox.state()["tasks"]]


def test_a_file_that_is_what_was_made(run: Run, made: Path) -> None:
    result = run("verify", "cat.png")
    assert result.exit_code == 0
    assert result.stdout.startswith("cat.png: intact; acme-1 (text-to-image), task task_")
    (document,) = json.loads(run("verify", "cat.png", "--json").stdout)
    assert document["intact"] is True
    assert document["sources"] == ["file", "sidecar"]
    assert document["record"]["inputs"] == {"prompt": "a cat", "steps": 7}
    made.rename("renamed.png")
    assert run("verify", "renamed.png").exit_code == 0


def test_files_that_are_not(run: Run, made: Path) -> None:
    content = made.read_bytes()
    made.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    Path("other.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run("verify", "cat.png", "other.png")
    assert result.exit_code == 1
    assert "it was changed, or is another" in result.stderr
    assert "other.png has no record" in result.stderr
    assert "2 of 2 are not known" in result.stderr
    result = run("verify", "cat.png", "other.png", "--json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert (first["intact"], second["intact"], second["record"]) == (False, False, None)
    assert run("verify", "nowhere.png").exit_code == 2
    assert run("verify").exit_code == 2


def test_the_same_once_more(run: Run, sandbox: Sandbox, made: Path) -> None:
    result = run("replay", "cat.png", "-o", "again.png")
    assert result.exit_code == 0
    assert result.stdout == "again.png\n"
    assert inputs(sandbox) == [{"prompt": "a cat", "steps": 7}] * 2
    result = run("replay", "cat.png", "-i", "steps=8", "-o", "more.png", "--provenance", "sidecar")
    assert result.exit_code == 0
    assert inputs(sandbox)[-1] == {"prompt": "a cat", "steps": 8}
    assert json.loads(Path("more.png.json").read_text())["inputs"]["steps"] == 8


def test_what_it_would_cost(run: Run, sandbox: Sandbox, made: Path) -> None:
    result = run("replay", "cat.png", "--estimate")
    assert result.exit_code == 0
    assert "$0.02" in result.stdout
    assert "$0.05" in run("replay", "cat.png", "--estimate", "-i", "size=large").stdout
    assert run("replay", "cat.png", "--max-cost", "0.01", "-o", "x.png").exit_code == 6
    assert len(inputs(sandbox)) == 1


def test_what_can_not_be_made_once_more(run: Run, sandbox: Sandbox, made: Path) -> None:
    assert run("replay", "cat.png", "-i", "steps=99", "-o", "x.png").exit_code == 2
    assert run("replay", "cat.png", "-o", "cat.png").exit_code == 2
    Path("plain.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run("replay", "plain.png", "-o", "x.png")
    assert result.exit_code == 2
    assert "has no record" in result.stderr
    task = sandbox.state()["tasks"][0]["id"]
    run("tasks", "download", task, "-o", "later.png", "--provenance", "sidecar")
    result = run("replay", "later.png", "-o", "x.png")
    assert result.exit_code == 2
    assert "has no inputs" in result.stderr
    assert len(inputs(sandbox)) == 1


def test_a_record_that_is_there_is_not_overwritten(run: Run, made: Path) -> None:
    made.unlink()
    result = run("replay", "cat.png", "-o", "x.png")
    assert result.exit_code == 2
    Path("new.png.json").write_text("mine")
    result = run("generate", "acme-1", "a cat", "-o", "new.png", "--provenance", "sidecar")
    assert result.exit_code == 1
    assert "new.png.json exists" in result.stderr
    assert Path("new.png.json").read_text() == "mine"
    again = next(line for line in result.stderr.splitlines() if "--force" in line)
    assert "--provenance sidecar" in again
    assert run(*shlex.split(again)[1:]).exit_code == 0
    assert run("verify", "new.png").exit_code == 0


def test_the_way_on_keeps_the_record(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("status", status=500, operation="downloadResult", times=None))
    result = run("generate", "acme-1", "a cat", "-o", "x.png", "--provenance", "embedded")
    assert result.exit_code == 1
    assert "-o x.png --provenance embedded" in result.stderr
    left = run("generate", "acme-1", "a dog", "--no-wait", "--provenance", "sidecar")
    assert "--provenance sidecar" in left.stderr
