"""A generated provider is what an author would write: classes that say everything once."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sample_package import Make, save

from modelhunter.plugins import Submission, input_values
from modelhunter_codegen.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "acme.yaml").read_text("utf-8")
)
ROOT = Path(__file__).parents[2]


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    change(spec)
    return spec


def adding(**inputs: Any) -> dict[str, Any]:
    """The description with further inputs."""
    return changed(lambda s: s["components"]["schemas"]["Input"]["properties"].update(inputs))


def fields_of(made: Any, model: str = "acme/2") -> dict[str, Any]:
    found = made.module("catalogue").PROVIDER.model(model).capabilities[0]
    return {field.name: field for field in found.fields}


# ------------------------------------------------------------------- where a fact stands


def test_a_provider_has_no_second_form(make: Make) -> None:
    made = make(spec=SPEC)
    files = made.built.files
    assert {path for path in files if not path.startswith("inline/")} == {
        *("README.md", "__init__.py", "acme.py", "catalogue.py", "client.py", "inputs.py")
    }
    assert not hasattr(made.module(), "models")
    inputs = "".join(files["inputs.py"].split())
    for fact in ("Length(most=10)", "Between(3,15)", "Closed", 'formats=("image/png",'):
        assert fact in inputs
        assert fact not in "".join(files["catalogue.py"].split())
    assert "decode_input" not in "".join(files.values())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("maxLength: 2000, description", "maxLength: 1000, description"),
        ("properties: {duration: {maximum: 10}}", "properties: {duration: {maximum: 11}}"),
        ("max_bytes: 52428800", "max_bytes: 5242880"),
        ("enum: [general, anime]", "enum: [general, anime, ink]"),
    ],
)
def test_one_changed_limit_touches_one_file_and_the_lock(
    tmp_path: Path, before: str, after: str
) -> None:
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    spec, out = tmp_path / "spec" / "providers" / "vidu.yaml", tmp_path / "api"

    def generated() -> dict[str, str]:
        given = [str(spec), "--root", str(tmp_path / "spec"), "--out", str(out)]
        assert main(["generate", *given, "--package", "modelhunter_vidu.api"]) == 0
        return {path.name: path.read_text("utf-8") for path in out.rglob("*") if path.is_file()}

    old = generated()
    text = spec.read_text("utf-8")
    assert before in text
    spec.write_text(text.replace(before, after, 1), "utf-8")
    new = generated()
    assert {name for name in new if new[name] != old.get(name)} == {
        *("inputs.py", "codegen.lock.json")
    }


# ------------------------------------------------------------------- the classes


def test_inputs_of_every_kind(make: Make) -> None:
    made = make(
        spec=adding(
            **{"aspect-ratio": {"type": "string", "default": "1:1", "description": "Its shape."}},
            strength={"type": "number", "enum": [0.5, 1.5], "default": 0.5},
            loops={"type": "boolean", "enum": [True]},
            count={"type": "integer", "default": "many"},
            tags={"type": "array", "items": {"type": "string", "maxLength": 3}, "default": ["a"]},
            words={"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            anything={"type": "array"},
            free={"type": "object"},
            when={"type": "string", "format": "date-time"},
            sound={"type": "string", "x-media": {"kind": "3d", "formats": ["model/obj"]}},
            size={"type": "string", "x-size": {"presets": ["2K"], "max_pixels": 9}},
        )
    )
    found = fields_of(made)
    ratio = found["aspect-ratio"]
    assert (ratio.keyword, ratio.default, ratio.description) == (
        "aspect_ratio",
        "1:1",
        "Its shape.",
    )
    assert (found["strength"].choices, found["strength"].default) == ((0.5, 1.5), 0.5)
    assert found["loops"].choices == (True,)
    assert found["count"].default == "many"
    assert (found["tags"].item.max_length, found["tags"].default) == (3, ["a"])
    assert found["words"].item.choices == ("a", "b")
    assert (found["anything"].type, found["anything"].item) == ("array", None)
    assert (found["free"].type, found["when"].type) == ("object", "string")
    assert found["sound"].media.kind == "3d"
    assert (found["size"].pixels.presets, found["size"].pixels.max_pixels) == (("2K",), 9)
    given = made.module("inputs").TextToVideo(model="acme/2", prompt="x", aspect_ratio="1:1")
    assert input_values(given) == {"prompt": "x", "aspect-ratio": "1:1"}


def test_a_required_input_keeps_its_default(make: Make) -> None:
    def need(spec: dict[str, Any]) -> None:
        spec["components"]["schemas"]["Input"]["required"].append("duration")

    made = make(spec=changed(need))
    duration = fields_of(made)["duration"]
    assert (duration.required, duration.default) == (True, 4)
    with pytest.raises(TypeError, match="duration"):
        made.module("inputs").TextToVideo(model="acme/2", prompt="x")


def test_parts_are_classes_too(make: Make) -> None:
    made = make(spec=SPEC)
    shot = made.module("inputs").Shot
    given = made.module("inputs").TextToVideo(
        model="acme/2", prompt="x", shots=[shot(text="a", n=1), {"text": "b"}]
    )
    call = made.module("acme").text_to_video(given)
    assert call.body.value["input"]["shots"] == [{"text": "a", "n": 1}, {"text": "b"}]
    item = fields_of(made)["shots"].item
    assert [(one.name, one.required, one.minimum) for one in item.properties] == [
        ("text", True, None),
        ("n", False, 1),
    ]


def test_parts_that_hold_themselves_and_parts_of_several_types(make: Make) -> None:
    def nest(spec: dict[str, Any]) -> None:
        schemas = spec["components"]["schemas"]
        node = {"$ref": "#/components/schemas/Node"}
        schemas["Node"] = {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": node},
            },
        }
        schemas["Loose"] = {
            "type": "object",
            "properties": {"id": {"type": ["integer", "string"], "description": "Its id."}},
        }
        schemas["Input"]["properties"]["tree"] = node
        schemas["Input"]["properties"]["loose"] = {"$ref": "#/components/schemas/Loose"}
        schemas["Input"]["properties"]["either"] = {
            "type": "object",
            "oneOf": [node, {"$ref": "#/components/schemas/Loose"}],
        }

    made = make(spec=changed(nest))
    inputs, found = made.module("inputs"), fields_of(made)
    assert [one.name for one in found["tree"].properties] == ["name", "children"]
    (loose,) = found["loose"].properties
    assert (loose.type, loose.other_types) == ("integer", ("string",))
    assert (found["either"].type, found["either"].properties) == ("object", ())
    tree = inputs.Node(name="a", children=[inputs.Node(name="b")])
    given = inputs.TextToVideo(model="acme/2", prompt="x", tree=tree, loose=inputs.Loose(id=7))
    body = made.module("acme").text_to_video(given).body.value["input"]
    assert body["tree"] == {"name": "a", "children": [{"name": "b"}]}
    assert body["loose"] == {"id": 7}


NAMES = ("image", "length", "input", "media", "provider", "model", "date", "only-for", "read")


def test_classes_and_capabilities_that_are_called_like_what_is_imported(make: Make) -> None:
    def rename(spec: dict[str, Any]) -> None:
        schemas, catalogue = spec["components"]["schemas"], spec["x-catalogue"]
        schemas["Image"] = schemas.pop("Shot")
        schemas["Input"]["properties"]["shots"]["items"] = {"$ref": "#/components/schemas/Image"}
        path, made = spec["paths"].pop("/acme/text-to-video"), {}
        only = catalogue["capabilities"].pop("text-to-video")
        for name in NAMES:
            there = copy.deepcopy(path)
            there["post"] |= {"operationId": f"start{name}", "tags": ["date"]}
            spec["paths"][f"/{name}"] = there
            made[name] = {**only, "operation": f"start{name}"}
        catalogue["capabilities"] = made
        for model in catalogue["models"]:
            model["capabilities"] = list(NAMES)

    made = make(spec=changed(rename))
    provider = made.module("catalogue").PROVIDER
    assert [one.name for one in provider.model("acme-1").capabilities] == list(NAMES)
    shots = provider.model("acme-1").capability("image").field("shots")
    assert [one.name for one in shots.item.properties] == ["text", "n"]


def test_inputs_that_are_called_like_what_the_class_uses(make: Make) -> None:
    names = ("limits", "rules", "only_for", "str", "int", "list", "dict", "float", "bool", "define")
    made = make(spec=adding(**{name: {"type": "integer", "minimum": 1} for name in names}))
    found = fields_of(made, "acme-1")
    assert {name: found[name].minimum for name in names} == dict.fromkeys(names, 1)
    given = {found[name].keyword: 2 for name in names}
    typed = made.module("inputs").TextToVideo(model="acme/2", prompt="x", **given)
    assert input_values(typed) == {"prompt": "x", **dict.fromkeys(names, 2)}


def test_what_one_model_has_is_said_once_for_all_that_have_it(make: Make) -> None:
    source = make(spec=SPEC).built.files["inputs.py"]
    assert source.count("only_for(") == 2
    assert "seed=Absent" in source
    assert source.count("with an image acme-1 needs mode pro") == 2  # in words, and as the rule


def test_a_rule_of_every_model_is_one_of_the_class(make: Make) -> None:
    rule = {
        "description": "A seed needs an image.",
        "if": {"properties": {"model": {"enum": ["acme-1", "acme/2"]}}},
        "then": {"properties": {"input": {"dependentRequired": {"seed": ["image"]}}}},
    }
    made = make(spec=changed(lambda s: s["components"]["schemas"]["Request"]["allOf"].append(rule)))
    cls = made.module("inputs").TextToVideo
    assert "A seed needs an image." in [one.message for one in cls.rules]
    assert all("A seed" not in str(one.rules) for one in cls.limits)


# ------------------------------------------------------------------- functions and what is left


def test_the_function_takes_the_class_or_a_submission(make: Make) -> None:
    made = make(spec=SPEC)
    function = made.module("acme").text_to_video
    given = made.module("inputs").TextToVideo(model="acme-1", prompt="x", duration=5)
    call = function(given, webhook_url="https://h.test/", metadata={"a": 1})
    assert (call.method, call.target, call.safety) == ("POST", "/acme/text-to-video", "unsafe")
    wanted = {
        "model": "acme-1",
        "input": {"prompt": "x", "duration": 5},
        "webhookUrl": "https://h.test/",
        "metadata": {"a": 1},
    }
    assert call.body.value == wanted
    submission = Submission(
        model="acme-1",
        input={"prompt": "x", "duration": 5},
        webhook_url="https://h.test/",
        metadata={"a": 1},
    )
    assert function(submission).body.value == wanted


def test_models_stay_where_something_else_needs_them(make: Make) -> None:
    shot = {"$ref": "#/components/schemas/Shot"}
    operation = {
        "operationId": "lastShot",
        "tags": ["acme"],
        "responses": {
            "200": {"description": "d", "content": {"application/json": {"schema": shot}}}
        },
    }
    made = make(spec=changed(lambda s: s["paths"].update({"/shot": {"get": operation}})))
    assert {path for path in made.built.files if path.startswith("models/")} == {
        *("models/__init__.py", "models/shot.py")
    }
    answer = made.module("acme").last_shot().operation.answer(200)
    assert answer.decode({"text": "x"}).text == "x"
    assert made.module("inputs").Shot(text="x").text == "x"


def test_names_of_inputs_and_parts_stay(tmp_path: Path) -> None:
    out = tmp_path / "api"

    def names(spec: dict[str, Any]) -> dict[str, Any]:
        path = save(tmp_path, spec)
        assert main(["generate", str(path), "--out", str(out), "--package", "made_names"]) == 0
        lock: dict[str, Any] = json.loads((out / "codegen.lock.json").read_text("utf-8"))
        return {"names": lock["names"], "parts": lock["parts"]}

    first = names(adding(**{"foo-bar": {"type": "string"}}))
    assert first["names"]["#/components/schemas/Shot"] == "inputs.Shot"
    assert "#/components/schemas/Input" not in first["names"]
    assert first["parts"]["#/components/schemas/Input"]["foo-bar"] == "foo_bar"
    both = {"foo-bar": {"type": "string"}, "foo_bar": {"type": "string"}}
    second = names(adding(**both))
    assert second["parts"]["#/components/schemas/Input"]["foo-bar"] == "foo_bar"


@pytest.mark.parametrize("strict", [["-m", "mypy", "--strict", "--no-error-summary"]])
def test_a_misspelt_input_is_an_error_to_a_type_checker(
    make: Make, tmp_path: Path, strict: list[str]
) -> None:
    pytest.importorskip("mypy")
    made = make(spec=SPEC)
    program = tmp_path / "made" / "program.py"
    program.write_text(
        f"from {made.name} import acme\n"
        f"from {made.name}.inputs import Shot, TextToVideo\n"
        "TextToVideo(model='new', prompt='x', duration=None, mode='own', shots=[Shot(text='a')])\n"
        "acme.text_to_video(TextToVideo(model='acme-1', prompt='x'), webhook_url=None)\n"
        "TextToVideo(model='acme-1', prompt='x', duratoin=4)\n"
        "TextToVideo(model='acme-1', prompt='x', duration='4')\n"
        "TextToVideo(prompt='x')\n"
        "TextToVideo('acme-1', 'x')\n"
    )
    done = subprocess.run(
        [sys.executable, *strict, program.name],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = {int(line.split(":")[1]) for line in done.stdout.splitlines() if "error:" in line}
    assert lines == {5, 6, 7, 8}, done.stdout
