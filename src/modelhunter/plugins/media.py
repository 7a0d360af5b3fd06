"""What a user may give where a model takes an image, a video or a sound."""

from __future__ import annotations

import os
import re
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
from modelhunter.runtime.decode import without_query


@runtime_checkable
class PillowImage(Protocol):
    """What is used of a ``PIL.Image.Image``, so that Pillow need not be installed."""

    format: str | None

    def save(self, fp: Any, format: str | None = None) -> None:  # noqa: A002 - Pillow's name
        """Write the picture into a file object."""


@frozen
class UploadedFile:
    """A file that the API holds already: its id and public address."""

    id: str
    url: str = field(repr=without_query)


Media = str | os.PathLike[str] | bytes | bytearray | IO[bytes] | PillowImage | UploadedFile
"""A URL, a ``data:`` URI or a local path (str or Path), bytes, an open binary file, a Pillow
image, or a file uploaded before."""

MediaForm = Literal["url", "data", "path", "bytes", "file", "picture", "uploaded"]
"""The forms of :data:`Media`: an ``http(s)`` address, a ``data:`` URI, the path of a local file,
its content, an open binary file, a Pillow image, a file uploaded before."""


def _frozen(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen(kw_only=True)
class MediaRule:
    """What media a field takes. Limits that the documentation does not state are None.

    ``formats`` are MIME types, ``max_bytes`` bytes, sides pixels, ratios width / height;
    ``data_uri`` says whether the content may be sent inline.
    """

    kind: str
    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_side: int | None = None
    max_side: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    data_uri: bool = False
    unverified: frozenset[str] = field(default=frozenset(), converter=_frozen)


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?")


def classify_media(value: object) -> MediaForm | None:
    """Which form of media a value is; None where it is none.

    A string with a scheme is an address, so ``s3://bucket/a.png`` is not taken for a local file
    (only ``http``, ``https`` and ``data`` are forms of media); any other string is a path. A
    drive letter is no scheme.
    """
    if isinstance(value, str):
        return _classify_text(value)
    if isinstance(value, (bytes, bytearray)):
        return "bytes"
    if isinstance(value, UploadedFile):
        return "uploaded"
    if isinstance(value, os.PathLike):
        return "path"
    if callable(getattr(value, "read", None)):
        return "file"
    return "picture" if isinstance(value, PillowImage) else None


def _classify_text(text: str) -> MediaForm | None:
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme == "data":
        return "data"
    if match is None or match[2] is None:
        return "path" if text else None
    return "url" if scheme in ("http", "https") else None


_BY_SUFFIX = {
    "aac": "audio/aac",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "flac": "audio/flac",
    "gif": "image/gif",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "heic": "image/heic",
    "heif": "image/heif",
    "jfif": "image/jpeg",
    "jpe": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "obj": "model/obj",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "png": "image/png",
    "stl": "model/stl",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
}

_USUAL = ("jpg", "tiff", "ogg", "m4a", "heic", "mp4", "png")
"""Of several endings for a type, the one that files get here."""

_TEXTS = {"text/plain": "txt", "application/json": "json", "text/markdown": "md", "text/vtt": "vtt"}

_SUFFIXES = {
    **{media_type: suffix for suffix, media_type in _BY_SUFFIX.items()},
    **{_BY_SUFFIX[suffix]: suffix for suffix in _USUAL},
    **_TEXTS,
}

_SYNONYMS = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "audio/mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/x-aac": "audio/aac",
    "audio/x-m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "video/x-m4v": "video/mp4",
}


def media_type_of(name: str) -> str | None:
    """The MIME type that a file's name promises; None for an unknown ending.

    The table is our own: Python's ``mimetypes`` answers differently from machine to machine.
    """
    stem, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix.lower()) if stem and dot else None


def suffix_of(media_type: str) -> str | None:
    """The usual ending of a file's name for a MIME type, without a dot; None for an unknown one."""
    return _SUFFIXES.get(canonical_type(media_type))


def canonical_type(media_type: str) -> str:
    """The usual name of a MIME type that has several, without parameters."""
    plain = media_type.partition(";")[0].strip().lower()
    return _SYNONYMS.get(plain, plain)
