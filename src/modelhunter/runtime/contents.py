"""The content of an answer as what its decoder takes: parsed JSON, text, or bytes."""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelhunter.runtime.call import ResponseDecoder
    from modelhunter.runtime.message import Response

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.I | re.A).search
_XML = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:+-]+)["']""", re.A).match
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def content(answer: ResponseDecoder[Any], response: Response) -> Any:
    """The content of an answer, as its decoder takes it.

    Raises:
        ValueError, ArithmeticError, RecursionError: it is to be JSON and is none, or has numbers
        beyond all bounds.
    """
    if answer.kind == "json":
        if answer.exact:
            return json.loads(response.content, parse_float=Decimal)
        return json.loads(response.content)
    if answer.kind == "text":
        kind = response.headers.get("Content-Type") or ""
        return text(response.content, kind, answer.charset)
    return response.content if answer.kind == "bytes" else None


def text(data: bytes, content_type: str, otherwise: str | None = None) -> str:
    """A text by what says most about its charset.

    In this order: a byte order mark; the answer's media type; XML's own declaration; the charset
    that the description names, ``otherwise``; UTF-8. Bytes that are no characters of it become
    replacement characters; so does what a charset nobody knows would have been.
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data.decode(charset, "replace")
    named = _CHARSET(content_type)
    declared = _XML(data)
    charsets = (
        named and named[1],
        declared and declared[1].decode("ascii"),
        otherwise,
        "utf-8",
    )
    for name in charsets:
        if name and is_charset(name):
            return data.decode(name, "replace")
    raise AssertionError("UTF-8 is known")


def is_charset(name: str) -> bool:
    """Whether a charset of this name turns text into bytes."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False
