"""What a flow does on the disk, and the error in which that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.errors import WriteFailed
from modelhunter.runtime.flow import RunInThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.flow import Flow


def on_disk(function: Callable[[], Any]) -> Flow[Any]:
    """Call a function that writes.

    Raises:
        WriteFailed: the system refused something.
    """
    try:
        return (yield RunInThread(function))
    except OSError as error:
        if is_the_callers(error):
            raise
        where = f" ({error.filename})" if error.filename else ""
        raise WriteFailed(f"{said(error)}{where}", error) from error


def said(error: Exception) -> str:
    """What an error says, in one phrase."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def is_the_callers(error: Exception) -> bool:
    """Whether an error comes from no file: an alarm of the program went off while one was used."""
    return isinstance(error, TimeoutError) and error.errno is None
