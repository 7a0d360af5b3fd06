"""The headers of a delivery, whatever web framework hands them over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

from modelhunter.webhooks.errors import MalformedDelivery

EVENT_ID = "X-Webhook-ID"
TIMESTAMP = "X-Webhook-Timestamp"
SIGNATURE = "X-Webhook-Signature"

_LONGEST = 256
"""Characters; a genuine header of a delivery has less than a hundred."""


@runtime_checkable
class HasItems(Protocol):
    """A dict, or a header object of a framework."""

    def items(self) -> Iterable[Any]:
        """Pairs of name and value."""
        ...


Headers: TypeAlias = HasItems | Iterable[tuple[str, str] | tuple[bytes, bytes]]
"""Headers in any form: a dict, a list of pairs, the header object of a framework, a WSGI environ.
Names in any case; names and values as str or bytes; a value may be a list of values.
"""


def header(headers: Headers, name: str) -> str | None:
    """The value of one header, without the white space around it; None where there is none.

    Raises:
        MalformedDelivery: it is there more than once, or is too long or not ASCII.
        TypeError: ``headers`` is in none of the forms.
    """
    wanted = name.lower()
    found = [value for key, value in _pairs(headers) if _plain_name(key) == wanted]
    if not found:
        return None
    if len(found) > 1:
        raise MalformedDelivery(
            f"the header {name} is there {len(found)} times; refuse the delivery, the API sends "
            "it once",
            header=name,
        )
    return _text(found[0], name)


def _pairs(headers: Headers) -> Iterator[tuple[Any, Any]]:
    items: Any = headers.items() if isinstance(headers, HasItems) else headers
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise TypeError(
            f"headers are a mapping or pairs of name and value, not a {type(items).__name__}; hand "
            "over the header object of your web framework"
        )
    for pair in items:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError("headers are a mapping or pairs of name and value; one is no pair")
        name, value = pair
        if isinstance(value, (list, tuple)):
            yield from ((name, each) for each in value)
        else:
            yield name, value


def _plain_name(given: Any) -> str | None:
    """A header's name in lower case, without what WSGI makes of it."""
    name = given.decode("latin-1") if isinstance(given, bytes) else given
    if not isinstance(name, str):
        return None
    if name.startswith("HTTP_"):
        name = name[len("HTTP_") :].replace("_", "-")
    return name.lower()


def _text(value: Any, name: str) -> str:
    if not isinstance(value, (str, bytes)):
        raise MalformedDelivery(
            f"the header {name} is a {type(value).__name__}; hand headers over as text, as they "
            "came",
            header=name,
        )
    if len(value) > _LONGEST:
        raise MalformedDelivery(
            f"the header {name} has {len(value)} characters, more than the API ever sends; refuse "
            "the delivery",
            header=name,
        )
    if not value.isascii():
        raise MalformedDelivery(f"the header {name} is not ASCII; refuse the delivery", header=name)
    return (value.decode("ascii") if isinstance(value, bytes) else value).strip(" \t")
