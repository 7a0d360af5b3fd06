from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter_kling import Segment, TextToVideo
from modelhunter_kling.plugin import check_shots, prepare_shots

SHOTS = [{"index": 1, "prompt": "a", "duration": 2}, {"index": 2, "prompt": "b", "duration": 4}]
IMAGE = "https://example.com/a.png"


@pytest.mark.parametrize(
    ("model", "inputs", "expected"),
    [
        ("kling-v3", {"duration": 5}, ("0.42", "0.84", "0.42")),
        ("kling-v3", {"duration": 10, "mode": "pro", "sound": "on"}, ("0.84", "1.68", "1.68")),
        ("kling-v3", {"duration": 10, "mode": "std", "sound": "on"}, ("0.84", "1.68", "1.26")),
        ("kling-v3", {}, ("0.252", "2.52", "0.42")),
        ("kling-v2-6", {"duration": 5}, ("0.21", "1.4", "0.21")),
        ("kling-v2-6", {"duration": 10, "mode": "pro", "sound": "on"}, ("0.21", "1.4", "1.4")),
        # the table has no price for this
        ("kling-v2-6", {"duration": 5, "mode": "std", "sound": "on"}, ("0.21", "1.4", "None")),
    ],
)
def test_prices(cost, model, inputs, expected):
    assert cost(model, prompt="x", **inputs) == expected


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        (
            "kling-v2-6",
            {"prompt": "x", "duration": 6},
            "duration=6: kling-v2-6 does not take this; al",
        ),
        ("kling-v2-6", {"prompt": "x", "duration": 6}, "allowed: 5 or 10"),
        ("kling-v3", {"prompt": "x", "duration": 16}, "allowed: 3 to 15"),
        (
            "kling-v3",
            {"prompt": "x", "sound": True},
            "sound=True (bool): a string is needed; allowed",
        ),
        ("kling-v2-6", {"prompt": "x", "multi_shot": True}, "only kling-v3 has it"),
        ("kling-v2-6", {"image": IMAGE, "image_tail": IMAGE}, "takes image_tail only in mode pro"),
        (
            "kling-v3",
            {"multi_prompt": SHOTS, "prompt": "x"},
            "multi_prompt needs multi_shot beside",
        ),
        (
            "kling-v3",
            {"multi_shot": True, "prompt": "x"},
            "needs multi_prompt with the text of each",
        ),
        ("kling-v3", {"duration": 5}, "prompt is needed, unless"),
        (
            "kling-v3",
            {"prompt": "x", "voice_list": [{"voice_id": "v"}]},
            'voice_list needs sound "on"',
        ),
        (
            "kling-v3",
            {"multi_shot": True, "multi_prompt": SHOTS, "duration": 7},
            "the shots last 6 seconds in all, but duration is 7 (inferred, not documented)",
        ),
        (
            "kling-v3",
            {"multi_shot": True, "multi_prompt": [*SHOTS, {"prompt": "c"}], "duration": 6},
            "leave none of the 6 seconds over",
        ),
        (
            "kling-v3",
            {"multi_shot": True, "multi_prompt": [SHOTS[0], SHOTS[0]]},
            "several shots have the index 1",
        ),
        (
            "kling-v3",
            {"multi_shot": True, "multi_prompt": SHOTS * 4, "duration": 5},
            "8 items are more than kling-v3 takes; allowed: 1 to 6",
        ),
    ],
)
def test_what_a_model_does_not_take(problems, model, inputs, said):
    (problem,) = problems(model, **inputs)
    assert said in problem


def test_the_last_frame_goes_with_mode_pro_or_v3(problems):
    assert problems("kling-v2-6", image=IMAGE, image_tail=IMAGE, mode="pro") == []
    assert problems("kling-v3", image=IMAGE, image_tail=IMAGE) == []


def test_true_is_sent_as_the_word_and_the_shots_give_the_length(sent):
    assert sent("kling-v3", multi_shot=True, multi_prompt=SHOTS) == {
        "multi_shot": "true",
        "multi_prompt": SHOTS,
        "duration": 6,
    }
    assert sent("kling-v3", prompt="x", multi_shot=False) == {"prompt": "x"}
    assert sent("kling-v3", prompt="x", multi_shot="intelligence")["multi_shot"] == "intelligence"


def test_shots_without_a_length_leave_the_duration_alone(sent):
    given = {"multi_shot": "true", "multi_prompt": [{"prompt": "a"}, SHOTS[1]]}
    assert sent("kling-v3", **given) == given
    assert sent("kling-v3", **given, duration=5)["duration"] == 5


def test_the_length_of_shots_counts_for_the_price(cost, sent):
    inputs = sent("kling-v3", multi_shot=True, multi_prompt=SHOTS, mode="std", sound="off")
    assert cost("kling-v3", **inputs) == ("0.504", "1.008", "0.504")


def test_shots_may_be_typed(sent):
    shots = [Segment(index=1, prompt="a", duration=3.0)]
    given = TextToVideo(model="kling-v3", multi_shot="true", multi_prompt=shots)
    inputs = sent("kling-v3", multi_shot=given.multi_shot, multi_prompt=given.multi_prompt)
    assert inputs["multi_prompt"] == [{"index": 1, "prompt": "a", "duration": 3.0}]


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["duration", "index", "prompt"]), inner, max_size=3)
    ),
)
INPUTS = st.dictionaries(st.sampled_from(["multi_shot", "multi_prompt", "duration"]), HOSTILE)


@given(INPUTS)
def test_preparing_takes_anything_and_changes_nothing_twice(inputs):
    before = repr(inputs)
    prepared = prepare_shots(inputs)
    assert repr(inputs) == before
    assert repr(prepare_shots(prepared)) == repr(prepared)


LENGTHS = st.lists(st.none() | st.integers(1, 9), min_size=1, max_size=6)


@given(LENGTHS, st.integers(3, 15))
def test_shots_fit_exactly_or_leave_room_for_those_without_a_length(lengths, duration):
    shots = [{"prompt": "x"} | ({"duration": n} if n else {}) for n in lengths]
    known = [n for n in lengths if n]
    left = duration - sum(known)
    fits = not known or (left > 0 if len(known) < len(lengths) else left == 0)
    found = list(check_shots({"multi_prompt": shots, "duration": duration}))
    assert (found == []) == fits
