"""Bodies of calls as bytes or streams."""

from __future__ import annotations

import io
import os
from functools import partial
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from modelhunter.runtime.call import (
    Body,
    FormBody,
    JsonBody,
    MultipartBody,
    Part,
    RawBody,
    query_text,
)
from modelhunter.runtime.encode import json_text
from modelhunter.runtime.message import FileContent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def body(given: Body | None) -> tuple[str | None, bytes | FileContent | None]:
    """The content type and the bytes (or the stream) of a call's body."""
    if given is None:
        return None, None
    if isinstance(given, JsonBody):
        return given.content_type, json_text(given.value).encode()
    if isinstance(given, FormBody):
        return "application/x-www-form-urlencoded", query_text(given.pairs).encode()
    if isinstance(given, RawBody):
        if isinstance(given.content, bytes):
            return given.content_type, given.content
        return given.content_type, file_content(given.content)
    return _multipart(given)


def file_content(file: IO[bytes]) -> FileContent:
    """A seekable file from its current position to its end, as often as it is asked for."""
    start = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(start)

    def reopen() -> IO[bytes]:
        file.seek(start)
        return file

    return FileContent(reopen, end - start)


def _multipart(body: MultipartBody) -> tuple[str, FileContent]:
    boundary = f"mh{os.urandom(16).hex()}"
    whole = body.content_type
    # RFC 2046 knows names of parts in no other type; there a part goes by its Content-ID too
    disposition = "form-data" if whole.startswith("multipart/form-data") else "attachment"
    pieces: list[bytes | FileContent] = []
    for part in body.parts:
        pieces.append(_part_head(part, boundary, disposition))
        content = part.content
        pieces.append(content if isinstance(content, bytes) else file_content(content))
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    size = sum(len(p) if isinstance(p, bytes) else p.size for p in pieces)

    def opened() -> IO[bytes]:
        return io.BufferedReader(_Chain(pieces))

    if whole.startswith("multipart/related") and body.parts:  # RFC 2387 wants the root's type
        whole += f'; type="{body.parts[0].content_type or "text/plain"}"'
    return f"{whole}; boundary={boundary}", FileContent(opened, size)


def _part_head(part: Part, boundary: str, disposition: str) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: {disposition}; name="{_quoted(part.name)}"'
    if part.filename is not None:
        head += f'; filename="{_quoted(part.filename)}"'
    if part.content_type is not None:
        head += f"\r\nContent-Type: {_unbroken(part.content_type)}"
    if disposition != "form-data":
        head += f"\r\nContent-ID: <{quote(part.name, safe='')}>"
    for name, value in part.headers.items():
        head += f"\r\n{_unbroken(name)}: {_unbroken(value)}"
    return f"{head}\r\n\r\n".encode()


def _quoted(text: str) -> str:
    """A header parameter as browsers escape it (WHATWG, multipart/form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _unbroken(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A")


class _Chain(io.RawIOBase):
    """Several pieces read one after the other."""

    def __init__(self, pieces: Sequence[bytes | FileContent]) -> None:
        self._openers: list[Callable[[], IO[bytes]]] = [
            partial(io.BytesIO, piece) if isinstance(piece, bytes) else piece.open
            for piece in reversed(pieces)
        ]
        self._current: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self._current is None:
                if not self._openers:
                    return 0
                self._current = self._openers.pop()()
            piece = self._current.read(len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            self._current = None
