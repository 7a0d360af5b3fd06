"""Outputs whose content stands in their own address (``data:``, RFC 2397)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from modelhunter.errors import UnexpectedResponse
from modelhunter.flows.disk import on_disk
from modelhunter.flows.ranged_get import TooLarge

if TYPE_CHECKING:
    from modelhunter.flows.ranged_get import Part, Told
    from modelhunter.runtime.flow import Flow


def is_inline(url: str) -> bool:
    """Whether an address is itself the content."""
    return url[:5].lower() == "data:"


def write_inline(url: str, part: Part, most: int, told: Told) -> Flow[None]:
    """Write the content of a ``data:`` address, of at most so many bytes.

    Raises:
        UnexpectedResponse: there is none that can be read. TooLarge: it is larger.
        WriteFailed: the disk does not take it.
    """
    head, comma, text = url[5:].partition(",")
    media_type, *more = head.split(";")
    try:
        content = unquote_to_bytes(text)
        if "base64" in (word.strip().lower() for word in more):
            content = base64.b64decode(content + b"=" * (-len(content) % 4), validate=True)
    except ValueError:
        content = b""
    if not comma or not content:
        raise UnexpectedResponse(
            "the result is a data: address without content that can be read", status=200
        )
    if len(content) > most:
        raise TooLarge(len(content), most)
    yield from on_disk(part.start_again)
    yield from on_disk(lambda: part.file.write(content))
    part.done = part.total = len(content)
    part.media_type, part.is_framed = media_type, True
    yield from told(part.done)
