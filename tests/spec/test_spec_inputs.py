"""What each model takes and refuses, tried with real bodies.

They stand in ``rules.yaml``, ``limits.yaml`` and ``defaults.yaml``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent


def _load(name: str) -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return data


def _flat(data: dict[str, dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(provider, capability, cases, id=f"{provider}-{capability}")
        for provider, capabilities in data.items()
        for capability, cases in capabilities.items()
    ]


RULES, LIMITS, DEFAULTS = _load("rules.yaml"), _load("limits.yaml"), _load("defaults.yaml")


def _expand(value: Any) -> Any:
    """``{repeat: n}`` is a text of n characters, ``{repeat: n, of: x}`` a list of n times x."""
    if isinstance(value, list):
        return [_expand(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "repeat" in value:
        return [value["of"]] * value["repeat"] if "of" in value else "x" * value["repeat"]
    return {key: _expand(item) for key, item in value.items()}


def _merged(field: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A field with what a rule changes about it, also within `items` and `x-media`."""
    merged = {**field, **change}
    for key in ("items", "x-media"):
        if key in field and key in change:
            merged[key] = _merged(field[key], change[key])
    return merged


class Endpoint:
    """The request schema of one capability of one provider."""

    def __init__(self, spec: Any, provider: str, capability: str) -> None:
        self.spec = spec
        self.document = f"providers/{provider}.yaml"
        operation = spec.providers[provider]["x-catalogue"]["capabilities"][capability]["operation"]
        stem = operation[0].upper() + operation[1:]
        self.request = f"/components/schemas/{stem}Request"
        self.input = f"/components/schemas/{stem}Input"

    def rules(self) -> dict[str, tuple[str, bool]]:
        """Pointer of each rule by its description, and whether it is about the input alone."""
        return {
            rule["description"]: (f"{pointer}/allOf/{index}", pointer == self.input)
            for pointer in (self.request, self.input)
            for index, rule in enumerate(self.spec.at(self.document, pointer).get("allOf", ()))
        }

    def errors(self, body: Any) -> list[Any]:
        problems: list[Any] = self.spec.errors(self.document, self.request, body)
        return problems

    def broken(self, body: dict[str, Any]) -> set[str]:
        """Descriptions of the rules that a body breaks."""
        return {
            description
            for description, (pointer, of_input) in self.rules().items()
            if self.spec.errors(self.document, pointer, body["input"] if of_input else body)
        }

    def narrowed(self, model: str) -> dict[str, dict[str, Any]]:
        """The fields that a model has, with what its own rules change about them."""
        document = self.spec.at(self.document, self.input)
        fields = {name: dict(field) for name, field in document["properties"].items()}
        for rule in self.spec.at(self.document, self.request).get("allOf", ()):
            wanted = rule["if"]["properties"]["model"]
            if model not in wanted.get("enum", [wanted.get("const")]):
                continue
            for name, change in rule["then"]["properties"]["input"].get("properties", {}).items():
                if change is False:
                    del fields[name]
                else:
                    fields[name] = _merged(fields[name], change)
        return fields


def _constrains(node: Any) -> bool:
    """Whether a rule refuses anything, rather than only change defaults, notes or media limits."""
    if node is False:
        return True
    if not isinstance(node, dict):
        return False
    if set(node) - {"properties", "items", "default", "description", "x-media", "x-unverified"}:
        return True
    return any(_constrains(child) for child in node.get("properties", {}).values()) or _constrains(
        node.get("items")
    )


@pytest.mark.parametrize(("provider", "capability", "cases"), _flat(RULES))
def test_rules(spec: Any, provider: str, capability: str, cases: list[dict[str, Any]]) -> None:
    endpoint = Endpoint(spec, provider, capability)
    for case in cases:
        assert case["rule"] in endpoint.rules()
        for body in _expand(case["accepted"]):
            assert not endpoint.errors(body), (case["rule"], body)
        for body in _expand(case["rejected"]):
            problems = endpoint.errors(body)
            assert all("allOf" in problem.absolute_schema_path for problem in problems), problems
            assert case["rule"] in endpoint.broken(body), body


@pytest.mark.parametrize(("provider", "capability", "cases"), _flat(RULES))
def test_each_rule_is_broken_by_a_body_that_breaks_no_other(
    spec: Any, provider: str, capability: str, cases: list[dict[str, Any]]
) -> None:
    endpoint = Endpoint(spec, provider, capability)
    for case in cases:
        assert any(endpoint.broken(body) == {case["rule"]} for body in _expand(case["rejected"])), (
            case["rule"]
        )


@pytest.mark.parametrize(("provider", "capability", "models"), _flat(DEFAULTS))
def test_every_rule_has_bodies(spec: Any, provider: str, capability: str, models: Any) -> None:
    endpoint = Endpoint(spec, provider, capability)
    tried = {case["rule"] for case in RULES.get(provider, {}).get(capability, ())}
    rules = {name: spec.at(endpoint.document, ptr) for name, (ptr, _) in endpoint.rules().items()}
    assert tried == {
        name for name, rule in rules.items() if "if" not in rule or _constrains(rule["then"])
    }


