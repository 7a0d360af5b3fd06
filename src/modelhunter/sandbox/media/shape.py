"""From a request to the facts of the file it asks for: size, length, sound, what is drawn."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, frozen

from modelhunter.plugins.quantities import Number, factors_of
from modelhunter.plugins.rules import is_number
from modelhunter.sandbox.media.formats import FORMATS, choose_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter.plugins.catalogue import Capability, Model, Output

FRAMES_PER_SECOND = 24
SAMPLES_PER_SECOND = 48_000
TINY_SIDE = 64
_TINY_FRAMES_PER_SECOND = 4
_SPOKEN_CHARACTERS_PER_SECOND = 15
_DEFAULT_SECONDS = 5.0
_LONGEST_SECONDS = 3600.0
_NOS = frozenset({"", "off", "false", "no", "none", "0"})
_RATIO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[:/]\s*(\d+(?:\.\d+)?)\s*")
_BY_SIDES = re.compile(r"\s*(\d{1,5})\s*[xX*×]\s*(\d{1,5})\s*")
_LINES = re.compile(r"(\d{3,4})[pP]")
_THOUSANDS = re.compile(r"(\d{1,2})[kK]")
_SMALLEST, _LARGEST = 16, 16384
_MOST = 100


@frozen(kw_only=True)
class Shape:
    """Everything that decides the bytes of a file. The same shape always makes the same file.

    Sides are pixels, ``duration`` seconds (None for what has no length). A picture may be the last
    frame of the video of this duration.
    """

    kind: str
    format: str
    model: str
    prompt: str
    seed: str
    width: int = 0
    height: int = 0
    duration: float | None = None
    audio: bool = False
    frames_per_second: int = FRAMES_PER_SECOND
    is_last_frame: bool = False

    @property
    def name(self) -> str:
        """The file's name: a digest of the shape."""
        digest = hashlib.sha256(shapes_to_json([self]).encode()).hexdigest()[:32]
        return f"{digest}.{self.format}"

    @property
    def frames(self) -> int:
        """How many pictures the video has."""
        return max(1, round((self.duration or 0) * self.frames_per_second))

    @property
    def true_duration(self) -> float | None:
        """The length of the file that is made: whole frames, whole samples."""
        if self.duration is None or self.is_last_frame:
            return None
        if FORMATS[self.format].maker == "movie":
            return self.frames / self.frames_per_second
        return self.duration


def shapes_to_json(shapes: Sequence[Shape]) -> str:
    """Shapes as text that :func:`shapes_from_json` reads."""
    return json.dumps([asdict(shape) for shape in shapes], separators=(",", ":"))


def shapes_from_json(text: str) -> list[Shape]:
    """The shapes that :func:`shapes_to_json` wrote."""
    return [Shape(**shape) for shape in json.loads(text)]


def shapes_of(model: Model, capability: Capability, given: Mapping[str, Any]) -> list[Shape]:
    """The files that this request asks for. Fields that were not given have their defaults."""
    defaults = {f.name: f.default for f in capability.fields if f.default is not None}
    inputs = {**defaults, **given}
    first = _shape_of(model.id, capability.output, inputs)
    count = _count(model, capability.output, inputs)
    shapes = [first, *(evolve(first, seed=f"{first.seed}+{n}") for n in range(1, count))]
    if FORMATS[first.format].maker == "movie" and _yes(capability.output.last_frame.read(inputs)):
        shapes += [
            evolve(shape, kind="image", format="png", audio=False, is_last_frame=True)
            for shape in shapes
        ]
    return shapes


def _count(model: Model, output: Output, inputs: Mapping[str, Any]) -> int:
    """How many files are asked for: what the role says, or what is paid for by the piece."""
    asked: Any = output.count.read(inputs)
    if asked is None and model.price is not None and model.price.unit in (output.media, "output"):
        counting = [one for one in factors_of(model.price.quantity) if isinstance(one, Number)]
        asked = inputs.get(counting[-1].input) if counting else None
    try:
        return min(max(1, int(asked or 1)), _MOST)
    except (TypeError, ValueError, OverflowError):
        return 1


