"""What the library advises a program, said to somebody at a shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bbase_url(?= ')", "--base-url"),
        (r"\bcapability=(?=')", "--capability "),
        (r"\(provider=…, capability=…\)", "(--provider, --capability)"),
        (r"; inputs, as prompt, go by keyword", ""),
        (r"a URL, a local file \([^)]*\) or a Pillow image", "a URL or a local file"),
        (r"use https, or say allow_http=True\b", "use https, or add --allow-http"),
        (r"\ballow_http=True\b", "--allow-http"),
        (r"; wait for it first: task\.wait\(\)", "; wait for it first: modelhunter tasks wait ID"),
        (r"give the text as task\.resume_token\(\) returned it", "give it as it was shown"),
        (r"\bclient\.tasks\.get\('(\w[\w-]*)'\)", r"modelhunter tasks get \1"),
        (r"\bapi_key= or the environment", "the environment"),
        (r"\bclient\.resume\(token\)", "modelhunter resume TOKEN"),
    )
)


def for_shell(message: str) -> str:
    """A message of the library in which no advice is left that only a program can follow."""
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message
