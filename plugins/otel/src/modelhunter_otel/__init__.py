"""OpenTelemetry for modelhunter: ``ModelHunter(observers=[OpenTelemetry()])``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from modelhunter.plugins import hookimpl

if TYPE_CHECKING:
    from modelhunter.plugins.observing import ObservedTask
    from modelhunter.runtime.events import CallEvent

__all__ = ["OpenTelemetry"]

_MOST_TASKS = 10_000


class OpenTelemetry:
    """An observer that makes a span of each call and of each task.

    ``tracer`` is where spans go; by default that of the globally configured provider.
    """

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("modelhunter")
        self._calls: WeakKeyDictionary[CallEvent, trace.Span] = WeakKeyDictionary()
        self._tasks: dict[str, trace.Span] = {}

    @hookimpl
    def modelhunter_call_started(self, event: CallEvent) -> None:
        """Begin a call's span, as a child of the current one."""
        self._calls[event] = self._tracer.start_span(
            event.operation,
            kind=SpanKind.CLIENT,
            attributes={"http.request.method": event.method, "url.template": event.path},
        )

    @hookimpl
    def modelhunter_call_retrying(self, event: CallEvent, wait: float) -> None:
        """Note a retry on the call's span."""
        self._calls[event].add_event(
            "retry", {"error.type": type(event.error).__name__, "modelhunter.wait": wait}
        )

    @hookimpl
    def modelhunter_call_ended(self, event: CallEvent) -> None:
        """End a call's span."""
        span = self._calls.pop(event)
        span.set_attribute("http.request.resend_count", event.attempt - 1)
        if event.status is not None:
            span.set_attribute("http.response.status_code", event.status)
        if event.request_id is not None:
            span.set_attribute("modelhunter.request_id", event.request_id)
        if event.error is not None:
            kind = type(event.error).__name__
            span.set_attribute("error.type", kind)
            span.set_status(Status(StatusCode.ERROR, kind))
        span.end()

    @hookimpl
    def modelhunter_task_changed(self, task: ObservedTask, before: str | None) -> None:
        """Begin a task's span at its submission, note each status, end it with the last."""
        if before is None:
            self._begin(task)
        span = self._tasks.get(task.id)
        if span is None:
            return
        span.add_event(str(task.status))
        if task.done:
            self._end(task, self._tasks.pop(task.id))

    def _begin(self, task: ObservedTask) -> None:
        if len(self._tasks) >= _MOST_TASKS:
            self._tasks.pop(next(iter(self._tasks))).end()
        self._tasks[task.id] = self._tracer.start_span(
            task.model,
            attributes={"modelhunter.task": task.id, "modelhunter.provider": task.provider},
        )

    def _end(self, task: ObservedTask, span: trace.Span) -> None:
        span.set_attribute("modelhunter.status", str(task.status))
        if task.cost is not None:
            span.set_attribute("modelhunter.cost", float(task.cost))
        if task.error is not None:
            span.set_attribute("error.type", str(task.error.code))
            span.set_status(Status(StatusCode.ERROR, str(task.error.code)))
        span.end()
