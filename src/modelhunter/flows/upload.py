"""Uploading local files: ask for an address, PUT the bytes, confirm. Each content once.

Source: the documentation page "file uploads".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, cast

from modelhunter.api import files as endpoints
from modelhunter.errors import (
    Conflict,
    ModelHunterError,
    TransportError,
    Unprocessable,
    UploadFailed,
)
from modelhunter.flows.disk import is_the_callers, said
from modelhunter.flows.links import request_to
from modelhunter.flows.local_media import LocalFile, NoMedia, opened
from modelhunter.flows.open_files import Unfit
from modelhunter.flows.transfer_deadline import Pace
from modelhunter.plugins.media import UploadedFile
from modelhunter.runtime.argument_checks import check_callable, check_text
from modelhunter.runtime.events import TransferEvent, transferring
from modelhunter.runtime.flow import Callback, Exchange, Flow, RunInThread, Sleep
from modelhunter.runtime.message import FileContent, Response
from modelhunter.runtime.retry import wait_before
from modelhunter.runtime.send import send

if TYPE_CHECKING:
    from modelhunter.flows.context import Context
    from modelhunter.flows.uploads import Key
    from modelhunter.runtime.session import Session

Progress = Callable[[int, int], object]

_ATTEMPTS = 4
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LAPSED = frozenset({401, 403, 404, 410})
_LOOK = 0.05
"""Seconds between looks at an upload of the same content that another flow is making."""


def upload(
    context: Context,
    given: Any,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    on_progress: Progress | None = None,
) -> Flow[UploadedFile]:
    """Upload one file; see :meth:`modelhunter.client.blocking.resources.Files.upload`."""
    check_text(filename, "filename", "a name for the file", none=True)
    check_text(content_type, "content_type", "a type such as 'image/png'", none=True)
    check_callable(on_progress, "on_progress")
    try:
        local = yield from opened(given, filename=filename, content_type=content_type)
    except NoMedia as error:
        meant = "if that is meant, say its content type, such as 'image/png'"
        raise UploadFailed(f"{error}; {meant}") from None
    except Unfit as error:
        raise UploadFailed(str(error)) from error.__cause__
    try:
        return (yield from upload_local(context, local, on_progress))
    finally:
        local.close()


def upload_local(
    context: Context, local: LocalFile, on_progress: Progress | None = None
) -> Flow[UploadedFile]:
    """Upload a file that was opened, or find that it was uploaded already.

    All of it is over within the time of one call, and a second more for each 4 kB.

    Raises:
        UploadFailed: it can't be read, was changed meanwhile, or the storage refuses it.
    """
    context = context.bounded()
    digest = yield from digest_of(local)
    key = (digest, local.content_type)
    return (
        yield from once(
            context, key, local, on_progress, lambda: _send(context, local, digest, on_progress)
        )
    )


def digest_of(local: LocalFile) -> Flow[bytes]:
    """The SHA-256 of a file.

    Raises:
        UploadFailed: it can't be read.
    """
    try:
        digest: bytes = yield RunInThread(local.digest)
    except (OSError, ValueError) as error:
        raise _unreadable(local, error) from error
    return digest


def once(
    context: Context,
    key: Key,
    local: LocalFile,
    on_progress: Progress | None,
    send: Callable[[], Flow[UploadedFile]],
) -> Flow[UploadedFile]:
    """The upload of this content that was made before, or is being made, or else a new one."""
    clock = context.session.clock
    while True:
        known, ours = context.uploads.begin(key, clock.monotonic())
        if ours:
            break
        if known is not None:
            yield from _tell(on_progress, local.content.size)
            return known
        until = context.session.until
        if until is not None and clock.monotonic() >= until:
            raise UploadFailed(
                f"{local.name} is being uploaded by another call, which does not come to an end"
            )
        yield Sleep(_LOOK)
    file: UploadedFile | None = None
    try:
        event = TransferEvent("upload", local.name, local.content.size)
        with transferring(context.session, event):
            sent = yield from send()
        file = None if sent.url[:5].lower() == "data:" else sent  # that is long, and made soon
    finally:
        context.uploads.end(key, file, clock.monotonic())
    return sent


def _tell(on_progress: Progress | None, size: int) -> Flow[None]:
    """Nothing need be sent: it is all there."""
    if on_progress is not None:
        yield Callback(lambda _: on_progress(size, size), None)


def _send(
    context: Context, local: LocalFile, digest: bytes, on_progress: Progress | None
) -> Flow[UploadedFile]:
    attempt = 1
    clock = context.session.clock
    pace = Pace(context.session, clock.monotonic(), local.content.size)
    while True:
        ticket = yield from send(
            endpoints.create_upload_url(
                filename=local.name,
                content_type=local.content_type,
                size_bytes=local.content.size,
            ),
            context.session,
        )
        began = clock.monotonic()
        trouble = yield from put(pace, ticket.upload_url, local, digest, on_progress=on_progress)
        pace.took(clock.monotonic() - began)
        if trouble is None:
            try:
                file = yield from send(endpoints.complete_upload(ticket.file_id), context.session)
                return UploadedFile(file.id, file.url)
            except (Conflict, Unprocessable) as error:
                trouble = error  # not all that was sent has arrived
        pause = wait_before(context.session.retry, attempt, trouble, clock.random())
        if attempt >= _ATTEMPTS or pace.is_over_in(pause):
            raise _not_uploaded(local, attempt, trouble) from trouble
        yield Sleep(pause)
        attempt += 1


def put(
    pace: Pace,
    url: str,
    local: LocalFile,
    digest: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> Flow[ModelHunterError | None]:
    """PUT the bytes, without the key; returns what went wrong where trying again may help.

    Raises:
        UploadFailed: the storage refuses the file itself, or the file was changed meanwhile.
        UnexpectedResponse: the address to upload to is none. UnsafeLink: it must not be used.
    """
    body = _Body(local, on_progress)
    request = request_to(
        pace.session,
        "PUT",
        url,
        {"Content-Type": local.content_type, **(headers or {})},
        FileContent(body.open, local.content.size),
        deadline=pace.deadline,
    )
    try:
        response: Response = yield Exchange(request)
    except TransportError as error:
        if body.failure is not None:
            raise body.failure from body.failure.__cause__
        return error
    if response.status < 300:
        if body.is_whole and body.digest() != digest:
            raise _changed(local)
        return None
    refused = UploadFailed(f"the storage answered {response.status} to {local.name}")
    if response.status in _PASSING or response.status in _LAPSED:
        return refused
    raise refused


class _Body:
    """The content of a file as it is sent.

    It tells how much was read and whether that is what was promised. ``failure`` is what went
    wrong here, which a transport may take for trouble with the connection.
    """

    def __init__(self, local: LocalFile, on_progress: Progress | None) -> None:
        self._local = local
        self._on_progress = on_progress
        self._left = local.content.size
        self._hash = hashlib.sha256()
        self.failure: Exception | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it was read."""
        return not self._left

    def digest(self) -> bytes:
        """The SHA-256 of what was read."""
        return self._hash.digest()

    def open(self) -> IO[bytes]:
        """The file at its start."""
        self._file = self._local.content.open()
        self._left = self._local.content.size
        self._hash = hashlib.sha256()
        return cast("IO[bytes]", self)

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        try:
            return self._read(self._left if size < 0 else min(size, self._left))
        except Exception as error:
            self.failure = error
            raise

    def _read(self, size: int) -> bytes:
        try:
            piece = self._file.read(size)
        except (OSError, ValueError) as error:
            raise _unreadable(self._local, error) from error
        if size and not piece:
            raise _changed(self._local)
        self._hash.update(piece)
        self._left -= len(piece)
        if piece and self._on_progress is not None:
            total = self._local.content.size
            self._on_progress(total - self._left, total)
        return piece


