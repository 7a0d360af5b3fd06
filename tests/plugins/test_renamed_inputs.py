"""Inputs under the keywords that they had before."""

from __future__ import annotations

import pytest
from attrs import evolve

from modelhunter import ModelHunter
from modelhunter.plugins import default_registry
from modelhunter.plugins.catalogue import Capability, Field, Model, Output
from modelhunter.plugins.renames import under_present_names


def model(*fields: Field) -> Model:
    capability = Capability(
        name="text-to-image", fields=fields, output=Output(media="image"), call=lambda given: None
    )
    return Model(id="m", capabilities=(capability,))


LOOK = Field(name="look", type="string", former=("style", "mood"))


def test_an_old_keyword_is_taken_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="'style' is called 'look' now"):
        assert under_present_names(model(LOOK), {"style": "x", "n": 1}) == {"look": "x", "n": 1}


def test_a_keyword_that_another_input_has_now_is_that_ones() -> None:
    given = {"mood": "x"}
    assert under_present_names(model(LOOK, Field(name="mood", type="string")), given) == given


def test_both_names_at_once_are_refused() -> None:
    with pytest.raises(TypeError, match="m got 'look' and 'style', its old name"):
        under_present_names(model(LOOK), {"style": "x", "look": "y"})


def test_inputs_are_left_alone_where_nothing_was_renamed() -> None:
    given = {"prompt": "x"}
    assert under_present_names(model(LOOK), given) is given
    registry = default_registry()
    for _, shipped in registry.models():
        fields = [field for one in shipped.capabilities for field in one.fields]
        assert all(evolve(field, former=()) == field for field in fields)
    with ModelHunter("river_test_x") as client:
        assert client.estimate("viduq3-turbo", prompt="x", duration=4).likely
