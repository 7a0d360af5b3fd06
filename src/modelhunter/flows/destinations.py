"""Where downloads go: a path, a folder, an open file, or an address that fsspec can write to.

What comes is collected under a temporary name and gets to its place only once it is complete. Such
a name is ``.NAME.HEX.part``: beside the file where that is a path, otherwise in the system's
folder for temporary files. A process that is killed leaves it there; nothing ever reads it again.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from modelhunter.errors import ConfigurationError, DownloadFailed, WriteFailed
from modelhunter.flows.disk import is_the_callers, on_disk, said
from modelhunter.flows.open_files import Unfit, check_writable, settle, write_all
from modelhunter.flows.ranged_get import Part
from modelhunter.provenance.record import sidecar_of
from modelhunter.runtime.flow import RunInThread, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from modelhunter.jobs.task_base import TaskView
    from modelhunter.runtime.flow import Flow

Destination = str | os.PathLike[str] | IO[bytes]

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+://")
_BLOCK = 256 * 1024
_LOOK = 0.05
"""Seconds between looks at a pipe that nobody reads yet."""
_LONGEST = 80
_LONGEST_PREFIX = 40


@frozen
class Place:
    """Where one file goes.

    It is collected in ``folder`` under a name with ``name`` in it, readable by those whom ``mode``
    allows; ``publish`` then brings it where it belongs. ``path`` is None for what is no local path.
    ``beside`` writes what is to stand beside it; None where there is no such place.
    """

    name: str
    folder: Path
    mode: int
    publish: Callable[[Part], Flow[None]]
    path: Path | None = None
    beside: Callable[[bytes], Flow[None]] | None = None

    def open(self) -> Part:
        """A new file to collect in. Blocks on the disk."""
        path = self.folder / f".{self.name[:_LONGEST_PREFIX]}.{secrets.token_hex(8)}.part"
        file = open(path, "x+b", opener=lambda name, flags: os.open(name, flags, self.mode))  # noqa: SIM115
        return Part(file, path)


def discard(part: Part) -> None:
    """Remove what was collected, if it was not published. What can't be removed is left there."""
    with suppress(OSError):  # what can't be written any more was not complete
        part.file.close()
    with suppress(OSError):
        part.path.unlink(missing_ok=True)


def places(
    task: TaskView, to: Destination, chosen: Sequence[int], patience: float
) -> Flow[list[Place]]:
    """Where each chosen output of a task goes; makes local folders.

    ``patience``: seconds for which an open file may take nothing.

    Raises:
        ConfigurationError: the address needs a package that is not installed, or is unknown.
        DownloadFailed, Unfit: the open file can't take it. WriteFailed: a folder can't be made.
    """
    if not isinstance(to, (str, os.PathLike)):
        return [(yield from _in_file(task, to, chosen, patience))]
    given = os.fsdecode(to)
    try:
        found: list[Place] = yield from on_disk(lambda: _named(task, given, chosen, patience))
    except ValueError as error:
        raise Unfit(f"{given!r} is no path: {error}") from None
    return found


def _named(task: TaskView, given: str, chosen: Sequence[int], patience: float) -> list[Place]:
    """The same for a path or an address. Blocks.

    Raises:
        ValueError: no file can have this name.
    """
    if b"\0" in os.fsencode(given):
        raise ValueError("there is a null character in it")
    if not is_address(given):
        return [_at_path(path, patience) for path in targets(task, given, chosen)]
    system, path = file_system(given)
    if "file" in _protocols(system):
        local = f"{path}/" if given.endswith("/") else path
        return [_at_path(path, patience) for path in targets(task, local, chosen)]
    return _at_address(task, system, path, chosen, folder=given.endswith("/"))


def is_address(to: str) -> bool:
    """Whether a destination is an address for fsspec, such as ``s3://bucket/folder/``."""
    return _ADDRESS.match(to) is not None


def local_path(to: str | os.PathLike[str]) -> Path:
    """The path that a destination names, ``~`` being the home folder as it is for sources."""
    return Path(os.path.expanduser(os.fsdecode(to)))


def targets(
    task: TaskView, to: str | os.PathLike[str], chosen: Sequence[int] | None = None
) -> list[Path]:
    """The local path of each chosen output of a task (None: of all); makes the folders."""
    path = local_path(to)
    numbers = range(len(task.outputs)) if chosen is None else chosen
    if path.is_dir() or os.fsdecode(to).endswith(("/", os.sep)):
        folder, names = path, _names(task, None, numbers)
    else:
        folder, names = path.parent, _names(task, path.name, numbers)
    folder.mkdir(parents=True, exist_ok=True)
    return [folder / name for name in names]


def _names(task: TaskView, name: str | None, chosen: Sequence[int]) -> list[str]:
    """A file name for each output: from the one that was given, or else from model and task.

    What is of another format than the first gets an ending of its own.
    """
    endings = [f".{_safe(one.format or _ending(one.url))}" for one in task.outputs]
    if name is None:
        stem = f"{_safe(task.model)}-{_safe(task.id)}"
        return [f"{stem}{_number(n)}{endings[n]}" for n in chosen]
    given, first = Path(name), endings[chosen[0]]
    return [
        f"{given.stem}{_number(place)}{given.suffix if endings[n] == first else endings[n]}"
        for place, n in enumerate(chosen)
    ]


def _number(place: int) -> str:
    return f"-{place + 1}" if place else ""


