"""Prices by characters, items, megapixels, and by a function of the inputs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from modelhunter import ModelHunter, PluginError
from modelhunter.cli.describe import price_lines
from modelhunter.documents import of_model
from modelhunter.plugins import (
    Capability,
    Characters,
    Field,
    Items,
    Megapixels,
    Model,
    Number,
    Output,
    Pixels,
    Price,
    Provider,
    Registry,
    estimate,
    hookimpl,
    standard_call,
)
from modelhunter.plugins.catalogue_validation import model_faults
from modelhunter.sandbox import Sandbox

SHOT = Field(name="shot", type="object", properties=(Field(name="prompt", type="string"),))
FIELDS = (
    Field(name="prompt", type="string", required=True, max_length=5000),
    Field(name="extra", type="string"),
    Field(name="lines", type="array", item=Field(name="line", type="string")),
    Field(name="shots", type="array", item=SHOT),
    Field(name="images", type="array", item=Field(name="image", type="string"), max_items=4),
    Field(name="size", type="string", pixels=Pixels(max_pixels=4_000_000, min_pixels=250_000)),
    Field(name="style", type="string", choices=("1024x1024", "512x512")),
    Field(name="width", type="integer", minimum=256, maximum=2048, default=1000),
    Field(name="height", type="integer", minimum=256, maximum=2048),
    Field(name="steps", type="integer", minimum=1, maximum=100),
    Field(name="count", type="integer", minimum=1, maximum=4, default=1),
)


def price(quantity=None, amount="2", **more):
    low = Decimal(amount)
    return Price(unit="unit", quantity=quantity, low=low, high=low, as_of=date(2026, 11, 1), **more)


def model(table):
    capability = Capability(
        name="make",
        fields=FIELDS,
        output=Output(media="image"),
        call=standard_call("acme", "make"),
        title="Make",
    )
    return Model(id="acme-1", capabilities=(capability,), price=table)


def units(quantity, **inputs):
    found = estimate(price(quantity, "1"), FIELDS, inputs)
    return found.low, found.high


@pytest.mark.parametrize(
    ("quantity", "inputs", "low", "high"),
    [
        (Characters("prompt"), {"prompt": "häuser"}, 6, 6),
        (Characters(("prompt", "extra")), {"prompt": "four"}, 4, 4),
        (Characters("lines"), {"lines": ["a", "bcd"]}, 4, 4),
        (Characters("shots.prompt"), {"shots": [{"prompt": "ab"}, {}, {"prompt": "c"}]}, 3, 3),
        (Characters("prompt", per=1000, rounded_up=True), {"prompt": "x" * 1001}, 2, 2),
        (Characters("prompt", per=1000, rounded_up=True), {"prompt": "x" * 1000}, 1, 1),
        (Characters("prompt", per=1000), {"prompt": "x" * 1500}, Decimal("1.5"), Decimal("1.5")),
        (Characters("prompt", per=1000, rounded_up=True), {}, 0, 5),
        (Items("images"), {"images": ["a", "b"]}, 2, 2),
        (Items(("images", "shots")), {"images": ["a"]}, 1, 1),
        (Megapixels(size="size"), {"size": "1000x2000"}, 2, 2),
        (Megapixels(size="size", rounded_up=True), {"size": "1024x1024"}, 2, 2),
        (Megapixels(size="size"), {}, Decimal("0.25"), 4),
        (Megapixels(size="size"), {"size": "auto"}, Decimal("0.25"), 4),
        (Megapixels(size="style", rounded_up=True), {}, 1, 2),
        (Megapixels(width="width", height="height"), {"height": 500}, *[Decimal("0.5")] * 2),
        (Number("steps", per=30, rounded_up=True), {"steps": 31}, 2, 2),
        ("steps", {"steps": 7}, 7, 7),
        ((Megapixels(size="size"), "count"), {"size": "1000x1000", "count": 3}, 3, 3),
    ],
)
def test_what_is_counted(quantity, inputs, low, high):
    assert units(quantity, **inputs) == (low, high)


QUANTITIES = st.one_of(
    st.builds(Characters, st.sampled_from(["prompt", "lines", "shots.prompt"])),
    st.builds(Items, st.sampled_from(["images", "lines"])),
    st.just(Megapixels(size="size")),
    st.just(Megapixels(width="width", height="height")),
    st.just(Number("steps")),
)
INPUTS = {
    "prompt": st.text(max_size=50),
    "lines": st.lists(st.text(max_size=9), max_size=4),
    "shots": st.lists(st.fixed_dictionaries({"prompt": st.text(max_size=9)}), max_size=4),
    "images": st.lists(st.just("https://a.example/b.png"), max_size=4),
    "size": st.tuples(st.integers(500, 2000), st.integers(500, 2000)).map("{0[0]}x{0[1]}".format),
    "width": st.integers(256, 2048),
    "height": st.integers(256, 2048),
    "steps": st.integers(1, 100),
}


@given(
    quantity=QUANTITIES,
    inputs=st.fixed_dictionaries(INPUTS),
    per=st.integers(1, 5000),
    rounded_up=st.booleans(),
)
def test_what_is_known_is_one_number_within_what_was_told_before(quantity, inputs, per, rounded_up):
    """A price that was estimated before all was given holds; rounding up never bills less."""
    quantity = evolve(quantity, per=per, rounded_up=rounded_up)
    low, high = units(quantity, **inputs)
    assert low == high
    required = {"prompt", "size", "height", "steps"} & set(quantity.names())
    partly = {name: value for name, value in inputs.items() if name not in required}
    least, most = units(quantity, **partly)
    assert least <= low <= most
    exact = units(evolve(quantity, rounded_up=False), **inputs)[0]
    assert low == exact if not rounded_up else exact <= low < exact + 1


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        (Characters("steps"), "'steps' is no text"),
        (Characters("shots"), "'shots' is no text"),
        (Characters("shots.text"), "'shots.text' is no text"),
        (Items("prompt"), "'prompt' is no list"),
        (Megapixels(size="prompt"), "'prompt' is no size in pixels"),
        (Megapixels(width="prompt", height="height"), "'prompt' is no number"),
        (Megapixels(width="width"), "either a size, or a width and a height"),
        (Megapixels(), "either a size, or a width and a height"),
        (Number("prompt"), "'prompt' is no number"),
        ("prompt", "'prompt' is no number"),
        (Characters("nothing"), "depends on 'nothing'"),
        (Characters("prompt", per=0), "per 0, which is no whole number from 1"),
        (Characters("prompt", per=1.5), "per 1.5, which is no whole number"),
        (7, "quantity is 7, not the name of an input"),
        ((), "not the name of an input"),
    ],
)
def test_what_counts_nothing_is_refused_when_it_is_loaded(quantity, said):
    (fault, *_) = model_faults([model(price(quantity))])
    assert said in fault


def test_a_function_of_the_inputs():
    def cost(inputs):
        steps = inputs.get("steps")
        if steps is None:
            return Decimal(1), Decimal(100)
        return Decimal(steps) * inputs["count"]

    table = price(cost=cost)
    assert model_faults([model(table)]) == []
    known = estimate(table, FIELDS, {"steps": 3, "count": 2})
    assert (known.low, known.high, known.likely) == (6, 6, 6)
    open_ = estimate(table, FIELDS, {})
    assert (open_.low, open_.high, open_.likely) == (1, 100, None)
    assert "worked out from all" in "\n".join(price_lines(table))


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (lambda inputs: inputs["steps"], "failed: KeyError"),
        (lambda inputs: 1.5, "gives 1.5, which is no price"),
        (lambda inputs: Decimal(-1), "gives -1, which is no price"),
        (lambda inputs: Decimal("NaN"), "which is no price"),
        (lambda inputs: Decimal("Infinity"), "which is no price"),
        (lambda inputs: (Decimal(2), Decimal(1)), "which is no price"),
        (lambda inputs: (Decimal(2),), "which is no price"),
    ],
)
def test_a_function_that_gives_no_price_is_named(cost, said):
    registry = Registry(list, environment={})
    registry.register(plugin(model(price(cost=cost))), name="acme")
    with (
        ModelHunter("mh_key", registry=registry) as client,
        pytest.raises(PluginError, match=said) as caught,
    ):
        client.estimate("acme-1", prompt="x")
    assert str(caught.value).startswith("plugin acme")


def test_a_function_leaves_no_room_for_rows():
    (fault,) = model_faults([model(price("steps", cost=lambda inputs: Decimal(1)))])
    assert "it has a function, cost, so that quantity would say nothing" in fault


def plugin(made):
    class Acme:
        @hookimpl
        def modelhunter_provider(self):
            return Provider(name="acme", models=(made,))

    return Acme()


@pytest.mark.parametrize(
    ("table", "cost"),
    [
        (price(Characters("prompt", per=10, rounded_up=True), "0.25"), "0.50"),
        (price(cost=lambda inputs: Decimal(len(inputs.get("prompt", "")))), "11"),
    ],
)
def test_the_sandbox_charges_what_was_estimated(table, cost):
    registry = Registry(list, environment={})
    registry.register(plugin(model(table)), name="acme")
    with (
        Sandbox(speed=float("inf"), media="tiny", registry=registry) as sandbox,
        ModelHunter(sandbox=sandbox, registry=registry) as client,
    ):
        assert client.estimate("acme-1", prompt="a long word").low == Decimal(cost)
        assert client.generate("acme-1", prompt="a long word").cost == Decimal(cost)


def test_it_is_said_what_is_counted():
    table = price((Characters("prompt", per=1000, rounded_up=True), "count"))
    words = "1,000 characters of prompt, rounded up times count"
    assert f"counted by {words}" in "\n".join(price_lines(table))
    document = of_model(Provider(name="acme", models=()), model(table))
    assert document["price"]["counted_by"] == words
    (note,) = estimate(table, FIELDS, {}).notes
    assert note == "prompt was not given, so all that it may be is counted"
