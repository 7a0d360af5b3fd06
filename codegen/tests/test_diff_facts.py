"""The table of comparable facts has all that there is: what is new has to be put there."""

from __future__ import annotations

import inspect

import attrs
import pytest

from modelhunter_codegen import ir
from modelhunter_codegen.diff.facts import FACTS
from modelhunter_codegen.diff.limits import KEYWORDS
from modelhunter_codegen.keywords import LIMITS

CLASSES = [
    one
    for _, one in inspect.getmembers(ir, inspect.isclass)
    if attrs.has(one) and one.__module__ == ir.__name__ and not one.__name__.startswith("_")
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_attribute_of_the_typed_form_has_a_row(cls: type) -> None:
    names = {field.name for field in attrs.fields(cls) if not field.name.startswith("_")}
    assert FACTS[cls].keys() == names


def test_every_class_is_in_the_table_and_no_other() -> None:
    assert set(FACTS) == set(CLASSES)


def test_every_keyword_that_narrows_is_compared() -> None:
    assert LIMITS <= KEYWORDS
    assert {"format", "contentEncoding"} == KEYWORDS - LIMITS  # they may change the type, too
