"""Models as functions that a language model may call."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from modelhunter import ModelHunter
from modelhunter.errors import InvalidInput, OverBudget, UnknownModel
from modelhunter.integrations.tools import toolbox
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "viduq3-turbo_text-to-video"


@pytest.fixture
def mh() -> Iterator[ModelHunter]:
    with (
        Sandbox(speed=math.inf, media="tiny") as sandbox,
        ModelHunter(sandbox=sandbox) as mh,
    ):
        yield mh


def test_every_capability_is_a_function_that_the_api_takes(mh: ModelHunter) -> None:
    definitions = toolbox(mh).definitions
    names = [each["function"]["name"] for each in definitions]
    assert len(set(names)) == len(names)
    assert len(names) == sum(len(model.capabilities) for model in mh.models())
    for each in definitions:
        assert each["type"] == "function"
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each["function"]["name"])
        assert each["function"]["description"]
        Draft202012Validator.check_schema(each["function"]["parameters"])
    json.dumps(definitions)


def test_a_call_makes_the_thing_and_saves_it(mh: ModelHunter, tmp_path: Path) -> None:
    tools = toolbox(mh, ["viduq3-turbo"], out=tmp_path)
    answer = json.loads(tools.call(NAME, '{"prompt": "a sunset", "duration": 4}'))
    assert answer["status"] == "succeeded"
    assert Path(answer["files"][0]).parent == tmp_path
    assert Path(answer["files"][0]).stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("none", "{}", NAME),
        (NAME, "{", "JSON"),
        (NAME, "[1]", "object"),
        (NAME, "{}", "prompt"),
        (NAME, '{"prompt": "x", "webhook_url": "https://example.com"}', "webhook_url"),
        (NAME, '{"prompt": "x", "max_cost": 1000}', "max_cost"),
        (NAME, '{"prompt": "x", "timeout": 0}', "timeout"),
    ],
)
def test_what_a_language_model_gets_wrong_is_told_to_it(
    mh: ModelHunter, name: str, arguments: str, said: str
) -> None:
    answer = json.loads(toolbox(mh, ["viduq3-turbo"]).call(name, arguments))
    assert said in answer["error"]
    assert list(mh.tasks.list()) == []


def test_a_program_that_calls_a_function_gets_the_errors(mh: ModelHunter) -> None:
    tools = toolbox(mh, ["viduq3-turbo"], max_cost=0.01)
    with pytest.raises(OverBudget):
        tools.functions[NAME](prompt="a sunset", duration=4)
    with pytest.raises(InvalidInput):
        tools.functions[NAME](prompt="a sunset", duration=99)
    with pytest.raises(UnknownModel):
        toolbox(mh, ["viduq3-tubo"])
