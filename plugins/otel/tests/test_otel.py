"""Spans as a collector would get them."""

from __future__ import annotations

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from modelhunter import ModelHunter, NotFound
from modelhunter.runtime.retry import Retry
from modelhunter_otel import OpenTelemetry

TASK = {
    "id": "task_1",
    "type": "video",
    "provider": "vidu",
    "model": "viduq3-turbo",
    "created_at": "2026-03-02T08:15:00Z",
}


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def mh(exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    observer = OpenTelemetry(provider.get_tracer("test"))
    with ModelHunter("river_test_secret", observers=[observer], retries=Retry(base=0.0)) as client:
        yield client


def answer(**task):
    return httpx.Response(200, json={"success": True, "data": {**TASK, **task}})


def test_a_call_is_a_span(mh, exporter, modelhunter_mock):
    modelhunter_mock.get("/api/v1/tasks/task_1").side_effect = [
        httpx.ReadError("x"),
        httpx.Response(502),
        answer(status="running"),
    ]
    mh.tasks.get("task_1")
    (span,) = exporter.get_finished_spans()
    assert span.name == "getTask"
    assert span.attributes["url.template"] == "/api/v1/tasks/{id}"
    assert span.attributes["http.request.resend_count"] == 2
    assert span.attributes["http.response.status_code"] == 200
    assert [event.attributes["error.type"] for event in span.events] == [
        "ConnectionLost",
        "ServerError",
    ]
    assert span.status.is_unset


def test_an_error_is_on_its_span(mh, exporter, modelhunter_mock):
    modelhunter_mock.get("/api/v1/tasks/task_1").respond(
        404, json={"success": False, "error": {"code": "TASK_NOT_FOUND", "message": "no"}}
    )
    with pytest.raises(NotFound):
        mh.tasks.get("task_1")
    (span,) = exporter.get_finished_spans()
    assert span.attributes["error.type"] == "NotFound"
    assert not span.status.is_ok


def test_a_task_is_a_span_and_no_secret_is_in_any(mh, exporter, modelhunter_mock):
    accepted = {**TASK, "status": "pending", "type": "text-to-video"}
    modelhunter_mock.post("/api/v1/vidu/text-to-video").respond(
        202, json={"success": True, "data": accepted}
    )
    modelhunter_mock.get("/api/v1/tasks/task_1").side_effect = [
        answer(
            status="succeeded",
            cost=0.24,
            result=[{"url": "https://cdn.modelhunter.ai/x?sig=secret"}],
        ),
    ]
    mh.generate("viduq3-turbo", prompt="a secret plan", duration=4)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    task = spans["viduq3-turbo"]
    assert task.attributes["modelhunter.status"] == "succeeded"
    assert task.attributes["modelhunter.cost"] == 0.24
    assert [event.name for event in task.events] == ["pending", "succeeded"]
    assert "secret" not in "".join(span.to_json() for span in spans.values())
