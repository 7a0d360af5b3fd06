"""The async driver: does what a flow asks for without blocking the event loop."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import frozen

from modelhunter.runtime.drivers.deadlines import as_sent, on_this_machine
from modelhunter.runtime.eventloop import running_loop
from modelhunter.runtime.flow import (
    Await,
    Callback,
    Close,
    Emit,
    Exchange,
    Flow,
    Read,
    RunInThread,
    Sleep,
    WaitFor,
)
from modelhunter.runtime.shielded import outlast
from modelhunter.runtime.threads import alone, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from modelhunter.runtime.clock import Clock
    from modelhunter.runtime.flow import Action, Gather, Step
    from modelhunter.runtime.transport import AsyncTransport

T = TypeVar("T")


@frozen
class AsyncDriver:
    """Runs flows over an async transport.

    A cancellation is thrown into the flow, whose last steps are still carried out, also when it
    is cancelled once more.
    """

    transport: AsyncTransport
    clock: Clock

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result.

        Raises:
            ConfigurationError: no event loop of asyncio is running.
        """
        running_loop()
        running = _Running(self, flow)
        if await running.go_on() is None:
            return running.result
        with suppress(GeneratorExit):
            await running.end(GeneratorExit())
        raise TypeError("a flow that emits is iterated over, not run")

    async def iterate(self, flow: Flow[Any]) -> AsyncGenerator[Any, None]:
        """Run a flow and yield what it emits; closing the iterator ends the flow."""
        running_loop()
        running = _Running(self, flow)
        emitted = await running.go_on()
        while emitted is not None:
            try:
                yield emitted.value
            except BaseException as error:
                emitted = await running.end(error)
            else:
                emitted = await running.go_on()

    async def do(self, step: Action) -> Any:
        """Carry out one step."""
        if isinstance(step, Exchange):
            return await self.transport.send(as_sent(step.request, self.clock))
        if isinstance(step, Sleep):
            return await self._sleep(step.seconds)
        if isinstance(step, WaitFor):
            return await self._wait_for(step)
        if isinstance(step, Read):
            deadline = on_this_machine(self.clock, step.deadline)
            return await self.transport.read(step.response, step.size, deadline)
        if isinstance(step, RunInThread):
            return await in_thread(step.function)
        if isinstance(step, Callback):
            answer = step.function(step.value)
            return await answer if inspect.isawaitable(answer) else answer
        if isinstance(step, Close):
            return await self.transport.close_stream(step.response)
        if isinstance(step, Await):
            return await step.function()
        return await self._gather(step)

    async def _sleep(self, seconds: float) -> None:
        asleep = getattr(self.clock, "asleep", None)
        if asleep is not None:
            await asleep(seconds)
        else:
            await asyncio.wrap_future(alone(self.clock.sleep, seconds))

    async def _wait_for(self, step: WaitFor) -> bool:
        passing = asyncio.ensure_future(self._sleep(step.seconds))
        coming = asyncio.wrap_future(step.future)
        try:
            await asyncio.wait([coming, passing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            passing.cancel()
        return step.future.done()

    async def _gather(self, step: Gather) -> list[Any]:
        results: list[Any] = [None] * len(step.flows)
        waiting = enumerate(step.flows)

        async def work() -> None:
            for place, flow in waiting:
                results[place] = await self.run(flow)

        workers = [
            asyncio.create_task(work()) for _ in range(min(max(1, step.at_most), len(step.flows)))
        ]
        try:
            await asyncio.gather(*workers)
        except BaseException:
            for worker in workers:
                worker.cancel()
            cancelled = await outlast(asyncio.gather(*workers, return_exceptions=True))
            if cancelled is not None:
                raise cancelled  # noqa: B904 - what it interrupted is its context
            raise
        return results


class _Running(Generic[T]):
    """One flow on its way."""

    result: T

    def __init__(self, driver: AsyncDriver, flow: Flow[T]) -> None:
        self._driver = driver
        self._flow = flow
        self._ending = False
        self._cancelled: asyncio.CancelledError | None = None
        """A cancellation that came while a step could not be interrupted."""

    async def go_on(self) -> Emit | None:
        """Carry out steps until the flow emits something or, with None, has its result."""
        return await self._until_emit(self._flow.send, None)

    async def end(self, error: BaseException) -> Emit | None:
        """The same, beginning with an exception."""
        return await self._until_emit(self._throw, error)

    async def _until_emit(self, resume: Callable[[Any], Step], value: Any) -> Emit | None:
        try:
            step = resume(value)
            while True:
                try:
                    self._raise_if_cancelled()
                    if isinstance(step, Emit):
                        return step
                    outcome = await self._do(step)
                except BaseException as error:
                    step = self._throw(error)
                else:
                    step = self._flow.send(outcome)
        except StopIteration as end:
            self._raise_if_cancelled()
            self.result = end.value
            return None

    def _raise_if_cancelled(self) -> None:
        cancelled, self._cancelled = self._cancelled, None
        if cancelled is not None:
            raise cancelled

    def _throw(self, error: BaseException) -> Step:
        self._ending = self._ending or not isinstance(error, Exception)
        return self._flow.throw(error)

    async def _do(self, step: Action) -> Any:
        if not self._ending and not isinstance(step, RunInThread | Close):
            return await self._driver.do(step)
        # What happens in a thread can't be interrupted, and its outcome may need cleaning up;
        # closing, and the last steps of a flow that is ending, are the cleaning up.
        doing = asyncio.ensure_future(self._driver.do(step))
        cancelled = await outlast(doing)
        if not self._ending:
            self._cancelled = cancelled
        return doing.result()
