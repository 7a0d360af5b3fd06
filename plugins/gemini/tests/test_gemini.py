from __future__ import annotations

import pytest

from modelhunter.plugins import UnverifiedInput

URL = "https://example.com/a.png"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ("0.08", "0.16", "0.08")),
        ({"resolution": "1K"}, ("0.08", "0.16", "0.08")),
        ({"resolution": "4K"}, ("0.08", "0.16", "0.16")),
        # between the two, nobody says
        ({"resolution": "2K"}, ("0.08", "0.16", "None")),
        ({"resolution": "2K", "image_input": [URL]}, ("0.08", "0.16", "None")),
    ],
)
def test_prices(cost, inputs, expected):
    assert cost("nano-banana-2", prompt="x", **inputs) == expected


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"prompt": "x" * 20_001}, "20,001 characters are more than nano-banana-2 takes"),
        ({"prompt": "x", "image_input": [URL] * 15}, "at most 14 items (inferred, not documented)"),
        ({"prompt": "x", "image_input": URL}, "a list is needed"),
        (
            {"prompt": "x", "image_input": [URL, "nothing.png"]},
            "image_input[1]='nothing.png': there is",
        ),
        ({"image_input": [URL]}, "prompt: is needed and was not given"),
        ({"prompt": "x", "image": URL}, "did you mean image_input?"),
    ],
)
def test_what_the_model_does_not_take(problems, inputs, said):
    found = problems("nano-banana-2", **inputs)
    assert said in " ".join(found)


def test_inferred_values_are_open(problems):
    with pytest.warns(UnverifiedInput) as caught:
        assert problems("nano-banana-2", prompt="x", aspect_ratio="5:7", resolution="8K") == []
    assert len(caught) == 2