@pytest.mark.parametrize(("provider", "capability", "cases"), _flat(LIMITS))
def test_limits(spec: Any, provider: str, capability: str, cases: list[dict[str, Any]]) -> None:
    endpoint = Endpoint(spec, provider, capability)
    for case in cases:
        given = _expand(case["given"])
        body = {"model": case["model"], "input": given}
        assert not endpoint.errors(body)
        for name in case["required"]:
            rest = {key: value for key, value in given.items() if key != name}
            assert endpoint.errors({**body, "input": rest}), name
        for name, values in case["fields"].items():
            for value in _expand(values.get("accepted", [])):
                assert not endpoint.errors({**body, "input": {**given, name: value}}), name
            for value in _expand(values.get("rejected", [])):
                assert endpoint.errors({**body, "input": {**given, name: value}}), (name, value)


@pytest.mark.parametrize(("provider", "capability", "cases"), _flat(LIMITS))
def test_every_field_is_tried(
    spec: Any, provider: str, capability: str, cases: list[dict[str, Any]]
) -> None:
    endpoint = Endpoint(spec, provider, capability)
    tried = {name for case in cases for name in (*case["fields"], *case["given"])}
    bodies = [
        body
        for case in RULES.get(provider, {}).get(capability, ())
        for body in (*case["accepted"], *case["rejected"])
    ]
    tried |= {name for body in bodies for name in body["input"]}
    assert set(spec.at(endpoint.document, endpoint.input)["properties"]) <= tried


@pytest.mark.parametrize(("provider", "capability", "models"), _flat(DEFAULTS))
def test_defaults(
    spec: Any, provider: str, capability: str, models: dict[str, dict[str, Any]]
) -> None:
    endpoint = Endpoint(spec, provider, capability)
    for model, expected in models.items():
        fields = endpoint.narrowed(model)
        assert {n: f["default"] for n, f in fields.items() if "default" in f} == expected


@pytest.mark.parametrize(("provider", "capability", "models"), _flat(DEFAULTS))
def test_the_envelope_of_a_request(
    spec: Any, provider: str, capability: str, models: dict[str, dict[str, Any]]
) -> None:
    endpoint = Endpoint(spec, provider, capability)
    given = _expand(LIMITS[provider][capability][0]["given"])
    body = {"model": LIMITS[provider][capability][0]["model"], "input": given}
    extras = {"webhookUrl": "https://a/hook", "metadata": {"any": ["thing", 1, None]}}
    assert not endpoint.errors({**body, **extras})
    assert endpoint.errors({**body, "model": "no-such-model"})
    assert endpoint.errors({"input": given})
    assert endpoint.errors({"model": body["model"]})
    assert endpoint.errors({**body, "metadata": "text"})


# Inputs that differ between the capabilities of a provider, by intent.
OWN_WAYS = {
    "vidu": set(),
    "kling": set(),
    "gemini": set(),
    "seedream": {"seed", "guidance_scale"},
    "seedance": {"prompt", "ratio", "resolution", "duration", "generate_audio"},
}
SAME = ("type", "enum", "default", "minimum", "maximum", "maxLength", "minItems", "maxItems")


@pytest.mark.parametrize("provider", OWN_WAYS)
def test_an_input_is_the_same_in_all_capabilities(spec: Any, provider: str) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for capability in spec.providers[provider]["x-catalogue"]["capabilities"]:
        endpoint = Endpoint(spec, provider, capability)
        for name, field in spec.at(endpoint.document, endpoint.input)["properties"].items():
            limits = {key: field[key] for key in SAME if key in field} | {
                "items": field.get("items", {}).get("$ref")
            }
            if name not in OWN_WAYS[provider]:
                assert seen.setdefault(name, limits) == limits, (capability, name)


IMAGES = ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif"]


@pytest.mark.parametrize(
    ("provider", "capability", "model", "field", "limits"),
    [
        ("vidu", "image-to-video", "viduq3-pro", "image", {"max_bytes": 50 << 20, "min_side": 128}),
        ("kling", "image-to-video", "kling-v3", "image", {"max_bytes": 10 << 20, "max_ratio": 2.5}),
        ("kling", "image-to-video", "kling-v3", "image_tail", {"min_side": 300, "min_ratio": 0.4}),
        ("seedream", "image-to-image", "seedream-4-0", "image", {"max_side": 6000}),
        ("seedream", "image-to-image", "seedream-4-5", "images", {"formats": IMAGES}),
        ("seedream", "image-to-image", "seedream-5-0-lite", "image", {"formats": IMAGES[:2]}),
        ("seedream", "image-to-image", "seededit-3-0-i2i", "image", {"formats": IMAGES[:2]}),
        ("seedance", "image-to-video", "seedance-1-5-pro", "image", {"max_bytes": 30 << 20}),
        (
            "seedance",
            "image-to-video",
            "seedance-1-5-pro",
            "last_image",
            {"formats": [*IMAGES, "image/heic", "image/heif"], "data_uri": True},
        ),
        ("seedance", "image-to-video", "seedance-1-0-pro", "last_image", {"formats": IMAGES}),
        ("gemini", "image-to-image", "nano-banana-2", "image_input", {"max_bytes": 30 << 20}),
        (
            "seedance",
            "multimodal-video",
            "bytedance/seedance-2",
            "reference_audio_urls",
            {"kind": "audio", "max_bytes": 15 << 20, "data_uri": False},
        ),
    ],
)
def test_media_limits(
    spec: Any, provider: str, capability: str, model: str, field: str, limits: dict[str, Any]
) -> None:
    node = Endpoint(spec, provider, capability).narrowed(model)[field]
    media = node.get("items", node)["x-media"]
    assert media | limits == media
