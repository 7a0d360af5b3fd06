"""Time for tests: it passes when somebody sleeps, and takes none."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from modelhunter.runtime.clock import SystemClock
from modelhunter.runtime.drivers.asyncio import AsyncDriver
from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.flow import Sleep, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.flow import Action

_BEGAN = 1_000_000.0


class VirtualClock:
    """A clock that stands still but for what is slept; threads share it.

    It begins at the real time of day, in whole seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = 0.0
        self._start = datetime.now(UTC).replace(microsecond=0)
        self.slept: list[float] = []
        """Every sleep so far, in seconds."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return _BEGAN + self._passed

    def now(self) -> datetime:
        """The time of day, aware."""
        return self._start + timedelta(seconds=self._passed)

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass, at once."""
        with self._lock:
            self.slept.append(seconds)
            self._passed += max(0.0, seconds)

    def random(self) -> float:
        """Chance is always the same here."""
        return 0.5


def in_charge(clock: VirtualClock) -> ExitStack:
    """While this is entered, ``clock`` is the clock of every client that was given none."""
    stack = ExitStack()
    for name in ("monotonic", "now", "sleep", "random"):
        stack.enter_context(patch.object(SystemClock, name, _method(getattr(clock, name))))
    stack.enter_context(patch.object(Driver, "_wait_for", _wait_for))
    stack.enter_context(patch.object(AsyncDriver, "do", _doing(AsyncDriver.do)))
    return stack


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *arguments: function(*arguments)


def _wait_for(driver: Driver, step: WaitFor) -> bool:
    if not step.future.done():
        driver.clock.sleep(step.seconds)
    return step.future.done()


def _doing(real: Callable[..., Any]) -> Callable[..., Any]:
    async def do(driver: AsyncDriver, step: Action) -> Any:
        if not isinstance(step, Sleep | WaitFor) or not isinstance(driver.clock, SystemClock):
            return await real(driver, step)
        await asyncio.sleep(0)
        if isinstance(step, WaitFor):
            return _wait_for(driver, step)  # type: ignore[arg-type]
        return driver.clock.sleep(step.seconds)

    return do
