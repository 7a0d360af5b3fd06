from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins import default_registry

IMAGE = "https://example.com/a.png"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("seedream-5-0-lite", "0.04"),
        ("seedream-4-5", "0.04"),
        ("seedream-4-0", "0.03"),
        ("seedream-3-0-t2i", "0.03"),
    ],
)
def test_prices(cost, model, expected):
    assert cost(model, prompt="x") == (expected,) * 3


def test_the_names_of_the_web_pages_are_aliases():
    assert default_registry().model("seedream-4.5")[1].id == "seedream-4-5"


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        ("seedream-4-5", {"size": "2560x1536"}),
        ("seedream-4-5", {"size": "4K"}),
        ("seedream-4-5", {"size": "1K", "image": IMAGE}),
        ("seedream-4-5", {"width": 2048, "height": 2048}),
        ("seedream-4-0", {"size": "1280x768"}),
        ("seedream-4-0", {"size": "3968x256"}),
        ("seedream-3-0-t2i", {"size": "1512x648"}),
        ("seedream-3-0-t2i", {"size": "512x2048"}),
        ("seedream-3-0-t2i", {"width": 1024, "height": 704}),
        ("seedream-5-0-lite", {"size": "3K", "output_format": "jpeg", "web_search": True}),
        ("seedream-4-0", {"image": IMAGE, "images": [IMAGE] * 13}),
        ("seededit-3-0-i2i", {"image": IMAGE, "seed": 3, "guidance_scale": 5.5}),
    ],
)
def test_what_a_model_takes(problems, model, inputs):
    assert problems(model, prompt="x", **inputs) == []


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        ("seedream-4-5", {"size": "1K"}, "size='1K': seedream-4-5 does not take text of this form"),
        ("seedream-4-0", {"size": "3K"}, "does not take text of this form"),
        (
            "seedream-4-0",
            {"size": "1000x1100"},
            "not a multiple of 128 pixels; did you mean 1024x1152?",
        ),
        (
            "seedream-4-5",
            {"size": "1024x1024"},
            "1,048,576 pixels; allowed: 3,686,400 to 16,777,216",
        ),
        ("seedream-4-0", {"size": "8192x4096"}, "1024x1024 has".replace("1024x1024", "8192x4096")),
        ("seedream-4-0", {"size": "128x8192"}, "allowed: at most 16 times as long as the other"),
        ("seedream-4-5", {"width": 1024, "height": 1024}, "1024x1024 has 1,048,576 pixels"),
        ("seedream-4-0", {"width": 1024}, "width and height go together"),
        (
            "seedream-4-0",
            {"size": "2K", "width": 1024, "height": 1024},
            "give size, or width and he",
        ),
        (
            "seedream-3-0-t2i",
            {"size": "1000x1000"},
            "not a multiple of 64 pixels; did you mean 1024x1024?",
        ),
        ("seedream-3-0-t2i", {"size": "448x1024"}, "allowed: 512 to 2,048 pixels"),
        (
            "seedream-3-0-t2i",
            {"width": 640, "height": 1024},
            "width=640: less than seedream-3-0-t2i t",
        ),
        ("seedream-3-0-t2i", {"size": "2K"}, "does not take text of this form"),
        ("seedream-4-0", {"seed": 3}, "only seedream-3-0-t2i has it"),
        ("seedream-4-0", {"web_search": True}, "only seedream-5-0-lite has it"),
        ("seedream-5-0-lite", {"optimize_prompt": "fast"}, "allowed: 'standard'"),
        (
            "seedream-4-0",
            {"image": IMAGE, "images": [IMAGE] * 14},
            "14 items are more than seedream-4",
        ),
        ("seedream-4-0", {"size": "000x128"}, "does not take text of this form"),
    ],
)
def test_what_a_model_does_not_take(problems, model, inputs, said):
    (problem,) = problems(model, prompt="x", **inputs)
    assert said in problem


def test_pictures_may_be_sent_inline(problems):
    assert problems("seedream-4-0", prompt="x", image="data:image/png;base64,iVBORw0KGgo=") == []


def test_formats_are_those_of_the_model(problems, tmp_path):
    picture = tmp_path / "a.webp"
    picture.write_bytes(b"RIFF\0\0\0\0WEBP")
    assert problems("seedream-4-0", prompt="x", image=picture) == []
    (problem,) = problems("seedream-5-0-lite", prompt="x", image=picture)
    assert "does not take image/webp here; allowed: image/jpeg or image/png" in problem


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_a_size_that_passes_keeps_every_limit(width, height):
    from modelhunter.plugins import check

    _, model = default_registry().model("seedream-4-5")
    capability = model.capability("text-to-image")
    found = check(model, capability, {"prompt": "x", "size": f"{width}x{height}"})
    fits = (
        width > 0
        and height > 0
        and width % 128 == height % 128 == 0
        and 3_686_400 <= width * height <= 16_777_216
        and 1 / 16 <= width / height <= 16
    )
    assert (found == []) == fits
