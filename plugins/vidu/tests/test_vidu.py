from __future__ import annotations

import pytest

from modelhunter.plugins import UnverifiedInput


@pytest.mark.parametrize(
    ("model", "inputs", "expected"),
    [
        # documented range per second, the split by resolution inferred
        ("viduq3-turbo", {"duration": 4, "resolution": "720p"}, ("0.16", "0.32", "0.24")),
        ("viduq3-turbo", {"duration": 4, "resolution": "540p"}, ("0.16", "0.32", "0.16")),
        ("viduq3-pro", {"duration": 10, "resolution": "1080p"}, ("0.7", "1.6", "1.6")),
        # half price off peak
        ("viduq3-turbo", {"duration": 4, "off_peak": True}, ("0.08", "0.16", "0.12")),
        # without a length, anything from 1 to 16 seconds; 5 is the inferred default
        ("viduq3-turbo", {}, ("0.04", "1.28", "0.3")),
        # the old models have one price
        ("viduq2-pro", {"duration": 4}, ("0.2", "0.2", "0.2")),
        ("viduq2-turbo", {"duration": 10}, ("0.3", "0.3", "0.3")),
    ],
)
def test_prices(cost, model, inputs, expected):
    assert cost(model, prompt="x", **inputs) == expected


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        (
            "viduq3-turbo",
            {"duration": 17},
            "duration=17: more than viduq3-turbo takes; allowed: 1 to",
        ),
        ("viduq2-turbo", {"duration": 11}, "more than viduq2-turbo takes; allowed: 1 to 10"),
        ("viduq2-pro", {"audio": True}, "only viduq3-pro and viduq3-turbo have it"),
        ("viduq3-pro", {"aspect_ratio": "21:9"}, "allowed: '16:9', '9:16', '1:1', '4:3' or '3:4'"),
        (
            "viduq3-pro",
            {"image": "https://example.com/a", "style": "anime"},
            "only for text-to-video",
        ),
    ],
)
def test_what_a_model_does_not_take(problems, model, inputs, said):
    (problem,) = problems(model, prompt="x", **inputs)
    assert said in problem


def test_the_legacy_spelling_of_the_image_is_pointed_out(problems):
    (problem,) = problems("viduq3-turbo", image_url="https://example.com/a.png")
    assert problem.endswith("did you mean image?")


def test_inferred_values_of_image_to_video_are_open(problems):
    with pytest.warns(UnverifiedInput, match="resolution='2160p'"):
        assert problems("viduq3-pro", image="https://example.com/a", resolution="2160p") == []
