"""Limits of inputs as annotations, for plugins that are written in plain Python.

They stand in :data:`typing.Annotated`, beside a text that describes the input::

    duration: Annotated[int, Between(1, 16), "Length in seconds"] = 5
    image: Annotated[Media | None, Image(max_bytes=10_000_000)] = None

:func:`modelhunter.plugins.capability_from` reads them.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from modelhunter.plugins.media import MediaRule


@frozen
class Between:
    """The least and the most that a number may be, both allowed; None is no limit.

    With ``step`` it must be a whole multiple of that.
    """

    least: float | None = None
    most: float | None = None
    step: float | None = field(default=None, kw_only=True)

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind not in ("integer", "number"):
            raise TypeError(f"Between is for numbers, and this is of the type {kind}")
        limits = {"minimum": self.least, "maximum": self.most, "multiple_of": self.step}
        return {name: limit for name, limit in limits.items() if limit is not None}


@frozen
class Length:
    """How many characters a text has, or items a list: the least and the most, both allowed."""

    least: int | None = None
    most: int | None = None

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        names = {"string": ("min_length", "max_length"), "array": ("min_items", "max_items")}
        if kind not in names:
            raise TypeError(f"Length is for text and lists, and this is of the type {kind}")
        limits = zip(names[kind], (self.least, self.most), strict=True)
        return {name: limit for name, limit in limits if limit is not None}


@frozen
class Matches:
    """A pattern that a text must match somewhere (``^`` and ``$`` tie it to the ends)."""

    pattern: str

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind != "string":
            raise TypeError(f"Matches is for text, and this is of the type {kind}")
        return {"pattern": self.pattern}


@frozen(kw_only=True)
class Image(MediaRule):
    """A picture, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="image", init=False)


@frozen(kw_only=True)
class Video(MediaRule):
    """A video, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="video", init=False)


@frozen(kw_only=True)
class Audio(MediaRule):
    """A sound, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="audio", init=False)
