"""Where downloads go: a path, a folder, an open file, or an address that fsspec can write to.

What comes is collected under a temporary name and gets to its place only once it is complete. Such
a name is ``.NAME.HEX.part``: beside the file where that is a path, otherwise in the system's
folder for temporary files. A process that is killed leaves it there; nothing ever reads it again.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen

from modelhunter.errors import ConfigurationError, DownloadFailed
from modelhunter.flows.ranged_get import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modelhunter.jobs.task_base import TaskView

Destination = str | os.PathLike[str] | IO[bytes]

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+://")
_BLOCK = 256 * 1024
_LONGEST = 80
_LONGEST_PREFIX = 40


@frozen
class Place:
    """Where one file goes.

    It is collected in ``folder`` under a name with ``name`` in it, readable by those whom ``mode``
    allows; ``publish`` then brings it where it belongs. ``path`` is None for what is no local path.
    """

    name: str
    folder: Path
    mode: int
    publish: Callable[[Part], None]
    path: Path | None = None

    def open(self) -> Part:
        """A new file to collect in. Blocks on the disk."""
        path = self.folder / f".{self.name[:_LONGEST_PREFIX]}.{secrets.token_hex(8)}.part"
        file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, self.mode))  # noqa: SIM115
        return Part(file, path)


def discard(part: Part) -> None:
    """Remove what was collected, if it was not published."""
    with suppress(OSError):  # what can't be written any more was not complete
        part.file.close()
    part.path.unlink(missing_ok=True)


def places(task: TaskView, to: Destination) -> list[Place]:
    """Where each output of a task goes; makes local folders. Blocks.

    Raises:
        ConfigurationError: the address needs a package that is not installed, or is unknown.
        DownloadFailed: the open file can't take it.
    """
    if not isinstance(to, (str, os.PathLike)):
        return [_in_file(task, to)]
    given = os.fspath(to)
    if not is_address(given):
        return [_at_path(path) for path in targets(task, given)]
    system, path = file_system(given)
    if "file" in _protocols(system):
        local = f"{path}/" if given.endswith("/") else path
        return [_at_path(path) for path in targets(task, local)]
    return _at_address(task, system, path, folder=given.endswith("/"))


def is_address(to: str) -> bool:
    """Whether a destination is an address for fsspec, such as ``s3://bucket/folder/``."""
    return _ADDRESS.match(to) is not None


def targets(task: TaskView, to: str | os.PathLike[str]) -> list[Path]:
    """The local path of each output of a task; makes the folders."""
    given = os.fspath(to)
    path = Path(given)
    if path.is_dir() or given.endswith(("/", os.sep)):
        folder, names = path, _names(task, None)
    else:
        folder, names = path.parent, _names(task, path.name)
    folder.mkdir(parents=True, exist_ok=True)
    return [folder / name for name in names]


def _names(task: TaskView, name: str | None) -> Sequence[str]:
    """A file name for each output: from the one that was given, or else from model and task."""
    given = None if name is None else Path(name)
    stem = f"{_safe(task.model)}-{_safe(task.id)}" if given is None else given.stem
    names = []
    for n, output in enumerate(task.outputs):
        number = f"-{n + 1}" if n else ""
        own = f".{_safe(output.format or _ending(output.url))}"
        names.append(f"{stem}{number}{own if given is None else given.suffix}")
    return names


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


def _at_path(target: Path) -> Place:
    if target.exists() and not target.is_file():  # a device or a pipe is written to, not replaced
        return _aside(target.name, lambda part: _copy_to(part, target), target)

    def publish(part: Part) -> None:
        part.file.flush()
        os.fsync(part.file.fileno())
        part.file.close()
        os.replace(part.path, target)

    return Place(target.name, target.parent, 0o666, publish, target)


def _aside(name: str, publish: Callable[[Part], None], path: Path | None = None) -> Place:
    """A place to which a file is brought from the folder for temporary files."""

    def publish_closed(part: Part) -> None:
        part.file.close()
        publish(part)

    return Place(name, Path(tempfile.gettempdir()), 0o600, publish_closed, path)


def _copy_to(part: Part, target: Path) -> None:
    with part.path.open("rb") as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


# ------------------------------------------------------------------- an open file


def _in_file(task: TaskView, file: Any) -> Place:
    if isinstance(file, io.TextIOBase):
        raise DownloadFailed('the file is open as text; open it with mode "wb"')
    if not callable(getattr(file, "write", None)) or getattr(file, "closed", False):
        raise DownloadFailed("nothing can be written to this; give a path or an open binary file")
    if len(task.outputs) > 1:
        raise DownloadFailed(
            f"task {task.id} has {len(task.outputs)} outputs, which don't fit into one open file; "
            "give a folder or a file name"
        )

    def publish(part: Part) -> None:
        with part.path.open("rb") as source:
            while piece := source.read(_BLOCK):
                _write_all(file, piece)

    return _aside("download", publish)


def _write_all(file: Any, piece: bytes) -> None:
    """Write to a file that, being raw, may take less at once than it is given."""
    while piece:
        taken = file.write(piece)
        if not taken and isinstance(file, io.RawIOBase):
            raise DownloadFailed(
                "the open file takes no more, so what it has is not complete; give one that "
                "blocks, or a path. The result is not lost: call task.download again"
            )
        piece = piece[taken:] if isinstance(taken, int) else b""


# ------------------------------------------------------------------- an address


def _at_address(task: TaskView, system: Any, path: str, *, folder: bool) -> list[Place]:
    if folder or system.isdir(path):
        parent, names = path.rstrip("/"), _names(task, None)
    else:
        parent, _, name = path.rpartition("/")
        names = _names(task, name)
    return [_remote(system, f"{parent}/{name}", name) for name in names]


def _remote(system: Any, path: str, name: str) -> Place:
    def publish(part: Part) -> None:
        try:
            system.put_file(os.fspath(part.path), path)
        except Exception as error:
            where = f"{_protocols(system)[0]}://{path.lstrip('/')}"
            raise DownloadFailed(
                f"the result could not be put to {where}: {str(error) or type(error).__name__}. "
                "It is not lost: call task.download again"
            ) from error

    return _aside(name, publish)


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
