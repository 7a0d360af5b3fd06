"""A small picture of a file, which an answer has room for."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 384
"""Pixels of the longer side."""


def thumbnail(path: Path) -> bytes | None:
    """A JPEG of a picture or of a video's first frame; None for anything else."""
    picture = _opened(path)
    if picture is None:
        return None
    picture.thumbnail((SIDE, SIDE))
    buffer = BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _opened(path: Path) -> Any:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(path)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        return _first_frame(path)


def _first_frame(path: Path) -> Any:
    import av
    from av.error import FFmpegError

    frame: Any

    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                return frame.to_image()
    except (FFmpegError, OSError, IndexError):
        return None
    return None
