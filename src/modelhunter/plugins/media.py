"""What a user may give where a model takes an image, a video or a sound."""

from __future__ import annotations

import os
from typing import IO, Any, Protocol, Union, runtime_checkable

from attrs import frozen


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
    url: str


Media = Union[str, "os.PathLike[str]", bytes, bytearray, IO[bytes], PillowImage, UploadedFile]
"""A URL, a ``data:`` URI or a local path (str or Path), bytes, an open binary file, a Pillow
image, or a file uploaded before."""


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
    unverified: frozenset[str] = frozenset()
