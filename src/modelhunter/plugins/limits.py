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


class Mark:
    """What stands in an annotation. Marks of the same kind that say the same are equal."""

    # No attrs classes: every program that submits a job makes these, and each would cost it as
    # much as all of them do so.

    __slots__: tuple[str, ...] = ()

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Mark):
            return NotImplemented
        return other._said() == self._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({said})"


class Limit(Mark):
    """A mark that states attributes of a :class:`~modelhunter.plugins.Field`."""

    __slots__ = ()

    def limits(self, kind: str) -> dict[str, Any]:
        """Those attributes, for a field of this type.

        Raises:
            TypeError: it means nothing there.
        """
        raise NotImplementedError


class Between(Limit):
    """The least and the most that a number may be, both allowed; None is no limit.

    With ``step`` it must be a whole multiple of that.
    """

    __slots__ = ("least", "most", "step")

    def __init__(
        self, least: float | None = None, most: float | None = None, *, step: float | None = None
    ) -> None:
        self.least: float | None = least
        self.most: float | None = most
        self.step: float | None = step

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind not in ("integer", "number"):
            raise TypeError(f"Between is for numbers, and this is of the type {kind}")
        limits = {"minimum": self.least, "maximum": self.most, "multiple_of": self.step}
        return {name: limit for name, limit in limits.items() if limit is not None}


class Length(Limit):
    """How many characters a text has, or items a list: the least and the most, both allowed."""

    __slots__ = ("least", "most")

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self.least: int | None = least
        self.most: int | None = most

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        names = {"string": ("min_length", "max_length"), "array": ("min_items", "max_items")}
        if kind not in names:
            raise TypeError(f"Length is for text and lists, and this is of the type {kind}")
        limits = zip(names[kind], (self.least, self.most), strict=True)
        return {name: limit for name, limit in limits if limit is not None}


class Matches(Limit):
    """A pattern that a text must match somewhere (``^`` and ``$`` tie it to the ends)."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: str) -> None:
        self.pattern: str = pattern

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind != "string":
            raise TypeError(f"Matches is for text, and this is of the type {kind}")
        return {"pattern": self.pattern}


class OneOf(Limit):
    """The values that an input may have, where ``Literal`` can't list them or a model has fewer."""

    __slots__ = ("choices",)

    def __init__(self, *choices: Any) -> None:
        self.choices: tuple[Any, ...] = choices

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind in ("array", "object"):
            raise TypeError(f"OneOf is for single values, and this is of the type {kind}")
        return {"choices": self.choices}


class Pixels(Limit):
    """Limits of a size in pixels: of text such as ``"2048x1152"``, and of width and height.

    ``presets`` are always right. ``multiple_of``, ``min_side`` and ``max_side`` are about each
    side, ``min_pixels`` and ``max_pixels`` about their product, ``min_ratio`` and ``max_ratio``
    about width / height. What is None is no limit.
    """

    __slots__ = (
        *("presets", "multiple_of", "min_side", "max_side"),
        *("min_pixels", "max_pixels", "min_ratio", "max_ratio"),
    )

    def __init__(
        self,
        *,
        presets: tuple[str, ...] = (),
        multiple_of: int | None = None,
        min_side: int | None = None,
        max_side: int | None = None,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        min_ratio: float | None = None,
        max_ratio: float | None = None,
    ) -> None:
        self.presets = presets
        self.multiple_of = multiple_of
        self.min_side = min_side
        self.max_side = max_side
        self.min_pixels = min_pixels
        self.max_pixels = max_pixels
        self.min_ratio = min_ratio
        self.max_ratio = max_ratio

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        if kind != "string":
            raise TypeError(f"Pixels is for text, and this is of the type {kind}")
        return {"pixels": self}


class Default(Limit):
    """What the API takes where an input is not given; None for nothing that is known."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Any = value

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        return {"default": self.value}


class Formerly(Limit):
    """Names that an input had before: they are taken for one more release, with a warning."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names: tuple[str, ...] = names

    def limits(self, kind: str) -> dict[str, Any]:
        """As attributes of a :class:`~modelhunter.plugins.Field` of this type."""
        return {"former": self.names}


class Inferred(Mark):
    """What of an input was inferred and not read in documentation.

    Named are attributes of its :class:`~modelhunter.plugins.Field` (``"default"``, ``"maximum"``,
    ``"required"``, …); where none is named, it is the input as such.
    """

    __slots__ = ("attributes",)

    def __init__(self, *attributes: str) -> None:
        self.attributes: frozenset[str] = frozenset(attributes or ("field",))


class Each(Mark):
    """What holds of each item of a list, where a model differs."""

    __slots__ = ("marks",)

    def __init__(self, *marks: Any) -> None:
        self.marks: tuple[Any, ...] = marks


class Sign(Mark):
    """A mark that is one word: :data:`Closed`, :data:`Absent`, :data:`Required`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __repr__(self) -> str:
        return self.name


Closed: Sign = Sign("Closed")
"""Beside ``Literal["a", "b"] | str``: the list is documented, so other values are refused."""

Absent: Sign = Sign("Absent")
"""In :func:`only_for`: these models have no such input."""

Required: Sign = Sign("Required")
"""In :func:`only_for`: these models need the input."""


@frozen(kw_only=True, eq=False, repr=False)
class Image(MediaRule):
    """A picture, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="image", init=False)


@frozen(kw_only=True, eq=False, repr=False)
class Video(MediaRule):
    """A video, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="video", init=False)


@frozen(kw_only=True, eq=False, repr=False)
class Audio(MediaRule):
    """A sound, with the limits of a :class:`~modelhunter.plugins.MediaRule`."""

    kind: str = field(default="audio", init=False)
