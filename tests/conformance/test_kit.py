"""The conformance kit passes what is right, and says what is wrong with the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pytest
from attrs import define, evolve

from modelhunter.plugins import (
    Between,
    Capability,
    Field,
    Image,
    Input,
    Length,
    Media,
    Model,
    Output,
    Price,
    Problem,
    Provider,
    Rate,
    Registry,
    Rule,
    capability_from,
    hookimpl,
    standard_call,
)
from modelhunter.runtime.call import JsonBody, ResponseDecoder
from modelhunter.testing import ProviderConformance
from modelhunter.testing.examples import example_inputs

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
        (evolve(ONE, price=None), "test_the_price_is_known_before_sending", "name it in unpriced"),
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


def test_a_model_without_a_price_is_named(monkeypatch):
    kit = kit_for(evolve(ONE, price=None))
    monkeypatch.setattr(type(kit), "unpriced", (ONE.id,))
    kit.test_the_price_is_known_before_sending(kit.offers()[0])
    priced_after_all = kit_for(ONE)
    monkeypatch.setattr(type(priced_after_all), "unpriced", (ONE.id,))
    with pytest.raises(AssertionError, match="take it out of unpriced"):
        priced_after_all.test_the_price_is_known_before_sending(priced_after_all.offers()[0])


def sent(change):
    """The model, with a request that was changed after it was made as usual."""
    usual = standard_call("kit", "text-to-video")
    return bad(call=lambda given: change(usual(given)))


def without(name):
    """A change that leaves out a member of the body."""

    def change(call):
        body = {key: value for key, value in call.body.value.items() if key != name}
        return evolve(call, body=JsonBody(body))

    return change


def operation_changed(**changes):
    return lambda call: evolve(call, operation=evolve(call.operation, **changes))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (sent(lambda call: "POST"), "returns str"),
        (sent(without("metadata")), "by which a lost submission is found again"),
        (sent(without("webhookUrl")), "webhookUrl = None"),
        (sent(without("input")), "input = None"),
        (
            bad(
                call=lambda given: standard_call("kit", "text-to-video")(
                    evolve(given, input={"prompt": given.input["prompt"]})
                )
            ),
            "its body has input = {'prompt': '.*'} where",
        ),
        (sent(without("model")), "model = None where 'kit/one'"),
        (sent(lambda call: evolve(call, body=None)), "no JsonBody"),
        (sent(operation_changed(safety="idempotent")), "paid twice"),
        (sent(operation_changed(path="/v2/films")), r"paths = \{'text-to-video': '/v2/films'\}"),
        (sent(operation_changed(method="PUT")), "sent as PUT"),
        (sent(operation_changed(answers={})), "how the answer 202 is read"),
        (
            sent(operation_changed(answers={"2XX": ResponseDecoder("json", lambda value: value)})),
            "no id of the task",
        ),
        (
            evolve(ONE, capabilities=(FILM, evolve(MOVE, call=FILM.call))),
            "image-to-video is sent to /api/v1/kit/text-to-video too",
        ),
        (
            bad(fields=(*FILM.fields, Field(name="max_cost", type="number"))),
            "have an argument 'max_cost' of their own",
        ),
    ],
)
def test_a_request_that_is_made_wrongly(model, said):
    kit = kit_for(model)
    with pytest.raises(AssertionError, match=said):
        kit.test_requests_say_what_was_given(kit.offers()[0])


def test_a_path_of_its_own_is_declared():
    kit = kit_for(sent(operation_changed(path="/v2/films")), paths={"text-to-video": "/v2/films"})
    kit.test_requests_say_what_was_given(kit.offers()[0])


def priced(**changes):
    return evolve(ONE, price=evolve(PRICE, **changes))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (priced(unit="image"), "priced per image, but counted by 'duration'"),
        (priced(quantity=None), "no quantity says"),
        (priced(rates=(Rate(when={}, amount=Decimal(9)),)), "outside of the range"),
        (
            priced(rates=(Rate(when={"ratio": "16x9"}, amount=Decimal("0.1")),)),
            "ratio is '16x9', which it never is; kit/one takes '16:9', '1:1'",
        ),
    ],
)
def test_a_price_that_cannot_be_meant(model, said):
    kit = kit_for(model)
    with pytest.raises(AssertionError, match=said):
        kit.test_the_price_is_known_before_sending(kit.offers()[0])


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["pompt"]},
        {"if": {"properties": {"pompt": {"const": "x"}}}, "then": False},
        {"anyOf": [{"dependentRequired": {"ratio": ["pompt"]}}]},
        {"not": {"dependentSchemas": {"pompt": True}}},
    ],
)
def test_a_rule_about_nothing(schema):
    kit = kit_for(bad(rules=(Rule(schema=schema, message="a sentence"),)))
    with pytest.raises(AssertionError, match="'a sentence' speaks of 'pompt', which is no input"):
        kit.test_rules_speak_of_inputs()


def test_a_typed_input_of_a_model_that_cannot_do_it():
    kit = kit_for(evolve(TWO, capabilities=(FILM,)), evolve(ONE, capabilities=(MOVE,), price=None))
    with pytest.raises(AssertionError, match="'kit/one' by default, which can't do it"):
        kit.test_by_typed_input(kit.offers()[0], None)


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


def test_a_capability_is_what_the_kit_says_it_is():
    assert isinstance(FILM, Capability)
    assert FILM.output == evolve(Output(media="video"), duration=FILM.output.duration)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        # "not both", turned round
        ({"required": ["ratio", "shots"]}, "asks for ratio in every job, though it is optional"),
        # "shots want a ratio", turned round
        (
            {"not": {"anyOf": [{"required": ["ratio"]}, {"not": {"required": ["shots"]}}]}},
            "lets nobody give ratio",
        ),
        ({"properties": {"ratio": {"enum": ["16:9", "1:1"]}}}, "refuses nothing"),
        ({"not": {"required": ["prompt"]}, "required": ["ratio"]}, "lets no job pass"),
        ({"properties": {"shots": False}}, "lets nobody give shots"),
    ],
)
def test_a_rule_with_the_wrong_sense(schema, said):
    kit = kit_for(bad(rules=(Rule(schema=schema, message="a sentence"),)))
    with pytest.raises(AssertionError, match=f"the rule 'a sentence' {said}"):
        kit.test_rules_refuse_what_they_should(kit.offers()[0])


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"required": ["ratio", "shots"]}},
        {"dependentRequired": {"shots": ["ratio"]}},
        {"anyOf": [{"required": ["ratio"]}, {"required": ["shots"]}]},
        {
            "if": {"required": ["ratio"], "properties": {"ratio": {"const": "1:1"}}},
            "then": {"not": {"required": ["shots"]}},
        },
        {"properties": {"duration": {"maximum": 3}}},  # of numbers nothing is guessed
    ],
)
def test_a_rule_with_a_sense(schema):
    kit = kit_for(bad(rules=(Rule(schema=schema, message="a sentence"),)))
    kit.test_rules_refuse_what_they_should(kit.offers()[0])


def dropping(inputs):
    return {name: value for name, value in inputs.items() if name != "ratio"}


def renaming(inputs):
    return {{"ratio": "aspect"}.get(name, name): value for name, value in inputs.items()}


def test_a_prepare_that_drops_an_input():
    kit = kit_for(bad(prepare=dropping))
    with pytest.raises(AssertionError, match="prepare drops ratio where"):
        kit.test_preparing_loses_nothing(kit.offers()[0])
    kit = kit_for(bad(prepare=renaming))
    kit.test_preparing_loses_nothing(kit.offers()[0])


@pytest.mark.parametrize(("makes", "meant"), [("vidoe", "video"), ("images", "image")])
def test_a_misspelt_kind_of_media(makes, meant):
    kit = kit_for(bad(output=evolve(FILM.output, media=makes)))
    with pytest.raises(AssertionError, match=f"it makes '{makes}'; is '{meant}' meant"):
        kit.test_what_it_makes_is_a_kind_of_media(kit.offers()[0])


def test_a_kind_of_media_of_its_own():
    kit = kit_for(bad(output=evolve(FILM.output, media="hologram")))
    kit.test_what_it_makes_is_a_kind_of_media(kit.offers()[0])


class TestARegistryThatIsMadeAnew(ProviderConformance):
    provider = "kit"
    installed = False

    @classmethod
    def registry(cls):
        return registry_of(ONE, TWO)
