"""Ctrl-C, as a process gets it, and output that is no longer read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.sandbox import Fault, ManualClock, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from modelhunter.plugins.registry import Registry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
Process = Any
Start = Any


def said_until(process: Process, words: str) -> str:
    """What the process says on stderr, up to these words."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"{words!r} never came: {lines}")


def ended(process: Process) -> str:
    """What the process says on stderr until it ends."""
    text: str = process.communicate(timeout=30)[1]
    assert "Traceback" not in text
    return text


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def waiting(start: Start, stuck: Sandbox) -> Process:
    """A command that waits for a task that never ends."""
    process = start("generate", "acme-1", "a cat", "-o", "cat.png")
    said_until(process, " after 0:")
    return process


def test_an_interrupt_cancels_the_task(waiting: Process, stuck: Sandbox, tmp_path: Path) -> None:
    waiting.send_signal(signal.SIGINT)
    said = ended(waiting)
    (task,) = stuck.state()["tasks"]
    assert waiting.returncode == 130
    assert f"task {task['id']} was cancelled" in said
    assert task["status"] == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_wait_for_an_earlier_task(start: Start, stuck: Sandbox) -> None:
    ended(start("generate", "acme-1", "a cat", "--timeout", "0.01", "--json"))
    (task,) = stuck.state()["tasks"]
    looks = len(stuck.requests)
    process = start("tasks", "wait", task["id"], "--json")
    until(lambda: len(stuck.requests) == looks + 2)  # one to find it, one of the wait
    process.send_signal(signal.SIGINT)
    error = json.loads(ended(process).splitlines()[-1])["error"]
    assert (process.returncode, error["exit_code"]) == (130, 130)
    assert error["task"]["status"] == "cancelled"


@pytest.fixture
def slow(acme: Registry) -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """A sandbox whose tasks end when its clock is moved, and how to reach it."""
    with Sandbox(clock=ManualClock(), media="tiny", registry=acme) as sandbox:
        yield sandbox, {"MODELHUNTER_BASE_URL": sandbox.url, "MODELHUNTER_KEY": sandbox.key}


def test_a_task_that_finished_before_it_could_be_cancelled(
    start: Start, slow: tuple[Sandbox, dict[str, str]]
) -> None:
    sandbox, address = slow
    process = start("generate", "acme-1", "a cat", "-o", "cat.png", env=address)
    said_until(process, " after 0:")
    sandbox.advance(3600)
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert process.returncode == 130
    assert "had succeeded before it could be cancelled" in said
    assert "  modelhunter tasks download task_" in said


def test_a_cancellation_whose_outcome_can_not_be_told(waiting: Process, stuck: Sandbox) -> None:
    stuck.faults.add(Fault("status", operation="cancelTask", status=403, code="FORBIDDEN"))
    waiting.send_signal(signal.SIGINT)
    said = ended(waiting)
    assert waiting.returncode == 130
    assert "could not be told" in said
    assert "  modelhunter tasks cancel task_" in said


def test_a_second_interrupt_leaves_at_once(waiting: Process, stuck: Sandbox) -> None:
    stuck.faults.add(Fault("latency", operation="cancelTask", seconds=60.0))
    waiting.send_signal(signal.SIGINT)
    until(lambda: any(strike.kind == "latency" for strike in stuck.faults.strikes))
    began = time.monotonic()
    waiting.send_signal(signal.SIGINT)
    said = ended(waiting)
    assert time.monotonic() - began < 10
    assert waiting.returncode == 130
    (task,) = stuck.state()["tasks"]
    assert "may go on" in said
    assert f"  modelhunter resume {task['id']} -o cat.png" in said


def test_an_interrupt_while_the_job_is_being_sent(start: Start, stuck: Sandbox) -> None:
    stuck.faults.add(Fault("latency", at="after", operation="submit", seconds=60.0))
    process = start("generate", "acme-1", "a cat")
    until(lambda: stuck.state()["tasks"])
    process.send_signal(signal.SIGINT)
    said = ended(process)
    (task,) = stuck.state()["tasks"]
    assert process.returncode == 130
    assert f"task {task['id']} was cancelled" in said
    assert task["status"] == "cancelled"


