"""Escaping by place: what a text becomes in a path, a query, a form, a cookie or a header.

A value is data, so every character with a meaning at its place is escaped. Where a description says
``allowReserved``, reserved characters and percent-encoded triples stay as they are (RFC 6570,
section 3.2.3), but for those that the place itself gives a meaning (OpenAPI 3.2, "URL
Percent-Encoding"): they would end the value there.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
"""Tells text that needs no escaping."""

_TRIPLE = re.compile(r"(%[0-9A-Fa-f]{2})")
_IN_PATH = ":@!$&'()*+,;="
_IN_QUERY = ":/?@!$'()*,;="
"""Reserved characters that end nothing there: ``&`` and ``+`` do in what servers read as a form."""


class Encoded(str):
    """Text that is escaped for its place already (a list in one parameter, say)."""

    __slots__ = ()


def component(text: str) -> str:
    """A text as a part of a path, a query or a form: all but unreserved characters escaped."""
    if _PLAIN(text) or isinstance(text, Encoded):  # most are plain, and seen so much sooner
        return text
    return quote(text, safe="")


def reserved_in_query(text: str) -> Encoded:
    """A text in a query, with ``allowReserved``."""
    return _reserved(text, _IN_QUERY)


def reserved_in_path(text: str) -> Encoded:
    """A text in a path, with ``allowReserved``."""
    return _reserved(text, _IN_PATH)


def _reserved(text: str, safe: str) -> Encoded:
    pieces = _TRIPLE.split(text)
    escaped = (quote(piece, safe=safe) for piece in pieces[::2])
    triples = (*pieces[1::2], "")
    return Encoded("".join(a + b for a, b in zip(escaped, triples, strict=True)))
