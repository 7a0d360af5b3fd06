"""The mock speaks as the API does, keeps the shell and the clock out, and says what went wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import modelhunter
from modelhunter import AsyncModelHunter, ModelHunter, TaskFailed, WaitTimeout, webhooks
from modelhunter.api.models import ErrorCode
from modelhunter.errors import BY_STATUS, APIError
from modelhunter.runtime.message import Response
from modelhunter.testing import ModelHunterMock
from modelhunter.testing.lacking import lacking

if TYPE_CHECKING:
    from pathlib import Path

TEXT_TO_VIDEO = "/api/v1/vidu/text-to-video"
JOB = {"model": "viduq3-turbo", "prompt": "x", "duration": 4}


def pytest_says(folder: Path, test: str, **settings: str) -> str:
    """What pytest prints of a file with this test in it."""
    (folder / "test_it.py").write_text(test, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    environment = {**os.environ, **settings}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    ).stdout


@pytest.mark.parametrize("status", [200, 202])
def test_a_submission_may_be_answered_with_either_status(modelhunter_mock, status):
    answer = modelhunter_mock.task()
    answer.status_code = status
    modelhunter_mock.post(TEXT_TO_VIDEO).mock(answer)
    task = ModelHunter().submit(**JOB, metadata={"order": 7})
    assert (task.id, task.status, task.provider, task.model) == (
        "task_1",
        "pending",
        "vidu",
        "viduq3-turbo",
    )
    assert task.metadata == {"order": 7}


def test_a_task_follows_the_request(modelhunter_mock):
    modelhunter_mock.post(TEXT_TO_VIDEO).mock(modelhunter_mock.task())
    modelhunter_mock.get(path__regex="^/api/v1/tasks/").mock(modelhunter_mock.task())
    modelhunter_mock.delete("/api/v1/tasks/task_2").mock(modelhunter_mock.task())
    mh = ModelHunter()
    first, second = (mh.submit(**JOB, metadata={"n": n}) for n in (1, 2))
    assert (first.id, second.id) == ("task_1", "task_2")
    assert second.cancel().status == "cancelled"
    first.refresh()
    assert (first.model, first.metadata, first.status) == ("viduq3-turbo", {"n": 1}, "succeeded")
    assert mh.tasks.get("another").id == "another"


def test_what_a_test_says_stays(modelhunter_mock):
    modelhunter_mock.get("/api/v1/tasks/a").mock(
        modelhunter_mock.task(
            "b", "running", provider="kling", type="image", progress=40, cost=0.5, outputs=[]
        )
    )
    call = modelhunter.api.tasks.get_task("a")
    task = ModelHunter().send(call)
    assert (task.id, task.status, task.provider, task.type) == ("b", "running", "kling", "image")
    assert (task.progress, float(task.cost), task.result) == (40, 0.5, [])


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        ({"status": "failed"}, "PROVIDER_ERROR", "the mock lets it fail"),
        ({"error": "no cats"}, "PROVIDER_ERROR", "no cats"),
        ({"error": {"code": "CATS", "message": "none"}}, "CATS", "none"),
    ],
)
def test_a_failure_has_a_reason(modelhunter_mock, said, code, reason):
    modelhunter_mock.get("/api/v1/tasks/a").mock(modelhunter_mock.task(**said))
    with pytest.raises(TaskFailed) as caught:
        ModelHunter().tasks.wait("a")
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_answers_that_are_used_up_are_a_failure_too():
    mock = ModelHunterMock()
    mock.get("/api/v1/balance").mock(side_effect=[mock.balance(5)])
    with pytest.raises(AssertionError, match="GET /api/v1/balance was sent once more than"), mock:
        [ModelHunter().balance() for _ in range(2)]


def test_pages_follow_each_other(modelhunter_mock):
    task = modelhunter_mock.task
    modelhunter_mock.get("/api/v1/tasks").mock(
        side_effect=[
            modelhunter_mock.page([task(), task(), {"id": "x"}], cursor="c"),
            modelhunter_mock.page([task("y", "failed")]),
        ]
    )
    listed = [(t.id, t.status) for t in ModelHunter().tasks.list()]
    assert listed == [
        ("task_1", "succeeded"),
        ("task_2", "succeeded"),
        ("x", "succeeded"),
        ("y", "failed"),
    ]


@pytest.mark.parametrize("status", [*BY_STATUS, 418, 500, 502, 503])
def test_errors_are_the_apis(modelhunter_mock, status):
    modelhunter_mock.get("/api/v1/balance").mock(modelhunter_mock.error(status, retry_after=1))
    with pytest.raises(APIError) as caught:
        ModelHunter().balance()
    assert caught.value.status == status
    assert caught.value.code in set(ErrorCode)
    assert caught.value.message == f"the mock answers {status}"


def test_an_error_may_be_said_in_full(modelhunter_mock):
    modelhunter_mock.get("/api/v1/balance").mock(
        modelhunter_mock.error(400, "ODD", "odd", details={"field": "x", "reason": "y"})
    )
    with pytest.raises(modelhunter.BadRequest, match=r"400 ODD: odd \(field x: y\)"):
        ModelHunter().balance()
    with pytest.raises(ValueError, match="200 is no status of an error"):
        modelhunter_mock.error(200)


def test_nothing_sleeps(modelhunter_mock):
    modelhunter_mock.get("/api/v1/tasks/task_1").mock(modelhunter_mock.task(status="running"))
    with pytest.raises(WaitTimeout):
        ModelHunter().tasks.wait("task_1", timeout=1000)
    assert sum(modelhunter_mock.clock.slept) == pytest.approx(1000)

    async def wait() -> None:
        async with AsyncModelHunter() as mh:
            await mh.tasks.wait("task_1", timeout=1000)

    with pytest.raises(WaitTimeout):
        asyncio.run(wait())
    with pytest.raises(WaitTimeout), webhooks.Receiver() as receiver, ModelHunter() as mh:
        mh.tasks.get("task_1").wait(timeout=1000, webhook=receiver)
    assert sum(modelhunter_mock.clock.slept) == pytest.approx(3000)


def test_the_shell_is_not_seen_and_stays_as_it_was(monkeypatch):
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_shell")
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MODELHUNTER_PLUGINS", "nothing")
    before = dict(os.environ)
    with ModelHunterMock() as mock:
        route = mock.get("/api/v1/balance").mock(mock.balance(5))
        assert ModelHunter().balance().balance == 5
        assert route.calls.last.request.headers["authorization"] == f"Bearer {mock.key}"
        assert [n for n in os.environ if n.startswith("MODELHUNTER_")] == ["MODELHUNTER_KEY"]
    assert dict(os.environ) == before


def test_what_is_not_mocked_says_what_led_there():
    less = {"success": True, "data": {"id": "task_1", "status": "pending"}}
    mock = ModelHunterMock()
    mock.post(TEXT_TO_VIDEO).respond(202, json=less)
    mock.get("https://cdn.example/x", params={"a": "1"}).respond(200)
    with pytest.raises(AssertionError) as caught, mock:
        ModelHunter().submit(**JOB)
    text = str(caught.value)
    assert "GET /api/v1/tasks?" in text
    assert f"Mocked are:\n  POST {TEXT_TO_VIDEO}\n  GET https://cdn.example/x params=" in text
    assert "missing: $.data.type, $.data.provider, $.data.model, $.data.created_at" in text


def test_a_failure_that_the_program_catches_fails_the_test():
    mock = ModelHunterMock()
    mock.start()
    with pytest.raises(AssertionError):
        ModelHunter().balance()
    with pytest.raises(AssertionError, match="GET /api/v1/balance was sent and is not mocked"):
        mock.stop()


def test_a_route_that_was_not_used_is_named():
    mock = ModelHunterMock()
    mock.get("/api/v1/balance").mock(mock.balance(5))
    mock.start()
    with pytest.raises(AssertionError, match="mocked and never sent: GET /api/v1/balance"):
        mock.stop()


def test_the_failure_of_a_test_shows_what_was_sent(tmp_path):
    test = (
        "from modelhunter import ModelHunter\n"
        "def test(modelhunter_mock):\n"
        "    modelhunter_mock.get('/api/v1/balance').mock(modelhunter_mock.balance(5))\n"
        "    modelhunter_mock.get('/api/v1/never').respond(200)\n"
        "    assert ModelHunter().balance().balance == 6\n"
    )
    said = pytest_says(tmp_path, test)
    assert "modelhunter_mock ---" in said
    assert "GET /api/v1/balance: 200" in said
    assert "1 failed in" in said  # and not an error about routes besides


def test_a_missing_package_names_the_extra(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "import modelhunter.testing.fixtures as f\n"
        "f.find_spec = lambda name: None if name == 'respx' else find(name)\n"
    )
    said = pytest_says(tmp_path, "def test(modelhunter_mock): pass\n")
    assert "ModuleNotFoundError" in said
    assert "pip install 'modelhunter[test]'" in said


PLACES = st.lists(
    st.sampled_from(["id", "type", "status", "provider", "model", "created_at"]), unique=True
)


@given(PLACES)
def test_every_missing_member_is_named(absent):
    data = {
        "id": "a",
        "type": "b",
        "status": "c",
        "provider": "d",
        "model": "e",
        "created_at": "2026-01-01T00:00:00Z",
    }
    data = {name: value for name, value in data.items() if name not in absent}
    body = json.dumps({"success": True, "data": data}).encode()
    found = lacking(modelhunter.api.tasks.get_task("a"), Response(200, {}, body))
    assert sorted(found) == sorted(f"$.data.{name}" for name in absent)
