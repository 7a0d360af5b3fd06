"""Ctrl-C, as a process gets it, and output that is no longer read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from modelhunter.sandbox import Fault, Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
Start = Any


def _stderr_until(process: subprocess.Popen[str], words: str) -> list[str]:
    """Lines of stderr up to the one with these words."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.rstrip("\n"))
        if words in line:
            return lines
    raise AssertionError(f"{words!r} never came: {lines}")


def _ended(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=30)[1]


def _status(sandbox: Sandbox) -> str:
    return str(sandbox.state()["tasks"][0]["status"])


@pytest.fixture
def waiting(start: Start, stuck: Sandbox) -> subprocess.Popen[str]:
    """A command that waits for a task that never ends."""
    process: subprocess.Popen[str] = start("generate", "acme-1", "a cat", "-o", "cat.png")
    _stderr_until(process, "pending")
    return process


def test_an_interrupt_cancels_the_task(
    waiting: subprocess.Popen[str], stuck: Sandbox, tmp_path: Path
) -> None:
    waiting.send_signal(signal.SIGINT)
    said = _ended(waiting)
    (task,) = stuck.state()["tasks"]
    assert waiting.returncode == 130
    assert f"task {task['id']} was cancelled" in said
    assert "Traceback" not in said
    assert task["status"] == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_wait_for_an_earlier_task(start: Start, stuck: Sandbox) -> None:
    first = start("generate", "acme-1", "a cat", "--timeout", "0.01", "--json")
    _ended(first)
    (task,) = stuck.state()["tasks"]
    process = start("tasks", "wait", task["id"], "--json")
    time.sleep(0)
    assert process.stderr is not None
    _requests(stuck, "getTask", 3)
    process.send_signal(signal.SIGINT)
    error = json.loads(_ended(process).splitlines()[-1])["error"]
    assert (process.returncode, error["exit_code"]) == (130, 130)
    assert error["task"]["status"] == "cancelled"
    assert process.stdout is not None


def _requests(sandbox: Sandbox, operation: str, count: int) -> None:
    """Wait until so many requests of this kind were seen."""
    deadline = time.monotonic() + 30
    while sum(seen.operation == operation for seen in sandbox.requests) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_task_that_finished_meanwhile(
    waiting: subprocess.Popen[str], stuck: Sandbox, tmp_path: Path
) -> None:
    stuck.faults.add(
        Fault("status", at="before", operation="cancelTask", status=409, code="CONFLICT")
    )
    stuck.faults.add(Fault("status", at="before", operation="getTask", status=404))
    waiting.send_signal(signal.SIGINT)
    said = _ended(waiting)
    assert waiting.returncode == 130
    assert "could not be told" in said
    assert "modelhunter tasks cancel task_" in said


def test_a_second_interrupt_leaves_at_once(
    waiting: subprocess.Popen[str], stuck: Sandbox
) -> None:
    stuck.faults.add(
        Fault("latency", at="before", operation="cancelTask", seconds=60.0, times=None)
    )
    waiting.send_signal(signal.SIGINT)
    _stderr_until(waiting, "asking the server to cancel")
    time.sleep(0.2)  # for the request to be on its way: what is asked is that nothing is waited for
    began = time.monotonic()
    waiting.send_signal(signal.SIGINT)
    said = _ended(waiting)
    assert time.monotonic() - began < 10
    assert waiting.returncode == 130
    (task,) = stuck.state()["tasks"]
    assert "may go on" in said
    assert f"modelhunter tasks wait {task['id']}" in said
    assert "Traceback" not in said


def test_an_interrupt_during_the_download(start: Start, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.add(Fault("latency", operation="downloadResult", seconds=60.0, times=None))
    process = start("generate", "acme-1", "a cat", "-o", "cat.png")
    _stderr_until(process, "acme-1")
    _requests(sandbox, "getTask", 1)
    time.sleep(0.3)  # for the download to begin; before it does, an interrupt ends the same way
    process.send_signal(signal.SIGINT)
    said = _ended(process)
    assert process.returncode == 130
    assert "modelhunter tasks " in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    assert _status(sandbox) == "succeeded"


def test_a_reader_that_goes_away(start: Start, sandbox: Sandbox) -> None:
    with subprocess.Popen(["true"], stdin=subprocess.PIPE) as gone:
        gone.wait()
        process = start("models", "--json", stdout=gone.stdin)
        said = _ended(process)
    assert process.returncode == 141
    assert said == ""


def test_the_sandbox_in_the_foreground(start: Start) -> None:
    process = start("sandbox", "--speed", "100")
    assert process.stdout is not None
    lines: list[str] = []
    while not (lines and "ModelHunter(" in lines[-1]):
        lines.append(process.stdout.readline())
    exports = dict(
        line.strip().removeprefix("export ").split("=", 1) for line in lines if "export" in line
    )
    request = urllib.request.Request(
        f"{exports['MODELHUNTER_BASE_URL']}/api/v1/balance",
        headers={"Authorization": f"Bearer {exports['MODELHUNTER_KEY']}"},
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["success"] is True
    other = start("generate", "acme-1", "a cat", "-o", "cat.png", env=exports)
    assert other.wait(timeout=60) == 0
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - began < 5


def test_the_sandbox_as_json_remembers_its_tasks(start: Start, tmp_path: Path) -> None:
    def begin() -> tuple[subprocess.Popen[str], dict[str, str]]:
        process = start("sandbox", "--database", "state.db", "--json", "--speed", "1000")
        assert process.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            text += process.stdout.readline()
        said = json.loads(text)
        return process, {"MODELHUNTER_BASE_URL": said["url"], "MODELHUNTER_KEY": said["key"]}

    first, address = begin()
    made = start("generate", "acme-1", "a cat", "--json", env=address)
    task = json.loads(made.communicate(timeout=60)[0])["task"]["id"]
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    _, address = begin()
    listed = start("tasks", "list", "--json", env=address).communicate(timeout=60)[0]
    assert [one["id"] for one in json.loads(listed)] == [task]


def test_a_port_that_is_taken(start: Start, sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    process = start("sandbox", "--port", port)
    said = _ended(process)
    assert process.returncode == 1
    assert f"{port}" in said
    assert "Traceback" not in said
