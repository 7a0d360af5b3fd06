"""Files that can carry a record: where it is in them, where it may go, and their bytes without it.

Nothing is encoded anew. A record is a piece of its own, as each format has them for what it does
not know: taken out again, it leaves the file as it was, byte for byte. Files are read piece by
piece; no length that they state is believed without looking.
"""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from modelhunter.plugins.image_headers import HEAD, content_type_of
from modelhunter.provenance import boxes, jpeg, png
from modelhunter.provenance.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BLOCK = 256 * 1024
_LAYOUTS: Mapping[str, Callable[[IO[bytes]], Layout]] = {
    "image/png": png.layout,
    "image/jpeg": jpeg.layout,
    **dict.fromkeys(("video/mp4", "video/quicktime", "audio/mp4"), boxes.layout),
}
_NOTHING = Layout()


def layout_of(file: IO[bytes]) -> Layout:
    """Where a record is in a seekable file, and where one may go. Blocks on the disk."""
    file.seek(0)
    find = _LAYOUTS.get(content_type_of(file.read(HEAD)) or "")
    return _NOTHING if find is None else find(file)


def digest_of(file: IO[bytes], layout: Layout) -> tuple[str, int]:
    """SHA-256 and size of a file without the record in it. Blocks on the disk."""
    found, size = hashlib.sha256(), 0
    for piece in _pieces(file, layout):
        found.update(piece)
        size += len(piece)
    return found.hexdigest(), size


def with_record(file: IO[bytes], layout: Layout, text: str, target: IO[bytes]) -> None:
    """Write a file with this record, and no other, in it to ``target``. Blocks on the disk.

    Where the layout has a place for one, that is.
    """
    record = layout.wrap(text.encode("ascii"))
    place, done = layout.place or 0, 0
    for piece in _pieces(file, layout):
        if done <= place < done + len(piece):
            target.write(piece[: place - done] + record + piece[place - done :])
        else:
            target.write(piece)
        done += len(piece)
    if place >= done:
        target.write(record)


def _pieces(file: IO[bytes], layout: Layout) -> Iterator[bytes]:
    """The bytes of a file but for those of its record."""
    start = 0
    for first, last in (*layout.records, (None, None)):
        yield from _between(file, start, first)
        start = last or 0


def _between(file: IO[bytes], start: int, end: int | None) -> Iterator[bytes]:
    file.seek(start)
    left = end - start if end is not None else None
    while left is None or left > 0:
        piece = file.read(_BLOCK if left is None else min(_BLOCK, left))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece
