"""Downloading what a task has made: whole files or none, with links that are renewed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from attrs import define, field

from modelhunter.errors import (
    DownloadFailed,
    ModelHunterError,
    NoResult,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.flows import tasks
from modelhunter.runtime.flow import Blocking, Close, Exchange, Flow, Read, Sleep, Together
from modelhunter.runtime.message import Request, Response
from modelhunter.runtime.retry import wait_before

if TYPE_CHECKING:
    from modelhunter.client.view import TaskView
    from modelhunter.flows.core import Core

Progress = Callable[[int, int | None], object]

_CHUNK = 256 * 1024
_AT_ONCE = 4
_ATTEMPTS = 5
_REDIRECTS = 5
_LAPSED = frozenset({401, 403, 404, 410})
"""What storage answers to a signed link that has expired."""


def outputs(
    core: Core, task: TaskView, to: str | os.PathLike[str], *, on_progress: Progress | None
) -> Flow[list[Path]]:
    """Download every output of a task; see :meth:`modelhunter.Task.download`."""
    if not task.outputs:
        yield from tasks.refresh(core, task)
    if not task.outputs:
        tasks.raise_unless_succeeded(task)
        raise NoResult(
            f"task {task.id} is {task.status} and has nothing to download"
            + ("" if task.done else "; wait for it first: task.wait()"),
            task=task,
        )
    paths: list[Path] = yield Blocking(lambda: targets(task, to))
    report = _Report(on_progress, [output.size_bytes for output in task.outputs])
    flows = [_one(core, task, n, target, report) for n, target in enumerate(paths)]
    if len(flows) == 1:
        yield from flows[0]
    else:
        yield Together(flows, _AT_ONCE)
    return paths


def targets(task: TaskView, to: str | os.PathLike[str]) -> list[Path]:
    """Where each output of a task goes; makes the folders."""
    given = os.fspath(to)
    path = Path(given)
    if path.is_dir() or given.endswith(("/", os.sep)):
        path.mkdir(parents=True, exist_ok=True)
        stem, suffix = f"{_safe(task.model)}-{_safe(task.id)}", None
        folder = path
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        stem, suffix, folder = path.stem, path.suffix, path.parent
    names = []
    for n, output in enumerate(task.outputs):
        number = f"-{n + 1}" if n else ""
        ending = suffix if suffix is not None else f".{_safe(output.format or _ending(output.url))}"
        names.append(folder / f"{stem}{number}{ending}")
    return names


def _safe(text: str) -> str:
    """A piece of a file name that can't leave its folder or hide there."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._") or "file"


def _ending(url: str) -> str:
    return Path(urlsplit(url).path).suffix.lstrip(".") or "bin"


class _Report:
    """Adds up the progress of several files for one callback."""

    def __init__(self, callback: Progress | None, sizes: list[int | None]) -> None:
        self._callback = callback
        self._done = [0] * len(sizes)
        known = [size for size in sizes if size is not None]
        self._total = sum(known) if len(known) == len(sizes) else None

    def at(self, file: int, done: int) -> None:
        if self._callback is not None:
            self._done[file] = done
            self._callback(sum(self._done), self._total)


