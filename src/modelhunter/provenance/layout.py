"""What the readers of the formats find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


def _no_place(_: bytes) -> bytes:
    raise ValueError("no record can go into this file")


@frozen(kw_only=True)
class Layout:
    """Where a record is in a file, and where one may go.

    ``text`` is the record that is there; ``records`` where it is, from byte to byte, in order.
    ``place`` is where one may go, counted without those bytes, as what ``wrap`` makes of it; None
    where none may: the format has no room for it, or a signature over the file would break.
    """

    text: str | None = None
    records: tuple[tuple[int, int], ...] = ()
    place: int | None = None
    wrap: Callable[[bytes], bytes] = _no_place
