"""Whether a value given as media suits the field it was given for."""

from __future__ import annotations

import binascii
import io
import os
import re
import stat
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import frozen

from modelhunter.plugins.doubts import inferred
from modelhunter.plugins.image_headers import HEAD, content_type_of, sides_of
from modelhunter.plugins.media import MediaRule, canonical_type, classify_media, media_type_of
from modelhunter.plugins.messages import listed, shown
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = "a URL, a local file (path, bytes or open binary file) or a Pillow image"
_LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes (documentation page "get upload url")."""

_INLINE_HEAD = 1024 * 1024
"""Characters of a ``data:`` URI that are looked at."""


def media_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    """What is wrong with media given for the input ``path`` of the model ``who``.

    Looks at addresses, and at the existence, type and size of local files; of their content only
    as much as tells the type and, of a picture, its width and height.
    """
    form = classify_media(value)
    if form is None:
        yield _not_media(rule, value, path)
    elif form == "url":
        yield from _url_problems(value, path)
    elif form == "data":
        yield from _data_problems(rule, value, path, who)
    elif form == "path":
        yield from _path_problems(rule, value, path, who)
    elif form == "bytes":
        yield from _local_size_problems(rule, len(value), shown(value), path, who)
        yield from _seen_problems(rule, _seen(io.BytesIO(value)), shown(value), path, who)
    elif form == "file":
        yield from _file_problems(rule, value, path, who)
    elif form == "picture":
        seen = _Seen(f"image/{saved_format(value).lower()}", _picture_sides(value))
        yield from _seen_problems(rule, seen, "a Pillow image", path, who)


def saved_format(picture: Any) -> str:
    """The format, by Pillow's name, in which a Pillow image is uploaded."""
    return picture.format if picture.format in ("JPEG", "PNG", "WEBP") else "PNG"


def open_format(rule: MediaRule, value: Any) -> str | None:
    """The MIME type of a file where the list of formats is only inferred and lacks it."""
    if "formats" not in rule.unverified or classify_media(value) != "path":
        return None
    name = os.path.expanduser(os.fsdecode(value))
    found = _seen_at(name).content_type or media_type_of(name)
    return found if found is not None and not _fits(rule, found) and _is_kind(rule, found) else None


def _not_media(rule: MediaRule, value: Any, path: str) -> Problem:
    if isinstance(value, str) and value:
        scheme = value.partition(":")[0]
        return Problem(
            path, f"{scheme}: addresses can't be fetched from here", shown(value), _forms(rule)
        )
    return Problem(path, f"{_a(rule.kind)} is needed", shown(value), _forms(rule))


def _forms(rule: MediaRule) -> str:
    return f"{_FORMS}, also a data: URI" if rule.data_uri else _FORMS


def _url_problems(value: str, path: str) -> Iterator[Problem]:
    try:
        host = urlsplit(value).hostname
    except ValueError:
        host = None
    if not host or any(ord(character) <= 32 or ord(character) == 127 for character in value):
        yield Problem(path, "not a complete URL", shown(value))


def _data_problems(rule: MediaRule, value: str, path: str, who: str) -> Iterator[Problem]:
    given = shown(value)
    if not rule.data_uri:
        yield Problem(path, f"{who} takes no data: URIs here", given, _FORMS)
        return
    header, comma, content = value.partition(",")
    if not comma:
        yield Problem(path, "a data: URI without the comma before its content", given)
        return
    yield from _format_problems(rule, header[5:].partition(";")[0], given, path, who)
    encoded = header.lower().endswith(";base64")
    size = len(content) * 3 // 4 if encoded else len(content)
    yield from _size_problems(rule, size, given, path, who)
    sides = _seen(io.BytesIO(_inline_head(content, encoded))).sides
    yield from _sides_problems(rule, sides, given, path, who)


def _inline_head(content: str, encoded: bool) -> bytes:
    """The first bytes of what a ``data:`` URI holds, as far as they can be made out."""
    plain = unquote_to_bytes(content[:_INLINE_HEAD].encode("utf-8", "replace"))
    if not encoded:
        return plain
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", plain)
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def _path_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    given = shown(value)
    try:
        name = os.path.expanduser(os.fsdecode(value))
        found = os.stat(name)
    except PermissionError:
        yield Problem(path, "the file can't be read: no permission", given)
        return
    except Exception:  # a name that is no name, or a path object that fails
        yield Problem(path, "there is no such file", given, _forms(rule))
        return
    if stat.S_ISDIR(found.st_mode):
        yield Problem(path, "this is a folder, not a file", given)
        return
    if not os.access(name, os.R_OK):
        yield Problem(path, "the file can't be read: no permission", given)
        return
    seen = _seen_at(name)
    yield from _format_problems(rule, seen.content_type or media_type_of(name), given, path, who)
    if stat.S_ISREG(found.st_mode):
        yield from _local_size_problems(rule, found.st_size, given, path, who)
    yield from _sides_problems(rule, seen.sides, given, path, who)


def _file_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    if isinstance(value, io.TextIOBase):
        yield Problem(path, 'the file is open as text; open it with mode "rb"', shown(value))
        return
    if getattr(value, "closed", False):
        yield Problem(path, "the file is closed", shown(value))
        return
    name = getattr(value, "name", None)
    given = repr(name) if isinstance(name, str) else shown(value)
    seen = _seen_ahead(value)
    promised = media_type_of(name) if isinstance(name, str) else None
    yield from _format_problems(rule, seen.content_type or promised, given, path, who)
    size = _remaining(value)
    if size is not None:
        yield from _local_size_problems(rule, size, shown(value), path, who)
    yield from _sides_problems(rule, seen.sides, given, path, who)