def _unreadable(local: LocalFile, error: OSError | ValueError) -> Exception:
    if is_the_callers(error):
        return error
    return UploadFailed(f"{local.name} can't be read: {said(error)}")


def put_until_there(
    session: Session, url: str, local: LocalFile, digest: bytes, headers: Mapping[str, str]
) -> Flow[None]:
    """PUT a file to a link that stays the same, a few times where that may help.

    Raises:
        UploadFailed: it is not there. UnexpectedResponse, UnsafeLink: as :func:`put`.
    """
    clock, attempt = session.clock, 1
    pace = Pace(session, clock.monotonic(), local.content.size)
    while True:
        trouble = yield from put(pace, url, local, digest, headers=headers)
        if trouble is None:
            return
        pause = wait_before(session.retry, attempt, trouble, clock.random())
        if attempt >= _ATTEMPTS or pace.is_over_in(pause):
            raise _not_uploaded(local, attempt, trouble) from trouble
        yield Sleep(pause)
        attempt += 1


def _not_uploaded(local: LocalFile, attempts: int, trouble: ModelHunterError) -> UploadFailed:
    return UploadFailed(f"{local.name} could not be uploaded (attempts: {attempts}): {trouble}")


def _changed(local: LocalFile) -> UploadFailed:
    return UploadFailed(
        f"{local.name} was changed while it was uploaded; upload it again once it is complete"
    )
