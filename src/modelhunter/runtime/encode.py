"""What generated code needs to write values as JSON."""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import IO, Any, Final, NamedTuple, TypeAlias, TypeVar

from attrs import field, frozen

from modelhunter.runtime.decode import UNSET, Reader, WireError

T = TypeVar("T")


@frozen
class Upload:
    """A file for a multipart body, with the name, the type and further headers of its part."""

    content: bytes | IO[bytes]
    filename: str | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(factory=dict)


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


Writers: TypeAlias = tuple[tuple[type, Callable[[Any], Any]], ...]
"""How values without parts are written, the first type that fits."""


def plain(value: Any, writers: Writers = ()) -> Any:
    """The JSON form of a value, decided by its type.

    ``writers`` say how some types are written where the schema says more than the type does: a
    decimal may be a number or a text. Classes of a description have writers of their own.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    codec = codec_of(type(value))
    if codec is not None:
        return codec.encode(value)
    if isinstance(value, Mapping):
        return {key: plain(part, writers) for key, part in value.items() if part is not UNSET}
    if isinstance(value, (list, tuple)):
        return [plain(part, writers) for part in value]
    for kind, write in (*writers, *_WRITERS):
        if isinstance(value, kind):
            return write(value)
    raise WireError("a value that JSON has", value)


def instant_text(value: dt.datetime) -> str:
    """A moment as RFC 3339 writes it; one without a time zone is UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return value.isoformat().replace("+00:00", "Z")


def tagged(value: Any, tag: str, words: Mapping[str, Any], writers: Writers = ()) -> Any:
    """The JSON form of one of several kinds of objects, with the tag that tells them apart.

    ``words`` has the tag's value by the name of the class, for classes that have no such field.
    """
    written = plain(value, writers)
    if isinstance(written, dict) and tag not in written:
        for kind in type(value).__mro__:
            if kind.__name__ in words:
                return {tag: words[kind.__name__], **written}
    return written


def unknown(raw: Mapping[str, Any] | None, known: frozenset[str]) -> dict[str, Any]:
    """The members that an object came with and that its description does not name."""
    if raw is None:
        return {}
    return {name: value for name, value in raw.items() if name not in known}


@frozen
class ExactNumber:
    """A JSON number of more digits than a float has; :func:`json_text` writes them all."""

    text: str

    def __str__(self) -> str:
        return self.text


def decimal_number(value: Decimal | float) -> int | float | ExactNumber:
    """A decimal as a JSON number, with every digit that tells.

    Raises:
        WireError: it is infinite or no number at all.
    """
    if not isinstance(value, Decimal):
        return value
    if not value.is_finite():
        raise WireError("a finite number", str(value))
    nearest = float(value)
    if Decimal(repr(nearest)) != value:
        whole = value.adjusted() < _LONG and value == value.to_integral_value()
        return int(value) if whole else ExactNumber(str(value))
    return int(value) if nearest.is_integer() and abs(nearest) < _EXACT else nearest


_LONG = 1000
"""Digits that a number may have to be written out."""
_EXACT = 2**53
"""Up to here every whole number is a float."""


def decimal_digits(value: Decimal | float) -> str:
    """A decimal as text, digit by digit and without an exponent.

    Raises:
        WireError: it is infinite or no number at all.
    """
    made = value if isinstance(value, Decimal) else Decimal(str(value))
    if not made.is_finite():
        raise WireError("a finite number", str(value))
    return f"{made:f}"


def base64_text(value: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(value).decode("ascii")


def base64url_text(value: bytes) -> str:
    """Bytes in base64url (RFC 4648, section 5), without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def utf8_text(value: bytes) -> str:
    """Bytes that stand in JSON as the text that they are."""
    return value.decode("utf-8", "surrogateescape")


def text_bytes(value: str, charset: str) -> bytes:
    """A text in the charset that its media type declares.

    Raises:
        WireError: the charset does not have all of its characters.
    """
    try:
        return value.encode(charset)
    except UnicodeEncodeError as error:
        raise WireError(f"text in {charset}", error.object[error.start : error.end]) from None


def json_text(value: Any) -> str:
    """A JSON document of what :func:`plain` and the writers of classes return.

    Raises:
        WireError: there is something in it that JSON does not have.
    """
    numbers: list[ExactNumber] = []
    mark = ""

    def other(part: object) -> str:
        nonlocal mark
        if not isinstance(part, ExactNumber):
            raise WireError("a value that JSON has; a file can only be part of a form", part)
        mark = mark or secrets.token_hex(16)
        numbers.append(part)
        return f"{mark}{len(numbers) - 1}."

    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=other
    )
    for index, number in enumerate(numbers):
        text = text.replace(f'"{mark}{index}."', number.text)
    return text


DECIMAL_TEXTS: Final[Writers] = ((Decimal, decimal_digits),)
UTF8_TEXTS: Final[Writers] = ((bytes, utf8_text),)
BASE64URL_TEXTS: Final[Writers] = ((bytes, base64url_text),)
"""For :func:`plain`, where the schema says what the type does not."""

_WRITERS: Final[Writers] = (
    (dt.datetime, instant_text),
    (dt.date, dt.date.isoformat),
    (Decimal, decimal_number),
    (bytes, base64_text),
)
