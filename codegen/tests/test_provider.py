from __future__ import annotations

import copy
import inspect
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sample_package import Make, save

from modelhunter.plugins import Characters, Items, Megapixels, Number, Submission, check
from modelhunter.plugins.catalogue_validation import provider_faults
from modelhunter.plugins.prices import Present
from modelhunter_codegen.provider.fields import ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "acme.yaml").read_text("utf-8")
)
CATALOGUE = "bad-catalogue /x-catalogue"


@pytest.fixture
def provider(make: Make) -> Any:
    return make(spec=SPEC).module("catalogue").PROVIDER


def capability(provider: Any, model: str) -> Any:
    return provider.model(model).capability("text-to-video")


def test_the_catalogue_stands_up_to_the_registrys_checks(provider: Any) -> None:
    assert provider_faults(provider) == []
    assert (provider.name, provider.title) == ("acme", "Acme")
    assert provider.model("acme").id == "acme-1"
    assert provider.model("acme/2").status == "legacy"


@pytest.mark.parametrize(
    ("mark", "inferred"),
    [
        (True, {"prompt", "duration"}),
        (["required"], {"prompt", "duration"}),
        (["additionalProperties"], set()),
        ({"required": ["prompt"]}, {"prompt"}),
        ({"required": ["duration"]}, {"duration"}),
    ],
)
def test_what_is_required_may_be_inferred_in_each_form(
    make: Make, mark: Any, inferred: set[str]
) -> None:
    spec = copy.deepcopy(SPEC)
    spec["components"]["schemas"]["Input"]["x-unverified"] = mark
    made = capability(make(spec=spec).module("catalogue").PROVIDER, "acme-1")
    fields = [made.field("prompt"), made.field("duration")]
    assert {one.name for one in fields if one.is_inferred("required")} == inferred


@pytest.mark.parametrize("mark", [True, ["required"], {"required": ["seed"]}])
@pytest.mark.parametrize("inner", [False, True])
def test_what_a_rule_requires_may_be_inferred(make: Make, mark: Any, inner: bool) -> None:
    spec = copy.deepcopy(SPEC)
    rule: dict[str, Any] = {
        "description": "A seed is needed.",
        "if": {"properties": {"model": {"const": "acme/2"}}},
        "then": {"properties": {"input": {"required": ["seed"]}}},
    }
    (rule["then"]["properties"]["input"] if inner else rule)["x-unverified"] = mark
    spec["components"]["schemas"]["Request"]["allOf"].append(rule)
    seed = capability(make(spec=spec).module("catalogue").PROVIDER, "acme/2").field("seed")
    assert seed.required
    assert seed.is_inferred("required")


def test_fields_are_those_of_the_model(provider: Any) -> None:
    first, second = capability(provider, "acme-1"), capability(provider, "acme/2")
    assert first.field("duration").choices == (5, 10)
    assert first.field("duration").default is None
    assert second.field("duration").choices == ()
    assert (second.field("duration").minimum, second.field("duration").default) == (3, 4)
    assert first.field("seed") is None
    assert second.field("seed").type == "integer"
    assert first.field("mode").default == "pro"
    assert "default" in first.field("mode").unverified
    assert second.field("mode").choices == ("std",)
    assert first.field("image").media.formats == ("image/png",)
    assert first.field("image").media.unverified == {"max_bytes"}
    assert second.field("image").media.formats == ("image/png", "image/jpeg")
    assert first.field("frames").item.media.kind == "image"
    assert first.field("style_name").name == "style-name"
    assert first.field("prompt").required
    assert first.field("prompt").unverified == {"max_length"}
    assert [f.name for f in first.field("shots").item.properties] == ["text", "n"]
    assert first.output.duration.read({"duration": 5}) == 5
    assert first.output.resolution.read({"mode": "pro"}) == "1080p"
    assert first.output.seed.field is None
    assert second.output.seed.field == "seed"
    assert first.typical_seconds == 30


def test_rules_are_those_of_the_model(provider: Any) -> None:
    first, second = capability(provider, "acme-1"), capability(provider, "acme/2")
    assert [rule.message for rule in first.rules] == [
        "with an image acme-1 needs mode pro",
        "give image or frames, not both",
    ]
    assert [rule.message for rule in second.rules] == [
        "give image or frames, not both",
        "seed needs mode std",
    ]
    assert second.rules[1].unverified
    model = provider.model("acme-1")
    given = {"prompt": "x", "image": "https://a/b.png", "mode": "std", "frames": []}
    messages = {problem.message for problem in check(model, first, given, provider=provider)}
    assert "with an image acme-1 needs mode pro" in " ".join(messages)
    assert "give image or frames, not both" in " ".join(messages)
    assert check(model, first, {"prompt": "x", "duration": 5}, provider=provider) == []


