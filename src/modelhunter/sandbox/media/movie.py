"""Videos: the picture of the prompt with a square that crosses it and a bar that grows.

Only the planes of the first frame are computed; each further frame is a copy with two rectangles
painted over, which the encoder turns into a few bytes.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import IO, TYPE_CHECKING, cast

import av

from modelhunter.sandbox.media.formats import FORMATS, Format
from modelhunter.sandbox.media.picture import draw
from modelhunter.sandbox.media.sound import REPEATABLE, add_sound, write_track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from modelhunter.sandbox.media.shape import Shape

_PIXELS = "yuv420p"
_WHITE = (235, 128, 128)
_OPTIONS = {
    "libx264": {"preset": "ultrafast", "crf": "30"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
}


def write_movie(shape: Shape, file: IO[bytes], go_on: Callable[[], None]) -> None:
    """Write the video in the shape's format; ``go_on`` is called often and may raise to stop."""
    form = FORMATS[shape.format]
    with av.open(file, "w", format=form.container, options=REPEATABLE) as container:
        video = _add_video(container, form, shape)
        audio = add_sound(container, form.audio[0]) if shape.audio else None
        for frame in _frames(shape):
            go_on()
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None:
            write_track(shape, container, audio, go_on)


def _add_video(container: OutputContainer, form: Format, shape: Shape) -> VideoStream:
    codec = next(name for name in form.video if name in av.codecs_available)
    stream = cast(
        "VideoStream",
        container.add_stream(
            codec, rate=shape.frames_per_second, options=dict(_OPTIONS.get(codec, {}))
        ),
    )
    stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, _PIXELS
    stream.codec_context.thread_count = 1
    return stream


def write_last_frame(shape: Shape, file: IO[bytes]) -> None:
    """Write the last frame of a video as a picture, in the shape's format."""
    (last,) = _frames(shape, shape.frames - 1)
    last.to_image().save(file, FORMATS[shape.format].container, compress_level=1)  # type: ignore[no-untyped-call]


def _frames(shape: Shape, first: int = 0) -> Iterator[av.VideoFrame]:
    """The frames of a video, from the first wanted on."""
    still = av.VideoFrame.from_image(draw(shape)).reformat(  # type: ignore[no-untyped-call]
        format=_PIXELS
    )
    planes = [bytes(plane) for plane in still.planes]
    side = _even(min(shape.width, shape.height) / 6)
    thick = _even(shape.height / 40)
    for index in range(first, shape.frames):
        done = (index + 1) / shape.frames
        swing = math.sin(2 * math.pi * index / (shape.frames_per_second * 2))
        left = _even((shape.width - side) * (1 + swing) / 2)
        top = _even(shape.height - side - 2 * thick)
        frame = av.VideoFrame(shape.width, shape.height, _PIXELS)
        for number, (plane, data) in enumerate(zip(frame.planes, planes, strict=True)):
            scale = 2 if number else 1
            paint = bytearray(data)
            colour = _WHITE[number : number + 1]
            for box in (
                (left, top, side, side),
                (0, shape.height - thick, _even(shape.width * done), thick),
            ):
                _fill(paint, plane.line_size, [edge // scale for edge in box], colour)
            plane.update(bytes(paint))
        frame.pts = index
        frame.time_base = Fraction(1, shape.frames_per_second)
        yield frame


def _fill(paint: bytearray, stride: int, box: list[int], colour: tuple[int, ...]) -> None:
    left, top, width, height = box
    line = bytes(colour) * width
    for row in range(top, top + height):
        start = row * stride + left
        paint[start : start + width] = line


def _even(length: float) -> int:
    return int(length) // 2 * 2
