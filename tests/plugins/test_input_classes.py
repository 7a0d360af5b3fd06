"""What a typed input class says: defaults, words, marks, and what differs by model."""

import copy
import pickle
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Optional

import pytest
from attrs import define, evolve, field, validators

from modelhunter.plugins import (
    Absent,
    Between,
    Capability,
    Closed,
    Default,
    Each,
    Field,
    Formerly,
    Image,
    Inferred,
    Input,
    Length,
    Matches,
    Media,
    Model,
    OneOf,
    Output,
    Pixels,
    Required,
    Role,
    Rule,
    Submission,
    UnverifiedInput,
    UploadedFile,
    capability_from,
    check,
    input_values,
    only_for,
    request_body,
)


@define
class Shot:
    """One shot of several."""

    text: Annotated[str, Length(1, 9)]
    """What it shows."""
    seconds: float | None = None


@define(kw_only=True)
class Film(Input):
    """Make a film.

    And more of it.
    """

    provider = "acme"
    capability = "film"

    model: Literal["acme-1", "acme-2", "acme-3"] | str
    prompt: Annotated[str | None, Length(most=50)] = None
    """What to show,
    and how."""
    duration: Annotated[int | None, Between(1, 16), Inferred("minimum", "default")] = 5
    mode: Annotated[Literal["fast", "fine"] | str | None, Closed] = "fast"
    look: Annotated[Literal["plain", "sketch"] | str | None, Inferred("default"), "Its look."] = (
        "plain"
    )
    """Not read, as the annotation has a text."""
    seed: Annotated[int | None, Inferred(), Formerly("dice", "random")] = None
    image: Annotated[Media | None, Image(formats=("image/png", "image/webp"))] = None
    frames: Annotated[list[Annotated[Media, Image()]] | None, Length(1, 4)] = None
    shots: list[Shot | dict[str, Any]] | None = None

    limits = (
        only_for("acme-1", "acme-2", duration=Between(most=10), seed=Absent),
        only_for(
            "acme-2",
            Rule(schema={"dependentRequired": {"seed": ["image"]}}, message="idle: no seed"),
            Rule(schema={"required": ["prompt"]}, message="prompt or nothing"),
            mode=(OneOf("fine"), Inferred("choices")),
            look=Default("sketch"),
            image=(Image(formats=("image/png",), max_bytes=9), Required, Inferred("required")),
            frames=Each(Image(formats=("image/png",)), "A frame."),
            prompt=(Length(most=20), "Short."),
        ),
    )
    rules = (
        Rule(schema={"not": {"required": ["image", "frames"]}}, message="image or frames"),
        Rule(schema={"if": {"required": ["seed"]}, "then": {"required": ["mode"]}}, message="s"),
    )


MAKES = Output(
    media="video", duration=Role(field="duration"), seed=Role(field="seed"), format=Role(value="a")
)
FILM = capability_from(Film, makes=MAKES)
ONE, TWO, THREE = (Model(id=f"acme-{n}", capabilities=(FILM,)) for n in (1, 2, 3))


def of(model: Model) -> Capability:
    (found,) = model.capabilities
    return found


def fields_of(capability: Capability) -> dict[str, Field]:
    return {one.name: one for one in capability.fields}


# ------------------------------------------------------------------- what was given


def test_a_default_that_nobody_gave_is_not_sent():
    given = Film(model="acme-1", prompt="x")
    assert given.duration is None
    assert input_values(given) == {"prompt": "x"}
    assert fields_of(FILM)["duration"].default == 5


@pytest.mark.parametrize("value", [5, 7])
def test_what_was_given_is_sent_though_it_is_the_default(value):
    assert input_values(Film(model="acme-1", duration=value)) == {"duration": value}


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, evolve, lambda one: pickle.loads(pickle.dumps(one))],
    ids=["copy", "deepcopy", "evolve", "pickle"],
)
def test_a_copy_knows_what_was_given(again):
    given = Film(model="acme-1", mode="fast")
    assert again(given) == given
    assert input_values(again(given)) == {"mode": "fast"}


def test_what_is_set_later_is_given():
    given = Film(model="acme-1")
    given.duration = 5
    assert input_values(given) == {"duration": 5}


def test_validators_see_the_default_and_a_list_is_not_sent_empty():
    seen = []

    @define(kw_only=True)
    class Checked(Input):
        provider: ClassVar[str] = "acme"
        capability: ClassVar[str] = "film"
        model: str = "acme-1"
        steps: int = field(default=4, validator=[validators.ge(1), lambda *_: seen.append(_[2])])
        tags: list[str] = field(factory=list)

    given = Checked()
    assert (given.model, given.steps, given.tags, seen) == ("acme-1", None, None, [4])
    assert input_values(given) == {}
    assert Checked(tags=[]).tags == []