def test_prices_are_exact(provider: Any) -> None:
    price = provider.model("acme-1").price
    assert (price.low, price.high, price.as_of) == (
        Decimal("0.10"),
        Decimal("0.20"),
        date(2026, 11, 21),
    )
    assert price.rates[0].unverified
    assert price.factors[0].when == {"image": Present(True)}
    assert price.extra_quantity.high == 2
    assert provider.model("acme/2").price is None


@pytest.mark.parametrize(
    ("said", "made"),
    [
        (
            {"characters": "prompt", "per": 1000, "rounded_up": True},
            Characters("prompt", per=1000, rounded_up=True),
        ),
        ({"characters": ["prompt", "prompt"]}, Characters(("prompt", "prompt"))),
        ({"number": "duration", "per": 5}, Number("duration", per=5)),
        ({"number": "duration"}, "duration"),
        ({"items": "image"}, Items("image")),
        ({"megapixels": "mode"}, Megapixels(size="mode")),
        (
            {"megapixels": ["duration", "duration"]},
            Megapixels(width="duration", height="duration"),
        ),
        ([{"characters": "prompt"}, "duration"], (Characters("prompt"), "duration")),
    ],
)
def test_what_a_price_counts(make: Make, said: Any, made: Any) -> None:
    spec = changed(lambda s: model(s)["price"].update(quantity=said))
    assert make(spec=spec).module("catalogue").PROVIDER.model("acme-1").price.quantity == made


def test_a_submission_becomes_a_call(provider: Any) -> None:
    one = capability(provider, "acme-1")
    call = one.call(Submission(model="acme-1", input={"prompt": "x"}))
    assert (call.method, call.target, call.safety) == ("POST", "/acme/text-to-video", "unsafe")
    assert call.body.value == {"model": "acme-1", "input": {"prompt": "x"}}
    full = one.call(
        Submission(model="acme-1", input={}, webhook_url="https://h", metadata={"a": 1})
    )
    assert full.body.value == {
        "model": "acme-1", "input": {}, "webhookUrl": "https://h", "metadata": {"a": 1},
    }  # fmt: skip
    assert call.operation.answer(202).decode({"id": "t"}).id == "t"


def test_typed_inputs(make: Make) -> None:
    made = make(spec=SPEC)
    cls = made.module("inputs").TextToVideo
    given = cls(model="acme-1", prompt="x", style_name="s", frames=["a.png"])
    assert (cls.provider, cls.capability) == ("acme", "text-to-video")
    from modelhunter.plugins.inputs import input_values

    assert input_values(given) == {"prompt": "x", "style-name": "s", "frames": ["a.png"]}
    assert "acme-1 makes 5 or 10 seconds" in cls.__doc__
    with pytest.raises(TypeError):
        cls(model="acme-1")
    found = capability(made.module("catalogue").PROVIDER, "acme-1").load_input_class()
    assert found is cls


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    change(spec)
    return spec


def model(spec: Any) -> Any:
    return spec["x-catalogue"]["models"][0]


def counted_by(quantity: Any) -> Callable[[dict[str, Any]], object]:
    return lambda spec: model(spec)["price"].update(quantity=quantity)


def answer(spec: Any) -> Any:
    operation = spec["paths"]["/acme/text-to-video"]["post"]
    return operation["responses"]["202"]["content"]["application/json"]["schema"]


