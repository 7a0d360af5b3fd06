"""What the first bytes of a file tell: its type and, of a picture, its width and height.

Nothing is decoded, so Pillow is not needed. Files come from anywhere: what does not look right is
unknown rather than an error, reading is bounded, and no length that a file states is believed.
Sides are as stored; an orientation in the metadata is not applied.

Sources: PNG 3rd edition 11.2.1, GIF89a section 18, the BITMAPINFOHEADER family, RFC 9649 (WebP),
ITU-T T.81 annex B (JPEG), TIFF 6.0 section 2, RFC 8794 (EBML).
"""

from __future__ import annotations

import codecs
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    Sides = tuple[int, int]
    """Width and height in pixels."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"II+\x00", "image/tiff"),
    (0, b"MM\x00+", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypavis", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftyphevc", "image/heic"),
    (4, b"ftypheim", "image/heic"),
    (4, b"ftypheis", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypmsf1", "image/heif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypM4B", "audio/mp4"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xfa", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"glTF", "model/gltf-binary"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
)
_EBML = b"\x1a\x45\xdf\xa3"
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
HEAD = 512
"""Bytes that are enough to tell a type."""

_HTML = ("<!doctype html", "<html", "<head", "<body", "<title", "<script", "<!--")
_MOST_FOREIGN = 0.3
_SPACE = dict.fromkeys(map(ord, "\t\n\f\r\x1b"))
_MOST_SEGMENTS = 2000
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_DATA = frozenset({0xD9, 0xDA})
_MOST_TAGS = 4096


def content_type_of(head: bytes) -> str | None:
    """The MIME type that the first bytes stand for."""
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head.startswith(_EBML):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "image/bmp"
    return None


def text_type_of(head: bytes) -> str | None:
    """The MIME type of text, from a file's first bytes; None where they are no text."""
    text = _decoded(head)
    if not text or not text.translate(_SPACE).isprintable():
        return None
    begin = text.lstrip().lower()
    if begin.startswith("<svg") or (begin.startswith("<?xml") and "<svg" in begin):
        return "image/svg+xml"
    if begin.startswith(_HTML):
        return "text/html"
    if begin.startswith("<"):
        return "text/xml"
    return "application/json" if begin.startswith(("{", "[")) else "text/plain"


def _decoded(head: bytes) -> str | None:
    """What bytes say as text; letters that are cut off at their end are left out."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        foreign = sum(byte > 126 for byte in head)
        return head.decode("latin-1") if foreign < len(head) * _MOST_FOREIGN else None


def sides_of(file: IO[bytes]) -> Sides | None:
    """Width and height of the picture that begins where a seekable file stands.

    None where the file does not tell: it is no picture, of a format not known here (HEIC, AVIF,
    SVG), cut off, or broken. The file is left standing anywhere.

    Raises:
        OSError: the file can't be read.
    """
    start = file.tell()
    reader = _READERS.get(content_type_of(file.read(HEAD)) or "")
    if reader is None:
        return None
    try:
        width, height = reader(_Source(file, start))
    except _Unknown:
        return None
    return (width, height) if width > 0 and height > 0 else None


class _Unknown(Exception):
    """The file does not say what was looked for."""


class _Source:
    """A file in which places are counted from the picture's beginning."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self._file = file
        self._start = start

    def at(self, place: int, size: int) -> bytes:
        """Exactly ``size`` bytes from a place."""
        self._file.seek(self._start + place)
        data = self._file.read(size)
        if len(data) != size:
            raise _Unknown
        return data

    def number(
        self, place: int, size: int, order: Literal["little", "big"], *, signed: bool = False
    ) -> int:
        """The whole number that these bytes are."""
        return int.from_bytes(self.at(place, size), order, signed=signed)


def _png(source: _Source) -> Sides:
    if source.at(12, 4) != b"IHDR":
        raise _Unknown
    return source.number(16, 4, "big"), source.number(20, 4, "big")


def _gif(source: _Source) -> Sides:
    return source.number(6, 2, "little"), source.number(8, 2, "little")


def _bmp(source: _Source) -> Sides:
    if source.number(14, 4, "little") in (12, 16):
        size = 2 if source.number(14, 4, "little") == 12 else 4
        return source.number(18, size, "little"), source.number(18 + size, size, "little")
    width = source.number(18, 4, "little", signed=True)
    # A negative height says that rows are stored from the top.
    return width, abs(source.number(22, 4, "little", signed=True))


def _webp(source: _Source) -> Sides:
    kind = source.at(12, 4)
    if kind == b"VP8X":
        return source.number(24, 3, "little") + 1, source.number(27, 3, "little") + 1
    if kind == b"VP8L" and source.at(20, 1) == b"\x2f":
        bits = source.number(21, 4, "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and source.at(23, 3) == b"\x9d\x01\x2a":
        width, height = source.number(26, 2, "little"), source.number(28, 2, "little")
        return width & 0x3FFF, height & 0x3FFF
    raise _Unknown


def _jpeg(source: _Source) -> Sides:
    """Walk over the segments to the frame header; what lies between is skipped unread."""
    place = 2
    for _ in range(_MOST_SEGMENTS):
        fill, marker = source.at(place, 2)
        if fill != 0xFF or marker in _JPEG_DATA:
            break
        if marker == 0xFF:
            place += 1
        elif marker in _JPEG_BARE:
            place += 2
        elif marker in _JPEG_FRAMES:
            return source.number(place + 7, 2, "big"), source.number(place + 5, 2, "big")
        else:
            place += 2 + max(2, source.number(place + 2, 2, "big"))
    raise _Unknown


def _tiff(source: _Source) -> Sides:
    """Read the first directory, whose entries are sorted by tag: 256 is the width, 257 the height.

    The directory may lie anywhere in the file.
    """
    order: Literal["little", "big"] = "little" if source.at(0, 2) == b"II" else "big"
    if source.number(2, 2, order) != 42:
        raise _Unknown  # BigTIFF, which is laid out otherwise
    place = source.number(4, 4, order)
    found: dict[int, int] = {}
    for _ in range(min(source.number(place, 2, order), _MOST_TAGS)):
        tag, kind = source.number(place + 2, 2, order), source.number(place + 4, 2, order)
        if tag in (256, 257) and kind in (3, 4):
            found[tag] = source.number(place + 10, 2 if kind == 3 else 4, order)
        if tag >= 257:
            break
        place += 12
    if len(found) != 2:
        raise _Unknown
    return found[256], found[257]


_READERS: dict[str, Callable[[_Source], Sides]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/webp": _webp,
    "image/tiff": _tiff,
}
