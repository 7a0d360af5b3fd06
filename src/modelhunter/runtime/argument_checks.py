"""Arguments are checked before anything is sent: what kind they are, and that they can be meant."""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeGuard

from modelhunter.errors import InvalidArgument
from modelhunter.runtime.clock import LONGEST

if TYPE_CHECKING:
    from attrs import Attribute

_LONGEST = 60
_MOST_DIGITS = 40


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number to reckon with: not NaN, not text, not True, not past a float."""
    if type(value) is bool or not isinstance(value, numbers.Real):
        return False
    try:
        return not math.isnan(float(value))
    except OverflowError:
        return False


def check_seconds(
    value: Any,
    name: str,
    *,
    none: str | None = None,
    endless: bool = False,
    some: bool = False,
    more: str = "",
) -> None:
    """See that a value is so many seconds, from 0 to a year.

    ``none`` is what None means, where it may be given; ``endless`` allows more than a year,
    ``some`` asks for more than 0.

    Raises:
        InvalidArgument: it is not.
    """
    if value is None and none is not None:
        return
    if is_number(value) and value >= 0 and (value or not some) and (endless or value <= LONGEST):
        return
    least = "above 0" if some else "from 0"
    most = "" if endless else f", at most {LONGEST:.0f}"
    also = "" if none is None else f", or None for {none}"
    raise refused(name, f"seconds {least}{most}{also}", value, more)


def some_seconds(_: object, attribute: Attribute[Any], value: Any) -> None:
    """The same, as a validator of attrs."""
    check_seconds(value, attribute.name)


def check_callable(value: Any, name: str, *, none: bool = True) -> None:
    """See that a value can be called, or is None where ``none`` allows it.

    Raises:
        InvalidArgument: it is neither.
    """
    if not (value is None and none) and not callable(value):
        raise refused(name, "a function", value)


def check_kind(value: Any, kind: type, name: str) -> None:
    """See that a value is of a class, or None.

    Raises:
        InvalidArgument: it is neither.
    """
    if value is not None and not isinstance(value, kind):
        home = f"modelhunter.{kind.__name__}"
        raise refused(name, f"a {home}", value)


def refused(name: str, takes: str, value: Any, more: str = "") -> InvalidArgument:
    """The error for an argument: what it takes, what was given, and ``more`` about it."""
    return InvalidArgument(f"{name} takes {takes}, not {given(value)}{more}")


def given(value: Any) -> str:
    """A value as an error shows it, short and without content that is not for a log."""
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        return f"a number of over {_MOST_DIGITS} digits"
    if value is None or isinstance(value, bool | int | float | Decimal):
        return repr(value)
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    if isinstance(value, type):
        return f"the class {value.__name__}"
    article = "an" if type(value).__name__[0].lower() in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def check_text(
    value: Any, name: str, takes: str = "text", *, none: bool = False, more: str = ""
) -> None:
    """See that a value is text and not empty; ``none`` allows None.

    Raises:
        InvalidArgument: it is not.
    """
    if (value is None and none) or (isinstance(value, str) and value.strip()):
        return
    raise refused(name, takes, value, more)


def check_texts(value: Any, name: str, takes: str) -> list[str]:
    """The texts of a list, or of any iterable.

    Raises:
        InvalidArgument: it is none; one text is no list of texts.
    """
    if isinstance(value, str):
        raise refused(name, takes, value, f"; put it in a list: [{value!r}]")
    if not isinstance(value, Iterable) or isinstance(value, bytes | Mapping):
        raise refused(name, takes, value)
    texts = [*value]
    for one in texts:
        if not isinstance(one, str) or not one:
            raise InvalidArgument(f"{name} takes {takes}, and one of them is {given(one)}")
    return texts


def check_flag(value: Any, name: str) -> None:
    """See that a value is True or False.

    Raises:
        InvalidArgument: it is not.
    """
    if not isinstance(value, bool):
        raise refused(name, "True or False", value)


def check_count(value: Any, name: str, takes: str, *, least: int = 0, none: bool = True) -> None:
    """See that a value is a whole number from ``least``, or None where ``none`` allows it.

    Raises:
        InvalidArgument: it is neither, or more than can be counted.
    """
    if value is None and none:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= sys.maxsize:
        raise refused(name, takes, value)


def check_moment(value: Any, name: str) -> None:
    """See that a value is a datetime, or None.

    Raises:
        InvalidArgument: it is neither.
    """
    if value is not None and not isinstance(value, datetime):
        raise refused(name, "a datetime", value)


def check_able(
    value: Any, methods: Iterable[str], name: str, takes: str, *, none: bool = True
) -> None:
    """See that a value has these methods, or is None where ``none`` allows it.

    Raises:
        InvalidArgument: it is neither.
    """
    if value is None and none:
        return
    able = all(callable(getattr(value, method, None)) for method in methods)
    if isinstance(value, type) or not able:
        raise refused(name, takes, value)