def test_a_class_that_takes_its_inputs_by_place():
    @define
    class Placed(Input):
        provider: ClassVar[str] = "acme"
        capability: ClassVar[str] = "film"
        model: str
        steps: int = 4
        size: int = 8

    assert input_values(Placed("acme-1", 4)) == {"steps": 4}


# ------------------------------------------------------------------- words and marks


def test_words_are_read_from_docstrings():
    found = fields_of(FILM)
    assert found["prompt"].description == "What to show, and how."
    assert found["look"].description == "Its look."
    assert found["duration"].description == ""
    assert found["shots"].item.properties[0].description == "What it shows."
    assert FILM.title == "Make a film"
    assert evolve(found["prompt"], default="x").description == "What to show, and how."
    assert evolve(found["prompt"], description="new").description == "new"


def test_a_subclass_has_the_words_of_what_it_inherits():
    @define(kw_only=True)
    class Longer(Film):
        """Make a long film."""

        capability = "long-film"
        duration: Annotated[int | None, Between(1, 60)] = 30
        """Seconds."""

    found = fields_of(capability_from(Longer, makes="video"))
    assert found["prompt"].description == "What to show, and how."
    assert found["duration"].description == "Seconds."


@define(kw_only=True)
class Wide(Input):
    """Make something wide."""

    provider = "acme"
    capability = "wide"

    model: str
    ratio: Annotated[Literal["1:1", "2:1"] | str | None, Closed] = None
    ratios: list[Literal["1:1", "2:1"] | str] | None = None


@define(kw_only=True)
class Narrow(Input):
    """Make something narrow."""

    provider = "acme"
    capability = "narrow"

    model: str
    ratio: Annotated[Literal["2:1", "1:1"] | str | None, Closed] = None
    ratios: list[Literal["2:1", "1:1"] | str] | None = None


@pytest.mark.parametrize(("made", "order"), [(Wide, ("1:1", "2:1")), (Narrow, ("2:1", "1:1"))])
def test_choices_come_in_the_order_in_which_they_are_written(made, order):
    """Though typing takes the two annotations for the same object."""
    ratio, ratios = capability_from(made, makes="image").fields
    assert (ratio.choices, ratios.item.choices) == (order, order)


def test_a_class_without_source_has_no_words():
    names: dict[str, Any] = {"__name__": "nowhere"}
    source = (
        "from attrs import define\nfrom modelhunter.plugins import Input\n"
        "@define(kw_only=True)\nclass A(Input):\n"
        "    provider = 'a'\n    capability = 'b'\n    model: str\n    prompt: str\n    'Words.'\n"
    )
    exec(source, names)
    assert [f.description for f in capability_from(names["A"], makes="image").fields] == [""]


def test_marks_say_what_is_inferred():
    found = fields_of(FILM)
    assert found["duration"].unverified == {"minimum", "default"}
    assert found["mode"].unverified == frozenset()
    assert found["look"].unverified == {"choices", "default"}
    assert found["seed"].unverified == {"field"}
    assert found["seed"].former == ("dice", "random")


def test_a_closed_list_refuses_what_an_open_one_warns_of():
    given = {"mode": "slow", "look": "wild"}
    (problem,) = check(THREE, of(THREE), given)
    assert str(problem).startswith("mode='slow': acme-3 does not take this")
    with pytest.warns(UnverifiedInput, match="look='wild'"):
        assert check(THREE, of(THREE), {"look": "wild"}) == []


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotated[str, Closed], "Odd.value: Closed belongs to a Literal"),
        (Annotated[str, Inferred("maximun")], "Inferred names 'maximun', which is no attribute"),
        (Annotated[list[str], OneOf("a")], "OneOf is for single values"),
        (Annotated[int, Pixels(max_side=9)], "Pixels is for text"),
        (Literal["a"] | int, "an input has one type"),
    ],
)
def test_marks_that_mean_nothing(annotation, said):
    names = {"model": str, "value": annotation}
    odd = type("Odd", (Input,), {"provider": "a", "capability": "b", "__annotations__": names})
    with pytest.raises(TypeError, match=said):
        capability_from(define(kw_only=True)(odd), makes="image")


@pytest.mark.parametrize("choice", [OneOf(0.5, 1.5), OneOf("a", "b")])
def test_choices_that_no_literal_can_list(choice):
    kind = type(choice.choices[0])
    names = {"model": str, "value": Annotated[kind, choice]}
    made = type("Odd", (Input,), {"provider": "a", "capability": "b", "__annotations__": names})
    (found,) = capability_from(define(kw_only=True)(made), makes="image").fields
    assert (found.choices, found.unverified) == (choice.choices, frozenset())


# ------------------------------------------------------------------- parts of objects


