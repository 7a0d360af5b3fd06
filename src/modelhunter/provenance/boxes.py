"""MP4, QuickTime and M4A: the record is a box of its own (ISO 14496-12, 4.2) behind all others.

Nothing before it moves, so that every offset in the file stays right.
"""

from __future__ import annotations

from typing import IO
from uuid import UUID

from modelhunter.provenance.layout import Layout
from modelhunter.provenance.record import LONGEST

_OURS = UUID("6d6f6465-6c68-756e-7465-722d70726f76").bytes
_SIGNED = UUID("d8fec3d6-1b0e-483c-9297-5828877ec481").bytes
"""The box of a C2PA manifest, whose signature is over the whole file."""

_HEAD = 24
_MOST_BOXES = 100_000


def layout(file: IO[bytes]) -> Layout:
    """Look at the outermost boxes."""
    size = file.seek(0, 2)
    at, text, records, signed = 0, None, [], False
    for _ in range(_MOST_BOXES):
        if at >= size:
            break
        file.seek(at)
        head = file.read(_HEAD)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if len(head) < 8 or length < 8 or at + length > size:
            break  # the last reaches to the end whatever that is, or the file is broken
        if head[4:8] == b"uuid":
            signed = signed or head[8:] == _SIGNED
            if head[8:] == _OURS and length - _HEAD <= LONGEST:
                text = file.read(length - _HEAD).decode("utf-8", "replace")
                records.append((at, at + length))
        at += length
    removed = sum(last - first for first, last in records)
    place = size - removed if at == size and not signed else None
    return Layout(text=text, records=tuple(records), place=place, wrap=_wrap)


def _wrap(record: bytes) -> bytes:
    return (_HEAD + len(record)).to_bytes(4, "big") + b"uuid" + _OURS + record
