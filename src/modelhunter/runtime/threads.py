"""Threads that flows are helped by, also while the interpreter shuts down and has no more."""

from __future__ import annotations

import threading
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from concurrent.futures import Future

T = TypeVar("T")


def no_more_threads() -> bool:
    """Whether the interpreter shuts down: executors take nothing more, but calls can be made."""
    return not threading.main_thread().is_alive()


def alone(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Call a function in a thread of its own, which the end of the program does not wait for."""
    from concurrent.futures import Future  # a slow import

    called: Future[T] = Future()

    def call() -> None:
        try:
            called.set_result(function(*arguments))
        except BaseException as error:
            called.set_exception(error)

    try:
        threading.Thread(target=call, name="modelhunter", daemon=True).start()
    except RuntimeError:
        if not no_more_threads():
            raise
        call()
    return called


def in_thread(function: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
    """Call a function that may block, in a thread of the running loop's; here if none is left."""
    from asyncio import get_running_loop  # which blocking programs do without

    loop = get_running_loop()
    run = copy_context().run
    try:
        return loop.run_in_executor(None, partial(run, function, *arguments))
    except RuntimeError:
        if not no_more_threads():
            raise
    called: asyncio.Future[T] = loop.create_future()
    try:
        called.set_result(run(function, *arguments))
    except Exception as error:
        called.set_exception(error)
    return called
