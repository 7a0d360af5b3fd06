"""How a Pillow image becomes a file, by its own methods: Pillow is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

_OWN: Mapping[str, frozenset[str]] = {
    "JPEG": frozenset({"1", "L", "RGB", "CMYK"}),
    "WEBP": frozenset({"L", "P", "RGB", "RGBA"}),
}
"""The formats, beside PNG, in which an image stays that came in one, and their modes."""

_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_CONVERTED: Mapping[str, str] = {
    **dict.fromkeys(("CMYK", "YCbCr", "HSV", "LAB", "RGBX"), "RGB"),
    **dict.fromkeys(("PA", "RGBa"), "RGBA"),
    "La": "LA",
    **dict.fromkeys(("I", "I;16B", "I;16L", "I;16N"), "I;16"),
}
"""Modes that no format has, and those that hold the same."""

_LARGEST_16 = 65535


class NoFileFormat(ValueError):
    """An image that can't become a file; the text says what to do about it."""


@frozen
class Saved:
    """How an image is saved: the format by Pillow's name, and the mode it is converted to first."""

    format: str
    mode: str | None = None

    @property
    def media_type(self) -> str:
        """The MIME type of the file."""
        return f"image/{self.format.lower()}"


def saved(picture: Any) -> Saved:
    """How a Pillow image is saved.

    Raises:
        NoFileFormat: no format has its mode, and none says what its numbers stand for.
    """
    mode, own = getattr(picture, "mode", None), picture.format
    if not isinstance(mode, str):  # it only looks like an image of Pillow's
        return Saved(own if own in _OWN else "PNG")
    if mode in _OWN.get(own, ()):
        return Saved(own)
    if mode in _PNG:
        return Saved("PNG")
    to = _CONVERTED.get(mode)
    if to is None or (mode == "I" and not _fits_16_bits(picture)):
        raise NoFileFormat(
            f"no file that models read holds a picture of mode {mode}; convert it first, such as "
            "with picture.convert('RGB')"
        )
    return Saved("PNG", to)


def save(picture: Any, file: IO[bytes]) -> Saved:
    """Write a Pillow image to a file, and say how.

    Raises:
        NoFileFormat: it can't become one.
    """
    how = saved(picture)
    try:
        ready = picture if how.mode is None else picture.convert(how.mode)
        ready.save(file, format=how.format)
    except Exception as error:
        raise NoFileFormat(f"the picture can't be saved: {error}") from error
    return how


def _fits_16_bits(picture: Any) -> bool:
    low, high = picture.getextrema()
    return bool(low >= 0 and high <= _LARGEST_16)
