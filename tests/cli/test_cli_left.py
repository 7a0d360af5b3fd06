"""A job that a command has left, however it ended, is found and taken up by ``resume``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from modelhunter.cli import left
from modelhunter.sandbox import Fault, Sandbox

PNG = b"\x89PNG\r\n\x1a\n"
Run = Any


def files() -> list[Path]:
    return sorted(left.folder().glob("*.job"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def wait_until(holds: Any) -> None:
    for _ in range(2000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never was")


# ------------------------------------------------------------------- what is kept, and how long


def test_the_token_is_there_before_the_job_is_sent_and_gone_when_all_is_done(
    run: Run, sandbox: Sandbox, monkeypatch: Any
) -> None:
    from modelhunter.flows import submit_once

    real, seen = submit_once._post, []

    def post(*arguments: Any) -> Any:
        (path,) = files()
        (first,) = lines(path)
        seen.append((json.loads(first["token"])["kind"], len(sandbox.state()["tasks"])))
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert sandbox.key not in path.read_text()
        return (yield from real(*arguments))

    monkeypatch.setattr(submit_once, "_post", post)
    assert run("generate", "acme-1", "a cat", "-o", "cat.png").exit_code == 0
    assert seen == [("submission", 0)]
    assert files() == []
    result = run("resume")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No job was left" in result.stderr


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("status", status=400, operation="submit"), 1),
        (Fault("status", status=402, operation="submit"), 1),
        (Fault("failed_task"), 3),
    ],
)
def test_what_can_come_to_nothing_any_more_is_not_kept(
    run: Run, sandbox: Sandbox, fault: Fault, code: int
) -> None:
    sandbox.faults.add(fault)
    assert run("generate", "acme-1", "a cat").exit_code == code
    assert files() == []


def test_nothing_is_kept_of_what_was_not_sent(run: Run, sandbox: Sandbox) -> None:
    for words in (["--max-cost", "0.0001"], ["-i", "size=huge"], ["--estimate"], ["-o", "no\0"]):
        run("generate", "acme-1", "a cat", *words)
    run("generate", "acme-1", "a cat", "--sandbox")
    assert files() == []
    assert sandbox.requests == []


def test_a_state_directory_that_can_not_be_written_costs_no_job(
    run: Run, sandbox: Sandbox, monkeypatch: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    result = run("generate", "acme-1", "a cat", "-o", "cat.png")
    assert result.exit_code == 0
    assert "can't be kept" in result.stderr
    assert run("resume").exit_code == 0


def test_where_it_is(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert left.folder() == tmp_path / "modelhunter" / "jobs"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    if sys.platform != "win32":
        assert left.folder() == tmp_path / "home" / ".local" / "state" / "modelhunter" / "jobs"


# ------------------------------------------------------------------- taking it up


def test_a_job_that_takes_longer_stays_until_it_is_done(run: Run, stuck: Sandbox) -> None:
    assert run("generate", "acme-1", "a cat", "-o", "cats/", "--timeout", "0.01").exit_code == 5
    (path,) = files()
    (task,) = stuck.state()["tasks"]
    assert json.loads(lines(path)[1]["task"])["id"] == task["id"]
    assert run("resume", "--timeout", "0.01").exit_code == 5
    assert files() == [path]


def test_killed_while_sending(start: Any, run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.add(Fault("latency", at="after", operation="submit", seconds=60))
    process = start("generate", "acme-1", "a cat", "-o", "cat.png", "--json")
    wait_until(lambda: sandbox.state()["tasks"])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(files()) == 1
    sandbox.faults.clear()
    result = run("resume")
    assert result.exit_code == 0, result.stderr
    assert "left: acme-1 (text-to-image), begun " in result.stderr
    assert Path("cat.png").read_bytes().startswith(PNG)
    assert len(sandbox.state()["tasks"]) == 1
    assert files() == []


def test_killed_before_it_was_sent(
    run: Run, sandbox: Sandbox, no_pauses: None, monkeypatch: Any
) -> None:
    from modelhunter.flows import submit_once

    def killed(*_: Any) -> Any:
        raise SystemExit(137)
        yield

    with monkeypatch.context() as patch:
        patch.setattr(submit_once, "_post", killed)
        run("generate", "acme-1", "a cat", "-o", "cat.png")
    (path,) = files()
    result = run("resume")
    assert result.exit_code == 1
    assert "--resubmit" in result.stderr
    assert f"remove {path}" in result.stderr
    assert sandbox.state()["tasks"] == []
    assert run("resume", "--resubmit").exit_code == 0
    assert (files(), len(sandbox.state()["tasks"])) == ([], 1)


def leave(run: Run, sandbox: Sandbox, *names: str) -> None:
    """Leave jobs whose results could not be fetched."""
    for name in names:
        folder = Path(name)
        assert run("generate", "acme-1", name, "--no-wait", "-o", f"{folder}.png").exit_code == 0


def test_what_was_not_waited_for_is_left(run: Run, sandbox: Sandbox) -> None:
    leave(run, sandbox, "one", "two", "three")
    assert len(files()) == 3
    result = run("resume", "--last")
    assert (result.exit_code, result.stdout) == (0, str(Path("three.png").absolute()) + "\n")
    assert len(files()) == 2
    said = json.loads(run("resume", "--json").stdout)
    assert [Path(one["files"][0]).name for one in said] == ["two.png", "one.png"]
    assert [one["task"]["status"] for one in said] == ["succeeded"] * 2
    assert files() == []
    assert json.loads(run("resume", "--json").stdout) == []


def test_one_of_several_that_fails_keeps_no_other_back(run: Run, sandbox: Sandbox) -> None:
    leave(run, sandbox, "one", "two", "three")
    Path("two.png").write_text("mine")
    result = run("resume")
    assert result.exit_code == 2
    assert "two.png exists" in result.stderr
    assert "1 of 3 jobs" in result.stderr
    assert Path("one.png").exists()
    assert Path("three.png").exists()
    assert len(files()) == 1
    assert run("resume", "--force").exit_code == 0
    assert files() == []


def test_another_place_for_what_was_left(run: Run, sandbox: Sandbox) -> None:
    leave(run, sandbox, "one")
    assert run("resume", "-o", "elsewhere.png").stdout == "elsewhere.png\n"
    assert not Path("one.png").exists()


@pytest.mark.parametrize("by", ["id", "token", "download"])
def test_whoever_ends_a_job_otherwise_ends_its_file(run: Run, sandbox: Sandbox, by: str) -> None:
    leave(run, sandbox, "one", "two")
    name = sandbox.state()["tasks"][0]["id"]
    (path,) = [path for path in files() if json.loads(lines(path)[1]["task"])["id"] == name]
    token = lines(path)[0]["token"]
    words = {
        "id": ["resume", name],
        "token": ["resume", token],
        "download": ["tasks", "download", name],
    }[by]
    assert run(*words, "-o", "mine.png").exit_code == 0
    assert path not in files()
    assert len(files()) == 1


def test_what_a_command_works_on_is_not_left(
    start: Any, run: Run, stuck: Sandbox, tmp_path: Path
) -> None:
    process = start("generate", "acme-1", "a cat", stderr=subprocess.PIPE)
    wait_until(lambda: files() and len(lines(files()[0])) == 2)
    result = run("resume")
    assert "No job was left" in result.stderr
    process.kill()
    process.communicate()
    assert len(left.found()) == 1


def test_files_that_say_nothing_are_passed_over(run: Run, sandbox: Sandbox) -> None:
    leave(run, sandbox, "one")
    (good,) = files()
    for name, text in (
        ("1-1.job", b""),
        ("x.job", b'{"token": 7}\n'),
        ("2-2.job", b"\xff\xfe\n[]\nnull"),
        ("9" * 200 + "-1.job", b"{"),
    ):
        (good.parent / name).write_bytes(text)
    (good.parent / "3-3.job").mkdir()
    good.write_bytes(good.read_bytes() + b'{"task": "cut sho')  # by a power cut
    assert [one.path for one in left.found()] == [good]
    assert run("resume").exit_code == 0


def test_a_token_that_is_none_is_named(run: Run, sandbox: Sandbox) -> None:
    left.folder().mkdir(parents=True)
    path = left.folder() / "1-1.job"
    path.write_text('{"token": "nonsense"}\n')
    result = run("resume")
    assert result.exit_code != 0
    assert str(path) in result.stderr


def test_last_and_a_job_are_two_things(run: Run, sandbox: Sandbox) -> None:
    result = run("resume", "task_1", "--last")
    assert result.exit_code == 2
    assert "--last" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_server_that_it_was_sent_to_is_kept(
    run: Run, sandbox: Sandbox, monkeypatch: Any
) -> None:
    leave(run, sandbox, "one")
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://127.0.0.1:9")
    assert run("resume").exit_code == 0


# ------------------------------------------------------------------- the way on


@pytest.mark.parametrize(
    "words", [("tasks", "wait", "task_1"), ("resume", "task_1", "-o", "x.mp4")]
)
def test_they_say_the_way_on_when_the_task_can_not_be_read(
    run: Run, sandbox: Sandbox, no_pauses: None, words: tuple[str, ...]
) -> None:
    sandbox.faults.add(Fault("status", status=500, times=None))
    result = run(*words)
    assert result.exit_code == 1
    assert f"  modelhunter {' '.join(words)}\n" in result.stderr
