"""Pictures: a gradient in the colours of the seed, with model and prompt written on it."""

from __future__ import annotations

import colorsys
import hashlib
import unicodedata
from typing import IO, TYPE_CHECKING

from PIL import Image, ImageDraw, ImageOps

from modelhunter.sandbox.media.formats import FORMATS
from modelhunter.sandbox.media.lettering import font_of, wrapped

if TYPE_CHECKING:
    from modelhunter.sandbox.media.shape import Shape

_LINES_OF_TEXT = 16
_READ = 2000
"""Letters of the prompt that are looked at; fewer fit."""


def draw(shape: Shape) -> Image.Image:
    """The picture of a shape, in RGB."""
    dark, light = colours(shape)
    gradient = Image.linear_gradient("L").resize((shape.width, shape.height))
    picture = ImageOps.colorize(gradient, dark, light)
    if shape.prompt or shape.model:
        _write(picture, shape)
    return picture


def colours(shape: Shape) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """A dark and a light colour that follow from prompt and seed."""
    digest = hashlib.sha256(f"{shape.seed}\n{shape.prompt}\n{shape.model}".encode()).digest()
    hue = digest[0] / 256
    return _rgb(hue, 0.35), _rgb(hue + 0.08 + digest[1] / 1024, 0.85)


def _rgb(hue: float, brightness: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, 0.65, brightness)
    return int(red * 255), int(green * 255), int(blue * 255)


def _write(picture: Image.Image, shape: Shape) -> None:
    pen = ImageDraw.Draw(picture)
    size = max(8, min(picture.width, picture.height) // _LINES_OF_TEXT)
    font, margin, spacing, stroke = font_of(size), size, size // 4, max(1, size // 16)

    def height(text: str) -> float:
        box = pen.multiline_textbbox((0, 0), text, font, spacing=spacing, stroke_width=stroke)
        return float(box[3])

    pitch = height("A\nA") - height("A")
    rows = max(1, int((picture.height - 2 * margin) / pitch) - 2)
    prompt = unicodedata.normalize("NFC", shape.prompt[:_READ])
    lines = wrapped(prompt, picture.width - 2 * margin, rows, font.getlength)
    pen.multiline_text(
        (margin, margin),
        "\n".join([shape.model, "", *lines]),
        font=font,
        fill="white",
        stroke_width=stroke,
        stroke_fill="black",
        spacing=spacing,
    )


def write_picture(shape: Shape, file: IO[bytes]) -> None:
    """Draw the picture and write it in the shape's format."""
    container = FORMATS[shape.format].container
    # compress_level is PNG's; the other formats ignore it. Speed matters more than size here.
    draw(shape).save(file, container, compress_level=1)
