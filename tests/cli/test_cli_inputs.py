"""``-i name=value``: read by the type of the field, and never lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.cli.inputs import collect, read_inputs, with_own_prompt
from modelhunter.plugins import Capability, Field, Model, Output, Role

if TYPE_CHECKING:
    from modelhunter.plugins.registry import Registry


@pytest.fixture
def read(acme: Registry) -> Any:
    draw = acme.model("acme-1")[1].capabilities[0]

    def read(*pairs: str) -> dict[str, Any]:
        return read_inputs(draw, collect(None, [tuple(p.split("=", 1)) for p in pairs]))  # type: ignore[misc]

    return read


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("steps=4", 4),
        ("steps=-4", -4),
        ("steps= 4 ", 4),
        ("guidance=2.5", 2.5),
        ("guidance=1e1", 10.0),
        ("guidance=7", 7),
        ("upscale=true", True),
        ("upscale=No", False),
        ("prompt=4", "4"),
        ("prompt=a=b", "a=b"),
        ("prompt=", ""),
        ("tags=a", ["a"]),
        ('tags=["a", "b"]', ["a", "b"]),
        ('style={"line": 2}', {"line": 2}),
        ('layers={"text": "x"}', [{"text": "x"}]),
        ('layers=[{"text": "x", "opacity": 0.5}]', [{"text": "x", "opacity": 0.5}]),
        ("from_=here", "here"),
        ("from=here", "here"),
    ],
)
def test_values_are_read_by_the_type_of_their_field(read: Any, pair: str, value: Any) -> None:
    ((_, read_value),) = read(pair).items()
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    "pair",
    ["steps=four", "steps=4.5", "guidance=nan", "guidance=inf", "upscale=2", "style=x", "stepz=4"],
)
def test_what_does_not_fit_stays_text_for_the_library_to_object_to(read: Any, pair: str) -> None:
    name, _, text = pair.partition("=")
    assert read(pair) == {name: text}


def test_lists_are_given_by_repeating(read: Any) -> None:
    assert read("tags=a", "steps=4", "tags=b") == {"tags": ["a", "b"], "steps": 4}
    assert read('layers={"text": "a"}', 'layers={"text": "b"}') == {
        "layers": [{"text": "a"}, {"text": "b"}]
    }


def test_what_takes_one_value_is_given_once(read: Any) -> None:
    with pytest.raises(click.UsageError, match="steps=… is given 2 times, and steps is no list"):
        read("steps=4", "steps=5")
    assert read("stepz=4", "stepz=5") == {"stepz": ["4", "5"]}


@pytest.mark.parametrize("pair", ["style={line: 2}", 'tags=["a"', 'layers={"text"}'])
def test_broken_json_is_pointed_out(read: Any, pair: str) -> None:
    with pytest.raises(click.UsageError, match=r"looks like JSON and is none: .*char"):
        read(pair)


def test_a_prompt_can_be_given_once() -> None:
    with pytest.raises(click.UsageError, match="given twice"):
        collect("a cat", [("prompt", "a dog")])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(values=st.lists(st.text()))
def test_lists_of_text_come_through_json_unchanged(acme: Registry, values: list[str]) -> None:
    draw = acme.model("acme-1")[1].capabilities[0]
    assert read_inputs(draw, {"tags": [json.dumps(values)]}) == {"tags": values}


@given(value=st.dictionaries(st.text(), JSON))
def test_objects_come_through_json_unchanged(acme: Registry, value: dict[str, Any]) -> None:
    draw = acme.model("acme-1")[1].capabilities[0]
    assert read_inputs(draw, {"style": [json.dumps(value)]}) == {"style": value}


@given(name=st.sampled_from(["steps", "guidance", "upscale", "tags", "prompt"]), text=st.text())
def test_whatever_is_typed_is_read_or_kept_or_refused(acme: Registry, name: str, text: str) -> None:
    draw = acme.model("acme-1")[1].capabilities[0]
    try:
        value = read_inputs(draw, {name: [text]})[name]
    except click.UsageError:
        assert text.lstrip().startswith("[")
        return
    assert value in (text, [text]) or isinstance(value, (bool, int, float, list))


def singing(*names: str, prompt: str = "lyrics") -> Capability:
    return Capability(
        name=f"{names[0]}-to-music",
        fields=tuple(Field(name=name, type="string") for name in names),
        output=Output(media="music", prompt=Role(field=prompt)),
        call=lambda given: given,  # type: ignore[arg-type, return-value]
    )


@pytest.mark.parametrize(
    ("capabilities", "texts", "name"),
    [
        ([singing("lyrics")], {"prompt": ["la"]}, "lyrics"),
        ([singing("lyrics"), singing("song", prompt="prompt")], {"prompt": ["la"]}, "lyrics"),
        # it has a prompt of its own
        ([singing("prompt", "lyrics")], {"prompt": ["la"]}, "prompt"),
        # which of two it is can't be told
        ([singing("lyrics"), singing("words", prompt="words")], {"prompt": ["la"]}, "prompt"),
        # what was given by its name stays
        ([singing("lyrics")], {"prompt": ["la"], "lyrics": ["lo"]}, "prompt"),
    ],
)
def test_the_prompt_is_what_the_model_calls_it(
    capabilities: list[Capability], texts: dict[str, list[str]], name: str
) -> None:
    model = Model(id="choir", capabilities=tuple(capabilities))
    assert with_own_prompt(model, texts)[name] == ["la"]
    assert len(with_own_prompt(model, texts)) == len(texts)