def _safe(text: str) -> str:
    """A piece of a file name that can't leave its folder, hide there, or be too long for it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:_LONGEST] or "file"


def _ending(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:  # no address; it says so when it is asked for
        path = ""
    return Path(path).suffix.lstrip(".") or "bin"


# ------------------------------------------------------------------- a path


def _at_path(target: Path, patience: float) -> Place:
    if _is_written_to(target):
        return _aside(target.name, lambda part: _pour_into(part, target, patience), target)
    real = Path(os.path.realpath(target)) if target.is_symlink() else target

    def replace(part: Part) -> None:
        part.file.flush()
        os.fsync(part.file.fileno())
        part.file.close()
        os.replace(part.path, real)

    def publish(part: Part) -> Flow[None]:
        yield from on_disk(lambda: replace(part))

    def beside(content: bytes) -> Flow[None]:
        yield from on_disk(lambda: _write_at_once(sidecar_of(target), content))

    return Place(real.name, real.parent, 0o666, publish, target, beside)


def _write_at_once(target: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    unfinished = target.with_name(f".{target.name[:_LONGEST_PREFIX]}.{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_written_to(target: Path) -> bool:
    """Whether a path names a device, a pipe or an open file, which is written to, not replaced."""
    if target.exists() and not target.is_file():
        return True
    return target.is_symlink() and os.path.abspath(target).startswith(("/dev/", "/proc/"))


def _aside(name: str, publish: Callable[[Part], Flow[None]], path: Path | None = None) -> Place:
    """A place to which a file is brought from the folder for temporary files."""
    return Place(name, Path(tempfile.gettempdir()), 0o600, publish, path)


def _pour_into(part: Part, target: Path, patience: float) -> Flow[None]:
    descriptor = yield from on_disk(lambda: _opened(target))
    while descriptor is None:
        yield Sleep(_LOOK)
        descriptor = yield from on_disk(lambda: _opened(target))
    with open(descriptor, "wb", buffering=0) as file:
        yield from _pour(part, file, patience)


def _opened(target: Path) -> int | None:
    """A descriptor of a device or a pipe; None for a pipe that nobody reads yet."""
    is_pipe = stat.S_ISFIFO(target.stat().st_mode)
    try:
        return os.open(target, os.O_WRONLY | os.O_TRUNC | (os.O_NONBLOCK if is_pipe else 0))
    except OSError as error:
        if is_pipe and error.errno == errno.ENXIO:
            return None
        raise


# ------------------------------------------------------------------- an open file


def _in_file(task: TaskView, file: Any, chosen: Sequence[int], patience: float) -> Flow[Place]:
    yield from check_writable(file)
    if len(chosen) > 1:
        raise DownloadFailed(
            f"task {task.id} has {len(chosen)} outputs, which don't fit into one open file; "
            "give a folder or a file name, or say with only=… which"
        )

    def publish(part: Part) -> Flow[None]:
        yield from _pour(part, file, patience)
        with _blaming_the_file():
            yield from settle(file, patience)

    return _aside("download", publish)


def _pour(part: Part, file: Any, patience: float) -> Flow[None]:
    """Write what was collected into an open file.

    Raises:
        WriteFailed, DownloadFailed: it does not take it all.
    """
    yield from on_disk(lambda: part.file.seek(0))
    while piece := (yield from on_disk(lambda: part.file.read(_BLOCK))):
        with _blaming_the_file():
            yield from write_all(file, piece, patience)


@contextmanager
def _blaming_the_file() -> Iterator[None]:
    """Say of whatever an open file raises that it did not take the result."""
    try:
        yield
    except OSError as error:
        if is_the_callers(error):
            raise
        raise WriteFailed(said(error), error) from error
    except Exception as error:
        raise DownloadFailed(
            f"the open file did not take the result ({said(error)}), so what it has is not "
            "complete. The result is not lost: call task.download again"
        ) from error


# ------------------------------------------------------------------- an address


def _at_address(
    task: TaskView, system: Any, path: str, chosen: Sequence[int], *, folder: bool
) -> list[Place]:
    if folder or system.isdir(path):
        parent, names = path.rstrip("/"), _names(task, None, chosen)
    else:
        parent, _, name = path.rpartition("/")
        names = _names(task, name, chosen)
    return [_remote(system, f"{parent}/{name}", name) for name in names]


def _remote(system: Any, path: str, name: str) -> Place:
    def put(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            where = f"{_protocols(system)[0]}://{path.lstrip('/')}"
            raise DownloadFailed(
                f"the result could not be put to {where}: {str(error) or type(error).__name__}. "
                "It is not lost: call task.download again"
            ) from error

    def publish(part: Part) -> Flow[None]:
        part.file.close()
        yield RunInThread(lambda: put(lambda: system.put_file(os.fspath(part.path), path)))

    def beside(content: bytes) -> Flow[None]:
        yield RunInThread(lambda: put(lambda: system.pipe_file(f"{path}.json", content)))

    return evolve(_aside(name, publish), beside=beside)


def file_system(address: str) -> tuple[Any, str]:
    """What fsspec makes of an address: its file system, and the path there.

    Raises:
        ConfigurationError: it needs a package that is not installed, or is unknown.
    """
    scheme = address.partition("://")[0]
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise ConfigurationError(
            f"to download to {scheme}:// addresses, install fsspec: pip install fsspec"
        ) from error
    try:
        system, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"{scheme}:// addresses can't be used: {error}") from error
    return system, path


def _protocols(system: Any) -> Sequence[str]:
    return (system.protocol,) if isinstance(system.protocol, str) else system.protocol
