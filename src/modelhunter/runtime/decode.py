"""What generated code needs to read JSON into values; :mod:`~modelhunter.runtime.encode` writes it.

A reader takes parsed JSON and returns the value or raises :class:`WireError`; where the error lies
is worked out only once something is wrong, so a good answer pays nothing for it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from modelhunter.runtime.misfits import MISSING as MISSING
from modelhunter.runtime.misfits import Reader as Reader
from modelhunter.runtime.misfits import WireError as WireError
from modelhunter.runtime.misfits import each
from modelhunter.runtime.misfits import lacking as lacking
from modelhunter.runtime.misfits import misfit as misfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""Not given, where None would be sent as null."""

UTC: Final = dt.UTC
parse_instant: Callable[[str], dt.datetime] = dt.datetime.fromisoformat
"""Reads what RFC 3339 allows; the result may lack a time zone."""

if TYPE_CHECKING:

    def new(cls: type[T], /) -> T:
        """Makes an object without its ``__init__``: readers have checked every field by then."""
        ...
else:
    new = object.__new__


def hidden(value: object) -> str:
    """A secret as ``repr`` shows it."""
    return repr(value) if value is None or value is UNSET else "'(hidden)'"


def without_query(value: object) -> str:
    """An address as ``repr`` shows it: signatures, which give access, stand in the query.

    Of a ``data:`` address the content is left out.
    """
    if not isinstance(value, str):
        return repr(value) if value is None or value is UNSET else "'(hidden)'"
    if value[:5].lower() == "data:":
        return repr(f"{value.partition(',')[0][:100]},({len(value)} characters)")
    return repr(value.partition("?")[0] + "?(hidden)" if "?" in value else value)


# ----------------------------------------------------------------------- values without parts


def anything(value: Any) -> Any:
    """Any JSON value, as it is."""
    return value


def floats(value: Any) -> Any:
    """Any JSON value of an answer whose numbers come as decimals, with floats in their place."""
    if type(value) is Decimal:
        return float(value)
    if type(value) is dict:
        return {key: floats(part) for key, part in value.items()}
    if type(value) is list:
        return [floats(part) for part in value]
    return value


def null(value: Any) -> Any:
    """Only null."""
    if value is not None:
        raise WireError("null", value)
    return None


def string(value: Any) -> str:
    """A string."""
    if isinstance(value, str):
        return value
    raise WireError("a string", value)


def boolean(value: Any) -> bool:
    """True or false; a number is neither."""
    if isinstance(value, bool):
        return value
    raise WireError("true or false", value)


def integer(value: Any) -> int:
    """A whole number. 1.0 is one, 1.9 and true are not."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if (
        type(value) is Decimal
        and abs(value.adjusted()) < 400
        and value == value.to_integral_value()
    ):
        return int(value)
    raise WireError("a whole number", value)


def number(value: Any) -> float:
    """A number, whole or not; true is none."""
    if type(value) is float:
        return value
    if type(value) is int or type(value) is Decimal:
        try:
            return float(value)
        except OverflowError:
            pass
    raise WireError("a number", value)


@lru_cache(maxsize=1024)
def exact(value: float) -> Decimal:
    """The decimal that stood in the JSON text; remembered, as the same prices come again."""
    return Decimal(repr(value))


def decimal(value: Any) -> Decimal:
    """A number as the exact decimal that stood in the JSON text."""
    if type(value) is Decimal:
        return value
    if type(value) is float:
        return exact(value)
    if type(value) is int:
        return Decimal(value)
    raise WireError("a number", value)


def decimal_text(value: Any) -> Decimal:
    """A decimal that is written as a string."""
    if isinstance(value, str):
        try:
            made = Decimal(value)
        except ArithmeticError:
            pass
        else:
            if made.is_finite():
                return made
    raise WireError("a decimal number in a string", value)


def instant(value: Any) -> dt.datetime:
    """A moment as an aware datetime; one without a time zone is UTC (RFC 3339)."""
    try:
        made = parse_instant(value)
    except (TypeError, ValueError):
        made = _odd_instant(value)
    return made if made.tzinfo is UTC else zoned(made)


_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch


def _odd_instant(value: Any) -> dt.datetime:
    """What :data:`parse_instant` passes over in RFC 3339: small letters, leap seconds.

    Raises:
        WireError: it is no moment.
    """
    found = _RFC3339(value) if isinstance(value, str) else None
    if found is not None:
        date, minute, second, fraction, zone = found.groups("")
        leap = second == "60"
        text = f"{date}T{minute}:{'59' if leap else second}{fraction}{zone.upper()}"
        try:
            return parse_instant(text) + dt.timedelta(seconds=leap)
        except (ValueError, OverflowError):
            pass
    raise WireError("a date and time (RFC 3339)", value)


def zoned(moment: dt.datetime) -> dt.datetime:
    """A moment with its time zone, or in UTC if it has none.

    Raises:
        WireError: it is one that UTC's calendar does not have.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise WireError("a date and time (RFC 3339)", moment.isoformat()) from None
    return moment


