"""Telling programs of agents about the server, and giving agents the skill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"] if TYPE_CHECKING else Any


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def command(home: Path) -> Command:
    """The command in a home folder of its own, watched by nobody."""
    home.mkdir()
    own = {"HOME": str(home), "XDG_CONFIG_HOME": "", "USERPROFILE": str(home), "APPDATA": ""}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "modelhunter", *words],
            env={**os.environ, **own},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_settings_are_shown_first_and_written_when_that_is_said(
    command: Command, home: Path
) -> None:
    pytest.importorskip("mcp")
    settings = home / ".cursor" / "mcp.json"
    settings.parent.mkdir()
    others = {"mcpServers": {"other": {"command": "other"}}, "theme": "dark"}
    settings.write_text(json.dumps(others), "utf-8")

    shown = command("mcp", "--out", "clips", "--budget", "5", "--read-only", "install")
    assert shown.returncode == 0, shown.stderr
    assert '"--budget"' in shown.stdout
    assert "install --yes" in shown.stderr
    assert json.loads(settings.read_text("utf-8")) == others

    words = ("mcp", "--out", "clips", "--budget", "5", "--read-only", "install", "--yes")
    assert command(*words).returncode == 0
    written = json.loads(settings.read_text("utf-8"))
    entry = written["mcpServers"].pop("modelhunter")
    assert written == others
    assert entry["command"] == sys.executable
    options = ["--out", str(home / "clips"), "--budget", "5", "--read-only"]
    assert sorted(entry["args"]) == sorted(["-m", "modelhunter", "mcp", *options])
    assert "up to date" in command(*words).stdout


def test_what_is_written_starts_the_server(command: Command, home: Path) -> None:
    pytest.importorskip("mcp")
    assert command("mcp", "--sandbox", "install", "cursor", "--yes").returncode == 0
    written = json.loads((home / ".cursor" / "mcp.json").read_text("utf-8"))
    entry = written["mcpServers"]["modelhunter"]
    done = subprocess.run(
        [entry["command"], *entry["args"]],
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", ["// mine\n{}", "[1]", '{"mcpServers": []}', '{"mcpServers": 1}'])
def test_settings_that_are_no_plain_json_are_left_as_they_are(
    command: Command, home: Path, text: str
) -> None:
    pytest.importorskip("mcp")
    settings = home / ".cursor" / "mcp.json"
    settings.parent.mkdir()
    settings.write_text(text, "utf-8")
    done = command("mcp", "install", "cursor", "--yes")
    assert done.returncode == 1
    assert '"mcpServers": {"modelhunter"' in done.stderr
    assert settings.read_text("utf-8") == text


def test_a_program_that_is_not_known_or_not_here_is_said(command: Command) -> None:
    pytest.importorskip("mcp")
    unknown = command("mcp", "install", "cursed")
    assert unknown.returncode == 2
    assert "cursor" in unknown.stderr
    nobody = command("mcp", "install")
    assert nobody.returncode == 1
    assert "-m modelhunter mcp" in nobody.stderr


def test_the_skill_is_shown_first_and_written_when_that_is_said(
    command: Command, home: Path
) -> None:
    text = command("skills", "show").stdout
    assert text.startswith("---\nname: modelhunter\ndescription: ")
    path = home / ".agents" / "skills" / "modelhunter" / "SKILL.md"
    assert "name: modelhunter" in command("skills", "install").stdout
    assert not path.exists()
    assert command("skills", "install", "--yes").returncode == 0
    assert path.read_text("utf-8") == text
    elsewhere = command("skills", "install", "--to", "skills", "--yes", "--json")
    (file,) = json.loads(elsewhere.stdout)["written"]
    assert Path(file).read_text("utf-8") == text
