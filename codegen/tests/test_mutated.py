"""Broken descriptions give problems with names and places, or a package; never a traceback."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sample_package import save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Report

RICH = yaml.safe_load((Path(__file__).parent / "data" / "rich.yaml").read_text("utf-8"))

SPEC = Path(__file__).parents[2] / "spec"
KLING = yaml.safe_load((SPEC / "providers" / "kling.yaml").read_text("utf-8"))


def changed(rule: dict[str, Any]) -> dict[str, Any]:
    """Kling's description with one more rule across the inputs."""
    spec: dict[str, Any] = copy.deepcopy(KLING)
    schema = spec["components"]["schemas"]["TextToVideoInput"]
    schema.setdefault("allOf", []).append({"description": "A rule.", **rule})
    return spec


JUNK: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", "object", [], {}, [[]], [None], ["x"]),
    *({"a": None}, {"required": 3}, {"properties": []}, {"enum": 3}, {"enum": [[], {}]}),
    *({"not": {"required": 3}}, {"mapping": {"a": 3}}, {"allOf": [False]}, {"oneOf": []}),
    *({"$ref": ref} for ref in ("#", "", "#/paths", "#/components/schemas", "a\0", 5, "//x/y")),
]
KEYS = [
    *("type", "properties", "required", "items", "allOf", "oneOf", "anyOf", "enum", "const"),
    *("discriminator", "$ref", "additionalProperties", "patternProperties", "prefixItems", "not"),
    *("servers", "parameters", "requestBody", "responses", "content", "schema", "in", "name"),
    *("style", "encoding", "tags", "callbacks", "description", "default", "format", "headers"),
    *("mapping", "propertyName", "$dynamicRef", "$recursiveRef", "dependentRequired", "minItems"),
    *("minimum", "security", "operationId", "x-unwrap", "x-retry", "x-python-package"),
    *("if", "then", "else", "x-media", "x-size", "x-unverified", "x-catalogue", "x-renamed-from"),
]


def places(node: Any) -> list[Any]:
    """Every mapping and sequence that holds something."""
    inner = list(node.values() if isinstance(node, dict) else node)
    found = [node] if inner else []
    for value in inner:
        if isinstance(value, (dict, list)):
            found += places(value)
    return found


@st.composite
def mutated(draw: st.DrawFn, whole: dict[str, Any] = RICH) -> dict[str, Any]:
    spec: dict[str, Any] = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        held = places(spec)
        place = draw(st.sampled_from(held))
        value = copy.deepcopy(draw(st.sampled_from(JUNK) | st.sampled_from(held)))
        key = draw(st.integers(0, len(place) - 1))
        if isinstance(place, list):
            place[key] = value
        else:
            place[draw(st.just(list(place)[key]) | st.sampled_from(KEYS))] = value
    return spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(mutated())
def test_what_is_broken_is_told_or_compiles(folder: Path, spec: dict[str, Any]) -> None:
    told_or_compiles(save(folder, json.dumps(spec)), folder)


def told_or_compiles(path: Path, root: Path) -> None:
    try:
        built = build(path, "made", Report(allowed=set(WAIVABLE)), root=root)
    except DescriptionError as error:
        assert error.problems
        assert all(problem.name and problem.location.line for problem in error.problems)
        return
    for name, source in built.files.items():
        if name.endswith(".py"):
            compile(source, name, "exec", dont_inherit=True)
        source.encode()


@pytest.fixture(scope="module")
def spec_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(SPEC, tmp_path_factory.mktemp("provider") / "spec"))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(mutated(KLING))
@example(changed({"required": 5}))
@example(changed({"if": {"properties": ["duration"]}}))
@example(changed({"properties": {"duration": {"minimum": "5"}}}))
@example(changed({"dependentRequired": {"image": "mask"}}))
@example(changed({"anyOf": []}))
def test_a_broken_provider_is_told_or_compiles(spec_folder: Path, spec: dict[str, Any]) -> None:
    path = spec_folder / "providers" / "mutated.json"
    path.write_text(json.dumps(spec))
    told_or_compiles(path, spec_folder)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"if": {"required": 5}}, "required must be a list of names"),
        ({"not": {"required": ["a", 5]}}, "required must be a list of names"),
        ({"properties": {"seed": 5}}, "it must be a schema"),
        ({"then": {"properties": {"seed": {"minimum": "5"}}}}, "minimum must be a number"),
        ({"dependentRequired": {"image": "mask"}}, "dependentRequired must be a mapping of names"),
        ({"description": 5}, "description must be text"),
    ],
)
def test_a_rule_in_another_form_is_told_with_its_place(
    spec_folder: Path, rule: dict[str, Any], says: str
) -> None:
    path = spec_folder / "providers" / "mutated.json"
    path.write_text(json.dumps(changed(rule)))
    with pytest.raises(DescriptionError) as caught:
        build(path, "made", Report(), root=spec_folder)
    (told,) = [problem for problem in caught.value.problems if says in problem.message]
    assert told.name == "malformed"
    assert "/components/schemas/TextToVideoInput/allOf/" in told.location.pointer


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=60), st.integers(0, 3000), st.sampled_from([".json", ".yaml"]))
def test_a_damaged_file_is_told_with_its_line(
    folder: Path, junk: bytes, at: int, suffix: str
) -> None:
    text = (Path(__file__).parent / "data" / "rich.yaml").read_bytes()
    if suffix == ".json":
        text = json.dumps(RICH).encode()
    path = folder / f"damaged{suffix}"
    path.write_bytes(text[:at] + junk + text[at + len(junk) :])
    try:
        build(path, "made", Report(allowed=set(WAIVABLE)))
    except DescriptionError as error:
        assert all(problem.location.line > 0 for problem in error.problems)
