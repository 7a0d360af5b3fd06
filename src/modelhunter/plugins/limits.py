"""What an annotation says of an input: its limits, and which of them are inferred.

They stand in :data:`typing.Annotated`::

    duration: Annotated[int | None, Between(1, 16), Inferred("maximum")] = 5
    image: Annotated[Media | None, Image(max_bytes=10_000_000)] = None

:func:`modelhunter.plugins.capability_from` reads them. What differs by model is said in the same
words, in :func:`modelhunter.plugins.only_for`.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from modelhunter.plugins.media import MediaRule
from modelhunter.plugins.pixels import PixelRule


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


@frozen(init=False)
class OneOf:
    """The values that an input may have, where ``Literal`` can't list them or a model has fewer."""

    choices: tuple[Any, ...]

    def __init__(self, *choices: Any) -> None:
        object.__setattr__(self, "choices", choices)

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind in ("array", "object"):
            raise TypeError(f"OneOf is for single values, and this is of the type {kind}")
        return {"choices": self.choices}


@frozen(kw_only=True)
class Pixels(PixelRule):
    """Limits of a size in pixels: of text such as ``"2048x1152"``, and of width and height."""

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind != "string":
            raise TypeError(f"Pixels is for text, and this is of the type {kind}")
        return {"pixels": self}


@frozen
class Default:
    """What the API takes where an input is not given; None for nothing that is known."""

    value: Any

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        return {"default": self.value}


@frozen(init=False)
class Inferred:
    """What of an input was inferred and not read in documentation.

    Named are attributes of its :class:`~modelhunter.plugins.Field` (``"default"``, ``"maximum"``,
    ``"required"``, …); where none is named, it is the input as such.
    """

    attributes: frozenset[str]

    def __init__(self, *attributes: str) -> None:
        object.__setattr__(self, "attributes", frozenset(attributes or ("field",)))


@frozen(init=False)
class Formerly:
    """Names that an input had before: they are taken for one more release, with a warning."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        return {"former": self.names}


@frozen(init=False)
class Each:
    """What holds of each item of a list, where a model differs."""

    marks: tuple[Any, ...]

    def __init__(self, *marks: Any) -> None:
        object.__setattr__(self, "marks", marks)


@frozen
class Sign:
    """A mark that is one word: :data:`Closed`, :data:`Absent`, :data:`Required`."""

    name: str

    def __repr__(self) -> str:
        return self.name


Closed = Sign("Closed")
"""Beside ``Literal["a", "b"] | str``: the list is documented, so other values are refused."""

Absent = Sign("Absent")
"""In :func:`only_for`: these models have no such input."""

Required = Sign("Required")
"""In :func:`only_for`: these models need the input."""


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
