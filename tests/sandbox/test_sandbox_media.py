"""The files: what was asked for, to the pixel and the frame."""

from __future__ import annotations

import io
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modelhunter.plugins.catalogue import Capability, Model, Output, Role
from modelhunter.sandbox.media.cache import write
from modelhunter.sandbox.media.formats import FORMATS, choose_format
from modelhunter.sandbox.media.shape import Shape, shapes_from_json, shapes_of, shapes_to_json, tiny


@pytest.fixture
def full(start):
    """A sandbox that makes files of full size, at once."""
    return start(media="full")


@pytest.mark.parametrize(
    ("inputs", "width", "height", "seconds", "sound"),
    [
        ({}, 960, 540, 5, False),
        ({"duration": 2, "mode": "pro"}, 1920, 1080, 2, False),
        ({"duration": 1, "aspect_ratio": "9:16", "sound": "on"}, 540, 960, 1, True),
        ({"duration": 3, "aspect_ratio": "1:1", "sound": "on"}, 540, 540, 3, True),
        ({"duration": 1, "aspect_ratio": "21:9"}, 1260, 540, 1, False),
    ],
)
def test_a_video_is_what_was_asked_for(full, probe, inputs, width, height, seconds, sound):
    item, content = full.result(input={"prompt": "a cat", **inputs})
    found = probe(content)
    assert (found.width, found.height, found.frames) == (width, height, seconds * 24)
    assert found.codecs == {"video": "h264", **({"audio": "aac"} if sound else {})}
    assert found.duration == pytest.approx(seconds, abs=1 / 24)
    assert (item["format"], item["duration"], item["size_bytes"]) == ("mp4", seconds, len(content))


def test_a_video_can_be_played_while_it_is_downloaded(full):
    _, content = full.result(input={"prompt": "a cat", "duration": 1})
    assert content[4:8] == b"ftyp"


