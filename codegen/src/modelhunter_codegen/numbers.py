"""What YAML and JSON have in common: numbers, what is no text, and how deep values may nest."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter_codegen.source import Value

MAX_DEPTH = 400
TOO_LARGE = ("this number is too large", "write it in quotes if it is a text")
"""What to say of a number that is one for nobody, and what to do."""
HALF = ("this holds half of a surrogate pair, which is no text", "write the whole character")
"""The same of text that has no form in UTF-8, which an escape can stand for."""
has_half = re.compile("[\ud800-\udfff]").search
"""Finds such a half."""
_LONGEST = 1000
"""Characters of a number; Python itself converts some thousands and then no more."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def number(text: str) -> Value:
    """The number that a plain word is; the word itself where it is none.

    Raises:
        OverflowError: it is larger than what programs take for a number.
    """
    is_int = _INT.fullmatch(text) is not None
    if not is_int and _FLOAT.fullmatch(text) is None:
        return text
    found = float(text) if not is_int else 0.0
    if len(text) > _LONGEST or math.isinf(found):
        raise OverflowError
    if not is_int:
        return found
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
