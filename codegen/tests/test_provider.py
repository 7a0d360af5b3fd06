from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Make, save

from modelhunter.plugins import Submission, check
from modelhunter.plugins.prices import Present
from modelhunter.plugins.verify import provider_faults

MODEL = {"properties": {"model": {"const": "acme-1"}}, "required": ["model"]}


def only(**properties: Any) -> dict[str, Any]:
    return {"properties": {"input": {"properties": properties}}}


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "1"},
    "x-catalogue": {
        "provider": "acme",
        "title": "Acme",
        "description": "Things.",
        "documentation": "https://example.com",
        "prices_read": "2026-11-21",
        "capabilities": {
            "text-to-video": {
                "operation": "textToVideo",
                "typical_seconds": 30,
                "output": {
                    "media": "video",
                    "format": "mp4",
                    "duration": "duration",
                    "resolution": {"field": "mode", "values": {"std": "720p", "pro": "1080p"}},
                    "seed": "seed",
                    "audio": {"value": True},
                },
            }
        },
        "models": [
            {
                "id": "acme-1",
                "aliases": ["acme"],
                "capabilities": ["text-to-video"],
                "price": {
                    "unit": "second",
                    "quantity": "duration",
                    "low": "0.10",
                    "high": "0.20",
                    "depends_on": ["mode"],
                    "rates": [{"when": {"mode": "std"}, "amount": "0.10", "x-unverified": True}],
                    "factors": [{"when": {"image": {"present": True}}, "factor": "0.5"}],
                    "extra_quantity": {"field": "image", "low": "0", "high": "2"},
                },
            },
            {"id": "acme/2", "status": "legacy", "capabilities": ["text-to-video"]},
        ],
    },
    "paths": {
        "/acme/text-to-video": {
            "post": {
                "operationId": "textToVideo",
                "tags": ["acme"],
                "summary": "Make a video",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}},
                },
                "responses": {"202": {"description": "d", "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Request": {
                "type": "object",
                "required": ["model", "input"],
                "properties": {
                    "model": {"type": "string", "enum": ["acme-1", "acme/2"]},
                    "input": {"$ref": "#/components/schemas/Input"},
                    "webhookUrl": {"type": "string"},
                    "metadata": {"type": "object"},
                },
                "allOf": [
                    {"description": "acme-1 makes 5 or 10 seconds", "if": MODEL, "then": only(duration={"enum": [5, 10]})},
                    {"description": "acme-1 has no seed", "if": MODEL, "then": only(seed=False), "else": only(mode={"enum": ["std"]})},
                    {"description": "acme-1 is pro by default", "x-unverified": True, "if": MODEL, "then": only(mode={"default": "pro"})},
                    {"description": "with an image acme-1 needs mode pro", "if": MODEL, "then": {"properties": {"input": {"if": {"required": ["image"]}, "then": {"required": ["mode"], "properties": {"mode": {"const": "pro"}}}}}}},
                    {"description": "acme-1 reads PNG only", "if": MODEL, "then": only(image={"x-media": {"formats": ["image/png"]}})},
                ],
            },
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "additionalProperties": False,
                "properties": {
                    "prompt": {"type": "string", "maxLength": 10, "description": "What to show.", "x-unverified": ["maxLength"]},
                    "duration": {"type": "integer", "minimum": 3, "maximum": 15, "default": 4},
                    "mode": {"type": "string", "enum": ["std", "pro"], "default": "std"},
                    "seed": {"type": "integer"},
                    "image": {"type": "string", "x-media": {"kind": "image", "formats": ["image/png", "image/jpeg"], "max_bytes": 1048576, "x-unverified": ["max_bytes"]}},
                    "frames": {"type": "array", "maxItems": 2, "items": {"type": "string", "x-media": {"kind": "image"}}},
                    "style-name": {"type": "string"},
                    "shots": {"type": "array", "items": {"$ref": "#/components/schemas/Shot"}},
                },
                "allOf": [
                    {"description": "give image or frames, not both", "not": {"required": ["image", "frames"]}},
                    {"description": "seed needs mode std", "x-unverified": True, "if": {"required": ["seed"]}, "then": {"properties": {"mode": {"const": "std"}}}},
                ],
            },
            "Shot": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "n": {"type": "integer", "minimum": 1}}},
        }
    },
}  # fmt: skip


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
    assert (price.low, price.high, price.as_of) == (Decimal("0.10"), Decimal("0.20"), date(2026, 11, 21))
    assert price.rates[0].unverified
    assert price.factors[0].when == {"image": Present(True)}
    assert price.extra_quantity.high == 2
    assert provider.model("acme/2").price is None


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


def test_the_request_schema_stands_by_itself(provider: Any) -> None:
    schema = capability(provider, "acme-1").request_schema()
    assert schema["properties"]["input"] == {"$ref": "#/$defs/Input"}
    assert set(schema["$defs"]) == {"Input", "Shot"}
    assert schema["allOf"][0]["if"]["properties"] == {"model": {"const": "acme-1"}}


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


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: s["x-catalogue"]["models"][0].update(capabilities=["x"]), "bad-catalogue /x-catalogue/models/0/capabilities"),
        (lambda s: s["x-catalogue"]["models"].pop(), "bad-catalogue /components/schemas/Request/properties/model/enum"),
        (lambda s: s["x-catalogue"]["models"][0]["price"].update(low=0.1), "bad-catalogue /x-catalogue/models/0/price/low"),
        (lambda s: s["x-catalogue"]["models"][0]["price"].update(quantity="no"), "bad-catalogue /x-catalogue/models/0/price"),
        (lambda s: s["x-catalogue"]["capabilities"]["text-to-video"].update(operation="no"), "bad-catalogue /x-catalogue/capabilities/text-to-video/operation"),
        (lambda s: s["x-catalogue"].update(prices_read="soon"), "bad-catalogue /x-catalogue/prices_read"),
        (lambda s: s["components"]["schemas"]["Request"]["allOf"][0].pop("description"), "rule-without-words /components/schemas/Request/allOf/0"),
        (lambda s: s["components"]["schemas"]["Input"]["properties"]["seed"].pop("type"), "unsupported-input-type /components/schemas/Input/properties/seed"),
        (lambda s: s["components"]["schemas"]["Request"]["allOf"].append({"description": "d", "dependentRequired": {"webhookUrl": ["metadata"]}}), "unsupported-rule /components/schemas/Request/allOf/5"),
    ],
)  # fmt: skip
def test_mistakes_in_a_catalogue_are_located(
    problems: Callable[..., list[str]], change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    assert problem in problems(changed(change))


def test_types_of_another_package_are_imported_from_it(make: Make, tmp_path: Path) -> None:
    core = {
        "openapi": "3.1.0",
        "info": {"title": "Core", "version": "1"},
        "x-python-package": "modelhunter.api",
        "components": {"schemas": {"Task": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    }
    save(tmp_path, core, "core.json")
    ref = {"$ref": "core.json#/components/schemas/Task"}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "P", "version": "1"},
        "paths": {"/t": {"get": {"operationId": "t", "tags": ["t"], "responses": {"200": {"description": "", "content": {"application/json": {"schema": ref}}}}}}},
    }
    made = make(spec=spec)
    assert "models/task.py" not in made.built.files
    wire = {"id": "a", "type": "video", "status": "x", "provider": "p", "model": "m",
            "created_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    task = made.module("t").t().operation.answer(200).decode(wire)
    assert type(task) is sys.modules["modelhunter.api.models.task"].Task
