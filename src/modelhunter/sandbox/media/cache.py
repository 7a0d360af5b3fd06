"""Files made on worker threads, each shape once."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from attrs import asdict, frozen

from modelhunter.sandbox.media.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from modelhunter.sandbox.media.shape import Shape


@frozen
class Made:
    """A finished file."""

    path: Path
    size_bytes: int


class Abandoned(Exception):
    """The sandbox stopped while a file was being made."""


class MediaCache:
    """Makes the file of a shape, in a folder, on worker threads.

    A file that is there already is not made again: not within one run, and not after a restart.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._workers = ThreadPoolExecutor(
            min(4, os.cpu_count() or 1), thread_name_prefix="modelhunter-sandbox-media"
        )
        self._files: dict[str, Future[Made]] = {}

    def make(self, shape: Shape) -> Future[Made]:
        """The file of a shape: finished, or on its way."""
        name = shape.name
        with self._lock:
            known = self._files.get(name)
            if known is not None and (not known.done() or _still_there(known)):
                return known
            self._files[name] = future = self._start(shape, self._folder / name)
            return future

    def make_all(self, shapes: Sequence[Shape]) -> Future[list[Made]]:
        """The files of several shapes, when all are there."""
        return _all_of([self.make(shape) for shape in shapes])

    def close(self) -> None:
        """Stop making files, at once."""
        self._closed.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _start(self, shape: Shape, path: Path) -> Future[Made]:
        if path.exists():
            ready: Future[Made] = Future()
            ready.set_result(Made(path, path.stat().st_size))
            return ready
        return self._workers.submit(self._write, shape, path)

    def _write(self, shape: Shape, path: Path) -> Made:
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            with unfinished.open("w+b") as file:
                write(shape, file, self._go_on)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return Made(path, path.stat().st_size)

    def _go_on(self) -> None:
        if self._closed.is_set():
            raise Abandoned("the sandbox stopped")


def _all_of(futures: Sequence[Future[Made]]) -> Future[list[Made]]:
    """What several futures give, or the first trouble among them."""
    together: Future[list[Made]] = Future()
    left, lock = len(futures), threading.Lock()

    def note(_: Future[Made]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        if any(one.cancelled() for one in futures):
            together.cancel()
        elif trouble := next((one.exception() for one in futures if one.exception()), None):
            together.set_exception(trouble)
        else:
            together.set_result([one.result() for one in futures])

    for one in futures:
        one.add_done_callback(note)
    return together


def _still_there(future: Future[Made]) -> bool:
    return not future.cancelled() and future.exception() is None and future.result().path.exists()


def write(shape: Shape, file: IO[bytes], go_on: Callable[[], None] = lambda: None) -> None:
    """Write the file of a shape. Pillow and PyAV are imported here, when they are needed."""
    match FORMATS[shape.format].maker:
        case "picture" if shape.is_last_frame:
            from modelhunter.sandbox.media.movie import write_last_frame

            write_last_frame(shape, file)
        case "picture":
            from modelhunter.sandbox.media.picture import write_picture

            write_picture(shape, file)
        case "movie":
            from modelhunter.sandbox.media.movie import write_movie

            write_movie(shape, file, go_on)
        case "sound":
            from modelhunter.sandbox.media.sound import write_sound

            write_sound(shape, file, go_on)
        case "solid":
            from modelhunter.sandbox.media.solid import write_solid

            write_solid(shape, file)
        case "document":
            file.write(json.dumps(asdict(shape), ensure_ascii=False, indent=2).encode())
