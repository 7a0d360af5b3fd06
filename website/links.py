"""Where links between files of the repository lead on the site."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def moved(text: str, source: Path, page: str, places: Mapping[Path, str]) -> str:
    """The text of a page with its links to other files as they are on the site.

    ``source`` is the file that it was, ``page`` its path on the site, and ``places`` has those of
    all files that are on the site. A link to any other file becomes its text.
    """

    def replaced(found: re.Match[str]) -> str:
        label, link = found[1], found[2]
        if re.match(r"[a-z]+:|#", link):
            return found[0]
        name, mark, anchor = link.partition("#")
        target = (source.parent / name).resolve()
        place = places.get(target)
        if place is None:
            return label
        return f"[{label}]({between(page, place)}{mark}{anchor})"

    def picture(found: re.Match[str]) -> str:
        target = (source.parent / found[2]).resolve()
        return f"![{found[1]}]({between(page, places[target])})"

    parts = FENCE.split(text)
    return "".join(
        part if number % 2 else PICTURE.sub(picture, LINK.sub(replaced, part))
        for number, part in enumerate(parts)
    )


def between(page: str, place: str) -> str:
    """The relative link from one path to another."""
    return relpath(place, str(PurePosixPath(page).parent))