@define
class _Part:
    """A file on its way: what is there so far, under a temporary name beside the final one."""

    file: IO[bytes]
    name: str
    done: int = 0
    validator: str | None = None
    size: int | None = field(default=None)

    def start_again(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.done = 0
        self.validator = None


def _one(core: Core, task: TaskView, n: int, target: Path, report: _Report) -> Flow[None]:
    part: _Part = yield Blocking(lambda: _open_part(target))
    try:
        yield from _fill(core, task, n, part, report)
        yield Blocking(lambda: _publish(part, target))
    finally:
        _discard(part)


def _open_part(target: Path) -> _Part:
    handle, name = tempfile.mkstemp(
        prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent
    )
    return _Part(os.fdopen(handle, "wb"), name)


def _publish(part: _Part, target: Path) -> None:
    part.file.flush()
    os.fsync(part.file.fileno())
    part.file.close()
    os.chmod(part.name, 0o666 & ~_UMASK)
    os.replace(part.name, target)


def _discard(part: _Part) -> None:
    part.file.close()
    Path(part.name).unlink(missing_ok=True)


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _read_umask()


def _fill(core: Core, task: TaskView, n: int, part: _Part, report: _Report) -> Flow[None]:
    """Fetch one output, again and further, with fresh links where the old have lapsed."""
    attempt = 1
    while True:
        try:
            finished = yield from _fetch(core, task.outputs[n].url, part, n, report)
            wrong = _wrong_size(part, task.outputs[n].size_bytes) if finished else None
            if finished and wrong is None:
                return
            trouble: ModelHunterError | None = DownloadFailed(wrong) if wrong else None
        except (TransportError, UnexpectedResponse) as error:
            trouble = error
        if attempt >= _ATTEMPTS:
            raise _given_up(task, n, trouble) from trouble
        if trouble is None:
            yield from _renew(core, task, n)
        else:
            yield Sleep(
                wait_before(core.session.retry, attempt, trouble, core.session.clock.random())
            )
        attempt += 1


def _renew(core: Core, task: TaskView, n: int) -> Flow[None]:
    yield from tasks.refresh(core, task)
    if len(task.outputs) <= n:
        raise NoResult(f"task {task.id} ({task.status}) no longer has a result", task=task)


def _wrong_size(part: _Part, size: int | None) -> str | None:
    if size is None or part.done == size:
        return None
    found = part.done
    part.start_again()
    return f"{found} bytes came where the task says {size}"


def _given_up(task: TaskView, n: int, trouble: Exception | None) -> DownloadFailed:
    why = str(trouble) if trouble else "its links are refused as soon as they are issued"
    return DownloadFailed(
        f"output {n + 1} of task {task.id} could not be downloaded in {_ATTEMPTS} attempts: {why}. "
        "The result is not lost: call task.download again"
    )


def _fetch(core: Core, url: str, part: _Part, n: int, report: _Report) -> Flow[bool]:
    """Fetch what is missing; False where the link has lapsed."""
    response = yield from _open(core, url, part)
    try:
        if response.status in _LAPSED:
            return False
        if response.status == 416:
            part.start_again()
            raise UnexpectedResponse("the file has changed since it was begun", status=416)
        if response.status not in (200, 206):
            raise UnexpectedResponse(
                f"the storage answered {response.status}", status=response.status
            )
        if response.status == 200 and part.done:
            yield Blocking(part.start_again)
        part.validator = _validator(response)
        yield from _pour(response, part, n, report)
    finally:
        yield Close(response)
    return True


def _pour(response: Response, part: _Part, n: int, report: _Report) -> Flow[None]:
    while True:
        chunk: bytes = yield Read(response, _CHUNK)
        if not chunk:
            return
        yield Blocking(lambda data=chunk: part.file.write(data))  # type: ignore[misc]
        part.done += len(chunk)
        report.at(n, part.done)


def _validator(response: Response) -> str | None:
    """What ``If-Range`` may name: a strong ETag, if ranges are served at all (RFC 9110, 13.1.5)."""
    etag = response.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else None


def _open(core: Core, url: str, part: _Part) -> Flow[Response]:
    """Ask for a link's content, without the key: it is signed, and its host is not the API's."""
    session = core.session
    headers = {"User-Agent": session.headers["User-Agent"], "Accept-Encoding": "identity"}
    if part.done and part.validator:
        headers["Range"] = f"bytes={part.done}-"
        headers["If-Range"] = part.validator
    for _ in range(_REDIRECTS):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UnexpectedResponse("the link is no http(s) address", status=200)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = Request(
            "GET",
            f"{parts.scheme}://{parts.netloc}",
            target,
            headers,
            None,
            session.timeouts.connect,
            session.timeouts.read,
            None,
            stream=True,
        )
        response: Response = yield Exchange(request)
        location = response.headers.get("Location")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        yield Close(response)
        url = urljoin(url, location)
    raise UnexpectedResponse(f"the link redirects more than {_REDIRECTS} times", status=302)
