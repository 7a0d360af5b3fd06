from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.errors import InvalidInput
from modelhunter.plugins import Capability, Field, Model, Output, choose_capability


def capability(name, required, optional=""):
    fields = [Field(name=n, type="string", required=True) for n in required.split()]
    fields += [Field(name=n, type="string") for n in optional.split()]
    return Capability(
        name=name, fields=tuple(fields), output=Output(media="video"), call=lambda s: s
    )


TEXT = capability("text-to-video", "prompt", "duration style")
IMAGE = capability("image-to-video", "image", "prompt duration tail")
SEVERAL = capability("multimodal-video", "prompt", "duration first_frame")
MODEL = Model(id="m-1", capabilities=(TEXT, IMAGE))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("prompt", TEXT),
        ("prompt duration style", TEXT),
        ("image", IMAGE),
        ("image prompt", IMAGE),
        ("image prompt tail", IMAGE),
        # nothing fits; the nearest is meant
        ("image prompt style", IMAGE),
        ("image style", IMAGE),
        ("promt", TEXT),
        ("imgae prompt", IMAGE),
        ("prompt nonsense", TEXT),
        ("style", TEXT),
        ("tail", IMAGE),
    ],
)
def test_the_capability_follows_from_the_inputs(names, chosen):
    assert choose_capability(MODEL, dict.fromkeys(names.split(), "x")) is chosen


def test_what_was_not_given_decides_nothing():
    assert choose_capability(MODEL, {"prompt": "x", "image": None}) is TEXT


def test_where_the_inputs_do_not_decide_the_choices_are_named():
    model = Model(id="m-1", capabilities=(TEXT, SEVERAL))
    with pytest.raises(InvalidInput, match="allowed: text-to-video or multimodal-video"):
        choose_capability(model, {"prompt": "x"})
    assert choose_capability(model, {"prompt": "x", "first_frame": "y"}) is SEVERAL


def test_with_no_inputs_the_choices_say_what_they_need():
    with pytest.raises(InvalidInput) as caught:
        choose_capability(MODEL, {})
    assert "text-to-video (needs prompt) or image-to-video (needs image)" in str(caught.value)
    assert caught.value.capability is None
    assert choose_capability(MODEL, {"duration": 4}, partial=True) is TEXT


@pytest.mark.parametrize("name", ["image-to-video", "image_to_video"])
def test_a_capability_can_be_named(name):
    assert choose_capability(MODEL, {"prompt": "x"}, name) is IMAGE


def test_a_name_that_the_model_lacks():
    with pytest.raises(InvalidInput) as caught:
        choose_capability(MODEL, {}, "txt-to-video")
    (problem,) = caught.value.problems
    assert problem.suggestion == "text-to-video"
    assert "text-to-video or image-to-video" in str(problem)


def test_a_model_with_one_capability_needs_no_choice():
    model = Model(id="m-1", capabilities=(IMAGE,))
    assert choose_capability(model, {"anything": 1}) is IMAGE


@given(
    st.dictionaries(
        st.text() | st.integers() | st.sampled_from(["image", "prompt"]), st.none() | st.integers()
    )
)
def test_any_inputs_lead_to_a_capability_or_to_the_choices(inputs):
    with suppress(InvalidInput):
        assert choose_capability(MODEL, inputs) in MODEL.capabilities
