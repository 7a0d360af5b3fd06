"""What an open file is, as far as can be told without using it."""

from __future__ import annotations

import codecs
import inspect
import io
from typing import Any

_METHODS = ("read", "write", "seek", "flush", "drain")


def is_text(file: Any) -> bool:
    """Whether a file takes or gives text: only such have an encoding."""
    if isinstance(file, (io.TextIOBase, codecs.StreamReader, codecs.StreamWriter)):
        return True
    return hasattr(file, "encoding")


def has_coroutines(file: Any) -> bool:
    """Whether a file's methods are coroutines, as those of aiofiles and anyio are."""
    methods = (getattr(file, name, None) for name in _METHODS)
    return any(inspect.iscoroutinefunction(method) for method in methods)
