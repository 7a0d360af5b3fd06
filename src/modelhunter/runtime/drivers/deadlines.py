"""Deadlines of a client's clock, as sockets know them: by the machine's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import evolve

from modelhunter.runtime.clock import SystemClock

if TYPE_CHECKING:
    from modelhunter.runtime.clock import Clock
    from modelhunter.runtime.message import Request


def on_this_machine(clock: Clock, moment: float | None) -> float | None:
    """A moment of a clock by the machine's own monotonic clock."""
    if moment is None or isinstance(clock, SystemClock):
        return moment
    return moment + (time.monotonic() - clock.monotonic())


def as_sent(request: Request, clock: Clock) -> Request:
    """A request with its deadline by the machine's own clock."""
    deadline = on_this_machine(clock, request.deadline)
    return request if deadline == request.deadline else evolve(request, deadline=deadline)
