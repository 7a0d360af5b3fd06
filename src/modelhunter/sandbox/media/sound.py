"""Sounds: a soft tone whose pitch follows from prompt and seed."""

from __future__ import annotations

import hashlib
import math
import wave
from array import array
from functools import lru_cache
from typing import IO, TYPE_CHECKING, cast

import av

from modelhunter.sandbox.media.formats import FORMATS
from modelhunter.sandbox.media.shape import SAMPLES_PER_SECOND, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.audio.stream import AudioStream
    from av.container import OutputContainer

REPEATABLE = {"fflags": "+bitexact"}
"""Muxer options: no random stream numbers, so that the same shape gives the same bytes."""

_LOUDNESS = 6000
_LOWEST, _PITCHES = 220, 440


def samples_of(shape: Shape) -> int:
    """How many samples the sound has."""
    return round((shape.duration or 0) * SAMPLES_PER_SECOND)


def write_sound(shape: Shape, file: IO[bytes], go_on: Callable[[], None]) -> None:
    """Write the sound in the shape's format; ``go_on`` is called often and may raise to stop."""
    form = FORMATS[shape.format]
    if shape.format == "wav":
        _write_wave(shape, file)
        return
    with av.open(file, "w", format=form.container, options=REPEATABLE) as container:
        stream = add_sound(container, form.audio[0])
        for frame in _frames(shape):
            go_on()
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def add_sound(container: OutputContainer, codec: str) -> AudioStream:
    """An audio stream of one channel in a container that is being written."""
    stream = container.add_stream(codec, rate=SAMPLES_PER_SECOND, layout="mono")
    return cast("AudioStream", stream)


def write_track(
    shape: Shape, container: OutputContainer, stream: AudioStream, go_on: Callable[[], None]
) -> None:
    """The whole sound of a shape into a stream of a video."""
    for frame in _frames(shape):
        go_on()
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _frames(shape: Shape) -> Iterator[av.AudioFrame]:
    second = _second(_pitch(shape))
    left, position = samples_of(shape), 0
    while left > 0:
        count = min(left, SAMPLES_PER_SECOND)
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(second[: count * 2].ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = SAMPLES_PER_SECOND
        frame.pts = position
        yield frame
        left, position = left - count, position + count


def _write_wave(shape: Shape, file: IO[bytes]) -> None:
    whole, rest = divmod(samples_of(shape), SAMPLES_PER_SECOND)
    second = _second(_pitch(shape))
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLES_PER_SECOND)
        for _ in range(whole):
            sound.writeframesraw(second)
        sound.writeframes(second[: rest * 2])


def _pitch(shape: Shape) -> int:
    """A whole number of hertz, so that one second of the tone can be repeated without a click."""
    digest = hashlib.sha256(f"{shape.seed}\n{shape.prompt}".encode()).digest()
    return _LOWEST + int.from_bytes(digest[:2], "big") % _PITCHES


@lru_cache(maxsize=16)
def _second(pitch: int) -> bytes:
    step = 2 * math.pi / SAMPLES_PER_SECOND
    return array(
        "h",
        (
            int(_LOUDNESS * (0.6 + 0.4 * math.cos(2 * step * i)) * math.sin(pitch * step * i))
            for i in range(SAMPLES_PER_SECOND)
        ),
    ).tobytes()