def test_a_video_moves(full, tmp_path):
    import av

    _, content = full.result(input={"prompt": "a cat", "duration": 1})
    with av.open(io.BytesIO(content)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    assert len({frame.tobytes() for frame in frames}) == len(frames)


@pytest.mark.parametrize(
    ("inputs", "kind", "size"),
    [
        ({}, "PNG", (1024, 1024)),
        ({"size": "2K"}, "PNG", (2048, 2048)),
        ({"size": "1280x720", "output_format": "jpeg"}, "JPEG", (1280, 720)),
        ({"width": 333, "height": 200, "output_format": "webp"}, "WEBP", (333, 200)),
        ({"size": "1K", "ratio": "16:9"}, "PNG", (1365, 768)),
        ({"size": "1K", "ratio": "auto"}, "PNG", (1024, 1024)),
        ({"size": "4K", "ratio": "1:8"}, "PNG", (1448, 11585)),
        ({"size": "4K", "ratio": "8:1"}, "PNG", (11585, 1448)),
        ({"width": 40_000, "height": 4_000}, "PNG", (16384, 1638)),
        ({"width": 4, "height": 16}, "PNG", (16, 64)),
    ],
)
def test_a_picture_is_what_was_asked_for(full, inputs, kind, size):
    item, content = full.result(
        "acme/text-to-image", "acme/image", input={"prompt": "a cat", **inputs}
    )
    picture = Image.open(io.BytesIO(content))
    picture.load()
    assert (picture.format, picture.size) == (kind, size)
    assert item["format"] == {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[kind]
    assert "duration" not in item


@pytest.mark.parametrize(
    ("format_", "codec"),
    [
        (None, "mp3float"),
        ("mp3_44100_128", "mp3float"),
        ("wav", "pcm_s16le"),
        ("flac", "flac"),
        ("ogg", "opus"),
        ("m4a", "aac"),
        ("png", "mp3float"),
    ],
)
def test_a_sound_is_what_was_asked_for(full, probe, format_, codec):
    inputs = {"prompt": "hello", "seconds": 1.5, **({"format": format_} if format_ else {})}
    item, content = full.result("acme/text-to-speech", "acme-sound", input=inputs)
    found = probe(content)
    assert found.codecs == {"audio": codec}
    assert found.duration == pytest.approx(1.5, abs=2 * 1152 / 48_000)  # two frames of MP3
    assert item["duration"] == 1.5


def test_speech_lasts_as_long_as_its_text(full):
    item, _ = full.result("acme/text-to-speech", "acme-sound", input={"prompt": "x" * 150})
    assert item["duration"] == 10


def test_a_solid_is_a_gltf_file(full):
    item, content = full.result("acme/text-to-3d", "acme-sound")
    magic, version, length, first = struct.unpack_from("<4sIII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    assert json.loads(content[20 : 20 + first])["asset"]["version"] == "2.0"
    assert item["format"] == "glb"


def test_media_that_nobody_knows_say_what_was_asked_for(full):
    item, content = full.result("acme/text-to-scent", "acme-sound")
    assert item["format"] == "json"
    assert json.loads(content)["prompt"] == "a cat"


def test_the_same_request_makes_the_same_bytes_and_another_seed_others(full):
    def picture(**inputs):
        return full.result("acme/text-to-image", "acme/image", input=inputs)[1]

    assert picture(prompt="a cat", seed=1) == picture(prompt="a cat", seed=1)
    assert picture(prompt="a cat", seed=1) != picture(prompt="a cat", seed=2)
    assert picture(prompt="a cat") != picture(prompt="a dog")


def test_tiny_media_keep_length_shape_and_sound(api, probe):
    item, content = api.result(
        input={"prompt": "a cat", "duration": 7, "aspect_ratio": "9:16", "sound": "on"}
    )
    found = probe(content)
    assert (found.width, found.height) == (64, 114)
    assert found.duration == pytest.approx(7, abs=0.05)
    assert item["duration"] == 7
    assert set(found.codecs) == {"video", "audio"}


def test_a_file_that_can_not_be_made_fails_its_task(full, monkeypatch, caplog):
    def broken(shape, file, go_on):
        raise RuntimeError("out of paint")

    monkeypatch.setattr("modelhunter.sandbox.media.cache.write", broken)
    task = full.finished()
    assert task["status"] == "failed"
    assert "out of paint" in task["error"]["message"]
    assert full.sandbox.balance == 100
    assert "can't be made" in caplog.text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_written_and_again_the_same(name):
    maker = FORMATS[name].maker
    shape = Shape(
        kind=maker,
        format=name,
        model="m",
        prompt="p",
        seed="",
        width=64,
        height=48,
        duration=0.5 if maker in ("movie", "sound") else None,
        audio=maker == "movie",
    )
    first, second = io.BytesIO(), io.BytesIO()
    write(shape, first)
    write(shape, second)
    assert first.getvalue()
    assert first.getvalue() == second.getvalue()


KINDS = st.sampled_from(["video", "image", "audio", "music", "3d", "scent"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**9),
    st.floats(),
    st.sampled_from(["16:9", "0:1", "1:0", "4K", "720p", "0x0", "99999x1", "auto", "", "1e9"]),
    st.text(max_size=5),
)


@given(kind=KINDS, values=st.lists(VALUES, min_size=11, max_size=11))
@settings(max_examples=300, deadline=None)
def test_any_inputs_give_a_shape_that_can_be_made(kind, values):
    sides = ["resolution", "aspect_ratio", "size", "width", "height"]
    roles = ["format", "duration", "audio", "seed", "count", "last_frame", *sides]
    output = Output(media=kind, **{name: Role(field=name) for name in roles})
    capability = Capability(name="x", fields=(), output=output, call=lambda _: None)
    inputs = dict(zip(roles, values, strict=True)) | {"prompt": "\u0000 p"}
    shapes = shapes_of(Model(id="m", capabilities=(capability,)), capability, inputs)
    assert shapes_from_json(shapes_to_json(shapes)) == shapes
    assert 1 <= len(shapes) <= 200
    shape = shapes[0]
    assert shape.format in FORMATS
    if FORMATS[shape.format].maker in ("movie", "picture"):
        assert 2 <= shape.width <= 16384
        assert 2 <= shape.height <= 16384
        small = tiny(shape)
        assert min(small.width, small.height) >= 2
    if FORMATS[shape.format].maker == "movie":
        assert shape.width % 2 == shape.height % 2 == 0
        assert shape.frames >= 1


@pytest.mark.parametrize(
    ("kind", "wanted", "chosen"),
    [
        ("image", "JPEG", "jpg"),
        ("image", ".tif", "tiff"),
        ("image", "mp4", "png"),
        ("video", "webm", "webm"),
        ("video", "avi", "mp4"),
        ("music", 7, "mp3"),
        ("scent", None, "json"),
    ],
)
def test_the_format_is_the_wanted_one_where_it_can_be_made(kind, wanted, chosen):
    assert choose_format(kind, wanted) == chosen
