"""What can be read only once – a pipe, a stream, a file with coroutines – collected on the disk."""

from __future__ import annotations

import errno
import os
import re
import select
import stat
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from modelhunter.errors import UploadFailed
from modelhunter.flows.disk import is_the_callers, said
from modelhunter.flows.open_files import Unfit, as_text, call
from modelhunter.plugins.file_traits import is_text
from modelhunter.runtime.flow import RunInThread, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from modelhunter.runtime.flow import Flow

_BLOCK = 256 * 1024
_LARGEST = 1024 * 1024 * 1024
"""Bytes that are collected at most, so that a stream without an end has one."""

_LOOK = 0.02
"""Seconds between looks at a stream that has nothing at the moment."""

_PATIENCE = 100
"""Milliseconds for which a thread waits for a pipe, so that a cancellation need not wait longer."""

_SILENCE = 600.0
"""Seconds for which a stream may give nothing; what makes its content may take minutes for it."""

_OPEN_ALREADY = re.compile(r"/dev/stdin|/(?:dev|proc/self)/fd/(\d+)")


def collected(file: Any) -> Flow[IO[bytes]]:
    """The rest of an open file as a temporary file, which stands at its start.

    Raises:
        Unfit: the file can't be read. UploadFailed: it fails, or does not end.
    """
    read = getattr(file, "read", None)
    if not callable(read):
        raise Unfit("this can't be read; give a path or an open binary file")
    if is_text(file):
        raise as_text("rb")
    copy = yield from _temporary()
    try:
        while piece := (yield from _piece(read)):
            yield from _keep(copy, piece)
        yield RunInThread(lambda: copy.seek(0))
        return copy
    except BaseException:
        copy.close()
        raise


def collected_from(path: Path) -> Flow[IO[bytes]]:
    """The same for a path that names a pipe or a device."""
    with _failing_as_upload(path):
        descriptor: int = yield RunInThread(lambda: _opened(path))
    copy = None
    try:
        copy = yield from _temporary()
        silent = 0.0
        while (piece := (yield from _next(descriptor, path))) != b"":
            silent = 0.0 if piece is not None else _heard(silent + _PATIENCE / 1000)
            if piece is not None:
                yield from _keep(copy, piece)
        yield RunInThread(lambda: copy.seek(0))
        return copy
    except BaseException:
        if copy is not None:
            copy.close()
        raise
    finally:
        os.close(descriptor)


def is_stream(path: Path) -> bool:
    """Whether a path names what can be read only once. Raises OSError as ``stat`` does."""
    return not stat.S_ISREG(path.stat().st_mode)


def _piece(read: Any) -> Flow[bytes]:
    """The next bytes of an open file; None, which one that does not block gives, is not its end."""
    silent = 0.0
    while True:
        try:
            piece = yield from call(read, _BLOCK)
        except BlockingIOError:
            piece = None
        except OSError as error:
            if is_the_callers(error):
                raise
            raise UploadFailed(f"the file can't be read: {said(error)}") from error
        except ValueError as error:
            raise UploadFailed(f"the file can't be read: {said(error)}") from error
        if isinstance(piece, (bytes, bytearray, memoryview)):
            return bytes(piece)
        if isinstance(piece, str):
            raise as_text("rb")
        if piece is not None:
            raise Unfit(f"the file gives {type(piece).__name__} where bytes are due")
        yield Sleep(_LOOK)
        silent = _heard(silent + _LOOK)


def _heard(silent: float) -> float:
    """The same seconds, which a stream has given nothing.

    Raises:
        UploadFailed: it was too long.
    """
    if silent >= _SILENCE:
        raise UploadFailed(
            f"the stream has given nothing for {_SILENCE:.0f} s, and its end neither; is what "
            "writes it still running?"
        )
    return silent


def _next(descriptor: int, path: Path) -> Flow[bytes | None]:
    """The next bytes of a pipe, None where there are none yet."""
    with _failing_as_upload(path):
        piece: bytes | None = yield RunInThread(lambda: _some(descriptor))
    return piece


def _temporary() -> Flow[IO[bytes]]:
    import tempfile  # a slow import

    with _failing_as_upload("the folder for temporary files"):
        file: IO[bytes] = yield RunInThread(tempfile.TemporaryFile)
    return file


def _keep(copy: IO[bytes], piece: bytes) -> Flow[None]:
    with _failing_as_upload("the stream", "copied"):
        yield RunInThread(lambda: copy.write(piece))
    if copy.tell() > _LARGEST:
        raise UploadFailed("the stream does not end; what is larger than 1 GiB is not uploaded")


def _opened(path: Path) -> int:
    """A descriptor for reading. One that a path names, such as stdin, may be a socket.

    A pipe is not waited for here where polling tells that nobody writes to it yet.
    """
    is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    flags = os.O_NONBLOCK if is_pipe and sys.platform == "linux" else 0
    try:
        return os.open(path, os.O_RDONLY | flags)
    except OSError as error:
        named = _OPEN_ALREADY.fullmatch(os.path.abspath(path))
        if error.errno != errno.ENXIO or named is None:
            raise
        return os.dup(int(named[1] or 0))


def _some(descriptor: int) -> bytes | None:
    """The next bytes of a pipe: empty at its end, None where there are none yet."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(_PATIENCE):
            return None  # also while nobody has opened its other end
    try:
        return os.read(descriptor, _BLOCK)
    except BlockingIOError:
        return None


@contextmanager
def _failing_as_upload(what: object, done: str = "read") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_the_callers(error):
            raise
        raise UploadFailed(f"{what} can't be {done}: {error.strerror or error}") from error
