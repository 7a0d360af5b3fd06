"""What the plugins that ship say of a model holds for that model, and stands once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modelhunter.plugins import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelhunter.plugins import Capability, Field

NAMES = sorted(
    spec.stem for spec in (Path(__file__).parents[2] / "spec" / "providers").glob("*.yaml")
)
EVERY = [
    pytest.param(model.id, capability, id=f"{model.id}-{capability.name}")
    for _, model in Registry(environment={"MODELHUNTER_PLUGINS": ",".join(NAMES)}).models()
    for capability in model.capabilities
]
UNDOCUMENTED = {("nano-banana-2", "text-to-image")}
"""What has no page of its own."""
LIMIT = re.compile(r"\b[\d,]+ to [\d,]+\b|\b(?:at most|at least|up to|from) [\d,]+\b(?! in all)")
"""Limits in words; they stand in the field, where they are true of the model."""


def every_field(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from every_field(field.properties)
        if field.item is not None:
            yield from every_field([field.item])


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


@pytest.mark.parametrize(("model", "capability"), EVERY)
def test_no_text_states_a_limit(model: str, capability: Capability) -> None:
    limited = [
        field
        for field in every_field(capability.fields)
        if (field.maximum, field.max_length, field.max_items) != (None, None, None)
        or field.minimum is not None
    ]
    assert [field.description for field in limited if LIMIT.search(field.description)] == []


@pytest.mark.parametrize(("model", "capability"), EVERY)
def test_no_text_names_what_this_model_lacks(model: str, capability: Capability) -> None:
    general = capability.general or capability
    lacking = {one.name for one in general.fields} - {one.name for one in capability.fields}
    texts = [field.description for field in every_field(capability.fields)]
    texts += [rule.message for rule in capability.rules]
    assert [text for text in texts if words(text) & lacking] == []
    for field in capability.fields:
        other = general.field(field.name)
        gone = set() if other is None else {*other.choices} - {*field.choices}
        named = {str(choice) for choice in gone if not str(choice).isdecimal()}
        assert not words(field.description) & named, (field.name, field.description)


@pytest.mark.parametrize(("model", "capability"), EVERY)
def test_the_page_is_that_of_the_capability(model: str, capability: Capability) -> None:
    if (model, capability.name) in UNDOCUMENTED:
        assert capability.documentation is None
        return
    assert capability.documentation is not None
    provider, page = capability.documentation.rsplit("/", 2)[-2:]
    assert provider in NAMES
    assert page == capability.name
