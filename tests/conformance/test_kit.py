"""The conformance kit passes what is right, and says what is wrong with the rest."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins import (
    Between,
    Capability,
    Field,
    Image,
    Input,
    Length,
    Media,
    MediaRule,
    Model,
    Output,
    Price,
    Problem,
    Provider,
    Registry,
    Rule,
    capability_from,
    hookimpl,
)
from modelhunter.plugins.values import value_findings
from modelhunter.testing import ProviderConformance
from modelhunter.testing.patterns import matching
from modelhunter.testing.values import edges, example, example_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator


@define
class Shot:
    """One part of a video."""

    text: Annotated[str, Length(1, 20), "What it shows"]
    seconds: Annotated[int, Between(1, 5), "How long it is"] = 2


@define(kw_only=True)
class TextToVideo(Input):
    """Make a video from a text."""

    provider: ClassVar[str] = "kit"
    capability: ClassVar[str] = "text-to-video"

    model: str = "kit/one"
    prompt: Annotated[str, Length(5, 50), "What to show"]
    duration: Annotated[int, Between(2, 10, step=2), "Seconds"] = 4
    ratio: Annotated[Literal["16:9", "1:1"], "Width to height"] = "16:9"
    shots: Annotated[list[Shot] | None, Length(1, 3), "Its parts"] = None


@define(kw_only=True)
class ImageToVideo(Input):
    """Make a video from a picture."""

    provider: ClassVar[str] = "kit"
    capability: ClassVar[str] = "image-to-video"

    model: str = "kit/two"
    image: Annotated[Media, Image(max_bytes=10_000), "Where it begins"]
    prompt: Annotated[str | None, Length(most=50), "What happens"] = None
    ending: Annotated[Literal["fade", "cut"] | None, "How it ends"] = None


PRICE = Price(
    unit="second",
    quantity="duration",
    low=Decimal("0.1"),
    high=Decimal("0.1"),
    as_of=date(2026, 11, 1),
)
RULE = Rule(
    schema={"anyOf": [{"required": ["prompt"]}, {"required": ["ending"]}]},
    message="give a prompt or an ending",
)
FILM = capability_from(TextToVideo, makes="video")
MOVE = capability_from(ImageToVideo, makes="video", rules=(RULE,))
ONE = Model(id="kit/one", aliases=("kit-latest",), capabilities=(FILM,), price=PRICE)
TWO = Model(id="kit/two", capabilities=(MOVE,), price=evolve(PRICE, unit="video", quantity=None))


class Plugin:
    def __init__(self, *models: Model) -> None:
        self.models = models

    @hookimpl
    def modelhunter_provider(self) -> Provider:
        return Provider(name="kit", models=self.models)


def registry_of(*models: Model) -> Registry:
    registry = Registry(list, environment={})
    registry.register(Plugin(*models), name="kit plugin")
    return registry


REGISTRY = registry_of(ONE, TWO)


class TestARightProvider(ProviderConformance):
    provider = "kit"
    installed = False

    @classmethod
    def registry(cls):
        return REGISTRY


class TestWhatItDoesNotDo(ProviderConformance):
    """Without prices and typed inputs, and with a rule whose sense nobody can guess."""

    provider = "kit"
    installed = typed = priced = False
    examples: ClassVar = {"kit/bare text-to-video": {"prompt": "a secret word"}}

    @classmethod
    def registry(cls):
        return BARE


SECRET = Rule(
    schema={"properties": {"prompt": {"pattern": "secret"}}}, message="the prompt lacks the word"
)
BARE = registry_of(
    Model(id="kit/bare", capabilities=(evolve(FILM, input_class=None, rules=(SECRET,)),))
)


# ------------------------------------------------------------------- what is wrong is found


def kit_for(*models: Model, **said: object) -> ProviderConformance:
    """The kit, subclassed for a provider of these models."""
    registry = registry_of(*models)
    names = {"provider": "kit", "installed": False, "registry": classmethod(lambda cls: registry)}
    return type("Kit", (ProviderConformance,), names | said)()


def bad(**changes: object) -> Model:
    """The model with something wrong in its first capability."""
    return evolve(ONE, capabilities=(evolve(FILM, **changes),))


def field_changed(name: str, **changes: object) -> tuple[Field, ...]:
    return tuple(evolve(f, **changes) if f.name == name else f for f in FILM.fields)


@pytest.mark.parametrize(
    ("model", "test", "said"),
    [
        (
            bad(fields=field_changed("duration", description="")),
            "test_inputs_are_described",
            "without a description: duration",
        ),
        (bad(title=""), "test_inputs_are_described", "no title"),
        (
            bad(fields=field_changed("duration", default=3)),
            "test_values_within_the_limits_pass",
            "duration, the default",
        ),
        (
            bad(fields=field_changed("ratio", default="9:16")),
            "test_values_within_the_limits_pass",
            "ratio, the default",
        ),
        (
            bad(request_schema=lambda: {"type": "object"}),
            "test_the_schema_of_the_request_has_the_same_limits",
            "prompt, another type",
        ),
        (evolve(ONE, price=None), "test_the_price_is_known_before_sending", "say priced = False"),
        (
            evolve(ONE, price=evolve(PRICE, as_of=date(9999, 1, 1))),
            "test_the_price_is_known_before_sending",
            "9999",
        ),
        (
            evolve(ONE, capabilities=(MOVE, FILM)),
            "test_the_price_is_known_before_sending",
            "nothing bounds what it may cost",
        ),
    ],
)
def test_a_mistake_in_the_data_is_found(model, test, said):
    kit = kit_for(model)
    with pytest.raises(AssertionError, match=said):
        getattr(kit, test)(kit.offers()[0])


def test_what_cannot_be_derived_is_asked_for():
    kit = kit_for(bad(rules=(SECRET,)))
    with pytest.raises(pytest.fail.Exception, match=r"examples = \{'text-to-video'"):
        kit.test_values_within_the_limits_pass(kit.offers()[0])


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (bad(input_class=None), "say typed = False"),
        (bad(input_class=ImageToVideo), "image-to-video"),
        (
            bad(fields=(*FILM.fields, Field(name="sound", type="boolean"))),
            "TextToVideo lacks sound",
        ),
    ],
)
def test_typed_inputs_that_are_another(model, said):
    kit = kit_for(model)
    with pytest.raises(AssertionError, match=said):
        kit.test_by_typed_input(kit.offers()[0], None)


def test_a_plugin_that_is_not_installed_has_no_index():
    kit = kit_for(ONE, installed=True)
    with pytest.raises(AssertionError, match="no installed distribution"):
        kit.test_the_index_names_what_the_hooks_bring()


# ------------------------------------------------------------------- what is derived


def test_what_rules_ask_for_is_added():
    assert example_inputs(TWO, MOVE) == {
        "image": "https://example.com/sample.png",
        "prompt": "A lighthouse in a storm",
    }


def test_a_check_of_the_plugin_counts():
    def refuse(values: dict[str, object]) -> Iterator[Problem]:
        if "ratio" not in values:
            yield Problem(None, "no ratio")

    picky = evolve(FILM, check=refuse)
    assert example_inputs(ONE, picky)["ratio"] == "16:9"


NUMBERS = st.integers(-50, 50)


def whole_numbers() -> st.SearchStrategy[Field]:
    def make(low: int, span: int, step: int | None) -> Field:
        # a span of a step holds a multiple of it
        high = low + span + (step or 0)
        return Field(name="f", type="integer", minimum=low, maximum=high, multiple_of=step)

    return st.builds(make, NUMBERS, st.integers(0, 60), st.none() | st.integers(1, 9))


def texts() -> st.SearchStrategy[Field]:
    def make(least: int | None, more: int | None) -> Field:
        most = None if more is None else (least or 0) + more
        return Field(name="f", type="string", min_length=least, max_length=most)

    sizes = st.none() | st.integers(0, 60)
    return st.builds(make, sizes, sizes)


def choices() -> st.SearchStrategy[Field]:
    words = st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True)
    numbers = st.lists(NUMBERS, min_size=1, max_size=4, unique=True)
    return words.map(lambda c: Field(name="f", type="string", choices=tuple(c))) | numbers.map(
        lambda c: Field(name="f", type="integer", choices=tuple(c))
    )


def others() -> st.SearchStrategy[Field]:
    media = st.builds(
        MediaRule,
        kind=st.sampled_from(["image", "video", "audio", "3d"]),
        max_bytes=st.none() | st.integers(1, 10**8),
        data_uri=st.booleans(),
    )
    return st.just(Field(name="f", type="boolean")) | media.map(
        lambda rule: Field(name="f", type="string", media=rule)
    )


def composed(inner: st.SearchStrategy[Field]) -> st.SearchStrategy[Field]:
    def in_list(item: Field, least: int | None, more: int | None) -> Field:
        most = None if more is None else (least or 0) + more
        return Field(name="f", type="array", item=item, min_items=least, max_items=most)

    def in_object(parts: list[Field], required: bool) -> Field:
        named = tuple(evolve(p, name=f"p{n}", required=required) for n, p in enumerate(parts))
        return Field(name="f", type="object", properties=named)

    counts = st.none() | st.integers(0, 3)
    lists = st.builds(in_list, inner, counts, st.none() | st.integers(1, 3))
    return lists | st.builds(in_object, st.lists(inner, min_size=1, max_size=3), st.booleans())


FIELDS = st.recursive(whole_numbers() | texts() | choices() | others(), composed, max_leaves=4)


@given(FIELDS)
def test_examples_fit_and_edges_are_on_the_side_they_say(made):
    assert not list(value_findings(made, example(made), "f", "m"))
    for edge in edges(made):
        found = list(value_findings(made, edge.value, "f", "m"))
        assert (not found) == edge.fits, edge


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        r"^\d{4}-\d{2}$",
        "^(png|jpe?g)$",
        r"^#[0-9A-Fa-f]{6}$",
        r"^[^/\s]+/[^/]+$",
        r"^\w[\w.-]*@\w+\.[a-z]{2,}$",
        "x",
        r"^(?:[A-G][#b]?)(?: [A-G])*$",
        r"^\S\D\W$",
        "^[^a-zA-Z0-9 ]b?$",
    ],
)
def test_texts_of_usual_forms_are_made(pattern):
    assert re.search(pattern, matching(pattern))
    made = Field(name="f", type="string", pattern=pattern)
    assert not list(value_findings(made, example(made), "f", "m"))


def test_a_form_keeps_its_length():
    assert matching("^[a-z]+$", 5, 5) == "aaaaa"
    assert matching("^[a-z]{3}$", 5) is None


def test_a_form_that_is_too_clever_is_tried_from_outside_only():
    clever = Field(name="f", type="string", pattern="^(?=.*[0-9])(?=.*[a-z])[a-z0-9]{2}$")
    made = Field(name="f", type="array", item=clever, min_items=1)
    assert matching(clever.pattern) is None
    assert {edge.fits for edge in edges(made)} == {False}


def test_a_capability_is_what_the_kit_says_it_is():
    assert isinstance(FILM, Capability)
    assert FILM.output == evolve(Output(media="video"), duration=FILM.output.duration)
