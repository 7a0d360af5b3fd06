from __future__ import annotations

import copy
import pickle
import warnings
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.errors import InvalidInput, PluginError
from modelhunter.plugins import (
    Capability,
    Field,
    MediaRule,
    Model,
    Output,
    Problem,
    Provider,
    Rule,
    UnverifiedInput,
    check,
    checked,
    prepare,
)
from modelhunter.runtime.decode import UNSET, Unset
from modelhunter.runtime.encode import CODECS, plain, register

PROMPT = Field(name="prompt", type="string", required=True, max_length=20)
SHOT = Field(
    name="shot",
    type="object",
    properties=(
        Field(name="text", type="string", required=True, max_length=5),
        Field(name="seconds", type="integer", minimum=1),
    ),
)
FIELDS = (
    PROMPT,
    Field(name="duration", type="integer", minimum=1, maximum=16, default=5),
    Field(name="resolution", type="string", choices=("540p", "720p")),
    Field(name="lengths", type="integer", choices=(5, 10)),
    Field(name="scale", type="number", minimum=1, maximum=10, multiple_of=0.5),
    Field(name="sound", type="boolean"),
    Field(name="code", type="string", pattern="^[a-z]+$", min_length=2),
    Field(name="tags", type="array", min_items=1, max_items=3, item=Field(name="", type="string")),
    Field(name="shots", type="array", max_items=30, item=SHOT),
    Field(name="from", keyword="from_", type="string"),
)


def capability(*fields, name="text-to-video", **more):
    return Capability(
        name=name, fields=fields, output=Output(media="video"), call=lambda s: s, **more
    )


def model_of(*capabilities, name="m-1"):
    return Model(id=name, capabilities=capabilities)


def problems(inputs, *fields, **more):
    able = capability(*(fields or FIELDS), **more)
    return check(model_of(able), able, inputs)


def only(inputs, *fields, **more):
    (problem,) = problems(inputs, *fields, **more)
    return problem


def test_what_is_right_has_no_problem():
    right = {
        "prompt": "a cat",
        "duration": 4.0,
        "resolution": "720p",
        "lengths": 10,
        "scale": 1.5,
        "sound": False,
        "code": "ab",
        "tags": ("x", "y"),
        "shots": [{"text": "one", "seconds": 2}],
        "from_": "here",
    }
    assert problems(right) == []
    assert problems({"prompt": "a cat", "duration": None}) == []


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({}, "prompt: is needed and was not given; allowed: at most 20 characters"),
        ({"prompt": None}, "prompt: is needed and was not given"),
        ({"prompt": "x" * 21}, "21 characters are more than m-1 takes; allowed: at most 20"),
        ({"duration": 17}, "duration=17: more than m-1 takes; allowed: 1 to 16"),
        ({"duration": 0}, "duration=0: less than m-1 takes; allowed: 1 to 16"),
        ({"duration": "4"}, "duration='4' (str): a whole number is needed; allowed: 1 to 16"),
        ({"duration": True}, "duration=True (bool): a whole number is needed"),
        ({"duration": 4.5}, "duration=4.5 (float): a whole number is needed"),
        ({"duration": float("nan")}, "duration=nan (float): a whole number is needed"),
        ({"duration": 10**5000}, "duration=a number of over 40 digits: more than m-1 takes"),
        ({"resolution": "720"}, "resolution='720': m-1 does not take this; allowed: '540p' or"),
        ({"resolution": "720"}, "did you mean '720p'?"),
        ({"lengths": 6}, "lengths=6: m-1 does not take this; allowed: 5 or 10"),
        ({"scale": 1.2}, "scale=1.2: not a multiple of 0.5; allowed: 1 to 10, in steps of 0.5"),
        ({"sound": "on"}, "sound='on' (str): True or False is needed"),
        ({"sound": 1}, "sound=1 (int): True or False is needed"),
        ({"code": "A1"}, "allowed: text that matches ^[a-z]+$"),
        ({"code": "a"}, "1 characters are fewer than m-1 takes; allowed: at least 2 characters"),
        ({"prompt": "ab\ud800"}, "half of a surrogate pair"),
        ({"tags": "x"}, "tags='x' (str): a list is needed; allowed: 1 to 3 items"),
        ({"tags": []}, "tags: 0 items are fewer than m-1 takes"),
        ({"tags": [1, "x"]}, "tags[0]=1 (int): a string is needed"),
        ({"tags": ["x"] * 4}, "tags: 4 items are more than m-1 takes; allowed: 1 to 3 items"),
        ({"shots": [{}]}, "shots[0].text: is needed; allowed: at most 5 characters"),
        ({"shots": [{"text": "x"}, {"text": "long text"}]}, "shots[1].text='long text': 9 char"),
        ({"shots": [{"text": "x", "secnds": 2}]}, "shots[0].secnds: there is no such member; did"),
        ({"shots": ["x"]}, "shots[0]='x' (str): an object (a dict) is needed"),
        ({"promt": "a cat"}, "promt: m-1 has no such input for text-to-video; did you mean prom"),
        ({"zzz": 1}, "zzz: m-1 has no such input for text-to-video; allowed: prompt, duration,"),
        ({"from": "a", "from_": "b"}, "from: given twice, as from and as from_"),
        ({7: 1}, "the name of an input must be a string, not 7"),
    ],
)
def test_each_problem_says_what_where_and_what_is_allowed(inputs, sentence):
    about_the_prompt = not inputs or {"prompt", "promt"} & inputs.keys()
    assert sentence in str(only(inputs if about_the_prompt else inputs | {"prompt": "x"}))


