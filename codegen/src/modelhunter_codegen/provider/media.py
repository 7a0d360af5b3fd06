"""What media an input takes, and which sizes in pixels: ``x-media`` and ``x-size``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter_codegen.provider.marks import Marks

if TYPE_CHECKING:
    from modelhunter_codegen.proven import Code

_MEDIA: tuple[Code, ...] = (
    "kind", "formats", "max_bytes", "min_side", "max_side", "min_ratio", "max_ratio", "data_uri",
)  # fmt: skip
_PIXELS: tuple[Code, ...] = (
    "presets", "multiple_of", "min_side", "max_side", "min_pixels", "max_pixels", "min_ratio",
    "max_ratio",
)  # fmt: skip


@frozen(kw_only=True)
class Media:
    """The attributes of a MediaRule."""

    values: Mapping[Code, Any]
    unverified: tuple[str, ...] = ()


def media_of(given: Any) -> Media | None:
    """What ``x-media`` says; None where it says nothing."""
    if not isinstance(given, Mapping):
        return None
    values: dict[Code, Any] = {
        name: tuple(given[name]) if name == "formats" else given[name]
        for name in _MEDIA
        if name in given
    }
    marks = Marks.of(given)
    return Media(values=values, unverified=tuple(values) if marks.whole else marks.keywords)


def pixels_of(given: Any) -> Mapping[Code, Any] | None:
    """What ``x-size`` says; None where it says nothing."""
    if not isinstance(given, Mapping):
        return None
    found: dict[Code, Any] = {name: given[name] for name in _PIXELS if name in given}
    return {n: tuple(value) if isinstance(value, list) else value for n, value in found.items()}


def merged(old: Media | None, given: Mapping[str, Any], rule: Marks) -> Media:
    """What ``x-media`` of a rule makes of that of an input, key by key."""
    new = media_of(given) or Media(values={})
    before = old or Media(values={})
    marks = {name for name in before.unverified if name not in new.values}
    marks |= set(new.values) if rule.has("x-media") else set(new.unverified)
    return Media(values={**before.values, **new.values}, unverified=tuple(sorted(marks)))
