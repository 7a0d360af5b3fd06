"""Each catalogue fits the paths and inputs of its document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

PROVIDERS = ["gemini", "kling", "seedance", "seedream", "vidu"]
CONSTANT_ROLES = {"media", "format"}
ROLES = CONSTANT_ROLES | {
    "duration",
    "resolution",
    "aspect_ratio",
    "size",
    "width",
    "height",
    "count",
    "last_frame",
    "audio",
    "seed",
    "prompt",
}
DOCUMENTED_PRICES = {
    "gemini": {"nano-banana-2": ("0.08", "0.16")},
    "kling": {"kling-v3": ("0.084", "0.168"), "kling-v2-6": ("0.21", "1.40")},
    "seedance": {
        "seedance-1-5-pro": ("0.012", "0.116"),
        "seedance-1-0-pro": ("0.024", "0.122"),
        "seedance-1-0-pro-fast": ("0.010", "0.049"),
        "seedance-1-0-lite-t2v": ("0.017", "0.088"),
        "seedance-1-0-lite-i2v": ("0.017", "0.088"),
        "bytedance/seedance-2": ("0.0575", "0.51"),
    },
    "seedream": {
        "seedream-5-0-lite": ("0.04", "0.04"),
        "seedream-4-5": ("0.04", "0.04"),
        "seedream-4-0": ("0.03", "0.03"),
        "seedream-3-0-t2i": ("0.03", "0.03"),
        "seededit-3-0-i2i": ("0.02", "0.02"),
    },
    "vidu": {
        "viduq3-pro": ("0.07", "0.16"),
        "viduq3-turbo": ("0.04", "0.08"),
        "viduq2-pro": ("0.05", "0.05"),
        "viduq2-turbo": ("0.03", "0.03"),
    },
}

pytestmark = pytest.mark.parametrize("provider", PROVIDERS)


def _operation(spec: Any, provider: str, capability: str) -> dict[str, Any]:
    path: dict[str, Any] = spec.providers[provider]["paths"][f"/api/v1/{provider}/{capability}"]
    operation: dict[str, Any] = path["post"]
    return operation


def _request(spec: Any, provider: str, capability: str) -> dict[str, Any]:
    body = _operation(spec, provider, capability)["requestBody"]["content"]["application/json"]
    schema: dict[str, Any] = spec.at(f"providers/{provider}.yaml", body["schema"]["$ref"][1:])
    return schema


def _priced(spec: Any, provider: str) -> list[dict[str, Any]]:
    models = spec.providers[provider]["x-catalogue"]["models"]
    return [model for model in models if "price" in model]


def _fields(spec: Any, provider: str, capability: str) -> dict[str, Any]:
    pointer = _request(spec, provider, capability)["properties"]["input"]["$ref"][1:]
    fields: dict[str, Any] = spec.at(f"providers/{provider}.yaml", pointer)["properties"]
    return fields


def test_document_is_the_provider_s(spec: Any, provider: str) -> None:
    document = spec.providers[provider]
    core = spec.documents["openapi.yaml"]
    assert document["x-catalogue"]["provider"] == provider
    assert document["x-python-package"] == f"modelhunter_{provider}.api"
    assert [tag["name"] for tag in document["tags"]] == [provider]
    assert document["servers"][0]["url"] == core["servers"][0]["url"]
    assert document["security"] == core["security"]
    read = document["x-catalogue"]["prices_read"]
    assert date.fromisoformat(read).isoformat() == read


def test_capabilities_are_the_paths(spec: Any, provider: str) -> None:
    document = spec.providers[provider]
    capabilities = document["x-catalogue"]["capabilities"]
    assert set(document["paths"]) == {f"/api/v1/{provider}/{name}" for name in capabilities}
    for name, capability in capabilities.items():
        operation = _operation(spec, provider, name)
        words = name.split("-")
        assert operation["operationId"] == words[0] + "".join(w.title() for w in words[1:])
        assert capability["operation"] == operation["operationId"]
        answer = operation["responses"]["202"]
        assert answer["x-unwrap"] == "data"
        example = answer["content"]["application/json"]["example"]["data"]
        assert (example["type"], example["provider"]) == (name, provider)
        assert example["estimated_seconds"] == capability["typical_seconds"]


def test_models_are_those_of_the_requests(spec: Any, provider: str) -> None:
    catalogue = spec.providers[provider]["x-catalogue"]
    for capability in catalogue["capabilities"]:
        listed = [m["id"] for m in catalogue["models"] if capability in m["capabilities"]]
        assert _request(spec, provider, capability)["properties"]["model"]["enum"] == listed
    for model in catalogue["models"]:
        assert set(model["capabilities"]) <= set(catalogue["capabilities"])
        assert model["status"] in ("current", "legacy")
        assert model["title"]
        assert model["description"]


def test_no_other_model_has_its_name(spec: Any, provider: str) -> None:
    everyone = [
        name
        for document in spec.providers.values()
        for model in document["x-catalogue"]["models"]
        for name in (model["id"], *model["aliases"])
    ]
    for model in spec.providers[provider]["x-catalogue"]["models"]:
        for name in (model["id"], *model["aliases"]):
            assert everyone.count(name) == 1, name


def test_rules_name_models_that_exist(spec: Any, provider: str) -> None:
    for capability in spec.providers[provider]["x-catalogue"]["capabilities"]:
        request = _request(spec, provider, capability)
        fields = set(_fields(spec, provider, capability))
        for rule in request.get("allOf", ()):
            wanted = rule["if"]["properties"]["model"]
            models = wanted.get("enum", [wanted.get("const")])
            assert set(models) <= set(request["properties"]["model"]["enum"])
            assert rule["if"]["required"] == ["model"]
            assert set(rule["then"]["properties"]["input"].get("properties", ())) <= fields


def test_roles_are_read_from_fields(spec: Any, provider: str) -> None:
    for name, capability in spec.providers[provider]["x-catalogue"]["capabilities"].items():
        fields = _fields(spec, provider, name)
        assert capability["output"]["media"] in ("video", "image", "audio")
        assert set(capability["output"]) <= ROLES
        for role, source in capability["output"].items():
            if role in CONSTANT_ROLES and isinstance(source, str):
                continue
            if isinstance(source, str):
                assert source in fields, role
                continue
            field = fields[source["field"]]
            if "enum" in field and "values" in source:
                assert set(source["values"]) == set(field["enum"]), role


def test_prices_hold_gather(spec: Any, provider: str) -> None:
    for model in _priced(spec, provider):
        price = model["price"]
        low, high = Decimal(price["low"]), Decimal(price["high"])
        assert isinstance(price["low"], str)
        assert 0 < low <= high
        assert price["unit"] in ("second", "image", "video")
        assert ("quantity" in price) == (price["unit"] == "second")
        amounts = [Decimal(rate["amount"]) for rate in price.get("rates", ())]
        assert all(low <= amount <= high for amount in amounts), model["id"]
        if amounts:
            assert (min(amounts), max(amounts)) == (low, high), model["id"]
        for factor in price.get("factors", ()):
            assert Decimal(factor["factor"]) > 0
        assert low == high or price["depends_on"], "a range depends on something"


def test_prices_depend_on_fields_and_their_values(spec: Any, provider: str) -> None:
    for model in _priced(spec, provider):
        price = model["price"]
        for capability in model["capabilities"]:
            fields = _fields(spec, provider, capability)
            assert set(price["depends_on"]) <= set(fields)
            counted = [price.get("quantity"), price.get("extra_quantity", {}).get("field")]
            assert {name for name in counted if name} <= set(fields)
            for row in (*price.get("rates", ()), *price.get("factors", ())):
                assert set(row["when"]) <= set(price["depends_on"])
                for name, value in row["when"].items():
                    if isinstance(value, dict):
                        assert list(value) == ["present"]
                        assert isinstance(value["present"], bool)
                    elif "enum" in fields[name]:
                        assert value in fields[name]["enum"]


def test_prices_are_the_documented_ones(spec: Any, provider: str) -> None:
    prices = {
        model["id"]: (model["price"]["low"], model["price"]["high"])
        for model in _priced(spec, provider)
    }
    assert prices == DOCUMENTED_PRICES[provider]


def test_only_what_stands_in_samples_alone_has_no_price(spec: Any, provider: str) -> None:
    models = spec.providers[provider]["x-catalogue"]["models"]
    free = {model["id"] for model in models if "price" not in model}
    assert free == ({"viduq2-pro-fast"} if provider == "vidu" else set())


def test_legacy_models(spec: Any, provider: str) -> None:
    legacy = {
        model["id"]
        for model in spec.providers[provider]["x-catalogue"]["models"]
        if model["status"] == "legacy"
    }
    expected = {
        "vidu": {"viduq2-pro", "viduq2-turbo", "viduq2-pro-fast"},
        "seedream": {"seededit-3-0-i2i"},
    }
    assert legacy == expected.get(provider, set())
