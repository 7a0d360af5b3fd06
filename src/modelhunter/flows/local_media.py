"""Local media as something that can be uploaded: a name, a type, and bytes that are streamed."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.errors import UploadFailed
from modelhunter.flows.disk import is_the_callers, said
from modelhunter.flows.open_files import Unfit, as_text
from modelhunter.flows.streams import collected, collected_from, is_stream
from modelhunter.plugins.file_traits import has_coroutines, is_text
from modelhunter.plugins.media import classify_media, media_type_of
from modelhunter.plugins.media_content import see
from modelhunter.plugins.pictures import NoFileFormat, save
from modelhunter.runtime.argument_checks import given as given_as
from modelhunter.runtime.bodies import file_content
from modelhunter.runtime.flow import RunInThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.message import FileContent

_CHUNK = 256 * 1024
_SVG = "image/svg+xml"


class NoMedia(Unfit):
    """A file whose content is no media, or of a kind that nothing tells."""


@frozen
class LocalFile:
    """A file to upload; ``close`` lets go of what was opened for it.

    ``file`` stands where its content begins. ``was_collected`` says that it could be read only
    once, so that nobody has looked at it before.
    """

    name: str
    content_type: str
    file: IO[bytes]
    content: FileContent
    close: Callable[[], None]
    was_collected: bool = False

    def digest(self) -> bytes:
        """The SHA-256 of the content, read piece by piece. Blocks on the disk."""
        found = hashlib.sha256()
        file = self.content.open()
        left = self.content.size
        while left and (piece := file.read(min(_CHUNK, left))):
            found.update(piece)
            left -= len(piece)
        return found.digest()


def opened(
    given: Any, *, filename: str | None = None, content_type: str | None = None
) -> Flow[LocalFile]:
    """Open a path, bytes, an open file or a Pillow image for uploading.

    Raises:
        Unfit: it can't be used, :class:`NoMedia` because of what it holds.
        UploadFailed: it can't be read.
    """
    try:
        return (yield from _opened(given, filename, content_type))
    except (OSError, ValueError) as error:
        if is_the_callers(error):
            raise
        raise UploadFailed(f"{_shown(given)} can't be read: {said(error)}") from error


def _opened(given: Any, filename: str | None, content_type: str | None) -> Flow[LocalFile]:
    form = classify_media(given)
    if form == "file":
        return (yield from _from_open_file(given, filename or _name_of(given), content_type))
    if form == "path":
        path = Path(os.path.expanduser(os.fsdecode(given)))
        return (yield from _from_path(path, filename, content_type))
    if form == "bytes":
        return _local(io.BytesIO(given), filename, content_type, _nothing)
    if form == "picture":
        picture: LocalFile = yield RunInThread(lambda: _from_picture(given, filename))
        return picture
    if form in ("url", "data"):
        raise Unfit("this is an address already, not a local file; use it as it is")
    raise Unfit(
        f"{given_as(given)} can't be uploaded; give a path, bytes, an open binary file or "
        "a Pillow image"
    )


def _from_path(path: Path, filename: str | None, content_type: str | None) -> Flow[LocalFile]:
    name = filename or path.name
    if (yield RunInThread(lambda: is_stream(path))) and not path.is_dir():
        copy = yield from collected_from(path)
        return _local(copy, name, content_type, copy.close, was_collected=True)
    file: IO[bytes] = yield RunInThread(lambda: path.open("rb"))
    local: LocalFile = yield RunInThread(lambda: _local(file, name, content_type, file.close))
    return local


def _from_open_file(file: Any, name: str | None, content_type: str | None) -> Flow[LocalFile]:
    """An open file; one that can't go back, or has coroutines, is copied to the disk first."""
    if is_text(file):
        raise as_text("rb")
    seekable = getattr(file, "seekable", None)
    if callable(seekable) and not has_coroutines(file) and seekable() is True:
        local: LocalFile = yield RunInThread(lambda: _local(file, name, content_type, _nothing))
        return local
    copy = yield from collected(file)
    return _local(copy, name, content_type, copy.close, was_collected=True)


def _from_picture(picture: Any, filename: str | None) -> LocalFile:
    buffer = io.BytesIO()
    try:
        how = save(picture, buffer)
    except NoFileFormat as error:
        raise Unfit(str(error)) from error.__cause__
    buffer.seek(0)
    name = filename or f"image.{how.format.lower()}"
    return _local(buffer, name, how.media_type, _nothing)


def _local(
    file: IO[bytes],
    filename: str | None,
    content_type: str | None,
    close: Callable[[], None],
    *,
    was_collected: bool = False,
) -> LocalFile:
    try:
        kind = content_type or _type_of(file, filename)
        name = filename or f"upload.{kind.partition('/')[2]}"
        return LocalFile(name, kind, file, file_content(file), close, was_collected)
    except BaseException:
        close()
        raise


def _type_of(file: IO[bytes], filename: str | None) -> str:
    """The MIME type of a file by its content and name. Blocks on the disk."""
    what, promised = filename or "the file", media_type_of(filename or "")
    seen = see(file)
    if not seen.looked:
        raise Unfit(f"{what} is empty")
    kind = seen.type_of(filename)
    if seen.text_type is not None and kind not in (promised, _SVG):
        raise NoMedia(f"{what} holds text ({seen.text_type}), not {promised or 'media'}")
    if kind is None:
        raise NoMedia(f"nothing tells what kind of file {what} is")
    if seen.is_bare_promise(kind):
        raise NoMedia(f"{what} is not {kind}: its content is no picture")
    return kind


def _name_of(file: Any) -> str | None:
    """The name of an open file; Starlette's uploads have a ``filename``."""
    for name in (getattr(file, "name", None), getattr(file, "filename", None)):
        if isinstance(name, str) and name:
            return Path(name).name
    return None


def _shown(given: Any) -> str:
    return str(given) if isinstance(given, (str, os.PathLike)) else "the file"


def _nothing() -> None:
    """There is nothing to close: the file is the caller's."""
