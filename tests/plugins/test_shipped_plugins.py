"""What holds of each of the plugins that ship, by their descriptions in ``spec/``."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import warnings
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from attrs import evolve, fields
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter.plugins import (
    Capability,
    Field,
    Model,
    Provider,
    Registry,
    Submission,
    UnverifiedInput,
    check,
    choose_capability,
    estimate,
    input_values,
    prepare,
)
from modelhunter.sandbox.checking import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

yaml = pytest.importorskip("yaml")
jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parents[2]
NAMES = sorted(spec.stem for spec in (ROOT / "spec" / "providers").glob("*.yaml"))
REGISTRY = Registry(environment={"MODELHUNTER_PLUGINS": ",".join(NAMES)})


class Example(NamedTuple):
    name: str
    provider: str
    capability: str
    model: str
    inputs: dict[str, Any]


def examples() -> Iterator[Example]:
    """Every example of a request in the descriptions."""
    for provider in NAMES:
        text = (ROOT / "spec" / "providers" / f"{provider}.yaml").read_text()
        spec = yaml.safe_load(text)
        for path, item in spec["paths"].items():
            body = item["post"]["requestBody"]["content"]["application/json"]
            found = {key: one["value"] for key, one in body.get("examples", {}).items()}
            if "example" in body:
                found["example"] = body["example"]
            schema = spec["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
            found |= {f"schema {n}": one for n, one in enumerate(schema.get("examples", ()))}
            capability = path.rpartition("/")[2]
            for key, value in found.items():
                yield Example(
                    f"{provider} {capability} {key}",
                    provider,
                    capability,
                    value["model"],
                    value["input"],
                )


EXAMPLES = list(examples())
by_example = pytest.mark.parametrize("example", EXAMPLES, ids=[one.name for one in EXAMPLES])
by_provider = pytest.mark.parametrize("name", NAMES)


def parts(example: Example) -> tuple[Provider, Model, Capability]:
    provider, model = REGISTRY.model(example.model)
    capability = model.capability(example.capability)
    assert capability is not None
    return provider, model, capability


# ------------------------------------------------------------------- packages


@by_provider
def test_the_package_offers_its_typed_inputs(name):
    package = importlib.import_module(f"modelhunter_{name}")
    capabilities = [c for model in REGISTRY.provider(name).models for c in model.capabilities]
    for typed in {capability.load_input_class() for capability in capabilities}:
        assert getattr(package, typed.__name__) is typed
        assert typed.__name__ in package.__all__


@by_provider
def test_the_plugin_has_what_its_description_has(name):
    spec = yaml.safe_load((ROOT / "spec" / "providers" / f"{name}.yaml").read_text())
    catalogue = spec["x-catalogue"]
    found = {m.id: [c.name for c in m.capabilities] for m in REGISTRY.provider(name).models}
    assert found == {model["id"]: model["capabilities"] for model in catalogue["models"]}


@by_provider
def test_the_hand_written_part_uses_only_what_is_public(name):
    package = ROOT / "plugins" / name / "src" / f"modelhunter_{name}"
    used = set()
    for source in package.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                used.add(node.module)
    core = {module for module in used if module.partition(".")[0] == "modelhunter"}
    # generated packages need the last too, and so does any that loads its names lazily
    assert core <= {"modelhunter", "modelhunter.plugins", "modelhunter.runtime.lazy"}


@by_provider
def test_a_package_is_lazy(name):
    code = f"import modelhunter_{name}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "attrs" not in loaded
    assert f"modelhunter_{name}.api" not in loaded


@by_provider
def test_loading_a_plugin_builds_no_model_of_the_low_level(name):
    code = f"import modelhunter_{name}.plugin, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not [module for module in loaded if f"modelhunter_{name}.api.models" in module]


# ------------------------------------------------------------------- examples


@by_example
def test_an_example_is_right_and_becomes_its_call(example):
    provider, model, capability = parts(example)

    assert provider.name == example.provider
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check(model, capability, example.inputs, provider=provider) == []
    sent = prepare(capability, example.inputs)
    assert sent == example.inputs
    call = capability.call(
        Submission(
            model=model.id, input=sent, webhook_url="https://example.com/", metadata={"a": 1}
        )
    )
    assert (call.method, call.target) == (
        "POST",
        f"/api/v1/{provider.name}/{capability.name}",
    )
    assert call.body.value == {
        "model": model.id,
        "input": example.inputs,
        "webhookUrl": "https://example.com/",
        "metadata": {"a": 1},
    }


@by_example
def test_the_capability_follows_from_an_example(example):
    _, model, capability = parts(example)
    assert choose_capability(model, example.inputs) is capability


@by_example
def test_an_example_can_be_given_as_a_typed_input(example):
    _, _, capability = parts(example)
    typed = capability.load_input_class()
    assert typed is not None
    keywords = {capability.field(name).keyword: value for name, value in example.inputs.items()}
    given = typed(model=example.model, **keywords)

    assert (given.provider, given.capability) == (example.provider, example.capability)
    assert input_values(given) == example.inputs
    assert prepare(capability, input_values(given)) == example.inputs


@by_example
def test_an_example_has_a_price(example):
    _, model, capability = parts(example)
    found = estimate(model.price, capability.fields, example.inputs)
    assert Decimal(0) < found.low <= found.high < Decimal(100)
    assert found.likely is None or found.low <= found.likely <= found.high


CAPABILITIES = [
    pytest.param(model.id, capability, id=f"{model.id} {capability.name}")
    for _, model in REGISTRY.models()
    for capability in model.capabilities
]


@pytest.mark.parametrize(("model", "capability"), CAPABILITIES)
def test_every_capability_of_every_model_is_complete(model, capability):
    call = capability.call(Submission(model=model, input={}))
    assert call.safety == "unsafe"
    assert capability.title
    assert capability.typical_seconds
    assert capability.output.media in ("image", "video")
    typed = capability.load_input_class()
    attributes = {a.metadata.get("wire", a.name) for a in fields(typed)}
    assert {field.name for field in capability.fields} <= attributes
    schema = schema_of(capability, model)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


# ------------------------------------------------------------------- checks against the schema


def value_for(field: Field) -> st.SearchStrategy[Any]:
    """Values on either side of what a field takes."""
    if field.media is not None:
        return st.just("https://example.com/a")
    if field.choices:
        return st.sampled_from([*field.choices, "other"])
    if field.type in ("integer", "number"):
        bounds = [b for b in (field.minimum, field.maximum) if b is not None] or [0]
        near = [b + d for b in bounds for d in (-1, 0, 1)] + [640, 1024, 2048]
        return st.sampled_from([*near, 1.5, True])
    if field.type == "boolean":
        return st.booleans() | st.just("yes")
    if field.type == "array":
        item = value_for(field.item) if field.item else st.just("x")
        return st.lists(item, max_size=4)
    if field.type == "object":
        return st.fixed_dictionaries(
            {}, optional={inner.name: value_for(inner) for inner in field.properties}
        )
    return st.sampled_from(["", "text", "2K", "1K", "2048x2048", "1000x1000", "x" * 6000])


@cache
def described(provider: str, capability: str) -> Any:
    """What holds a request to its description, which nothing that is tested here was made from."""
    spec = yaml.safe_load((ROOT / "spec" / "providers" / f"{provider}.yaml").read_text())
    body = spec["paths"][f"/api/v1/{provider}/{capability}"]["post"]["requestBody"]
    (name,) = re.findall("[^/]+$", body["content"]["application/json"]["schema"]["$ref"])
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}
    )


@pytest.mark.parametrize(("model", "capability"), CAPABILITIES)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(data=st.data())
def test_checks_agree_with_the_schema_of_the_request(model, capability, data):
    """Whatever passes the checks is valid by the description, and the other way round.

    Values outside inferred choices pass with a warning, and a plugin may know more than the schema.
    So does the sandbox: it refuses what the description refuses, whose schema it has not seen.
    """
    required = {f.name: value_for(f) for f in capability.fields if f.required}
    optional = {f.name: value_for(f) for f in capability.fields if not f.required}
    inputs = data.draw(st.fixed_dictionaries(required, optional=optional))
    provider, found = REGISTRY.model(model)
    unaided = [evolve(field, pixels=None) for field in capability.fields]
    generated = evolve(capability, fields=tuple(unaided), check=None, prepare=None)
    validator = described(provider.name, capability.name)
    request = {"model": model, "input": inputs}
    errors = [e.message for e in validator.iter_errors(request)]
    derived = jsonschema.Draft202012Validator(schema_of(capability, model))
    served = [e.message for e in derived.iter_errors(request)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        problems = [str(problem) for problem in check(found, generated, inputs)]
    assert not (served and not errors)
    assert not (problems and not errors)
    if errors and not problems:
        assert any(warning.category is UnverifiedInput for warning in caught)
    if errors and not served:
        assert not problems
