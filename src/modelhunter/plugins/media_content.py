"""What the content of a file says about it, held against what a field takes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from attrs import frozen

from modelhunter.plugins.doubts import inferred
from modelhunter.plugins.image_headers import HEAD, content_type_of, sides_of, text_type_of
from modelhunter.plugins.media import MediaRule, canonical_type, media_type_of
from modelhunter.plugins.messages import listed
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes (documentation page "get upload url")."""

_SEEN_AS_TEXT = frozenset({"model/gltf+json", "model/obj", "model/stl"})
"""Types whose content is text, or may be, and does not say which it is."""


@frozen
class Seen:
    """What a file's first bytes tell; None for what they don't. ``looked``: there were some."""

    content_type: str | None = None
    text_type: str | None = None
    sides: tuple[int, int] | None = None
    looked: bool = False

    def type_of(self, name: str | None) -> str | None:
        """The MIME type: what the content shows, and where that says nothing what the name says."""
        promised = media_type_of(name) if name else None
        if self.content_type is not None:
            return self.content_type
        if self.text_type is None or promised in _SEEN_AS_TEXT:
            return promised
        return self.text_type

    def is_bare_promise(self, found: str) -> bool:
        """Whether only a name says that this is a picture: all kinds of those are known here."""
        return found.startswith("image/") and found not in (self.content_type, self.text_type)


NOT_SEEN = Seen()


def see(file: IO[bytes]) -> Seen:
    """Look at the content that begins where a seekable file stands, and where it is left."""
    start = file.tell()
    head = file.read(HEAD)
    file.seek(start)
    if not head:
        return NOT_SEEN
    sides = sides_of(file)
    file.seek(start)
    content_type = content_type_of(head)
    return Seen(content_type, None if content_type else text_type_of(head), sides, looked=True)


def content_problems(
    rule: MediaRule, seen: Seen, name: str | None, given: str, path: str, who: str
) -> Iterator[Problem]:
    """What is wrong with a file's type and, if it is a picture, its sides."""
    found = seen.type_of(name)
    known = listed(sorted(rule.formats)) if rule.formats else None
    if seen.looked and found is None:
        yield Problem(path, "neither its content nor its name tells what it is", given, known)
    elif seen.looked and seen.is_bare_promise(found or ""):
        yield Problem(
            path, f"its content is no picture, though its name says {found}", given, known
        )
    else:
        yield from format_problems(rule, found, given, path, who)
        yield from _sides_problems(rule, seen.sides, given, path, who)


def format_problems(
    rule: MediaRule, found: str | None, given: str, path: str, who: str
) -> Iterator[Problem]:
    """Whether a field takes a type; None is not held against it."""
    if not found or fits(rule, found):
        return
    if not is_kind(rule, found):
        yield Problem(path, f"{who} takes {a(rule.kind)} here, this is {found}", given)
    elif "formats" not in rule.unverified:
        message = f"{who} does not take {found} here"
        yield Problem(path, message, given, listed(sorted(rule.formats)))


def fits(rule: MediaRule, found: str) -> bool:
    """Whether a type is among those that a field takes."""
    if not rule.formats:
        return is_kind(rule, found)
    return canonical_type(found) in map(canonical_type, rule.formats)


def is_kind(rule: MediaRule, found: str) -> bool:
    """Whether a type is of the kind of media that a field takes."""
    if rule.kind not in ("image", "video", "audio"):
        return True
    sort = canonical_type(found).partition("/")[0]
    return sort == rule.kind or sort in {known.partition("/")[0] for known in rule.formats}


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


def local_size_problems(
    rule: MediaRule, size: int, given: str, path: str, who: str
) -> Iterator[Problem]:
    """The limits of the field, and of uploading, by which local files get there."""
    problems = list(size_problems(rule, size, given, path, who))
    yield from problems
    if not problems and size > LARGEST_UPLOAD:
        allowed = f"at most {LARGEST_UPLOAD:,} bytes"
        yield Problem(path, f"{size:,} bytes are more than can be uploaded", given, allowed)


def size_problems(rule: MediaRule, size: int, given: str, path: str, who: str) -> Iterator[Problem]:
    """Whether there is nothing, or more than a field takes; ``size`` is in bytes."""
    if size == 0:
        yield Problem(path, "there is nothing in it", given)
    elif rule.max_bytes is not None and size > rule.max_bytes:
        allowed = inferred(f"at most {_size(rule.max_bytes)}", "max_bytes" in rule.unverified)
        yield Problem(path, f"{_size(size)} is more than {who} takes", given, allowed)


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{size:,} bytes"
    return f"{size / 1_000_000:.1f} MB"


def a(kind: str) -> str:
    """A kind of media with its article."""
    if kind == "audio":
        return "a sound"
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
