"""Local media as something that can be uploaded: a name, a type, and bytes that are streamed."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.errors import UploadFailed
from modelhunter.plugins.image_headers import HEAD, content_type_of
from modelhunter.plugins.media import classify_media
from modelhunter.plugins.media_check import saved_format
from modelhunter.runtime.bodies import file_content

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.message import FileContent

_CHUNK = 256 * 1024
_LARGEST_COPY = 1024 * 1024 * 1024
"""Bytes of a stream that can't go back that are copied to the disk, at most."""


@frozen
class LocalFile:
    """A file to upload; ``close`` lets go of what was opened for it."""

    name: str
    content_type: str
    content: FileContent
    close: Callable[[], None]

    def digest(self) -> bytes:
        """The SHA-256 of the content, read piece by piece. Blocks on the disk."""
        found = hashlib.sha256()
        file = self.content.open()
        left = self.content.size
        while left and (piece := file.read(min(_CHUNK, left))):
            found.update(piece)
            left -= len(piece)
        return found.digest()


def open_local(
    given: Any, *, filename: str | None = None, content_type: str | None = None
) -> LocalFile:
    """Open a path, bytes, a binary file object or a Pillow image for uploading. Blocks on the disk.

    Raises:
        UploadFailed: it can't be read, or nothing tells what kind of file it is.
    """
    form = classify_media(given)
    if form == "bytes":
        return _from_file(io.BytesIO(given), filename, content_type, _nothing)
    if form == "path":
        return _from_path(Path(os.path.expanduser(os.fsdecode(given))), filename, content_type)
    if form == "picture":
        return _from_picture(given, filename)
    if form == "file":
        return _from_stream(given, filename or _name_of(given), content_type)
    if form in ("url", "data"):
        raise UploadFailed("this is an address already, not a local file; use it as it is")
    raise UploadFailed(
        f"a {type(given).__name__} can't be uploaded; give a path, bytes, an open binary file or "
        "a Pillow image"
    )


def _from_path(path: Path, filename: str | None, content_type: str | None) -> LocalFile:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UploadFailed(f"{path} can't be read: {error.strerror or error}") from error
    try:
        return _from_file(file, filename or path.name, content_type, file.close)
    except BaseException:
        file.close()
        raise


def _from_picture(picture: Any, filename: str | None) -> LocalFile:
    kind = saved_format(picture)
    buffer = io.BytesIO()
    picture.save(buffer, format=kind)
    buffer.seek(0)
    return _from_file(buffer, filename or f"image.{kind.lower()}", None, _nothing)


def _from_file(
    file: IO[bytes], filename: str | None, content_type: str | None, close: Callable[[], None]
) -> LocalFile:
    start = file.tell()
    head = file.read(HEAD)
    if not isinstance(head, bytes):
        raise _as_text()
    if not head:
        raise UploadFailed(f"{filename or 'the file'} is empty")
    file.seek(start)
    kind = content_type or content_type_of(head, filename)
    if kind is None:
        raise UploadFailed(
            f"nothing tells what kind of file {filename or 'this'} is; give content_type=…, such "
            "as 'image/png'"
        )
    return LocalFile(
        filename or f"upload.{kind.partition('/')[2]}", kind, file_content(file), close
    )


def _name_of(file: Any) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None


def _from_stream(file: Any, filename: str | None, content_type: str | None) -> LocalFile:
    """An open file; one that can't go back is copied to the disk first."""
    seekable = getattr(file, "seekable", None)
    if callable(seekable) and seekable():
        return _from_file(file, filename, content_type, _nothing)
    import tempfile  # a slow import

    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it must outlive this function
    try:
        _copy(file, copy)
        return _from_file(copy, filename, content_type, copy.close)
    except BaseException:
        copy.close()
        raise


def _copy(file: Any, copy: IO[bytes]) -> None:
    while piece := file.read(_CHUNK):
        if not isinstance(piece, bytes):
            raise _as_text()
        copy.write(piece)
        if copy.tell() > _LARGEST_COPY:
            raise UploadFailed("the stream does not end; what is larger than 1 GiB is not uploaded")
    copy.seek(0)


def _as_text() -> UploadFailed:
    return UploadFailed("the file is open as text; open it in binary mode: open(name, 'rb')")


def _nothing() -> None:
    """There is nothing to close: the file is the caller's."""
