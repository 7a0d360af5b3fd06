"""Starting and stopping: quick, without a trace, many at once, across processes."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from modelhunter.errors import ConfigurationError
from modelhunter.sandbox import Fault, Sandbox


def sandbox_threads():
    return [t.name for t in threading.enumerate() if t.name.startswith(("modelhunter", "asyncio"))]


def test_it_starts_and_stops_without_a_trace(start):
    api = start(media="full")
    folder, port = api.sandbox._running.folder, int(api.sandbox.url.rpartition(":")[2])
    assert api.submit().status == 202  # a file is being made while it stops
    assert folder.exists()
    api.sandbox.stop()
    assert sandbox_threads() == []
    assert not folder.exists()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_it_stops_at_once_with_requests_under_way(start):
    api = start()
    api.sandbox.faults.add(Fault("latency", seconds=600))
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as hanging:
        hanging.sendall(b"GET /api/v1/balance HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 5
        while not api.sandbox.faults.strikes:
            assert time.monotonic() < deadline
        began = time.monotonic()
        api.sandbox.stop()
        assert time.monotonic() - began < 1
        assert hanging.recv(1) == b""
    assert sandbox_threads() == []


def test_it_can_be_started_again_and_stopped_twice(start):
    sandbox = start().sandbox
    first = sandbox.url
    assert sandbox.start() is sandbox
    assert sandbox.url == first
    sandbox.stop()
    sandbox.stop()
    sandbox.start()
    assert sandbox.key.startswith("river_test_")


def test_several_side_by_side_know_nothing_of_each_other(start):
    one, other = start(), start()
    one.task_id()
    assert one.sandbox.url != other.sandbox.url
    assert other.send("GET", "/tasks").json()["data"] == []
    assert other.send("GET", "/tasks", key=one.sandbox.key).status == 401


def test_what_is_asked_of_a_sandbox_that_does_not_run():
    with pytest.raises(ConfigurationError, match=r"call start\(\)"):
        _ = Sandbox().url


def test_a_port_that_is_taken(start):
    port = int(start().sandbox.url.rpartition(":")[2])
    with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}"):
        start(port=port)


def test_a_database_has_one_sandbox_at_a_time(start, tmp_path):
    start(database=tmp_path / "sandbox.db")
    with pytest.raises(ConfigurationError, match="locked"):
        start(database=tmp_path / "sandbox.db")


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_file_that_is_no_database(start, tmp_path, content):
    path = tmp_path / "sandbox.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(ConfigurationError, match=r"sandbox\.db"):
            start(database=path)
    else:
        start(database=path)


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"speed": -1}, {"link_seconds": 0}])
def test_times_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="above 0"):
        Sandbox(**wrong)


def test_links_go_to_the_other_name_of_this_machine(start):
    api = start(host="localhost")
    assert api.sandbox.url.startswith("http://localhost:")
    assert api.finished()["result"][0]["url"].startswith("http://127.0.0.1:")


def test_it_stops_cleanly_in_the_moment_of_a_connection(start):
    for _ in range(20):
        sandbox = start().sandbox
        port = int(sandbox.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            sandbox.stop()
            with suppress(ConnectionResetError):  # it was never accepted
                assert connection.recv(1) == b""
    gc.collect()  # sockets that were left open would warn here


@pytest.mark.forks
def test_a_forked_child_does_not_keep_the_port_or_the_files(start):
    api = start()
    api.finished()
    folder = api.sandbox._running.folder
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            api.sandbox.stop()
            os.write(writing, b"stopped")
            signal.pause()
        finally:
            os._exit(0)
    try:
        os.close(writing)
        assert os.read(reading, 7) == b"stopped"
        assert api.send("GET", "/balance").status == 200
        assert folder.exists()
        port = int(api.sandbox.url.rpartition(":")[2])
        api.sandbox.stop()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.forks
def test_a_dropped_connection_is_seen_though_a_child_was_forked(start):
    api = start()
    api.sandbox.faults.add(Fault("latency", seconds=0.2))
    api.sandbox.faults.add(Fault("drop"))
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /api/v1/balance HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not api.sandbox.faults.strikes:
            pass
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        try:
            assert connection.recv(1) == b""
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


SERVING = """
from modelhunter.sandbox import Sandbox
Sandbox(media="tiny").serve_forever(lambda sandbox: print(sandbox.url, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_until_a_signal_comes(number):
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10):
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


FORGOTTEN = """
from modelhunter.sandbox import Sandbox
sandbox = Sandbox().start()
print(sandbox._running.folder)
"""


def test_a_forgotten_sandbox_ends_with_its_process():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORGOTTEN],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert not os.path.exists(done.stdout.strip())
    assert done.stderr == ""


LIGHT = """
import sys
from modelhunter.sandbox import Sandbox
with Sandbox() as sandbox:
    heavy = {"PIL", "av", "modelhunter.plugins.registry"}
    print(sorted(heavy & sys.modules.keys()))
"""


def test_a_sandbox_that_makes_nothing_imports_no_media_libraries():
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"


MISSING = """
import importlib.machinery, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("starlette", "av"):
            return None
        return importlib.machinery.PathFinder.find_spec(name, path, target)
sys.meta_path = [sys.meta_path[0], sys.meta_path[1], Hidden()]
from modelhunter.errors import ConfigurationError
try:
    import modelhunter.sandbox
except ConfigurationError as error:
    print(error)
"""


def test_without_the_extra_it_says_what_to_install():
    done = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, timeout=30, check=True
    )
    assert "starlette, av" in done.stdout
    assert "pip install 'modelhunter[sandbox]'" in done.stdout


USING_THE_FIXTURE = """
import urllib3

def test_it(modelhunter_sandbox):
    answer = urllib3.request(
        "GET",
        modelhunter_sandbox.url + "/api/v1/balance",
        headers={"Authorization": "Bearer " + modelhunter_sandbox.key},
    )
    assert answer.json()["data"]["balance"] == 100
"""


def test_the_fixture(tmp_path):
    (tmp_path / "test_it.py").write_text(USING_THE_FIXTURE)
    command = [sys.executable, "-m", "pytest", "-q", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
