"""``modelhunter models`` and ``plugins``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.cli.describe import example
from modelhunter.cli.inputs import collect, read_inputs
from modelhunter.plugins.checking import check, choose_capability
from modelhunter.plugins.registry import Registry, default_registry

if TYPE_CHECKING:
    from pathlib import Path

Run = Any


def test_models_are_listed_with_capabilities_and_prices(run: Run) -> None:
    lines = run("models").stdout.splitlines()
    assert lines[0].split() == ["MODEL", "PROVIDER", "CAPABILITIES", "PRICE"]
    assert "text-to-image, image-to-image" in lines[1]
    assert "$0.02 to $0.05 per image" in lines[1]
    assert lines[2].startswith("acme-2 (legacy)")


def test_models_of_one_provider(run: Run) -> None:
    listed = json.loads(run("models", "--provider", "acme", "--json").stdout)["models"]
    assert [model["id"] for model in listed] == ["acme-1", "acme-2"]
    assert listed[0]["price"]["rates"][1] == {
        "when": {"size": "large"},
        "amount": 0.05,
        "inferred": False,
    }
    result = run("models", "--provider", "acne")
    assert result.exit_code == 2
    assert "acme" in result.stderr


def test_a_model_is_shown_with_all_that_it_takes(run: Run) -> None:
    shown = run("models", "show", "acme-1").stdout
    assert "Acme [bold]One[/bold]" in shown
    words = " ".join(shown.split())
    assert " prompt string; needed; at most 200 characters What. " in words
    assert " size string; by default small; 'small' or 'large' " in words
    assert " steps integer; by default 20; 1 to 50 " in words
    assert " guidance number; 0 to 10 (inferred, not documented) " in words
    assert " tags list of string; at most 3 items " in words
    assert " image image; needed; png or jpeg; at most 1 MB " in words
    assert " references list of image; png or jpeg; " in words
    assert " layers[].text string; needed " in words
    assert "- tags and style exclude each other" in shown


def test_a_model_in_full_as_json(run: Run) -> None:
    shown = json.loads(run("models", "show", "acme-1", "--json").stdout)
    draw, redraw = shown["capabilities"]
    inputs = {one["name"]: one for one in draw["inputs"]}
    assert inputs["steps"] == {
        "name": "steps",
        "type": "integer",
        "required": False,
        "description": "",
        "default": 20,
        "minimum": 1,
        "maximum": 50,
    }
    assert inputs["guidance"]["inferred"] == ["maximum"]
    assert inputs["layers"]["item"]["properties"][0]["required"] is True
    assert redraw["inputs"][2]["media"]["formats"] == ["image/png", "image/jpeg"]


def test_an_unknown_model(run: Run) -> None:
    result = run("models", "show", "acme-l")
    assert result.exit_code == 2
    assert "acme-1" in result.stderr


def _examples(registry: Registry) -> list[Any]:
    return [
        pytest.param(model, capability, id=f"{model.id}, {capability.name}")
        for _, model in registry.models()
        for capability in model.capabilities
    ]


def test_examples_are_right(acme: Registry, tmp_path: Path, monkeypatch: Any) -> None:
    _make_samples(tmp_path, monkeypatch)
    for _, model in acme.models():
        for capability in model.capabilities:
            assert _problems(model, capability) == []


@pytest.mark.parametrize(("model", "capability"), _examples(default_registry()))
def test_examples_of_what_is_installed_are_right(
    model: Any, capability: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    _make_samples(tmp_path, monkeypatch)
    assert _problems(model, capability) == []


def _make_samples(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(folder)
    (folder / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    (folder / "sound.mp3").write_bytes(b"ID3\x04\0")


def _problems(model: Any, capability: Any) -> list[Any]:
    """What is wrong with the example of a capability, read like a command line."""
    words = example(model, capability)[3:]
    prompt = words.pop(0) if words and not words[0].startswith("-") else None
    pairs, named = [], None
    while words:
        option, value = words.pop(0), words.pop(0)
        if option == "-i":
            name, _, text = value.partition("=")
            pairs.append((name, text))
        else:
            named = value
    texts = collect(prompt, pairs)
    chosen = choose_capability(model, texts, named)
    assert chosen is capability
    return check(model, chosen, read_inputs(chosen, texts))


def test_nothing_is_installed(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: Registry(list))
    result = run("models")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "pip install" in result.stderr
    assert "pip install" in run("plugins").stderr
    assert json.loads(run("models", "--json").stdout) == {"models": [], "failed": []}


def test_plugins_that_are_turned_off_are_told(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("MODELHUNTER_PLUGINS", "vidoo")
    registry = Registry()
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: registry)
    listed = run("plugins")
    assert "disabled" in listed.stdout
    assert "MODELHUNTER_PLUGINS names 'vidoo', which is no installed plugin" in listed.stderr
    assert "turned off by MODELHUNTER_PLUGINS=vidoo" in listed.stderr
    assert "Every plugin is turned off" in run("models").stderr


def test_plugins_are_listed(run: Run) -> None:
    heading, row = run("plugins").stdout.splitlines()
    assert heading.split()[:5] == ["NAME", "KIND", "DISTRIBUTION", "STATE", "MODELS"]
    assert "loaded" in row
    (info,) = json.loads(run("plugins", "--json").stdout)
    assert info["state"] == "loaded"
    assert set(info["models"]) == {"acme-1", "acme-2"}


def test_a_broken_plugin_is_named_with_its_reason(run: Run, monkeypatch: Any) -> None:
    from modelhunter.plugins.discovery import Source

    broken = Source(target="no_such_module_here", providers=("broken",))
    monkeypatch.setattr(
        "modelhunter.plugins.registry.default_registry", lambda: Registry(lambda: [broken])
    )
    result = run("plugins")
    assert result.exit_code == 0
    assert "failed" in result.stdout
    assert "no_such_module_here" in result.stdout
    assert "modelhunter plugins" in run("models").stderr
