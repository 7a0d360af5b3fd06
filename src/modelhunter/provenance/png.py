"""PNG: the record is a text chunk (PNG 3rd edition, 11.3.3.4) right behind the header."""

from __future__ import annotations

import zlib
from typing import IO

from modelhunter.provenance.layout import Layout
from modelhunter.provenance.record import LONGEST

_KEYWORD = b"modelhunter.provenance"
_BEGIN = _KEYWORD + b"\0\0\0\0\0"
"""The keyword, not compressed, without a language or a translated keyword."""

_HEADER_END = 33
_MOST_CHUNKS = 100_000
_SIGNED = b"caBX"
"""The chunk of a C2PA manifest, whose signature is over the whole file."""


def layout(file: IO[bytes]) -> Layout:
    """Look through the chunks of a PNG."""
    place: int | None = None
    at, text, records = 8, None, []
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":
            break
        if kind == b"IHDR" and at == 8 and length == 13:
            place = _HEADER_END
        if kind == _SIGNED:
            place = None
            break
        if kind == b"iTXt" and len(_BEGIN) < length <= LONGEST:
            content = file.read(length)
            if content.startswith(_BEGIN) and len(content) == length:
                text = content[len(_BEGIN) :].decode("utf-8", "replace")
                records.append((at, at + 12 + length))
        at += 12 + length
    return Layout(text=text, records=tuple(records), place=place, wrap=_wrap)


def _wrap(record: bytes) -> bytes:
    content = b"iTXt" + _BEGIN + record
    length, check = len(content) - 4, zlib.crc32(content)
    return length.to_bytes(4, "big") + content + check.to_bytes(4, "big")