def test_a_second_interrupt_while_the_job_is_being_sent(start: Start, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("latency", at="before", operation="submit", seconds=60.0))
    process = start("generate", "acme-1", "a cat")
    until(lambda: any(strike.kind == "latency" for strike in sandbox.faults.strikes))
    process.send_signal(signal.SIGINT)
    said_until(process, "looking for its task")
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert process.returncode == 130
    assert "can't be told whether the job was started" in said
    assert "  modelhunter resume '{" in said


def test_an_interrupt_during_the_download(start: Start, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.add(Fault("latency", operation="downloadResult", seconds=60.0))
    process = start("generate", "acme-1", "a cat", "-o", "cat.png")
    until(lambda: any(strike.kind == "latency" for strike in sandbox.faults.strikes))
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert process.returncode == 130
    assert "has succeeded" in said
    assert "  modelhunter tasks download task_" in said
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away(start: Start, sandbox: Sandbox) -> None:
    with subprocess.Popen(["true"], stdin=subprocess.PIPE) as gone:
        gone.wait()
        process = start("models", "--json", stdout=gone.stdin)
        said = ended(process)
    assert process.returncode == 141
    assert said == ""


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_job_is_brought_home_though_nobody_listens(
    start: Start, sandbox: Sandbox, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    with subprocess.Popen(["true"], stdin=subprocess.PIPE) as gone:
        gone.wait()
        process = start(
            "generate", "acme-1", "a cat", "-o", "cat.png", *arguments, stderr=gone.stdin
        )
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "cat.png" in said
    assert (tmp_path / "cat.png").exists()


def test_the_sandbox_in_the_foreground(start: Start) -> None:
    process = start("sandbox", "--speed", "100")
    lines: list[str] = []
    while not (lines and "ModelHunter(" in lines[-1]):
        lines.append(process.stdout.readline())
        assert lines[-1]
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


def test_a_sandbox_remembers_its_tasks(start: Start) -> None:
    def begin() -> tuple[Process, dict[str, str]]:
        process = start("sandbox", "--database", "state.db", "--json", "--speed", "1000")
        text = ""
        while not text.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line
            text += line
        said = json.loads(text)
        return process, {"MODELHUNTER_BASE_URL": said["url"], "MODELHUNTER_KEY": said["key"]}

    first, address = begin()
    made = start("generate", "acme-1", "a cat", "--json", env=address)
    task = json.loads(made.communicate(timeout=60)[0])["task"]["id"]
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    _, address = begin()
    listed = start("tasks", "list", "--json", env=address).communicate(timeout=60)[0]
    assert [one["id"] for one in json.loads(listed)["tasks"]] == [task]


def test_a_sandbox_for_a_container(start: Start, tmp_path: Path) -> None:
    process = start(
        *("sandbox", "--host", "0.0.0.0", "--allow-host", "Sandbox", "--json"),
        env={"TMPDIR": str(tmp_path)},
    )
    text = ""
    while not text.rstrip().endswith("}"):
        text += process.stdout.readline()
    said = json.loads(text)
    assert said["url"].startswith("http://127.0.0.1:")
    assert said["everywhere"] is True
    assert said["allow_hosts"] == ["sandbox"]
    for name, status in (("sandbox", 200), ("192.0.2.1", 200), ("evil.example", 421)):
        request = urllib.request.Request(said["url"], headers={"Host": name})
        try:
            with urllib.request.urlopen(request) as answer:
                assert answer.status == status
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == status
    assert list(tmp_path.glob("modelhunter-sandbox-*"))
    process.send_signal(signal.SIGTERM)
    assert ended(process) == ""
    assert process.returncode == 0
    assert not list(tmp_path.glob("modelhunter-sandbox-*"))


def test_what_a_sandbox_beyond_this_machine_says(start: Start) -> None:
    process = start("sandbox", "--host", "0.0.0.0", "--allow-host", "sandbox")
    said = ""
    while "allow_http=True" not in said:
        line = process.stdout.readline()
        assert line
        said += line
    assert "Other machines reach it too, by any address of this machine or sandbox" in said
    assert "ModelHunter(base_url='http://sandbox:" in said


def test_a_host_that_is_no_name(start: Start) -> None:
    process = start("sandbox", "--allow-host", "http://sandbox")
    assert "give it without http://" in ended(process)
    assert process.returncode == 2


def test_a_port_that_is_taken(start: Start, sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    process = start("sandbox", "--port", port)
    assert port in ended(process)
    assert process.returncode == 1
