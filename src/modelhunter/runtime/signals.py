"""Telling what the program's own signal handlers raise from what happens to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def from_signal_handler(error: BaseException) -> BaseException | None:
    """The exception that a signal handler raised, where an error is one or was caused by one.

    A ``TimeoutError`` of a program's alarm looks like one of a socket. A handler is a function that
    was given the frame in which it interrupted the program.
    """
    step: BaseException | None = error
    while step is not None:
        trace = step.__traceback__
        while trace is not None and trace.tb_next is not None:
            if _was_given(trace.tb_next.tb_frame, trace.tb_frame):
                return step
            trace = trace.tb_next
        step = step.__cause__ or step.__context__
    return None


def _was_given(called: FrameType, interrupted: FrameType) -> bool:
    code = called.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 2]
    for name in names:
        value = called.f_locals.get(name)
        given = value if isinstance(value, tuple) else (value,)
        if any(one is interrupted for one in given):
            return True
    return False
