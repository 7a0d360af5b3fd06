"""The blocking driver: does what a flow asks for, one thing after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, field, frozen

from modelhunter.runtime.clock import SystemClock
from modelhunter.runtime.drivers.deadlines import as_sent, on_this_machine
from modelhunter.runtime.flow import (
    Await,
    Callback,
    Close,
    Emit,
    Exchange,
    Flow,
    NotAwaitable,
    Read,
    RunInThread,
    Sleep,
    WaitFor,
)
from modelhunter.runtime.threads import alone, no_more_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from modelhunter.runtime.clock import Clock
    from modelhunter.runtime.flow import Action, Gather
    from modelhunter.runtime.transport import Transport

T = TypeVar("T")


def _never() -> bool:
    return False


@frozen
class Driver:
    """Runs flows over a blocking transport."""

    transport: Transport
    clock: Clock
    _dismissed: Callable[[], bool] = field(default=_never, kw_only=True, repr=False)
    """Whether the flows of this driver, which run beside others, are no longer wanted."""

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        steps = self._steps(flow)
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        steps.close()
        raise TypeError("a flow that emits is iterated over, not run")

    def iterate(self, flow: Flow[Any]) -> Generator[Any, None, None]:
        """Run a flow and yield what it emits; closing the iterator ends the flow."""
        yield from self._steps(flow)

    def _steps(self, flow: Flow[T]) -> Generator[Any, None, T]:
        """Carry out a flow, yield what it emits and return its result.

        Whatever ends it early is thrown into the flow, whose last steps are still carried out.
        """
        told = False
        try:
            step = next(flow)
            while True:
                try:
                    if not told and self._dismissed():
                        told = True
                        raise GeneratorExit
                    outcome = (yield step.value) if isinstance(step, Emit) else self._do(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Action) -> Any:
        if isinstance(step, Exchange):
            return self.transport.send(as_sent(step.request, self.clock))
        if isinstance(step, Sleep):
            return self.clock.sleep(step.seconds)
        if isinstance(step, WaitFor):
            return self._wait_for(step)
        if isinstance(step, Read):
            deadline = on_this_machine(self.clock, step.deadline)
            return self.transport.read(step.response, step.size, deadline)
        if isinstance(step, RunInThread):
            return step.function()
        if isinstance(step, Callback):
            return step.function(step.value)
        if isinstance(step, Close):
            return self.transport.close_stream(step.response)
        if isinstance(step, Await):
            raise NotAwaitable("a blocking program can't await")
        return self._gather(step)

    def _wait_for(self, step: WaitFor) -> bool:
        from concurrent.futures import FIRST_COMPLETED, wait  # a slow import

        if isinstance(self.clock, SystemClock):
            return bool(wait([step.future], step.seconds).done)
        passing = alone(self.clock.sleep, step.seconds)
        wait([step.future, passing], return_when=FIRST_COMPLETED)
        return step.future.done()

    def _gather(self, step: Gather) -> list[Any]:
        """Run flows in threads. A thread can't be interrupted: it notices between two steps.

        Once the interpreter shuts down they run one after the other.
        """
        if no_more_threads():
            return [self.run(flow) for flow in step.flows]
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait  # a slow import

        over = threading.Event()
        crew = evolve(self, dismissed=lambda: over.is_set() or self._dismissed())
        failures: list[BaseException] = []

        def run(flow: Flow[Any]) -> Any:
            try:
                return crew.run(flow) if not over.is_set() else flow.close()
            except BaseException as error:
                failures.append(error)
                over.set()
                raise

        with ThreadPoolExecutor(max_workers=max(1, step.at_most)) as pool:
            futures = [pool.submit(run, flow) for flow in step.flows]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            except BaseException:
                over.set()
                raise
        if failures:
            raise failures[0]
        return [future.result() for future in futures]
