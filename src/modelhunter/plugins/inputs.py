"""The base of typed input classes, such as a plugin's ``TextToVideo``."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import AttrsInstance, fields


class Input(AttrsInstance):
    """A typed input: an attrs class (keyword-only) with ``model`` and one attribute per field.

    None means "not given". An attribute whose wire name differs carries it as
    ``metadata={"wire": name}``.
    """

    provider: ClassVar[str]
    capability: ClassVar[str]
    model: str


def input_values(given: Input) -> dict[str, Any]:
    """The inputs by wire name, without ``model`` and without what was not given."""
    values = {
        attribute.metadata.get("wire", attribute.name): getattr(given, attribute.name)
        for attribute in fields(type(given))
        if attribute.name != "model"
    }
    return {name: value for name, value in values.items() if value is not None}
