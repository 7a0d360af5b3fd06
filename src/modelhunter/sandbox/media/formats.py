"""Which file formats the sandbox can make, and what each needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

Maker = Literal["picture", "movie", "sound", "solid", "document"]


@frozen
class Format:
    """A file format: who makes it, its MIME type, and the names its library has for it.

    ``container`` is Pillow's format or the muxer of FFmpeg; ``video`` and ``audio`` are codecs in
    order of preference.
    """

    maker: Maker
    mime: str
    container: str = ""
    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {
    "png": Format("picture", "image/png", "PNG"),
    "jpg": Format("picture", "image/jpeg", "JPEG"),
    "webp": Format("picture", "image/webp", "WEBP"),
    "gif": Format("picture", "image/gif", "GIF"),
    "bmp": Format("picture", "image/bmp", "BMP"),
    "tiff": Format("picture", "image/tiff", "TIFF"),
    "mp4": Format("movie", "video/mp4", "mp4", ("libx264", "mpeg4"), ("aac",)),
    "mov": Format("movie", "video/quicktime", "mov", ("libx264", "mpeg4"), ("aac",)),
    "webm": Format("movie", "video/webm", "webm", ("libvpx",), ("libopus",)),
    "mp3": Format("sound", "audio/mpeg", "mp3", audio=("libmp3lame",)),
    "wav": Format("sound", "audio/wav", "wav", audio=("pcm_s16le",)),
    "flac": Format("sound", "audio/flac", "flac", audio=("flac",)),
    "ogg": Format("sound", "audio/ogg", "ogg", audio=("libopus",)),
    "opus": Format("sound", "audio/ogg", "ogg", audio=("libopus",)),
    "aac": Format("sound", "audio/aac", "adts", audio=("aac",)),
    "m4a": Format("sound", "audio/mp4", "ipod", audio=("aac",)),
    "glb": Format("solid", "model/gltf-binary"),
    "json": Format("document", "application/json"),
}

ALIASES: Mapping[str, str] = {"jpeg": "jpg", "mpeg": "mp3", "wave": "wav", "tif": "tiff"}

USUAL: Mapping[str, str] = {
    "video": "mp4",
    "image": "png",
    "audio": "mp3",
    "music": "mp3",
    "3d": "glb",
}
"""The format of each kind of media where the request names none."""

_MAKER_OF: Mapping[str, Maker] = {
    "video": "movie",
    "image": "picture",
    "audio": "sound",
    "music": "sound",
}


def choose_format(kind: str, wanted: object) -> str:
    """The format for a kind of media: the wanted one if the sandbox can make it, else the usual.

    ``wanted`` may carry parameters after an underscore (``mp3_44100_128``). A kind that nobody
    knows gets a JSON document, which at least says what was asked for.
    """
    usual = USUAL.get(kind, "json")
    if not isinstance(wanted, str):
        return usual
    name = wanted.lower().removeprefix(".").partition("_")[0]
    name = ALIASES.get(name, name)
    known = FORMATS.get(name)
    if known is None or known.maker != _MAKER_OF.get(kind, known.maker):
        return usual
    return name
