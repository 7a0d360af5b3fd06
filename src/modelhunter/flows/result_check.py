"""Whether what came is the result that is due, as far as its bytes tell.

What is not known here is let through: a result that was paid for must not be lost to a check.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from modelhunter.plugins.image_headers import HEAD, content_type_of, text_type_of
from modelhunter.plugins.media import canonical_type, media_type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.api.models import ResultItem
    from modelhunter.flows.ranged_get import Part

_BINARY = ("image/", "video/", "audio/", "model/gltf-binary")
_AS_TEXT = frozenset({"image/svg+xml"})
_TEXTS = frozenset({"json", "jsonl", "txt", "md", "csv", "xml", "html", "srt", "vtt", "yaml"})
_MARKUP = frozenset({"text/html", "text/xml", "application/xml", "application/json"})
_KINDS = {"image": "image/*", "video": "video/*", "audio": "audio/*", "music": "audio/*"}
_BLOCK = 256 * 1024


def due_type(output: ResultItem, kind: str) -> str:
    """The MIME type that an output should have, or ``image/*``; empty where nothing tells.

    ``kind`` is what its task makes.
    """
    try:
        name = urlsplit(output.url).path
    except ValueError:
        name = ""
    if (output.format or "").lower() in _TEXTS:
        return ""
    return (
        media_type_of(f"x.{output.format}") or media_type_of(name) or _KINDS.get(kind.lower(), "")
    )


def objection(part: Part, due: str) -> str | None:
    """What speaks against a file that came whole; None where nothing does. Blocks on the disk."""
    part.file.seek(0)
    head = part.file.read(HEAD)
    if content_type_of(head) is not None:
        return None
    seen, stated = text_type_of(head), canonical_type(part.media_type)
    if seen is None or not due.startswith(_BINARY) or due in _AS_TEXT:
        return None
    if seen in _MARKUP or stated in _MARKUP or stated.startswith("text/"):
        return f"the storage sent {seen} where {due.removesuffix('/*')} is due"
    return None


def is_cut_off(file: IO[bytes]) -> bool:
    """Whether a file lacks its end, by the account of its own format. Blocks on the disk."""
    file.seek(0)
    find_end = _ENDS.get(content_type_of(file.read(HEAD)) or "")
    return find_end is not None and not find_end(file)


def _boxes_end(file: IO[bytes]) -> bool:
    """MP4 and its kin (ISO 14496-12, 4.2): boxes, each with its size, up to the end."""
    size, place = file.seek(0, 2), 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 0 or len(head) < 8:
            return True  # it reaches to the end, wherever that is; or something is left there
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return True  # broken rather than cut off
        place += length
    return place == size


def _png_ends(file: IO[bytes]) -> bool:
    """A PNG is chunks, the last of which is IEND."""
    size = file.seek(0, 2)
    place = 8
    while place + 12 <= size:
        file.seek(place)
        head = file.read(8)
        place += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return place <= size
    return False


def _riff_ends(file: IO[bytes]) -> bool:
    """The size stands at the beginning, unless it was not known when that was written."""
    size = file.seek(0, 2)
    file.seek(4)
    stated = int.from_bytes(file.read(4), "little")
    return stated in (0, 0xFFFFFFFF) or size >= 8 + stated


def _jpeg_ends(file: IO[bytes]) -> bool:
    """Its end mark may have something behind it, and stands nowhere in the picture's own data."""
    return _has(file, b"\xff\xd9")


def _gif_ends(file: IO[bytes]) -> bool:
    """A GIF is blocks of blocks (GIF89a, sections 15 to 27), the last of which is a semicolon."""
    file.seek(10)
    file.seek(13 + _colours(file.read(1)))
    while kind := file.read(1):
        if kind == b",":
            file.seek(_colours(file.read(9)[8:]) + 1, 1)
        elif kind == b"!":
            file.seek(1, 1)
        else:
            return True  # the end, or something that is no GIF
        while length := int.from_bytes(file.read(1), "big"):
            file.seek(length, 1)
    return False


def _colours(flags: bytes) -> int:
    """How long the table of colours is that flags announce, in bytes."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _has(file: IO[bytes], mark: bytes) -> bool:
    file.seek(0)
    before = b""
    while block := file.read(_BLOCK):
        if mark in before + block:
            return True
        before = block[-len(mark) + 1 :]
    return False


_ENDS: dict[str, Callable[[IO[bytes]], bool]] = {
    "video/mp4": _boxes_end,
    "video/quicktime": _boxes_end,
    "audio/mp4": _boxes_end,
    "image/avif": _boxes_end,
    "image/heic": _boxes_end,
    "image/heif": _boxes_end,
    "image/png": _png_ends,
    "image/jpeg": _jpeg_ends,
    "image/gif": _gif_ends,
    "image/webp": _riff_ends,
    "audio/wav": _riff_ends,
    "video/x-msvideo": _riff_ends,
}
