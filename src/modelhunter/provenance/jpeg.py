"""JPEG: the record is a comment (ITU-T T.81, B.2.4.5) behind the headers of JFIF and Exif.

A comment holds 64 kB at most, so a long record is several, numbered.
"""

from __future__ import annotations

import os
import re
from typing import IO

from modelhunter.provenance.layout import Layout

_COMMENT = 0xFE
_HEADERS = frozenset({0xE0, 0xE1})
_SIGNED = 0xEB
"""APP11, in which C2PA manifests are, whose signature is over the whole file."""

_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_LAST = frozenset({0xD9, 0xDA})
_BEGIN = re.compile(rb"modelhunter\.provenance (\d{1,3})/(\d{1,3}) ")
_MOST = 65_000
_MOST_SEGMENTS = 10_000


def layout(file: IO[bytes]) -> Layout:
    """Look through the segments of a JPEG, up to its picture."""
    size = file.seek(0, os.SEEK_END)
    place: int | None = 2
    at, removed, in_headers = 2, 0, True
    parts: dict[int, bytes] = {}
    records = []
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 2 or head[0] != 0xFF or head[1] in _LAST:
            break
        marker = head[1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(head[2:4], "big")
        end = at + 2 + max(2, length)
        if marker == _SIGNED or end > size or len(head) < 4:  # signed, or torn off
            place = None
        if marker == _COMMENT:
            content = file.read(length - 2)
            if (found := _BEGIN.match(content)) is not None:
                parts[int(found[1])] = content[found.end() :]
                records.append((at, end))
                removed += end - at
        in_headers = in_headers and (marker in _HEADERS or (at, end) in records)
        if in_headers and place is not None:
            place = end - removed
        at = end
    text = b"".join(parts[n] for n in sorted(parts)).decode("utf-8", "replace") if parts else None
    return Layout(text=text, records=tuple(records), place=place, wrap=_wrap)


def _wrap(record: bytes) -> bytes:
    pieces = [record[start : start + _MOST] for start in range(0, len(record), _MOST)]
    return b"".join(
        _segment(b"modelhunter.provenance %d/%d " % (n, len(pieces)) + piece)
        for n, piece in enumerate(pieces, 1)
    )


def _segment(content: bytes) -> bytes:
    return bytes((0xFF, _COMMENT)) + (len(content) + 2).to_bytes(2, "big") + content
