"""A process that is killed at any step loses nothing: the token it wrote leads back to its job."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from modelhunter import ModelHunter, Polling, SubmissionUnknown
from modelhunter.jobs.marker import MARKER
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import os, signal, sys
from modelhunter import ModelHunter, Polling
from modelhunter.runtime.drivers.blocking import Driver

url, key, path, step, moment = sys.argv[1:]
done = 0
real = Driver._do

def counted(self, action):
    global done
    done += 1
    if done == int(step) and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    mine = done
    try:
        return real(self, action)
    finally:
        if mine == int(step) and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)

def keep(token):
    with open(path, "w") as file:
        file.write(token)
        file.flush()
        os.fsync(file.fileno())

Driver._do = counted
with ModelHunter(key, base_url=url, polling=Polling(0.01, 0.01, 1)) as mh:
    mh.generate("viduq3-turbo", prompt="kill me", duration=1, on_token=keep).download(path + ".mp4")
print("finished")
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(speed=math.inf, media="tiny") as running:
        yield running


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("lost_answer", [False, True])
def test_killed_between_any_two_steps(sandbox, tmp_path, moment, lost_answer):
    finished = False
    for step in range(1, 40):
        sandbox.reset()
        if lost_answer:
            sandbox.faults.add(Fault("drop", "after", operation="submit"))
        token_file = tmp_path / f"{step}-{moment}.token"
        child = subprocess.run(
            [sys.executable, "-c", CHILD, sandbox.url, sandbox.key, token_file, str(step), moment],
            capture_output=True,
            text=True,
        )
        check(sandbox, token_file)
        if child.returncode == 0:
            finished = True
            break
        assert child.returncode == -signal.SIGKILL, child.stdout + child.stderr
    assert finished
    assert step > 4, child.stdout + child.stderr


def check(sandbox: Sandbox, token_file: Path) -> None:
    """One task at most; it is found by the token; no file is incomplete under its name."""
    tasks = sandbox.state()["tasks"]
    assert len(tasks) <= 1
    assert all(count == 1 for count in sandbox.duplicates(MARKER).values())
    if not token_file.exists():
        assert tasks == []
        return
    video = token_file.with_name(token_file.name + ".mp4")
    with ModelHunter(sandbox.key, base_url=sandbox.url, polling=Polling(0.01, 0.01, 1)) as mh:
        if not tasks:
            with pytest.raises(SubmissionUnknown):
                quick(mh).resume(token_file.read_text())
            return
        task = mh.resume(token_file.read_text()).wait()
        assert task.id == tasks[0]["id"]
        if video.exists():
            assert video.stat().st_size == task.outputs[0].size_bytes
        video.unlink(missing_ok=True)
        task.download(video)
        assert video.stat().st_size == task.outputs[0].size_bytes


def quick(mh: ModelHunter) -> ModelHunter:
    """The same client with a clock that does not pause."""
    from attrs import evolve

    class Now(type(mh.context.session.clock)):  # type: ignore[misc]
        def sleep(self, seconds: float) -> None:
            return None

    mh._driver = evolve(mh._driver, clock=Now())
    return mh