@define
class Tree:
    """A part that holds itself."""

    name: str
    branches: "list[Tree] | None" = None


@define
class Loose:
    """A part of which one member has several types."""

    id: int | str


@define
class Opaque:
    """A part of which one member can be anything."""

    value: Any


@define(kw_only=True)
class Garden(Input):
    """Draw a garden."""

    provider = "acme"
    capability = "garden"

    model: str
    tree: Tree
    trees: Optional["list[Tree]"] = None
    loose: Loose | None = None
    opaque: Opaque | None = None
    either: Tree | Loose | dict[str, Any] | None = None
    plants: list[Any] | None = None


def test_parts_are_looked_into_as_far_as_fields_can_say():
    found = fields_of(capability_from(Garden, makes="image"))
    assert [one.name for one in found["tree"].properties] == ["name", "branches"]
    (branch,) = [one for one in found["tree"].properties if one.name == "branches"]
    words = "A part that holds itself."
    assert branch.item == Field(name="item", type="object", description=words)
    assert [one.name for one in found["trees"].item.properties] == ["name", "branches"]
    (loose,) = found["loose"].properties
    assert (loose.name, loose.type, loose.other_types) == ("id", "integer", ("string",))
    assert (found["opaque"].type, found["opaque"].properties) == ("object", ())
    assert (found["either"].type, found["either"].properties) == ("object", ())
    assert (found["plants"].type, found["plants"].item) == ("array", None)


def test_a_part_of_several_types_takes_each():
    model = Model(id="garden", capabilities=(capability_from(Garden, makes="image"),))
    tree = {"name": "a"}
    for id_ in (7, "x"):
        assert check(model, of(model), {"tree": tree, "loose": {"id": id_}}) == []
    (problem,) = check(model, of(model), {"tree": tree, "loose": {"id": 1.5}})
    assert str(problem) == "loose.id=1.5 (float): a whole number or a string is needed"


# ------------------------------------------------------------------- what differs by model


def test_a_model_has_what_is_said_of_it_and_keeps_the_rest():
    one, two, three = fields_of(of(ONE)), fields_of(of(TWO)), fields_of(of(THREE))
    assert [f.maximum for f in (one["duration"], two["duration"], three["duration"])] == [
        10,
        10,
        16,
    ]
    assert one["duration"].unverified == {"minimum", "default"}
    assert "seed" not in one
    assert three == fields_of(FILM)
    assert (two["mode"].choices, two["mode"].unverified) == (("fine",), {"choices"})
    assert (two["look"].default, two["look"].unverified) == ("sketch", {"choices"})
    assert (two["image"].media.max_bytes, two["image"].required) == (9, True)
    assert two["image"].is_inferred("required")
    assert two["frames"].item.media.formats == ("image/png",)
    assert (two["frames"].item.description, two["frames"].max_items) == ("A frame.", 4)
    assert (two["prompt"].max_length, two["prompt"].description) == (20, "Short.")


def test_a_default_that_a_model_excludes_is_none_of_it():
    assert fields_of(of(ONE))["mode"].default == "fast"
    assert fields_of(of(TWO))["mode"].default is None
    assert "default" not in fields_of(of(TWO))["mode"].unverified


def test_rules_and_outputs_speak_of_the_inputs_that_are_there():
    assert [rule.message for rule in of(ONE).rules] == ["image or frames"]
    assert [rule.message for rule in of(TWO).rules] == ["prompt or nothing", "image or frames"]
    assert [rule.message for rule in of(THREE).rules] == ["image or frames", "s"]
    assert of(ONE).output == evolve(MAKES, seed=Role())
    assert of(THREE).output == MAKES


def test_the_widest_limits_stay_known():
    assert of(ONE).general is FILM
    assert of(ONE).general.field("duration").maximum == 16
    assert evolve(ONE, title="Acme").capabilities == ONE.capabilities


def test_another_model_knows_who_has_an_input():
    from modelhunter.plugins import Provider

    provider = Provider(name="acme", models=(ONE, THREE))
    (problem,) = check(ONE, of(ONE), {"seed": 3}, provider=provider)
    assert "only acme-3 has it" in str(problem)


def limited(*limits: Any) -> type[Input]:
    @define(kw_only=True)
    class Limited(Input):
        """Make something."""

        provider: ClassVar[str] = "acme"
        capability: ClassVar[str] = "film"
        model: Literal["acme-1"] | str
        duration: Annotated[int | None, Between(1, 16)] = 5
        names: list[str] | None = None

    Limited.limits = limits
    return Limited


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (only_for("acme-1", duratoin=Absent), "names 'duratoin'.*did you mean duration"),
        (only_for("acme-11", duration=Absent), "names 'acme-11'.*did you mean acme-1"),
        (only_for("acme-1", duration=5), r"5 says nothing about an input; Default\(5\)"),
        (only_for("acme-1", duration=Length(1)), "Length is for text and lists"),
        (only_for("acme-1", duration=Image()), "image belongs to Media"),
        (only_for("acme-1", duration=Each(Length(1))), "Each is for the items"),
        (only_for("acme-1", names=Inferred("x")), "Inferred names 'x'"),
        (7, "Limited.limits: 7 is no OnlyFor"),
    ],
)
def test_what_is_said_wrongly_of_a_model(limit, said):
    with pytest.raises(TypeError, match=said):
        capability_from(limited(limit), makes="video")


