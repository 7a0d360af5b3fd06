"""``modelhunter webhooks listen`` with the sandbox's real deliveries."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys

import pytest

from modelhunter import ModelHunter
from modelhunter.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture
def sandbox():
    with Sandbox(speed=math.inf, media="tiny") as running:
        yield running


@pytest.fixture
def listen(sandbox):
    started = []

    def start(*words: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "modelhunter", "webhooks", "listen", *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={
                    **os.environ,
                    "MODELHUNTER_KEY": sandbox.key,
                    "MODELHUNTER_BASE_URL": sandbox.url,
                    "PYTHONUNBUFFERED": "1",
                },
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def submit(sandbox: Sandbox, **more: str) -> str:
    with ModelHunter(sandbox.key, base_url=sandbox.url) as mh:
        return mh.submit("viduq3-turbo", prompt="a bell", duration=1, **more).wait().id


def test_events_of_all_tasks(sandbox, listen):
    process = listen("--register")
    assert "Registered as wh_" in process.stderr.readline()
    assert "Listening" in process.stderr.readline()
    task_id = submit(sandbox)
    line = process.stdout.readline()
    assert "task.completed" in line
    assert task_id in line
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


def test_the_event_of_one_job_as_json(sandbox, listen):
    process = listen("--json")
    note = json.loads(process.stderr.readline())
    task_id = submit(sandbox, webhook_url=note["url"])
    document = ""
    while not document.endswith("}\n") or document.count("{") != document.count("}"):
        document += process.stdout.readline()
    event = json.loads(document)
    assert (event["type"], event["task"]["id"]) == ("task.completed", task_id)
    assert event["task"]["metadata"] == {}


def test_a_port_that_is_taken(sandbox, listen):
    port = sandbox.url.rpartition(":")[2]
    process = listen("--port", port)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert port in said
    assert "Traceback" not in said
