"""What observers hear, and that they can do no harm."""

from __future__ import annotations

import httpx
import pytest

from modelhunter import ConnectionLost, ModelHunter
from modelhunter.plugins.hookspecs import hookimpl


class Listener:
    def __init__(self):
        self.heard = []

    @hookimpl
    def modelhunter_call_started(self, event):
        self.heard.append(("started", event.operation, event.path))

    @hookimpl
    def modelhunter_call_retrying(self, event, wait):
        self.heard.append(("retrying", event.attempt, type(event.error).__name__, wait))

    @hookimpl
    def modelhunter_call_ended(self, event):
        self.heard.append(("ended", event.attempt, event.status, type(event.error).__name__))

    @hookimpl
    def modelhunter_task_changed(self, task, before):
        self.heard.append(("task", task.id, before, str(task.status)))


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def heard_client(clock, registry, listener):
    with ModelHunter(
        "river_test_x", clock=clock, registry=registry, observers=[listener]
    ) as client:
        yield client


def test_calls_retries_and_their_end(heard_client, listener, modelhunter_mock, api):
    modelhunter_mock.get("/api/v1/tasks/task_1").side_effect = [
        httpx.ReadError("x"),
        httpx.Response(200, json=api.task()),
    ]
    heard_client.tasks.get("task_1")
    assert listener.heard == [
        ("started", "getTask", "/api/v1/tasks/{id}"),
        ("retrying", 1, "ConnectionLost", 0.25),
        ("ended", 2, 200, "NoneType"),
    ]


def test_an_error_for_good(heard_client, listener, modelhunter_mock):
    modelhunter_mock.get("/api/v1/tasks/task_1").mock(side_effect=httpx.ReadError)
    with pytest.raises(ConnectionLost):
        heard_client.tasks.get("task_1")
    assert listener.heard[-1] == ("ended", 4, None, "ConnectionLost")


def test_the_life_of_a_task(heard_client, listener, modelhunter_mock, api):
    modelhunter_mock.post("/api/v1/acme/text-to-video").respond(202, json=api.accepted())
    modelhunter_mock.get("/api/v1/tasks/task_1").side_effect = [
        httpx.Response(200, json=api.task(status)) for status in ("queued", "queued", "succeeded")
    ]
    heard_client.generate("acme-1", prompt="hi")
    assert [heard[2:] for heard in listener.heard if heard[0] == "task"] == [
        (None, "pending"),
        ("pending", "queued"),
        ("queued", "succeeded"),
    ]


def test_a_failing_observer_does_no_harm(clock, registry, modelhunter_mock, api, caplog):
    class Broken:
        @hookimpl
        def modelhunter_call_started(self, event):
            raise RuntimeError("broken")

    modelhunter_mock.get("/api/v1/tasks/task_1").respond(json=api.task())
    client = ModelHunter("river_test_x", clock=clock, registry=registry, observers=[Broken()])
    assert client.tasks.get("task_1").id == "task_1"
    assert "an observer failed" in caplog.text


def test_a_hook_that_does_not_exist_is_refused(registry):
    class Misspelt:
        @hookimpl
        def modelhunter_call_startd(self, event):
            pass

    with pytest.raises(Exception, match="modelhunter_call_startd"):
        ModelHunter("river_test_x", registry=registry, observers=[Misspelt()])
