"""What generated code needs to write values as JSON."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import IO, Any, Final, NamedTuple, TypeAlias, TypeVar

from attrs import frozen

from modelhunter.runtime.decode import UNSET, Reader, WireError

T = TypeVar("T")


@frozen
class Upload:
    """A file for a multipart body, with the name and the type that the server is told."""

    content: bytes | IO[bytes]
    filename: str | None = None
    content_type: str | None = None


FileContent: TypeAlias = bytes | IO[bytes] | Upload
"""What a multipart body takes for a file: bytes, an open binary file, or :class:`Upload`."""


class Codec(NamedTuple):
    """How a generated class is read and written."""

    decode: Reader[Any]
    encode: Callable[[Any], Any]


CODECS: Final[dict[type, Codec]] = {}
"""The codec of every generated class that has been imported."""


def register(cls: type[T], decode: Reader[Any], encode: Callable[[T], Any]) -> None:
    """Make a generated class known to :func:`plain` and to the converter."""
    CODECS[cls] = Codec(decode, encode)


def codec_of(kind: type) -> Codec | None:
    """The codec of a generated class, also of one that was derived from it; None for others."""
    codec = CODECS.get(kind)
    if codec is not None:
        return codec
    return next((CODECS[base] for base in kind.__mro__ if base in CODECS), None)


def plain(value: Any) -> Any:
    """The JSON form of a value, decided by its type alone."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    codec = codec_of(type(value))
    if codec is not None:
        return codec.encode(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items() if part is not UNSET}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise WireError("a value that JSON has", value)


def instant_text(value: dt.datetime) -> str:
    """A moment as RFC 3339 writes it; one without a time zone is UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return value.isoformat().replace("+00:00", "Z")


def decimal_number(value: Decimal | float) -> int | float:
    """A decimal as a JSON number.

    Raises:
        WireError: it is infinite or no number at all.
    """
    if not isinstance(value, Decimal):
        return value
    if not value.is_finite():
        raise WireError("a finite number", str(value))
    nearest = float(value)
    if value == value.to_integral_value() and Decimal(repr(nearest)) != value:
        return int(value)
    return int(value) if nearest.is_integer() and abs(nearest) < _EXACT else nearest


_EXACT = 2**53
"""Up to here every whole number is a float."""


def base64_text(value: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(value).decode("ascii")


_WRITERS: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (dt.datetime, instant_text),
    (dt.date, dt.date.isoformat),
    (Decimal, decimal_number),
    (bytes, base64_text),
)
