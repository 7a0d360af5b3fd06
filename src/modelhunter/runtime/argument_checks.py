"""Seconds, and other arguments that are checked before anything is sent."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, TypeGuard

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.clock import LONGEST

if TYPE_CHECKING:
    from attrs import Attribute


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number that can be compared: not NaN, not text, not True."""
    if type(value) is bool or not isinstance(value, numbers.Real):
        return False
    return bool(value == value)


def check_seconds(value: Any, name: str, *, none: str | None = None, endless: bool = False) -> None:
    """See that a value is so many seconds, from 0 to a year.

    ``none`` is what None means, where it may be given; ``endless`` allows more than a year.

    Raises:
        ConfigurationError: it is not.
    """
    if value is None and none is not None:
        return
    if is_number(value) and value >= 0 and (endless or value <= LONGEST):
        return
    also = "" if none is None else f", or None for {none}"
    most = "" if endless else f" to {LONGEST:.0f}"
    raise ConfigurationError(f"{name}={value!r} can't be kept; give seconds from 0{most}{also}")


def some_seconds(_: object, attribute: Attribute[Any], value: Any) -> None:
    """The same, as a validator of attrs."""
    check_seconds(value, attribute.name)


def check_callable(value: Any, name: str) -> None:
    """See that a value can be called, or is None.

    Raises:
        ConfigurationError: it is neither.
    """
    if value is not None and not callable(value):
        raise ConfigurationError(f"{name}={value!r} can't be called; give a function")


def check_kind(value: Any, kind: type, name: str) -> None:
    """See that a value is of a class, or None.

    Raises:
        ConfigurationError: it is neither.
    """
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(
            f"{name}={value!r} is no {kind.__name__}; give a {kind.__module__}.{kind.__name__}"
        )
