"""The blocking driver: does what a flow asks for, one thing after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from attrs import frozen

from modelhunter.runtime.clock import Clock
from modelhunter.runtime.flow import Blocking, Close, Emit, Exchange, Flow, Notify, Read, Sleep, Step
from modelhunter.runtime.transport import Transport

T = TypeVar("T")


@frozen
class Driver:
    """Runs flows over a blocking transport."""

    transport: Transport
    clock: Clock

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        try:
            step = next(flow)
            while True:
                try:
                    outcome = self._do(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    def iterate(self, flow: Flow[Any]) -> Iterator[Any]:
        """Run a flow and yield what it emits; closing the iterator ends the flow."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Emit):
                    yield step.value
                    step = flow.send(None)
                    continue
                try:
                    outcome = self._do(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration:
            return
        finally:
            flow.close()

    def _do(self, step: Step) -> Any:
        if isinstance(step, Exchange):
            return self.transport.send(step.request)
        if isinstance(step, Sleep):
            return self.clock.sleep(step.seconds)
        if isinstance(step, Read):
            return self.transport.read(step.response, step.size, step.deadline)
        if isinstance(step, Blocking):
            return step.function()
        if isinstance(step, Notify):
            return step.function(step.value)
        if isinstance(step, Close):
            return self.transport.close_stream(step.response)
        if isinstance(step, Emit):
            raise TypeError("a flow that emits is iterated over, not run")
        with ThreadPoolExecutor(max_workers=min(step.at_most, len(step.flows)) or 1) as pool:
            return list(pool.map(self.run, step.flows))
