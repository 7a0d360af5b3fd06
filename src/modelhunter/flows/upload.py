"""Uploading local files: ask for an address, PUT the bytes, confirm.

Source: the documentation page "file uploads".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modelhunter.api import files as endpoints
from modelhunter.errors import ModelHunterError, TransportError, UploadFailed
from modelhunter.flows.local import LocalFile, open_local
from modelhunter.plugins.media import UploadedFile
from modelhunter.runtime.flow import Blocking, Exchange, Flow, Sleep
from modelhunter.runtime.message import FileContent, Request, Response
from modelhunter.runtime.retry import wait_before
from modelhunter.runtime.send import send

if TYPE_CHECKING:
    from modelhunter.flows.core import Core

Progress = Callable[[int, int], object]

_ATTEMPTS = 4
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LAPSED = frozenset({401, 403, 404, 410})


def upload(
    core: Core,
    given: Any,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    on_progress: Progress | None = None,
) -> Flow[UploadedFile]:
    """Upload one file; see :meth:`modelhunter.client.sync.Files.upload`."""
    local: LocalFile = yield Blocking(
        lambda: open_local(given, filename=filename, content_type=content_type)
    )
    try:
        return (yield from _send(core, local, on_progress))
    finally:
        local.close()


def _send(core: Core, local: LocalFile, on_progress: Progress | None) -> Flow[UploadedFile]:
    content = _watched(local.content, on_progress)
    attempt = 1
    while True:
        ticket = yield from send(
            endpoints.create_upload_url(
                filename=local.name,
                content_type=local.content_type,
                size_bytes=local.content.size,
            ),
            core.session,
        )
        trouble = yield from _put(core, ticket.upload_url, local, content)
        if trouble is None:
            break
        if attempt >= _ATTEMPTS:
            raise UploadFailed(
                f"{local.name} could not be uploaded in {_ATTEMPTS} attempts: {trouble}"
            ) from trouble
        yield Sleep(wait_before(core.session.retry, attempt, trouble, core.session.clock.random()))
        attempt += 1
    file = yield from send(endpoints.complete_upload(ticket.file_id), core.session)
    return UploadedFile(file.id, file.url)


def _put(
    core: Core, url: str, local: LocalFile, content: FileContent
) -> Flow[ModelHunterError | None]:
    """PUT the bytes, without the key; returns what went wrong where trying again may help.

    Raises:
        UploadFailed: the storage refuses the file itself.
    """
    session = core.session
    parts = urlsplit(url)
    headers = {"User-Agent": session.headers["User-Agent"], "Content-Type": local.content_type}
    request = Request(
        "PUT",
        f"{parts.scheme}://{parts.netloc}",
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        headers,
        content,
        session.timeouts.connect,
        session.timeouts.read,
    )
    try:
        response: Response = yield Exchange(request)
    except TransportError as error:
        return error
    if response.status < 300:
        return None
    refused = UploadFailed(f"the storage answered {response.status} to {local.name}")
    if response.status in _PASSING or response.status in _LAPSED:
        return refused
    raise refused


def _watched(content: FileContent, on_progress: Progress | None) -> FileContent:
    if on_progress is None:
        return content
    return FileContent(lambda: _Watched(content.open(), content.size, on_progress), content.size)  # type: ignore[return-value,arg-type]


class _Watched:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], size: int, on_progress: Progress) -> None:
        self._file = file
        self._size = size
        self._done = 0
        self._on_progress = on_progress

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._done += len(chunk)
        if chunk:
            self._on_progress(self._done, self._size)
        return chunk
