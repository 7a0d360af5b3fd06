"""Content codings (RFC 9110, 8.4): what a server wraps a body in, undone piece by piece.

Both transports take bodies as they come and undo codings here, so that they agree on names
(``x-gzip``, lists, any case), on what is too much, and on what is not whole. No piece is larger
than was asked for, however small it was when it came.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from modelhunter.errors import ConnectionLost, UnexpectedResponse

_BLOCK = 64 * 1024
_MOST = 5
"""Codings on top of each other: more serve nothing but to swell."""

_PLAIN = frozenset({"", "identity", "aws-chunked"})
"""Names that stand for no coding. The last is how uploads to S3 are framed; some storages go on
naming it when they give the content back."""

_GZIP = 16 + zlib.MAX_WBITS
_MEMBER = b"\x1f\x8b"


class Decoder:
    """Undoes the codings of one body: :meth:`feed` what came, :meth:`take` what it stands for."""

    def __init__(self, codings: list[str], status: int) -> None:
        self._status = status
        self._outermost = _Came()
        self._last: _Source = self._outermost
        self._unknown = ", ".join(sorted(set(codings) - {"gzip", "deflate"}))
        if len(codings) > _MOST:
            self._unknown = f"{len(codings)} codings on top of each other"
        self._layers: list[_Inflated] = []
        for coding in [] if self._unknown else reversed(codings):
            self._last = _Inflated(self._last, gzip=coding == "gzip")
            self._layers.append(self._last)

    def feed(self, data: bytes) -> None:
        """Take note of what came.

        Raises:
            UnexpectedResponse: it can't be decoded.
        """
        if self._unknown:
            raise self._wrong(f"it comes as {self._unknown}, which was not asked for")
        self._outermost.add(data)

    def take(self, size: int) -> bytes:
        """Up to ``size`` bytes of the content; empty where more must be fed first.

        Raises:
            UnexpectedResponse: what came is broken.
        """
        try:
            return self._last.take(size)
        except zlib.error as error:
            raise self._wrong(f"it is broken: {error}") from None

    def finish(self) -> None:
        """See that nothing is missing, once all has been taken.

        Raises:
            ConnectionLost: it ends before its end.
        """
        if any(layer.is_open for layer in self._layers):
            raise ConnectionLost(
                "reading the answer: the connection ended in the middle of it", delivered="maybe"
            )

    def _wrong(self, why: str) -> UnexpectedResponse:
        return UnexpectedResponse(
            f"the content of the answer ({self._status}) can't be decoded: {why}",
            status=self._status,
        )


def codings_in(header: str | None) -> list[str]:
    """The codings that ``Content-Encoding`` names, in the order in which they were applied."""
    if not header:
        return []
    names = [name.strip().lower().removeprefix("x-") for name in header.split(",")]
    return [name for name in names if name not in _PLAIN]


def decoder_of(header: str | None, status: int) -> Decoder | None:
    """What undoes the codings that ``Content-Encoding`` names; None where there are none."""
    codings = codings_in(header)
    return Decoder(codings, status) if codings else None


def decoded(came: bytes, header: str | None, status: int, limit: int) -> bytes | None:
    """A body that came whole, decoded; None where that is longer than ``limit`` bytes.

    What an error says and can't be decoded is left out: its status says enough.

    Raises:
        UnexpectedResponse, ConnectionLost: it is broken, of an unknown coding, or not whole.
    """
    decoder = decoder_of(header, status)
    if decoder is None or not came:
        return came
    try:
        return _all(decoder, came, limit)
    except UnexpectedResponse:
        if status >= 400:
            return b""
        raise


def _all(decoder: Decoder, came: bytes, limit: int) -> bytes | None:
    decoder.feed(came)
    pieces, size = [], 0
    while piece := decoder.take(_BLOCK):
        size += len(piece)
        if size > limit:
            return None
        pieces.append(piece)
    decoder.finish()
    return b"".join(pieces)


class _Source(Protocol):
    def take(self, size: int) -> bytes:
        """Up to so many bytes."""
        ...


class _Came:
    """What came and was not taken yet."""

    def __init__(self) -> None:
        self._data = b""

    def add(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data

    def take(self, size: int) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece


class _Inflated:
    """One coding undone. gzip may have several members; what follows them is not part of it."""

    def __init__(self, source: _Source, *, gzip: bool) -> None:
        self._source = source
        self._gzip = gzip
        self._held = b""
        self._inflate: zlib._Decompress | None = None
        self._more = False
        self._had_end = False

    @property
    def is_open(self) -> bool:
        """Whether it began and has not come to its end."""
        return self._inflate is not None or (bool(self._held) and not self._had_end)

    def take(self, size: int) -> bytes:
        while True:
            if not self._held and not self._more:
                self._held = self._source.take(_BLOCK)
                if not self._held:
                    return b""
            inflate = self._inflate or self._begun()
            if inflate is None:
                return b""
            if piece := self._inflated(inflate, size):
                return piece

    def _begun(self) -> zlib._Decompress | None:
        """What inflates the stream that begins here; None where none does, or not enough came."""
        while len(self._held) < len(_MEMBER):
            further = self._source.take(_BLOCK)
            if not further:
                return None
            self._held += further
        if self._had_end and not (self._gzip and self._held.startswith(_MEMBER)):
            self._held = b""
            return None
        self._inflate = zlib.decompressobj(_GZIP if self._gzip else _deflate_bits(self._held))
        return self._inflate

    def _inflated(self, inflate: zlib._Decompress, size: int) -> bytes:
        piece = inflate.decompress(self._held, size)
        self._held = inflate.unconsumed_tail
        self._more = len(piece) == size  # it may hold back more than it was asked for
        if inflate.eof:
            self._held, self._more = inflate.unused_data, False
            self._inflate, self._had_end = None, True
        return piece


def _deflate_bits(head: bytes) -> int:
    """The RFC means zlib's form by deflate; some servers send it without that frame."""
    framed = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if framed else -zlib.MAX_WBITS
