"""Typed input classes, such as a plugin's ``TextToVideo``, and inputs as they go on the wire."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from decimal import Decimal
from functools import wraps
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import NOTHING, AttrsInstance, fields, has

from modelhunter.errors import PluginError
from modelhunter.plugins.by_model import OnlyFor  # noqa: TC001 - annotations are read
from modelhunter.plugins.catalogue import Rule, Submission
from modelhunter.plugins.limits import Formerly
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

    An attribute that was not given is None, whatever its default: that is what the API does then,
    and it is not sent. An attribute whose wire name differs carries it as
    ``metadata={"wire": name}``. ``limits`` says what differs by model
    (:func:`modelhunter.plugins.only_for`), ``rules`` what holds across inputs.
    """

    provider: ClassVar[str]
    capability: ClassVar[str]
    limits: ClassVar[OnlyFor | tuple[OnlyFor, ...]] = ()
    rules: ClassVar[tuple[Rule, ...]] = ()
    model: str

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Keep what was given apart from defaults, and take inputs by their former names."""
        _forget_defaults(cls)
        former = _former_names(cls)
        if former:
            from modelhunter.runtime.renamed import fields as renamed_fields

            renamed_fields(former)(cls)


def _forget_defaults(cls: Any) -> None:
    attributes = [one for one in fields(cls) if one.init]
    names = [one.alias for one in attributes]
    optional = [
        one for one in attributes if one.name != "model" and one.default not in (NOTHING, None)
    ]
    initialize = cls.__init__

    @wraps(initialize)
    def initialized(self: object, *values: Any, **given: Any) -> None:
        initialize(self, *values, **given)
        known = {*names[: len(values)], *given}
        for one in optional:
            if one.alias not in known:
                object.__setattr__(self, one.name, None)

    if optional:
        cls.__init__ = initialized


def _former_names(cls: type) -> dict[str, str]:
    """The present name of each that an annotation says was one before."""
    found: dict[str, str] = {}
    for name, annotation in get_annotations(cls).items():
        for mark in getattr(annotation, "__metadata__", ()):
            if isinstance(mark, Formerly):
                found |= dict.fromkeys(mark.names, name)
    return found


def input_values(given: Input) -> dict[str, Any]:
    """The inputs by wire name, without ``model`` and without what was not given."""
    return _attributes(given, but="model")


def request_body(
    given: Input | Submission,
    webhook_url: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a request that starts a job: model, input, webhookUrl and metadata.

    Args:
        given: a typed input, or a checked submission, which has its own address and metadata.
        webhook_url: the address that is told when the task ends.
        metadata: what is given back with the task.

    Raises:
        TypeError: an input is a local file. A call sends nothing but its body; ``submit`` uploads.
        ValueError: a value is nested too deeply, or holds too many values.
    """
    if isinstance(given, Submission):
        values: dict[str, Any] = dict(given.input)
        webhook_url, metadata = given.webhook_url, given.metadata
    else:
        copy = _Copy()
        values = {
            name: _remote(copy.of(value, 0), name) for name, value in input_values(given).items()
        }
    body: dict[str, Any] = {"model": given.model, "input": values}
    if webhook_url is not None:
        body["webhookUrl"] = webhook_url
    if metadata is not None:
        body["metadata"] = dict(metadata)
    return body


def _remote(value: Any, name: str) -> Any:
    """A value that can be sent as it is, with the addresses of files that are uploaded."""
    if isinstance(value, UploadedFile):
        return value.url
    if isinstance(value, list):
        return [_remote(item, name) for item in value]
    if isinstance(value, dict):
        return {key: _remote(item, name) for key, item in value.items()}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(
        f"{name}: an endpoint's function takes addresses, not {type(value).__name__}; "
        "ModelHunter.submit uploads local files"
    )


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