def test_all_problems_come_at_once():
    found = problems({"duration": 99, "resolution": 3, "tags": [], "nope": 1})
    assert {problem.field for problem in found} == {
        "prompt",
        "duration",
        "resolution",
        "tags",
        "nope",
    }


def test_a_misspelt_required_input_is_one_problem_not_two():
    assert only({"promt": "a cat"}).suggestion == "prompt"


def test_an_inferred_limit_says_that_it_is():
    field = Field(name="duration", type="integer", maximum=15, unverified=frozenset({"maximum"}))
    assert "at most 15 (inferred, not documented)" in str(only({"duration": 16}, field))
    needed = Field(name="x", type="string", required=True, unverified=frozenset({"required"}))
    assert "inferred" in only({}, needed).message


def test_inferred_choices_are_open():
    field = Field(
        name="ratio", type="string", choices=("16:9", "1:1"), unverified=frozenset({"choices"})
    )
    with pytest.warns(
        UnverifiedInput, match=r"ratio='2:1' is not among .*'16:9' and '1:1'"
    ) as seen:
        assert problems({"ratio": "2:1"}, field) == []
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert problems({"ratio": "1:1"}, field) == []
    assert "a string is needed" in only({"ratio": 7}, field).message


def test_nothing_is_warned_of_when_nothing_will_be_sent():
    field = Field(name="ratio", type="string", choices=("1:1",), unverified=frozenset({"choices"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(problems({"ratio": "2:1", "nonsense": 1}, field)) == 1


def test_an_input_of_another_model_or_capability_says_whose_it_is():
    image = Field(name="image", type="string", required=True)
    shots = Field(name="shots", type="array")
    text = capability(PROMPT)
    able = model_of(text, capability(PROMPT, image, name="image-to-video"), name="m-1")
    other = model_of(capability(PROMPT, shots), name="m-2")
    provider = Provider(name="acme", models=(able, other))

    found = check(able, text, {"prompt": "x", "image": "a", "shots": []}, provider=provider)

    assert [problem.message for problem in found] == [
        "m-1 has no such input for text-to-video, only for image-to-video",
        "m-1 has no such input for text-to-video, only m-2 has it",
    ]


# ------------------------------------------------------------------- rules and own checks

PAIR = Rule(schema={"dependentRequired": {"width": ["height"]}}, message="width needs height")
SIZES = (Field(name="width", type="integer"), Field(name="height", type="integer"))


def test_a_broken_rule_is_a_problem():
    problem = only({"width": 3}, *SIZES, rules=(PAIR,))
    assert problem == Problem("width", "width needs height")
    assert problems({"width": 3, "height": 4}, *SIZES, rules=(PAIR,)) == []


def test_an_inferred_rule_says_that_it_is():
    rule = attrs.evolve(PAIR, unverified=True)
    assert str(only({"width": 3}, *SIZES, rules=(rule,))).endswith("(inferred, not documented)")


def test_a_rule_about_an_input_that_is_wrong_anyway_is_left_out():
    assert only({"width": "3"}, *SIZES, rules=(PAIR,)).field == "width"


def test_the_plugins_own_check_adds_to_the_rest():
    def no_blue(inputs):
        if "blue" in inputs["prompt"]:
            yield Problem("prompt", "no blue, please")

    assert only({"prompt": "blue"}, PROMPT, check=no_blue).message == "no blue, please"
    # the check fails on a prompt that is no text, which is reported already
    assert "a string is needed" in only({"prompt": 7}, PROMPT, check=no_blue).message


def test_a_check_that_fails_on_good_inputs_is_the_plugins_fault():
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        problems({"prompt": "x"}, PROMPT, check=lambda inputs: 1 / 0)
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        problems({"prompt": "x"}, PROMPT, prepare=lambda inputs: 1 / 0)


def test_prepare_comes_before_the_check():
    def on_off(inputs):
        words = {True: "on", False: "off"}
        sound = inputs.get("sound")
        return inputs | {"sound": words[sound]} if isinstance(sound, bool) else inputs

    field = Field(name="sound", type="string", choices=("on", "off"))
    able = capability(field, prepare=on_off)
    assert checked(model_of(able), able, {"sound": True}) == {"sound": "on"}
    assert checked(model_of(able), able, {"sound": "on"}) == {"sound": "on"}


def test_a_job_is_prepared_once():
    def shout(inputs):
        return inputs | {"prompt": inputs["prompt"] + "!"}

    able = capability(PROMPT, prepare=shout)
    assert checked(model_of(able), able, {"prompt": "hi"}) == {"prompt": "hi!"}


def test_with_partial_all_is_judged_where_nothing_is_missing():
    def refuse(inputs):
        yield Problem("prompt", "no such thing")

    able = capability(PROMPT, *SIZES, rules=(PAIR,), check=refuse)
    for inputs in ({"prompt": "x"}, {"prompt": "x", "width": 3}):
        whole = check(model_of(able), able, inputs)
        assert whole
        assert check(model_of(able), able, inputs, partial=True) == whole
    assert check(model_of(able), able, {"width": 3}, partial=True) == []


def test_with_partial_only_what_was_given_is_judged():
    able = capability(PROMPT, *SIZES, rules=(PAIR,))
    assert check(model_of(able), able, {"width": 3}, partial=True) == []
    assert len(check(model_of(able), able, {"width": "3"}, partial=True)) == 1


# ------------------------------------------------------------------- what goes on the wire


@attrs.define(kw_only=True)
class Shot:
    text: str
    from_: str | None = attrs.field(default=None, metadata={"wire": "from"})


def test_inputs_become_wire_names_and_plain_values():
    given = {
        "from_": "x",
        "duration": Decimal(4),
        "shots": (Shot(text="a", from_="b"),),
        "seed": None,
    }
    before = copy.deepcopy(given)

    sent = prepare(capability(*FIELDS), given)

    assert sent == {"from": "x", "duration": 4, "shots": [{"text": "a", "from": "b"}]}
    assert type(sent["duration"]) is int
    assert given == before


@pytest.fixture
def scene():
    """A class as the generator writes them: renamed fields, nothing for what is not set."""

    @attrs.define(kw_only=True)
    class Scene:
        style_name: str
        end_frame: str | Unset | None = UNSET

    def encode(value):
        data = {"style-name": value.style_name}
        return data if value.end_frame is UNSET else data | {"endFrame": value.end_frame}

    register(Scene, lambda value: Scene(style_name=value["style-name"]), encode)
    yield Scene
    del CODECS[Scene]


def test_generated_classes_are_written_as_on_the_wire_wherever_they_stand(scene):
    class OfMine(scene):
        pass

    given = {
        "code": scene(style_name="a", end_frame=None),
        "tags": [scene(style_name="b"), {"inner": (scene(style_name="c"),)}],
        "shots": [OfMine(style_name="d")],
    }
    assert prepare(capability(*FIELDS), given) == {
        "code": {"style-name": "a", "endFrame": None},
        "tags": [{"style-name": "b"}, {"inner": [{"style-name": "c"}]}],
        "shots": [{"style-name": "d"}],
    }
    assert plain([OfMine(style_name="d")]) == [{"style-name": "d"}]


def test_what_is_not_set_is_not_given():
    given = {"code": UNSET, "shots": [{"text": UNSET, "from": "b"}, Shot(text="a", from_=UNSET)]}
    assert prepare(capability(*FIELDS), given) == {"shots": [{"from": "b"}, {"text": "a"}]}


def test_prepare_gets_a_copy_of_its_own():
    def spoil(inputs):
        inputs["tags"].append("more")
        return inputs

    tags = ["x"]
    assert prepare(capability(*FIELDS, prepare=spoil), {"tags": tags}) == {"tags": ["x", "more"]}
    assert tags == ["x"]


def test_checked_raises_with_every_problem():
    able = capability(*FIELDS)
    with pytest.raises(InvalidInput) as caught:
        checked(model_of(able), able, {"duration": 99, "nope": 1})
    error = pickle.loads(pickle.dumps(caught.value))
    assert len(error.problems) == 3
    assert (error.model, error.capability) == ("m-1", "text-to-video")
    assert "\n  - duration=99: more than" in str(error)


# ------------------------------------------------------------------- hostile input


class Rude:
    def __repr__(self):
        raise RuntimeError

    __str__ = __repr__

    def __fspath__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = object.__hash__


def bomb():
    value = ["x"]
    for _ in range(18):
        value = [value] * 10
    return value


def loop():
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [bomb(), loop(), Rude(), Fraction(1, 3), 1j, object, {"a": Rude()}, b"secret" * 999, range(5)],
)
@pytest.mark.parametrize("field", [field.name for field in FIELDS])
def test_hostile_values_are_problems(field, value):
    found = problems({"prompt": "x", field: value})
    assert found
    text = "".join(map(str, found))
    assert len(text) < 2000
    assert "secret" not in text


def test_a_great_many_wrong_items_and_names_are_summed_up():
    found = problems({"prompt": "x", "shots": [7] * 30} | {f"name{n}": 1 for n in range(5000)})
    assert len(found) < 50
    assert any(
        "19 items after these were not checked" in str(problem)
        or "20 items after these were not checked" in str(problem)
        for problem in found
    )
    assert any("4,980 more inputs are unknown" in str(problem) for problem in found)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
MEDIA = Field(name="image", type="string", media=MediaRule(kind="image", data_uri=True))
NAMES = st.sampled_from([*(field.name for field in FIELDS), "image"]) | st.text()


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_any_input_gives_problems_never_a_crash(inputs):
    before = repr(inputs)
    for problem in problems(inputs, *FIELDS, MEDIA, rules=(PAIR,)):
        assert len(str(problem)) < 600
        assert str(problem).isprintable()
    assert repr(inputs) == before