def _remaining(file: Any) -> int | None:
    """Bytes from a file's position to its end, which stays where it was; None if unknown."""
    try:
        if not file.seekable():
            return None
        here = file.tell()
        try:
            return int(file.seek(0, os.SEEK_END)) - int(here)
        finally:
            file.seek(here)
    except Exception:
        return None


@frozen
class _Seen:
    """What a file's first bytes tell; None for what they don't."""

    content_type: str | None = None
    sides: tuple[int, int] | None = None


def _seen(file: IO[bytes]) -> _Seen:
    start = file.tell()
    head = file.read(HEAD)
    file.seek(start)
    return _Seen(content_type_of(head), sides_of(file))


def _seen_at(name: str) -> _Seen:
    """Look into a regular file; opening anything else might wait for ever."""
    try:
        if not os.path.isfile(name):
            return _Seen()
        with open(name, "rb") as file:
            return _seen(file)
    except (OSError, ValueError):
        return _Seen()


def _seen_ahead(file: Any) -> _Seen:
    """Look into an open file, which stays where it was, if it can go back."""
    try:
        if not file.seekable():
            return _Seen()
        here = file.tell()
        try:
            return _seen(file)
        finally:
            file.seek(here)
    except Exception:
        return _Seen()


def _picture_sides(picture: Any) -> tuple[int, int] | None:
    match getattr(picture, "size", None):
        case (int(width), int(height)) if width > 0 and height > 0:
            return width, height
    return None


def _seen_problems(
    rule: MediaRule, seen: _Seen, given: str, path: str, who: str
) -> Iterator[Problem]:
    yield from _format_problems(rule, seen.content_type, given, path, who)
    yield from _sides_problems(rule, seen.sides, given, path, who)


def _sides_problems(
    rule: MediaRule, sides: tuple[int, int] | None, given: str, path: str, who: str
) -> Iterator[Problem]:
    """Whether a picture is too small, too large or too elongated."""
    if sides is None or rule.kind != "image":
        return
    width, height = sides
    found = f"{width:,} x {height:,} pixels"
    if rule.min_side is not None and min(sides) < rule.min_side:
        limit = f"at least {rule.min_side:,} pixels on each side"
        allowed = inferred(limit, "min_side" in rule.unverified)
        yield Problem(path, f"{found} are fewer than {who} takes", given, allowed)
    if rule.max_side is not None and max(sides) > rule.max_side:
        limit = f"at most {rule.max_side:,} pixels on each side"
        allowed = inferred(limit, "max_side" in rule.unverified)
        yield Problem(path, f"{found} are more than {who} takes", given, allowed)
    low, high = rule.min_ratio, rule.max_ratio
    too_narrow = low is not None and width < low * height
    too_wide = high is not None and width > high * height
    if too_narrow or too_wide:
        words = [f"at least {low:g}" if low is not None else ""]
        words += [f"at most {high:g}" if high is not None else ""]
        limit = f"width / height {' and '.join(word for word in words if word)}"
        allowed = inferred(limit, bool({"min_ratio", "max_ratio"} & rule.unverified))
        shape = "narrow" if too_narrow else "wide"
        yield Problem(path, f"{found} are too {shape} for {who}", given, allowed)


def _format_problems(
    rule: MediaRule, found: str | None, given: str, path: str, who: str
) -> Iterator[Problem]:
    if not found or _fits(rule, found):
        return
    if not _is_kind(rule, found):
        yield Problem(path, f"{who} takes {_a(rule.kind)} here, this is {found}", given)
    elif "formats" not in rule.unverified:
        yield Problem(
            path, f"{who} does not take {found} here", given, listed(sorted(rule.formats))
        )


def _fits(rule: MediaRule, found: str) -> bool:
    if not rule.formats:
        return _is_kind(rule, found)
    return canonical_type(found) in map(canonical_type, rule.formats)


def _is_kind(rule: MediaRule, found: str) -> bool:
    if rule.kind not in ("image", "video", "audio"):
        return True
    sort = canonical_type(found).partition("/")[0]
    return sort == rule.kind or sort in {known.partition("/")[0] for known in rule.formats}


def _local_size_problems(
    rule: MediaRule, size: int, given: str, path: str, who: str
) -> Iterator[Problem]:
    """The limits of the field, and of uploading, by which local files get there."""
    problems = list(_size_problems(rule, size, given, path, who))
    yield from problems
    if not problems and size > _LARGEST_UPLOAD:
        allowed = f"at most {_LARGEST_UPLOAD:,} bytes"
        yield Problem(path, f"{size:,} bytes are more than can be uploaded", given, allowed)


def _size_problems(
    rule: MediaRule, size: int, given: str, path: str, who: str
) -> Iterator[Problem]:
    if size == 0:
        yield Problem(path, "there is nothing in it", given)
    elif rule.max_bytes is not None and size > rule.max_bytes:
        allowed = inferred(f"at most {_size(rule.max_bytes)}", "max_bytes" in rule.unverified)
        yield Problem(path, f"{_size(size)} is more than {who} takes", given, allowed)


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{size:,} bytes"
    return f"{size / 1_000_000:.1f} MB"


def _a(kind: str) -> str:
    if kind == "audio":
        return "a sound"
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
