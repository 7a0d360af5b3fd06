"""Files that a program hands over open: plain ones, and those whose methods are coroutines.

Such a file may be anything with ``read`` or ``write``. What it is, is found out before anything is
transferred; it is used as it says that it wants to be used, or refused.
"""

from __future__ import annotations

import errno
import inspect
import io
from typing import TYPE_CHECKING, Any

from modelhunter.flows.disk import said
from modelhunter.plugins.file_traits import has_coroutines, is_text
from modelhunter.runtime.flow import Await, Callback, NotAwaitable, RunInThread, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.flow import Flow

_LOOK = 0.02
"""Seconds between attempts to write to what takes nothing at the moment."""

_INNER = ("wrapped", "_file", "file")
"""Where anyio, aiofiles, and Starlette and tempfile keep the file that they stand for."""


class Unfit(Exception):
    """An open file that can't be used for this; the text says why and what to give instead."""


def as_text(mode: str) -> Unfit:
    """The objection to a file that is open as text."""
    return Unfit(f"the file is open as text; open it in binary mode: open(name, {mode!r})")


def call(function: Callable[..., Any], *arguments: Any) -> Flow[Any]:
    """Call a method of an open file: in a thread or, where it has coroutines, in the loop's own.

    Raises:
        Unfit: it would have to be awaited, and the program blocks.
    """
    try:
        if inspect.iscoroutinefunction(function):
            return (yield Await(lambda: function(*arguments)))
        if has_coroutines(getattr(function, "__self__", None)):
            return (yield Callback(lambda _: function(*arguments), None))
        answer = yield RunInThread(lambda: function(*arguments))
        if inspect.isawaitable(answer):
            answer = yield Await(lambda: answer)
        return answer
    except NotAwaitable:
        raise Unfit(
            "the file's methods are coroutines, which only the async client can use; give a path "
            "or an ordinary open file"
        ) from None


def check_writable(file: Any) -> Flow[None]:
    """See that a file takes bytes, without writing any.

    Raises:
        Unfit: it does not.
    """
    write = getattr(file, "write", None)
    if not callable(write):
        raise Unfit("nothing can be written to this; give a path or an open binary file")
    if is_text(file):
        raise as_text("wb")
    if getattr(file, "closed", False) is True:
        raise Unfit("the file is closed, so nothing can be written to it")
    writable = getattr(file, "writable", None)
    try:
        if not callable(writable):
            yield from call(write, b"")
        elif not (yield from call(writable)):
            raise Unfit("the file is open for reading only; open it with mode 'wb'")
    except Unfit:
        raise
    except Exception as error:
        raise Unfit(f"nothing can be written to this file: {said(error)}") from error


def write_all(file: Any, data: bytes, patience: float) -> Flow[None]:
    """Write everything, also to a file that takes less at once than it is given, or nothing now.

    Raises:
        TimeoutError: it took nothing for ``patience`` seconds.
        Exception: whatever its ``write`` raises.
    """
    raw, waited = isinstance(_plain(file), io.RawIOBase), 0.0
    while data:
        try:
            taken = yield from call(file.write, data)
        except BlockingIOError as error:
            taken = getattr(error, "characters_written", 0)
        if not isinstance(taken, int) and not (raw and taken is None):
            return  # it does not say how much it took
        if taken is not None and taken > 0:
            data, waited = data[taken:], 0.0
        else:
            waited = yield from _wait(waited, patience)


def settle(file: Any, patience: float) -> Flow[None]:
    """Let a file pass on what it still holds; raises as :func:`write_all` does."""
    flush, waited = getattr(file, "drain", None) or getattr(file, "flush", None), 0.0
    while callable(flush):
        try:
            yield from call(flush)
        except BlockingIOError:
            waited = yield from _wait(waited, patience)
        else:
            return


def _wait(waited: float, patience: float) -> Flow[float]:
    """Give a file a moment; returns for how long it was waited for by then."""
    if waited >= patience:
        raise TimeoutError(errno.ETIMEDOUT, f"the open file took nothing for {patience:g} s")
    yield Sleep(_LOOK)
    return waited + _LOOK


def _plain(file: Any) -> Any:
    """The file of Python's own that something stands for; itself if it stands for none."""
    for name in _INNER:
        inner = None if isinstance(file, io.IOBase) else getattr(file, name, None)
        if isinstance(inner, io.IOBase):
            return inner
    return file
