"""Whether a value given as media suits the field it was given for."""

from __future__ import annotations

import binascii
import io
import os
import re
import stat
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from modelhunter.plugins.file_traits import has_coroutines, is_text
from modelhunter.plugins.media import MediaRule, classify_media
from modelhunter.plugins.media_content import (
    NOT_SEEN,
    Seen,
    a,
    content_problems,
    fits,
    format_problems,
    is_kind,
    local_size_problems,
    see,
    size_problems,
)
from modelhunter.plugins.messages import shown
from modelhunter.plugins.pictures import NoFileFormat, saved
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = "a URL, a local file (path, bytes or open binary file) or a Pillow image"

_INLINE_HEAD = 1024 * 1024
"""Characters of a ``data:`` URI that are looked at."""


def media_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    """What is wrong with media given for the input ``path`` of the model ``who``.

    Looks at addresses, and at the existence, type and size of local files; of their content only
    as much as tells the type and, of a picture, its width and height. What can only be read once,
    such as a pipe, is looked at when it was read (:func:`collected_problems`).
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
        yield from local_size_problems(rule, len(value), shown(value), path, who)
        yield from content_problems(rule, see(io.BytesIO(value)), None, shown(value), path, who)
    elif form == "file":
        yield from _file_problems(rule, value, path, who)
    elif form == "picture":
        yield from _picture_problems(rule, value, path, who)


def collected_problems(
    rule: MediaRule, file: Any, name: str | None, path: str, who: str
) -> Iterator[Problem]:
    """What is wrong with media that could be read only once, now that ``file`` has its content."""
    given = repr(name) if name else "a stream"
    yield from local_size_problems(rule, _remaining(file) or 0, given, path, who)
    yield from content_problems(rule, see(file), name, given, path, who)


def open_format(rule: MediaRule, value: Any) -> str | None:
    """The MIME type of a file where the list of formats is only inferred and lacks it."""
    if "formats" not in rule.unverified or classify_media(value) != "path":
        return None
    name = _path_of(value)
    found = _seen_at(name).type_of(name)
    return found if found is not None and not fits(rule, found) and is_kind(rule, found) else None


def _path_of(value: Any) -> str:
    return os.path.expanduser(os.fsdecode(value))


def _not_media(rule: MediaRule, value: Any, path: str) -> Problem:
    if isinstance(value, str) and value:
        scheme = value.partition(":")[0]
        return Problem(
            path, f"{scheme}: addresses can't be fetched from here", shown(value), _forms(rule)
        )
    return Problem(path, f"{a(rule.kind)} is needed", shown(value), _forms(rule))


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
    encoded = header.lower().endswith(";base64")
    seen = see(io.BytesIO(_inline_head(content, encoded)))
    stated = header[5:].partition(";")[0]
    problems = list(format_problems(rule, stated, given, path, who))
    if not problems and (seen.content_type is not None or seen.text_type is not None):
        problems = list(content_problems(rule, seen, None, given, path, who))
    yield from problems
    size = len(content) * 3 // 4 if encoded else len(content)
    yield from size_problems(rule, size, given, path, who)


def _inline_head(content: str, encoded: bool) -> bytes:
    """The first bytes of what a ``data:`` URI holds, as far as they can be made out."""
    plain = unquote_to_bytes(content[:_INLINE_HEAD].encode("utf-8", "replace"))
    if not encoded:
        return plain
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", plain)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _path_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    given = shown(value)
    try:
        name = _path_of(value)
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
    if stat.S_ISREG(found.st_mode):
        yield from local_size_problems(rule, found.st_size, given, path, who)
        yield from content_problems(rule, _seen_at(name), name, given, path, who)


def _file_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    if is_text(value):
        yield Problem(path, 'the file is open as text; open it with mode "rb"', shown(value))
        return
    if getattr(value, "closed", False) is True:
        yield Problem(path, "the file is closed", shown(value))
        return
    if not _is_readable(value):
        yield Problem(path, 'the file can only be written; open it with mode "rb"', shown(value))
        return
    if not _goes_back(value):
        return
    name = getattr(value, "name", None)
    given = repr(name) if isinstance(name, str) else shown(value)
    size = _remaining(value)
    if size is not None:
        yield from local_size_problems(rule, size, shown(value), path, who)
    seen = _seen_ahead(value)
    yield from content_problems(
        rule, seen, name if isinstance(name, str) else None, given, path, who
    )


def _picture_problems(rule: MediaRule, picture: Any, path: str, who: str) -> Iterator[Problem]:
    given = "a Pillow image"
    size = getattr(picture, "size", None)
    if isinstance(size, tuple) and 0 in size and hasattr(picture, "mode"):
        yield Problem(path, "there is nothing in it", given)
        return
    try:
        how = saved(picture)
    except NoFileFormat as error:
        yield Problem(path, str(error), given)
        return
    seen = Seen(how.media_type, None, _picture_sides(picture), looked=True)
    yield from content_problems(rule, seen, None, given, path, who)


def _is_readable(file: Any) -> bool:
    """Whether a file can be read, if it says so without being awaited."""
    readable = getattr(file, "readable", None)
    try:
        return not callable(readable) or has_coroutines(file) or readable() is not False
    except Exception:
        return False


def _goes_back(file: Any) -> bool:
    """Whether an open file can go back to where it was."""
    seekable = getattr(file, "seekable", None)
    try:
        return callable(seekable) and not has_coroutines(file) and seekable() is True
    except Exception:
        return False


def _remaining(file: Any) -> int | None:
    """Bytes from a file's position to its end, which stays where it was; None if unknown."""
    try:
        here = file.tell()
        try:
            return int(file.seek(0, os.SEEK_END)) - int(here)
        finally:
            file.seek(here)
    except Exception:
        return None


def _seen_at(name: str) -> Seen:
    """Look into a regular file; opening anything else might wait for ever."""
    try:
        if not os.path.isfile(name):
            return NOT_SEEN
        with open(name, "rb") as file:
            return see(file)
    except (OSError, ValueError):
        return NOT_SEEN


def _seen_ahead(file: Any) -> Seen:
    """Look into an open file, which stays where it was."""
    try:
        here = file.tell()
        try:
            return see(file)
        finally:
            file.seek(here)
    except Exception:
        return NOT_SEEN


def _picture_sides(picture: Any) -> tuple[int, int] | None:
    match getattr(picture, "size", None):
        case (int(width), int(height)) if width > 0 and height > 0:
            return width, height
    return None
