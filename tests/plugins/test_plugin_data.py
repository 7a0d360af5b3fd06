"""Mistakes in the data of a plugin are found when it is loaded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from modelhunter.plugins import Factor, Field, MediaRule, Model, Output, Role, Rule
from modelhunter.plugins.catalogue_validation import model_faults

PROMPT = Field(name="prompt", type="string")


def test_good_data_have_no_faults(make_model, make_price):
    model = make_model(
        PROMPT,
        Field(name="from", keyword="from_", type="string"),
        rules=(Rule(schema={"required": ["prompt"]}, message="prompt is needed"),),
        output=Output(media="video", duration=Role(field="prompt"), format=Role(value="mp4")),
    )
    assert model_faults([evolve(model, price=make_price(depends_on=("prompt",)))]) == []


def test_a_role_may_come_from_an_input_that_another_model_has(make_model):
    output = Output(media="image", seed=Role(field="seed"))
    with_seed = make_model(PROMPT, Field(name="seed", type="integer"), output=output)
    without = evolve(make_model(PROMPT, output=output), id="m-2")
    assert model_faults([with_seed, without]) == []
    assert model_faults([without]) == [
        "text-to-video: its output takes seed from 'seed', which is no input"
    ]


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        (Field(name="a", type="text"), "the type 'text' is none of string,"),
        (Field(name="a-b", type="string"), "the keyword 'a-b' is no Python name"),
        (Field(name="a", type="string", pattern="("), "Python does not understand it"),
        (Field(name="a", type="number", multiple_of=0), "multiple_of must be above 0"),
        (
            Field(name="a", type="number", minimum=10, maximum=2),
            "minimum is 10 and maximum is 2, so nothing fits",
        ),
        (
            Field(name="a", type="string", media=MediaRule(kind="image", formats=("png",))),
            "the format 'png' is no MIME type",
        ),
        (
            Field(name="a", type="string", media=MediaRule(kind="image", formats=("video/mp4",))),
            "it takes media of the kind image, which 'video/mp4' is not",
        ),
        (
            Field(name="a", type="string", media=MediaRule(kind="image", min_side=9, max_side=1)),
            "min_side is 9 and max_side is 1",
        ),
        (
            Field(name="a", type="array", item=Field(name="item", type="?")),
            "text-to-video, a[]: the type '?'",
        ),
        (
            Field(name="a", type="object", properties=(PROMPT, PROMPT)),
            "the property 'prompt' is there twice",
        ),
    ],
)
def test_faults_of_a_field(make_model, field, fault):
    (found,) = model_faults([make_model(field)])
    assert fault in found


def test_an_input_that_is_there_twice(make_model):
    fields = (PROMPT, Field(name="text", keyword="prompt", type="string"))
    assert "the input 'prompt' is there twice" in model_faults([make_model(*fields)])[0]


def test_a_rule_that_is_not_understood(make_model):
    rule = Rule(schema={"if": {"$ref": "#/x"}}, message="never")
    (found,) = model_faults([make_model(PROMPT, rules=(rule,))])
    assert "rule 0 (never): #/if/$ref: the keyword '$ref' is not supported" in found


def test_models_without_names_or_capabilities(make_model):
    model = make_model(PROMPT)
    assert "is no name" in model_faults([evolve(model, id="")])[0]
    assert model_faults([Model(id="m-1", capabilities=())]) == ["model m-1: no capability"]
    assert "stands for two models" in model_faults([model, model])[0]
    twice = evolve(model, capabilities=model.capabilities * 2)
    assert "the capability 'text-to-video' is there twice" in model_faults([twice])[0]


def test_a_price_that_is_not_exact(make_model, make_price):
    inexact = evolve(make_price(), high=0.1)
    (found,) = model_faults([evolve(make_model(PROMPT), price=inexact)])
    assert 'price: 0.1 is no Decimal; write Decimal("0.1")' in found


def test_a_job_that_takes_less_than_no_time(make_model):
    model = make_model(PROMPT)
    hasty = evolve(model.capabilities[0], typical_seconds=-1)
    assert "typical_seconds is -1" in model_faults([evolve(model, capabilities=(hasty,))])[0]


def test_prices_that_can_not_be_right(make_model, make_price):
    model = make_model(PROMPT)
    upside_down = evolve(model, price=make_price("2", "1"))
    assert "no range" in model_faults([upside_down])[0]
    factor = Factor(when={"turbo": True}, factor=Decimal(2))
    unknown = evolve(
        model, price=make_price(quantity="seconds", factors=(factor,), depends_on=("sound",))
    )
    assert [fault.partition("depends on ")[2] for fault in model_faults([unknown])] == [
        "'seconds', which no capability of the model takes",
        "'sound', which no capability of the model takes",
        "'turbo', which no capability of the model takes",
    ]
