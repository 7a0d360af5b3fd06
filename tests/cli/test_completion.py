"""Completion as the shells ask for it, and in those that this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.shell_completion import ShellComplete

from modelhunter.cli.app import cli
from modelhunter.cli.completion import _Bash

if TYPE_CHECKING:
    from modelhunter.sandbox import Sandbox

Run = Any
ACME = Path(__file__).parent / "acme"


def offered(*words: str) -> list[str]:
    """What is offered for the last of these words."""
    *before, last = words
    asked = ShellComplete(cli, {}, "modelhunter", "_MODELHUNTER_COMPLETE")
    return [item.value for item in asked.get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["gen"], ["generate"]),
        (["tasks", "ca"], ["cancel"]),
        (["generate", "acme-"], ["acme-1", "acme-2"]),
        (["models", "show", "acme-2"], ["acme-2"]),
        (["generate", "acme-1", "-i", "si"], ["size="]),
        (["generate", "acme-1", "-i", "size="], ["size=small", "size=large"]),
        (["generate", "acme-1", "--input", "size=l"], ["size=large"]),
        (["generate", "acme-1", "-i", "upscale="], ["upscale=true", "upscale=false"]),
        (["generate", "no-such", "-i", "si"], []),
        (["generate", "acme-1", "--provenance", "s"], ["sidecar"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["balance", "--prof"], ["--profile"]),
    ],
)
def test_what_is_offered(run: Run, words: list[str], found: list[str]) -> None:
    assert offered(*words) == found


def test_ids_of_tasks_are_offered(run: Run, sandbox: Sandbox) -> None:
    made = run("generate", "acme-1", "a cat", "--no-wait").stdout.split()[0]
    assert made in offered("tasks", "get", "")
    assert offered("tasks", "wait", made[:-1]) == [made]
    assert offered("tasks", "get", "no-such") == []


def test_profiles_are_offered(run: Run) -> None:
    from modelhunter.cli import kept_keys

    kept_keys.folder().mkdir(parents=True)
    (kept_keys.folder() / "profiles.toml").write_text("[work]\n[home]\n")
    assert offered("balance", "--profile", "w") == ["work"]


def test_without_an_api_nothing_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_x")
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("modelhunter.runtime.clock.SystemClock.sleep", lambda *_: None)
    assert offered("tasks", "get", "") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("modelhunter generate acme-1 -i size = l", (["generate", "acme-1", "-i"], "size=l")),
        ("modelhunter generate acme-1 -i size =", (["generate", "acme-1", "-i"], "size=")),
        ("modelhunter gen", ([], "gen")),
    ],
)
def test_bash_gives_a_pair_as_three_words(
    words: str, expected: tuple[list[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert _Bash(cli, {}, "modelhunter", "_MODELHUNTER_COMPLETE").get_completion_args() == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_this_command(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"_MODELHUNTER_COMPLETE={shell}_complete" in script


def in_shell(shell: str, script: str, tmp_path: Path) -> list[str]:
    """The lines that a script writes in a real shell, where the command is on the path."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    command = tmp_path / "bin" / "modelhunter"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m modelhunter "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ACME), os.environ.get("PYTHONPATH", "")]),
        "MODELHUNTER_PLUGINS": "acme",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    done = subprocess.run(
        [shell, "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["gener"], ["generate"]),
        (["generate", "acme-"], ["acme-1", "acme-2"]),
        (["generate", "acme-1", "-i", "size", "=", "l"], ["large"]),
    ],
)
def test_bash_completes(words: list[str], found: list[str], tmp_path: Path) -> None:
    script = (
        'eval "$(modelhunter completion bash)"\n'
        f"COMP_WORDS=(modelhunter {' '.join(words)})\nCOMP_CWORD={len(words)}\n"
        f'_modelhunter_completion modelhunter "{words[-1]}"\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert in_shell("bash", script, tmp_path) == found


def test_fish_completes(tmp_path: Path) -> None:
    script = "modelhunter completion fish | source; complete -C 'modelhunter generate acme-'"
    assert {"acme-1", "acme-2"} <= {*in_shell("fish", script, tmp_path)}


def test_zsh_takes_the_script(tmp_path: Path) -> None:
    script = (
        "autoload -Uz compinit; compinit -u -d ./dump\n"
        'eval "$(modelhunter completion zsh)"; print $_comps[modelhunter]'
    )
    assert in_shell("zsh", script, tmp_path) == ["_modelhunter_completion"]


def test_results_are_opened(run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    said = run("generate", "acme-1", "a cat")
    assert opened == []
    said = run("generate", "acme-1", "a dog", "--open")
    assert opened == said.stdout.split()
