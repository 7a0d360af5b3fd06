"""Small pieces of HTML for notebooks, in which text from elsewhere is only text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modelhunter.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 200
_IMAGES = frozenset({"avif", "gif", "jpeg", "jpg", "png", "svg", "webp"})
_VIDEOS = frozenset({"m4v", "mov", "mp4", "webm"})
_SOUNDS = frozenset({"aac", "flac", "m4a", "mp3", "ogg", "opus", "wav"})
_KINDS = {"image": "img", "video": "video", "audio": "audio", "music": "audio"}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Html:
    """Anything as text: escaped, shortened, without power over the page."""
    if isinstance(value, Html):
        return value
    shown = "" if value is None else printable(str(value))
    return Html(escape(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> str:
    """A table with a line below it."""
    head = "".join(f"<th style='text-align:left'>{text(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    below = f"<div>{text(note)}</div>" if note else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def facts(title: str, rows: Iterable[tuple[str, object]], *, below: Iterable[str] = ()) -> str:
    """What is known of one thing: a line for each fact that there is."""
    lines = "".join(
        f"<tr><th style='text-align:left'>{text(name)}</th>{_cell(value)}</tr>"
        for name, value in rows
        if value is not None and value != ""
    )
    return f"<div><b>{text(title)}</b><table><tbody>{lines}</tbody></table>{''.join(below)}</div>"


def media(url: str, ending: str | None, kind: str) -> Html:
    """A file behind a link: shown or played where browsers can do that, and the link."""
    if _scheme(url) not in ("http", "https"):
        return text(url)
    address = escape(url)
    name = text(ending or kind or "file")
    link = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{name}</a>'
    tag = _tag(ending, kind)
    if tag == "img":
        seen = f'<img src="{address}" alt="{name}" referrerpolicy="no-referrer"'
        return Html(f'<div>{seen} style="max-width:320px;max-height:320px"><br>{link}</div>')
    if tag in ("video", "audio"):
        played = f'<{tag} src="{address}" controls preload="metadata"'
        return Html(f'<div>{played} style="max-width:320px"></{tag}><br>{link}</div>')
    return Html(f"<div>{link}</div>")


def bar(title: str, percent: float | None) -> str:
    """A line of text, and a bar where it is known how far it is."""
    value = "" if percent is None else f' value="{min(max(percent, 0), 100):g}"'
    return f'<div>{text(title)} <progress max="100"{value}></progress></div>'


def _cell(value: object) -> str:
    return f"<td style='text-align:left'>{text(value)}</td>"


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _tag(given: str | None, kind: str) -> str | None:
    ending = (given or "").lower().lstrip(".")
    if not ending:
        return _KINDS.get(kind.lower())
    known = ((_IMAGES, "img"), (_VIDEOS, "video"), (_SOUNDS, "audio"))
    return next((tag for endings, tag in known if ending in endings), None)