def _shape_of(model: str, output: Output, inputs: Mapping[str, Any]) -> Shape:
    format_ = choose_format(output.media, output.format.read(inputs))
    maker = FORMATS[format_].maker
    prompt = output.prompt.read(inputs)
    shape = Shape(
        kind=output.media,
        format=format_,
        model=model,
        prompt=prompt if isinstance(prompt, str) else "",
        seed=str(output.seed.read(inputs)),
    )
    if maker in ("picture", "movie"):
        width, height = _pixels(output, inputs, video=maker == "movie")
        shape = evolve(shape, width=width, height=height)
    if maker in ("sound", "movie"):
        shape = evolve(shape, duration=_seconds(output, inputs, shape.prompt, maker == "sound"))
    if maker == "movie":
        shape = evolve(shape, audio=_yes(output.audio.read(inputs)))
    return shape


def tiny(shape: Shape) -> Shape:
    """The same file in small: length and shape stay, nothing is drawn, so that many share it."""
    width, height = shape.width, shape.height
    if width and height:
        scale = TINY_SIDE / min(width, height)
        width, height = _even(width * scale), _even(height * scale)
    return evolve(
        shape,
        model="",
        prompt="",
        seed="",
        width=width,
        height=height,
        frames_per_second=_TINY_FRAMES_PER_SECOND,
    )


def _seconds(output: Output, inputs: Mapping[str, Any], prompt: str, speech: bool) -> float:
    asked = output.duration.read(inputs)
    try:
        seconds = float(asked)
    except (TypeError, ValueError):
        seconds = 0.0
    if seconds > 0 and math.isfinite(seconds):
        return min(seconds, _LONGEST_SECONDS)
    if speech and prompt:
        return max(1.0, round(len(prompt) / _SPOKEN_CHARACTERS_PER_SECOND, 1))
    return _DEFAULT_SECONDS


def _pixels(output: Output, inputs: Mapping[str, Any], *, video: bool) -> tuple[int, int]:
    width, height = output.width.read(inputs), output.height.read(inputs)
    if is_number(width) and is_number(height):
        return _sides(width, height, video)
    words = [output.size.read(inputs), output.resolution.read(inputs)]
    texts = [word for word in words if isinstance(word, str)]
    for text in texts:
        by_sides = _BY_SIDES.fullmatch(text)
        if by_sides is not None:
            return _sides(int(by_sides[1]), int(by_sides[2]), video)
    ratio = _ratio(output.aspect_ratio.read(inputs), 16 / 9 if video else 1.0)
    for text in texts:
        lines, thousands = _LINES.fullmatch(text), _THOUSANDS.fullmatch(text)
        if lines is not None:
            return _from_short_side(int(lines[1]), ratio, video)
        if thousands is not None and video:
            return _from_short_side(int(thousands[1]) * 540, ratio, video)
        if thousands is not None:
            return _from_area((int(thousands[1]) * 1024) ** 2, ratio)
    return _from_short_side(720, ratio, video) if video else _from_area(1024**2, ratio)


def _ratio(text: object, usual: float) -> float:
    found = _RATIO.fullmatch(text) if isinstance(text, str) else None
    if found is None or not float(found[1]) or not float(found[2]):
        return usual
    return float(found[1]) / float(found[2])


def _from_short_side(side: int, ratio: float, video: bool) -> tuple[int, int]:
    return _sides(side * max(ratio, 1.0), side / min(ratio, 1.0), video)


def _from_area(area: int, ratio: float) -> tuple[int, int]:
    return _sides(math.sqrt(area * ratio), math.sqrt(area / ratio), False)


def _sides(width: float, height: float, video: bool) -> tuple[int, int]:
    """Whole pixels, within what encoders take; the ratio stays where one side must change."""
    scale = max(1.0, _SMALLEST / max(1, min(width, height)))
    scale *= min(1.0, _LARGEST / (max(1, width, height) * scale))
    width, height = (max(_SMALLEST, side * scale) for side in (width, height))
    return (_even(width), _even(height)) if video else (round(width), round(height))


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)


def _yes(value: object) -> bool:
    return value.lower() not in _NOS if isinstance(value, str) else bool(value)
