from __future__ import annotations

import pytest

from modelhunter.errors import PluginError
from modelhunter.plugins import UnverifiedInput

URL = "https://example.com/a.png"
TWO = "bytedance/seedance-2"


@pytest.mark.parametrize(
    ("model", "inputs", "expected"),
    [
        (TWO, {"duration": 5, "resolution": "480p"}, ("0.475", "0.475", "0.475")),
        (TWO, {"duration": 5, "resolution": "720p"}, ("1.025", "1.025", "1.025")),
        (TWO, {"duration": 10, "resolution": "1080p"}, ("5.1", "5.1", "5.1")),
        # pictures, frames and sound cost nothing more
        (
            TWO,
            {"duration": 5, "resolution": "720p", "reference_image_urls": [URL]},
            ("1.025", "1.025", "1.025"),
        ),
        # a video makes a second cheaper, and its own seconds are billed too
        (
            TWO,
            {"duration": 5, "resolution": "720p", "reference_video_urls": [URL]},
            ("0.625", "2.5", "None"),
        ),
        # defaults of 2.0 are inferred
        (TWO, {}, ("0.38", "7.65", "1.025")),
        (TWO, {"duration": 5}, ("0.475", "2.55", "1.025")),
        # how the price of 1.x rises is not documented
        ("seedance-1-5-pro", {"duration": 5, "resolution": "720p"}, ("0.06", "0.58", "None")),
        ("seedance-1-0-pro", {"duration": 10}, ("0.24", "1.22", "None")),
        ("seedance-1-0-pro-fast", {"duration": 10}, ("0.1", "0.49", "None")),
        ("seedance-1-0-lite-t2v", {"duration": 10}, ("0.17", "0.88", "None")),
    ],
)
def test_prices(cost, model, inputs, expected):
    assert cost(model, prompt="x", **inputs) == expected


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        ("seedance-1-0-pro", {}, "duration: is needed and was not given; allowed: 2 to 12"),
        (
            "seedance-1-5-pro",
            {"duration": 3},
            "duration=3: less than seedance-1-5-pro takes; allowed: 4",
        ),
        (
            "seedance-1-0-pro",
            {"duration": 5, "ratio": "adaptive"},
            "does not take this; allowed: '16:9'",
        ),
        ("seedance-1-0-pro", {"duration": 5, "aspect_ratio": "1:1"}, "did you mean ratio?"),
        (
            "seedance-1-0-pro",
            {"duration": 5, "generate_audio": True},
            "only seedance-1-5-pro has it",
        ),
        (
            "seedance-1-0-pro-fast",
            {"duration": 5, "image": URL, "last_image": URL},
            "only seedance-1-5-pro, seedance-1-0-pro and seedance-1-0-lite-i2v have it",
        ),
        (
            "seedance-1-0-pro",
            {"duration": 5, "image": URL, "reference_images": [URL]},
            "lite-i2v has it",
        ),
        (
            "seedance-1-0-lite-i2v",
            {"duration": 5, "image": URL, "last_image": URL, "reference_images": [URL]},
            "give last_image or reference_images, not both",
        ),
        (
            "seedance-1-0-lite-i2v",
            {"duration": 5, "image": URL, "reference_images": [URL], "resolution": "1080p"},
            "with reference_images the resolution is 480p or 720p",
        ),
        (TWO, {"reference_audio_urls": [URL]}, "reference_audio_urls needs first_frame_url"),
        (TWO, {"last_frame_url": URL}, "last_frame_url needs first_frame_url beside it"),
        (
            TWO,
            {"first_frame_url": URL, "reference_image_urls": [URL]},
            "give frames (first_frame_url, last_frame_url) or reference pictures",
        ),
        (TWO, {"first_frame_url": "data:image/png;base64,AAAA"}, "takes no data: URIs here"),
        (TWO, {"reference_image_urls": [URL] * 10}, "10 items are more than"),
    ],
)
def test_what_a_model_does_not_take(problems, model, inputs, said):
    (problem,) = problems(model, prompt="x", **inputs)
    assert said in problem


def test_sound_goes_with_any_picture(problems):
    for name in ("first_frame_url", "reference_image_urls", "reference_video_urls"):
        visual = {name: URL if name.endswith("url") else [URL]}
        assert problems(TWO, prompt="x", reference_audio_urls=[URL], **visual) == []


def test_inferred_values_are_open(problems):
    with pytest.warns(UnverifiedInput, match="aspect_ratio='2:1'"):
        assert problems(TWO, prompt="x", aspect_ratio="2:1") == []


def test_pictures_that_the_prompt_speaks_of_must_be_there(problems):
    inputs = {"duration": 5, "image": URL, "reference_images": [URL, URL]}
    assert problems("seedance-1-0-lite-i2v", prompt="[图1] meets [图2]", **inputs) == []
    (problem,) = problems("seedance-1-0-lite-i2v", prompt="[图3] and [图12]", **inputs)
    assert problem == "prompt: it speaks of [图3], [图12], and reference_images has 2"


def test_wrong_types_are_no_failure_of_the_plugin(problems):
    try:
        found = problems("seedance-1-0-lite-i2v", image=URL, prompt=7, duration=5)
    except PluginError as error:
        pytest.fail(str(error))
    assert "prompt=7 (int): a string is needed" in found[0]
