"""Typed input classes, such as a plugin's ``TextToVideo``, and inputs as they go on the wire."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import AttrsInstance, fields, has

from modelhunter.errors import PluginError
from modelhunter.plugins.media import UploadedFile
from modelhunter.plugins.messages import summary
from modelhunter.runtime.decode import UNSET
from modelhunter.runtime.encode import codec_of, plain

if TYPE_CHECKING:
    from modelhunter.plugins.catalogue import Capability

_DEEPEST = 20
_MOST_VALUES = 100_000


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
    return _attributes(given, but="model")


def prepare(capability: Capability, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as they go on the wire, media aside: names of the API, plain JSON values.

    Python keywords become wire names, None, UNSET and missing are the same, tuples become lists,
    numbers of other kinds plain ones, objects of generated and attrs classes dictionaries; then the
    capability's ``prepare`` has its say. What was given is left as it is.

    Raises:
        ValueError: a value is nested too deeply, or holds too many values.
        PluginError: the capability's ``prepare`` failed.
    """
    copy = _Copy()
    values: dict[str, Any] = {}
    for name, value in inputs.items():
        if value is None or value is UNSET:
            continue
        field = capability.field(name)
        values[name if field is None else field.name] = copy.of(value, 0)
    if capability.prepare is None:
        return values
    try:
        return dict(capability.prepare(values))
    except Exception as error:
        raise PluginError(
            f"preparing inputs for {capability.name} failed in the plugin: {summary(error)}"
        ) from error


class _Copy:
    """Copies what was given, as plain values, and gives up on what can't be meant seriously."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"more than {_MOST_VALUES:,} values")
        if isinstance(value, (str, bool, float, bytes, bytearray, UploadedFile)) or value is None:
            return value
        if isinstance(value, (numbers.Number, Decimal)):
            return _number(value)
        if depth == _DEEPEST:
            raise ValueError(f"nested more than {_DEEPEST} deep")
        if isinstance(value, (list, tuple)):
            return [self.of(item, depth + 1) for item in value]
        if isinstance(value, Mapping):
            given = {name: inner for name, inner in value.items() if inner is not UNSET}
            return {name: self.of(inner, depth + 1) for name, inner in given.items()}
        if codec_of(type(value)) is not None:
            return self.of(_encoded(value), depth + 1)
        if has(type(value)):
            return {name: self.of(inner, depth + 1) for name, inner in _attributes(value).items()}
        return value


def _encoded(value: Any) -> Any:
    """The JSON form of an object of a generated class."""
    try:
        return plain(value)
    except Exception as error:
        name = type(value).__name__
        raise ValueError(f"{name} can't be written as JSON: {summary(error)}") from error


def _attributes(given: Any, but: str = "") -> dict[str, Any]:
    values = {
        attribute.metadata.get("wire", attribute.name): getattr(given, attribute.name)
        for attribute in fields(type(given))
        if attribute.name != but
    }
    return {n: value for n, value in values.items() if value is not None and value is not UNSET}


def _number(value: Any) -> Any:
    """A number as ``json`` can write it; other kinds of numbers stay what they are."""
    try:
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, Decimal):
            exponent = value.as_tuple().exponent
            return int(value) if exponent == 0 else float(value)
        return float(value) if isinstance(value, numbers.Real) else value
    except (ValueError, OverflowError):
        return value
