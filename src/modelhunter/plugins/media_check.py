"""Whether a value given as media suits the field it was given for."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modelhunter.plugins.media import (
    MediaRule,
    canonical_type,
    classify_media,
    media_type_of,
)
from modelhunter.plugins.problems import Problem, inferred
from modelhunter.plugins.wording import listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = "a URL, a local file (path, bytes or open binary file) or a Pillow image"


def media_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    """What is wrong with media given for the input ``path`` of the model ``who``.

    Looks at addresses, and at the existence, ending and size of local files; reads no content.
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
        yield from _size_problems(rule, len(value), shown(value), path, who)
    elif form == "file":
        yield from _file_problems(rule, value, path, who)


def open_format(rule: MediaRule, value: Any) -> str | None:
    """The MIME type of a file where the list of formats is only inferred and lacks it."""
    if "formats" not in rule.unverified or classify_media(value) != "path":
        return None
    found = media_type_of(os.fsdecode(value))
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
    yield from _format_problems(rule, media_type_of(name), given, path, who)
    if stat.S_ISREG(found.st_mode):
        yield from _size_problems(rule, found.st_size, given, path, who)


def _file_problems(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Problem]:
    if isinstance(value, io.TextIOBase):
        yield Problem(path, 'the file is open as text; open it with mode "rb"', shown(value))
        return
    if getattr(value, "closed", False):
        yield Problem(path, "the file is closed", shown(value))
        return
    name = getattr(value, "name", None)
    if isinstance(name, str):
        yield from _format_problems(rule, media_type_of(name), repr(name), path, who)
    size = _remaining(value)
    if size is not None:
        yield from _size_problems(rule, size, shown(value), path, who)


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
