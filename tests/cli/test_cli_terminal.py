"""What somebody at a terminal sees: bars, tables and colours, however narrow it is."""

from __future__ import annotations

import os
import re
import struct
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from modelhunter import Task
from modelhunter.api.models import Task as TaskState
from modelhunter.cli import bars
from modelhunter.cli.screen import Screen
from modelhunter.printable import printable
from modelhunter.sandbox import Fault, Sandbox

if sys.platform == "win32":
    pytest.skip("POSIX terminals", allow_module_level=True)

import fcntl
import pty
import termios

if TYPE_CHECKING:
    from collections.abc import Iterator

Start = Any
PLAIN = {"NO_COLOR": "1", "TERM": "dumb"}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def terminal(columns: int) -> Iterator[tuple[int, int]]:
    """A terminal of this width: the program's end, and what is seen of it."""
    seen, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        yield end, seen
    finally:
        os.close(seen)


def shown(start: Start, columns: int, *arguments: str, stream: str, **env: str) -> tuple[int, str]:
    """The exit code, and what a command writes on a terminal of this width."""
    with terminal(columns) as (end, seen):
        environment = {"TERM": "xterm-256color", "COLUMNS": "", "NO_COLOR": "", **env}
        process = start(*arguments, env=environment, **{stream: end})
        os.close(end)
        pieces = []
        while piece := _read(seen):
            pieces.append(piece)
        return process.wait(timeout=60), b"".join(pieces).decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # what Linux says once nobody has the other end open
        return b""


def test_a_bar_shows_status_time_and_estimate(start: Start, stuck: Sandbox) -> None:
    command = ("generate", "acme-1", "a cat", "--timeout", "1")
    code, text = shown(start, 100, *command, stream="stderr")
    assert code == 5
    assert "running" in text
    assert "0:00:00" in text
    assert "of about 0:" in text


@pytest.mark.parametrize("columns", [1, 12, 40])
def test_a_narrow_terminal_breaks_nothing(start: Start, sandbox: Sandbox, columns: int) -> None:
    code, _ = shown(start, columns, "generate", "acme-1", "a cat", stream="stderr")
    assert code == 0
    code, text = shown(start, columns, "models", stream="stdout")
    assert code == 0
    letters = re.sub(r"\s", "", COLOUR.sub("", text))
    assert columns < 40 or "acme-1" in letters


@pytest.mark.parametrize("plugins", ["acme", ""], ids=["acme", "all"])
def test_models_fit_sixty_columns(start: Start, sandbox: Sandbox, plugins: str) -> None:
    """Whatever is installed: the names of models are as long as they are."""
    _, text = shown(start, 60, "models", stream="stdout", **PLAIN, MODELHUNTER_PLUGINS=plugins)
    lines = text.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 60
    _, text = shown(start, 60, "models", "--help", stream="stdout", **PLAIN)
    assert max(map(len, text.splitlines())) <= 60


def test_no_word_of_a_table_is_broken(start: Start, sandbox: Sandbox) -> None:
    _, text = shown(start, 30, "models", stream="stdout", NO_COLOR="1", TERM="dumb")
    assert {"acme-1", "acme-2", "text-to-image,", "image-to-image", "PROVIDER"} <= {*text.split()}


def test_a_log_has_a_line_for_each_state_and_few_for_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("modelhunter.cli.bars.monotonic", lambda: now)
    state = TaskState(
        id="task_1",
        type="image",
        status="pending",
        provider="acme",
        model="acme-1",
        created_at=datetime.now(UTC),
    )
    changes = [
        (1.0, "queued", None),
        (2.0, "running", 1.0),
        (3.0, "running", 2.0),
        (11.9, "running", 3.0),
        (12.5, "running", 4.0),
        (13.0, "succeeded", 100.0),
    ]
    with bars.of_task(Screen(), Task(state, None), None) as show:
        for now, status, progress in changes:  # noqa: B007 - the clock reads it
            show(Task(evolve(state, status=status, progress=progress), None))
    assert capsys.readouterr().err.splitlines() == [
        "task_1: queued after 0:01",
        "task_1: running 1 % after 0:02",
        "task_1: running 4 % after 0:12",
    ]


def test_a_table_is_not_cut_where_nobody_watches(start: Start, sandbox: Sandbox) -> None:
    process = start("models", env={"COLUMNS": "20"})
    lines = process.communicate(timeout=60)[0].splitlines()
    assert len(lines) == 3
    assert "text-to-image, image-to-image" in lines[1]


def test_colours_only_for_those_who_want_them(start: Start, sandbox: Sandbox) -> None:
    assert COLOUR.search(shown(start, 80, "models", stream="stdout")[1])
    without = [{"NO_COLOR": "1"}, {"TERM": "dumb"}]
    for environment in without:
        text = shown(start, 80, "models", stream="stdout", **environment)[1]
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", text)
    assert "\x1b" not in start("models").communicate(timeout=60)[0]


def test_a_dumb_terminal_gets_lines(start: Start, stuck: Sandbox) -> None:
    command = ("generate", "acme-1", "a cat", "--timeout", "0.5")
    _, text = shown(start, 80, *command, stream="stderr", TERM="dumb")
    assert " after 0:00" in text
    assert "\x1b" not in text


def test_text_from_the_server_does_not_move_the_cursor(start: Start, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("failed_task", message="\x1b]0;owned\x07[red]x[/red]"))
    code, text = shown(start, 200, "generate", "acme-1", "a cat", stream="stderr")
    assert code == 3
    assert "\x1b]0" not in text
    assert "\\x1b]0;owned\\x07[red]x[/red]" in text


@given(st.text())
def test_plain_text_has_no_power_over_a_terminal(text: str) -> None:
    made = printable(text)
    assert made.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in made)
    assert "\n" not in made
    made.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S"]) | st.just(" ")))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_where_an_error_came_from_is_shown_without_power_over_the_terminal(capsys):
    def fail() -> None:
        raise OSError("the server said \x1b[2J\x9b1A\u202e")

    with pytest.raises(OSError, match="the server said") as caught:
        fail()
    Screen().trace(caught.value)
    shown = capsys.readouterr().err
    assert "in fail\n" in shown
    assert "the server said \\x1b[2J\\x9b1A\\u202e" in shown
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
