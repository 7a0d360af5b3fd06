"""Of what type the attributes of a catalogue are, as a plugin's code need not be type-checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import fields

from modelhunter.plugins.backend import Backend
from modelhunter.plugins.catalogue import Capability, Field, Model, Output, Provider, Rule
from modelhunter.plugins.messages import shown
from modelhunter.plugins.prices import ExtraQuantity, Factor, Price, Rate
from modelhunter.plugins.quantities import is_counted

if TYPE_CHECKING:
    from collections.abc import Iterator


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, (tuple, list))


def _of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _listing(kind: type) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, (tuple, list)) and all(isinstance(one, kind) for one in value)
    )


_TEXT = (_is_text, "text")
_NUMBER = (_is_number, "a number")
_WHOLE = (_is_whole, "a whole number")
_FUNCTION = (callable, "a function")
_FLAG = (_of(bool), "True or False")
_TEXTS = (_listing(str), "a tuple of texts")
_MAPPING = (_of(Mapping), "a mapping")
_LIMITS = dict.fromkeys(("minimum", "maximum", "multiple_of"), _NUMBER)
_LENGTHS = dict.fromkeys(("min_length", "max_length", "min_items", "max_items"), _WHOLE)

_KINDS: Mapping[type, Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    Provider: {
        "title": _TEXT,
        "description": _TEXT,
        "documentation": _TEXT,
        "models": (_is_list, "a tuple of models"),
        "backend": (_of(Backend), "a Backend"),
    },
    Backend: {
        **dict.fromkeys(("url", "key_variable", "key_header", "key_format", "url_variable"), _TEXT),
        **dict.fromkeys(("read", "cancel", "find", "upload", "event", "error_words"), _FUNCTION),
        **dict.fromkeys(("headers", "statuses"), _MAPPING),
        "key_for_files": _FLAG,
    },
    Model: {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "status": (("current", "legacy").__contains__, "'current' or 'legacy'"),
        "aliases": _TEXTS,
        "capabilities": (_listing(Capability), "a tuple of capabilities"),
        "price": (_of(Price), "a Price"),
    },
    Capability: {
        "name": _TEXT,
        "title": _TEXT,
        "fields": (_listing(Field), "a tuple of fields"),
        "rules": (_listing(Rule), "a tuple of rules"),
        "output": (_of(Output), "an Output"),
        "call": _FUNCTION,
        "prepare": _FUNCTION,
        "check": _FUNCTION,
        "request_schema": _FUNCTION,
        "typical_seconds": _NUMBER,
    },
    Field: {
        "name": _TEXT,
        "type": _TEXT,
        "keyword": _TEXT,
        "required": _FLAG,
        "choices": (_is_list, "a tuple of values"),
        "pattern": _TEXT,
        "properties": (_listing(Field), "a tuple of fields"),
        **_LIMITS,
        **_LENGTHS,
    },
    Price: {
        "unit": _TEXT,
        "as_of": (_of(date), "a date"),
        "quantity": (is_counted, "the name of an input, a quantity, or a tuple of them"),
        "cost": _FUNCTION,
        "depends_on": _TEXTS,
        "rates": (_listing(Rate), "a tuple of rates"),
        "factors": (_listing(Factor), "a tuple of factors"),
        "extra_quantity": (_of(ExtraQuantity), "an ExtraQuantity"),
    },
}


def wrong_types(place: str, thing: Any) -> Iterator[str]:
    """What to say of each attribute that is of another type than its class says."""
    kinds = _KINDS.get(type(thing), {})
    for name, (fits, what) in kinds.items():
        value = getattr(thing, name)
        if value is None and _may_be_none(type(thing), name):
            continue
        try:
            good = fits(value)
        except TypeError:
            good = False
        if not good:
            yield f"{place}: {name} is {shown(value)}, not {what}"


_OPTIONAL: dict[type, frozenset[str]] = {}


def _may_be_none(cls: type, name: str) -> bool:
    if cls not in _OPTIONAL:
        _OPTIONAL[cls] = frozenset(a.name for a in fields(cls) if a.default is None)
    return name in _OPTIONAL[cls]
