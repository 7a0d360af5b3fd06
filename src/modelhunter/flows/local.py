"""Local media as something that can be uploaded: a name, a type, and bytes that are streamed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.errors import UploadFailed
from modelhunter.plugins.media import classify_media, media_type_of
from modelhunter.runtime.encode import file_content

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.message import FileContent

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
)


@frozen
class LocalFile:
    """A file to upload; ``close`` lets go of what was opened for it."""

    name: str
    content_type: str
    content: FileContent
    close: Callable[[], None]


def content_type_of(head: bytes, name: str | None) -> str | None:
    """The MIME type that the first bytes, or else the name's ending, stand for."""
    for offset, signature, kind in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    return media_type_of(name) if name else None


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
        return _from_path(Path(given), filename, content_type)
    if form == "picture":
        return _from_picture(given, filename)
    if form == "file":
        return _from_file(_seekable(given), filename or _name_of(given), content_type, _nothing)
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
    kind = picture.format if picture.format in ("JPEG", "PNG", "WEBP") else "PNG"
    buffer = io.BytesIO()
    picture.save(buffer, format=kind)
    buffer.seek(0)
    return _from_file(buffer, filename or f"image.{kind.lower()}", None, _nothing)


def _from_file(
    file: IO[bytes], filename: str | None, content_type: str | None, close: Callable[[], None]
) -> LocalFile:
    start = file.tell()
    head = file.read(32)
    if not isinstance(head, bytes):
        raise UploadFailed("the file is open as text; open it in binary mode: open(name, 'rb')")
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


def _seekable(file: Any) -> IO[bytes]:
    """The file itself, or a copy on disk of one that can't go back."""
    seekable = getattr(file, "seekable", None)
    if callable(seekable) and seekable():
        return file  # type: ignore[no-any-return]
    import shutil
    import tempfile

    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it must outlive this function
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _nothing() -> None:
    """There is nothing to close: the file is the caller's."""