def day(value: Any) -> dt.date:
    """A date."""
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise WireError("a date (YYYY-MM-DD)", value)


def base64_bytes(value: Any) -> bytes:
    """Bytes that are written in base64."""
    if isinstance(value, str):
        text = value.replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except binascii.Error:
            pass
    raise WireError("bytes in base64", value)


def binary(value: Any) -> bytes:
    """Bytes; where they come as a JSON string, its UTF-8 form."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise WireError("bytes", value)


def literal(*values: Any) -> Reader[Any]:
    """A reader that takes these constants and nothing else."""
    known = {(_kind(value), value): value for value in values}
    expected = " or ".join(json.dumps(value) for value in values)

    def read(value: Any) -> Any:
        try:
            found = known.get((_kind(value), value), MISSING)
        except TypeError:
            found = MISSING
        if found is MISSING:
            raise WireError(expected, value)
        return found

    return read


def _kind(value: Any) -> type:
    """The JSON type of a value: 1.0 is the number 1 (JSON Schema, section 4.2.2), true is none."""
    kind = type(value)
    return float if kind is int or kind is Decimal else kind


# ----------------------------------------------------------------------- values with parts


def list_of(value: Any, item: Reader[T]) -> list[T]:
    """An array, each of its items read with ``item``."""
    if not isinstance(value, list):
        raise WireError("an array", value)
    try:
        return list(map(item, value))
    except WireError:
        return [read for _, read in each(value, enumerate(value), item)]


def map_of(value: Any, item: Reader[T]) -> dict[str, T]:
    """An object used as a dictionary, each of its values read with ``item``."""
    if not isinstance(value, dict):
        raise WireError("an object", value)
    try:
        return {key: item(part) for key, part in value.items()}
    except WireError:
        return dict(each(value, value.items(), item))


def array(value: Any) -> list[Any]:
    """An array of anything, as it is."""
    if isinstance(value, list):
        return value
    raise WireError("an array", value)


def dictionary(value: Any) -> dict[str, Any]:
    """An object with any members, as it is."""
    if isinstance(value, dict):
        return value
    raise WireError("an object", value)


def tuple_of(*items: Reader[Any]) -> Reader[Any]:
    """A reader of an array of fixed length, each place with a reader of its own."""

    def read(value: Any) -> Any:
        if not isinstance(value, list) or len(value) != len(items):
            raise WireError(f"an array of {len(items)} items", value)
        made = []
        for index, (part, item) in enumerate(zip(value, items, strict=True)):
            try:
                made.append(item(part))
            except WireError as error:
                made.append(misfit(value, index, error))
        return tuple(made)

    return read


def extra_of(value: Mapping[str, Any], known: frozenset[str], item: Reader[T]) -> dict[str, T]:
    """The members of an object that are not ``known``, read with ``item``."""
    extra = ((key, part) for key, part in value.items() if key not in known)
    return dict(each(value, extra, item))


def member(key: str, read: Reader[T]) -> Reader[T]:
    """A reader of the one member of an object that matters."""

    def decode(value: Any) -> T:
        if not isinstance(value, dict):
            raise WireError("an object", value)
        try:
            return read(value.get(key, MISSING))
        except WireError as error:
            kept: T = misfit(value, key, error)
            return kept

    return decode


def in_list(holder: Any, key: str, item: Reader[T]) -> list[T]:
    """The array that is a member of an object, where an item of it does not fit."""
    value = holder[key]
    try:
        return [read for _, read in each(value, enumerate(value), item)]
    except WireError as error:
        raise error.under(key) from None


def moment_of(holder: Any, key: str) -> Any:
    """A member that is a moment, where :data:`parse_instant` passes it over."""
    try:
        return instant(holder.get(key, MISSING))
    except WireError as error:
        return misfit(holder, key, error)


# ----------------------------------------------------------------------- modules that can wait


def lazy(namespace: dict[str, Any], module: str, name: str) -> Any:
    """Stands for a function or class of another module until it is first called.

    Then the module is imported and the real thing takes its place in ``namespace``.
    """
    real: Any = None

    def load(*args: Any, **kwargs: Any) -> Any:
        nonlocal real
        if real is None:
            real = getattr(import_module(module, namespace["__package__"]), name)
            for alias, value in list(namespace.items()):
                if value is load:
                    namespace[alias] = real
        return real(*args, **kwargs)

    return load