def schemas(spec: Any) -> Any:
    return spec["components"]["schemas"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: model(s).update(capabilities=["x"]), f"{CATALOGUE}/models/0/capabilities"),
        (
            lambda s: s["x-catalogue"]["models"].pop(),
            "bad-catalogue /components/schemas/Request/properties/model/enum",
        ),
        (lambda s: model(s)["price"].update(low=0.1), f"{CATALOGUE}/models/0/price/low"),
        (lambda s: model(s)["price"].update(quantity="no"), f"{CATALOGUE}/models/0/price"),
        *(
            (
                lambda s, q=wrong: model(s)["price"].update(quantity=q),
                f"{CATALOGUE}/models/0/price/quantity",
            )
            for wrong in (
                7,
                {},
                {"words": "prompt"},
                {"items": "image", "characters": "prompt"},
                {"characters": "prompt", "by": 3},
                {"characters": []},
                {"characters": [3]},
                {"number": ["duration", "seed"]},
                {"number": "duration", "per": 0},
                {"number": "duration", "rounded_up": "yes"},
            )
        ),
        (
            lambda s: model(s)["price"].update(quantity={"items": "no"}),
            f"{CATALOGUE}/models/0/price",
        ),
        (
            lambda s: answer(s).update(properties={"job": {"type": "string"}}),
            "bad-catalogue /paths/~1acme~1text-to-video/post/responses",
        ),
        (lambda s: model(s)["price"].update(depends_on=["no"]), f"{CATALOGUE}/models/0/price"),
        (lambda s: model(s)["price"].update(unit=""), f"{CATALOGUE}/models/0/price/unit"),
        (
            lambda s: schemas(s)["Request"].update(
                additionalProperties=False,
                properties={
                    name: schemas(s)["Request"]["properties"][name] for name in ("model", "input")
                },
            ),
            "bad-catalogue /components/schemas/Request",
        ),
        (
            lambda s: s["x-catalogue"]["capabilities"]["text-to-video"].update(operation="no"),
            f"{CATALOGUE}/capabilities/text-to-video/operation",
        ),
        (lambda s: s["x-catalogue"].update(prices_read="soon"), f"{CATALOGUE}/prices_read"),
        (
            lambda s: schemas(s)["Request"]["allOf"][0].pop("description"),
            "rule-without-words /components/schemas/Request/allOf/0",
        ),
        (
            lambda s: schemas(s)["Input"]["properties"]["seed"].pop("type"),
            "unsupported-input-type /components/schemas/Input/properties/seed",
        ),
        (
            lambda s: schemas(s)["Request"]["allOf"].append(
                {"description": "d", "dependentRequired": {"webhookUrl": ["metadata"]}}
            ),
            "unsupported-rule /components/schemas/Request/allOf/5",
        ),
    ],
)
def test_mistakes_in_a_catalogue_are_located(
    problems: Callable[..., list[str]], change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    assert problem in problems(changed(change))


def test_what_a_request_does_not_name_is_passed_on(make: Make) -> None:
    def drop(spec: dict[str, Any]) -> None:
        for name in ("webhookUrl", "metadata"):
            schemas(spec)["Request"]["properties"].pop(name, None)

    made = capability(make(spec=changed(drop)).module("catalogue").PROVIDER, "acme-1")
    given = Submission(model="acme-1", input={}, webhook_url="https://x.test", metadata={"a": 1})
    body = made.call(given).body.value
    assert (body["webhookUrl"], body["metadata"]) == ("https://x.test", {"a": 1})


def test_inputs_that_are_called_like_arguments(make: Make) -> None:
    names = ("model", "capability", "provider", "metadata", "max_cost", "timeout")

    def add(spec: dict[str, Any]) -> None:
        for name in names:
            schemas(spec)["Input"]["properties"][name] = {"type": "string", "description": name}

    made = make(spec=changed(add))
    fields = capability(made.module("catalogue").PROVIDER, "acme-1").fields
    keywords = {field.name: field.keyword for field in fields if field.name in names}
    assert keywords == {name: f"{name}_" for name in names}
    given = made.module("inputs").TextToVideo(model="acme-1", prompt="x", model_="m", frames=[])
    from modelhunter.plugins.inputs import input_values

    assert (given.model, given.capability) == ("acme-1", "text-to-video")
    assert input_values(given)["model"] == "m"


def test_no_argument_of_the_client_is_the_name_of_an_input() -> None:
    from modelhunter import AsyncModelHunter, ModelHunter

    for client in (ModelHunter, AsyncModelHunter):
        for method in (client.submit, client.generate, client.estimate):
            assert set(inspect.signature(method).parameters) <= ARGUMENTS


def test_types_of_another_package_are_imported_from_it(make: Make, tmp_path: Path) -> None:
    core = {
        "openapi": "3.1.0",
        "info": {"title": "Core", "version": "1"},
        "x-python-package": "modelhunter.api",
        "components": {
            "schemas": {"Task": {"type": "object", "properties": {"id": {"type": "string"}}}}
        },
    }
    save(tmp_path, core, "core.json")
    ref = {"$ref": "core.json#/components/schemas/Task"}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "P", "version": "1"},
        "paths": {
            "/t": {
                "get": {
                    "operationId": "t",
                    "tags": ["t"],
                    "responses": {
                        "200": {"description": "", "content": {"application/json": {"schema": ref}}}
                    },
                }
            }
        },
    }
    made = make(spec=spec)
    assert "models/task.py" not in made.built.files
    wire = {"id": "a", "type": "video", "status": "x", "provider": "p", "model": "m",
            "created_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    task = made.module("t").t().operation.answer(200).decode(wire)
    assert type(task) is sys.modules["modelhunter.api.models.task"].Task
