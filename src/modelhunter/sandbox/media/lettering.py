"""The letters on pictures: a font that has those of most languages, and lines that fit."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_PACKAGE, _FILE = "paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc"
_NO_LINE_BEGINS_WITH = frozenset("、。，．・：；？！）］｝」』】〉》〕ー…‥％!,.:;?)]}%")
_WIDE = frozenset("WF")


def font_of(size: int) -> Font:
    """The font in a size in pixels: WenQuanYi Micro Hei, which the extra ``sandbox`` brings.

    It has Latin, Greek, Cyrillic, Chinese, Japanese and Korean letters, in five megabytes. Where
    its package is missing, Pillow's own font, which has English ones, takes its place.
    """
    path = _font_file()
    return ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)


@lru_cache(maxsize=1)
def _font_file() -> Path | None:
    # Found, not imported: it is data, and no code of the package need run.
    found = find_spec(_PACKAGE)
    for folder in () if found is None else found.submodule_search_locations or ():
        path = Path(folder) / _FILE
        if path.exists():
            return path
    return None


def wrapped(text: str, width: float, most: int, length: Callable[[str], float]) -> list[str]:
    """At most so many lines of a width; ``length`` measures a text.

    Lines are broken at spaces, between Chinese and Japanese letters, and where a word is wider
    than a line. The last line ends in an ellipsis where something is left out.
    """
    lines = [""]
    for piece in _pieces(text):
        if length((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        elif length(piece.strip()) <= width:
            lines.append(piece.lstrip())
        else:
            for letter in piece:
                if length((lines[-1] + letter).rstrip()) > width and lines[-1]:
                    lines.append("")
                lines[-1] += letter
    lines = [line.rstrip() for line in lines if line.strip()]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and length(f"{last} …") > width:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()} …"]


def _pieces(text: str) -> Iterator[str]:
    """What a line may end after: words with their space, and letters that need none."""
    piece = ""
    for letter in " ".join(text.split()):
        free = _stands_alone(letter) and letter not in _NO_LINE_BEGINS_WITH
        if (
            piece
            and (free or piece[-1] == " " or _stands_alone(piece[-1]))
            and (letter not in _NO_LINE_BEGINS_WITH and letter != " ")
        ):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def _stands_alone(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in _WIDE