def test_only_for_nobody():
    with pytest.raises(TypeError, match="name the models first"):
        only_for(duration=Absent)


def test_inputs_called_limits_and_rules_are_inputs():
    @define(kw_only=True)
    class Odd(Input):
        provider: ClassVar[str] = "acme"
        capability: ClassVar[str] = "film"
        model: str
        limits: str  # type: ignore[assignment]
        rules: list[str] | None = None  # type: ignore[assignment]

    assert [one.name for one in capability_from(Odd, makes="video").fields] == ["limits", "rules"]


# ------------------------------------------------------------------- former names


def test_former_names_are_taken_with_a_warning():
    with pytest.warns(DeprecationWarning, match="'dice' is called 'seed' now") as caught:
        given = Film(model="acme-1", dice=3)
    assert caught[0].filename == __file__
    assert input_values(given) == {"seed": 3}
    with pytest.warns(DeprecationWarning, match="'random' is called 'seed' now"):
        assert given.random == 3
    with pytest.raises(TypeError, match="got 'seed' and 'dice'"):
        Film(model="acme-1", dice=3, seed=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'dize'"):
        Film(model="acme-1", dize=3)


# ------------------------------------------------------------------- pixels


@define(kw_only=True)
class Picture(Input):
    """Draw."""

    provider = "acme"
    capability = "picture"

    model: str
    size: Annotated[
        str | None,
        Matches("^(2K|[0-9]+x[0-9]+)$"),
        Pixels(presets=("7x7",), multiple_of=64, max_pixels=1_000_000, min_ratio=0.5, max_ratio=2),
    ] = "2K"
    width: int | None = None
    height: int | None = None


PEN = Model(id="pen", capabilities=(capability_from(Picture, makes="image"),))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": "2K"}, None),
        ({"size": "7x7"}, None),
        ({"size": "640x640"}, None),
        ({"size": "640x0"}, "a side has no length"),
        ({"size": "600x640"}, "not a multiple of 64 pixels; did you mean 576x640?"),
        ({"size": "1280x1280"}, "1280x1280 has 1,638,400 pixels; allowed: at most 1,000,000"),
        ({"size": "1280x64"}, "allowed: at most 2 times as long as the other"),
        ({"size": "huge"}, "does not take text of this form"),
        ({"width": 640, "height": 640}, None),
        ({"width": 1280, "height": 1280}, "1280x1280 has 1,638,400 pixels"),
        ({"width": 100, "height": 640}, "one side is too long"),
        ({"width": "1280", "height": 1280}, "a whole number is needed"),
    ],
)
def test_sizes_in_pixels(given, said):
    found = check(PEN, of(PEN), given)
    assert len(found) == (said is not None)
    assert said is None or said in str(found[0])


# ------------------------------------------------------------------- the body of a request


def test_the_body_has_what_was_given():
    given = Film(
        model="acme-1",
        duration=5,
        image=UploadedFile("f", "https://x.test/a"),
        shots=[Shot("a"), {"text": "b", "seconds": 2}],
    )
    assert request_body(given, "https://x.test/hook", {"mine": 1}) == {
        "model": "acme-1",
        "input": {
            "duration": 5,
            "image": "https://x.test/a",
            "shots": [{"text": "a"}, {"text": "b", "seconds": 2}],
        },
        "webhookUrl": "https://x.test/hook",
        "metadata": {"mine": 1},
    }
    submission = Submission(model="m", input={"a": 1}, metadata={"b": 2})
    assert request_body(submission) == {"model": "m", "input": {"a": 1}, "metadata": {"b": 2}}


@pytest.mark.parametrize("local", [b"x", Path("a.png")])
def test_a_call_uploads_nothing(local):
    given = Film(model="acme-1", frames=[local])
    with pytest.raises(TypeError, match="frames: an endpoint's function takes addresses, not"):
        request_body(given)


def test_a_check_of_an_object_gets_plain_values():
    seen: list[Any] = []
    made = capability_from(Film, makes="video", check=lambda values: seen.append(values) or ())
    model = Model(id="acme-3", capabilities=(made,))
    check(model, of(model), {"shots": [Shot("a")]})
    assert seen == [{"shots": [{"text": "a"}]}]
