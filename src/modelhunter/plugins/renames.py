"""Inputs that go by another name now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.plugins.catalogue import Model


def under_present_names(model: Model, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs of a job under the names that the model's inputs have now.

    Raises:
        TypeError: an input was given under both.
    """
    fields = [one for capability in model.capabilities for one in capability.fields]
    former = {old: one.keyword for one in fields for old in one.former}
    if not former.keys() & given.keys():
        return given
    present = {name for one in fields for name in (one.keyword, one.name)}
    names = {old: new for old, new in former.items() if old not in present}
    from modelhunter.runtime.renamed import translated

    return translated(model.id, dict(given), names, level=7)
