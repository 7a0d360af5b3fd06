"""Whether one value fits one field: its type, choices, range, length, pattern and parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from modelhunter.plugins.doubts import Doubt, inferred
from modelhunter.plugins.media_check import media_problems, open_format
from modelhunter.plugins.messages import listed, name_shown, nearest, shown
from modelhunter.plugins.patterns import TextTooLong, compiled
from modelhunter.plugins.pixels import size_problems
from modelhunter.plugins.rules import (
    is_array,
    is_integer,
    is_multiple,
    is_number,
    same,
)
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from modelhunter.plugins.catalogue import Field
    from modelhunter.plugins.media import MediaRule

_MOST_PROBLEMS = 10

Finding: TypeAlias = Problem | Doubt

_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "integer": ("a whole number", is_integer),
    "number": ("a number", is_number),
    "boolean": ("True or False", lambda value: isinstance(value, bool)),
    "array": ("a list", is_array),
    "object": ("an object (a dict)", lambda value: isinstance(value, Mapping)),
}


def value_findings(field: Field, value: Any, path: str, who: str) -> Iterator[Finding]:
    """What is wrong with the value given for a field, itself and its parts.

    ``path`` names the place, ``who`` the model. Values outside choices that are only inferred are
    let through with a :class:`Doubt`.
    """
    if field.media is not None:
        yield from _media(field.media, value, path, who)
        return
    kind, fits = _KINDS[field.type]
    others = [_KINDS[other] for other in field.other_types]
    if not fits(value) and any(also(value) for _, also in others):
        return
    if not fits(value):
        kind = listed([kind, *(name for name, _ in others)])
        given = f"{shown(value)} ({type(value).__name__})"
        yield Problem(path, f"{kind} is needed", given, allowed(field))
    elif field.choices:
        yield from _choice(field, value, path, who)
    elif field.type in ("integer", "number"):
        yield from _number(field, value, path, who)
    elif field.type == "string":
        yield from _text(field, value, path, who)
    elif field.type == "array":
        yield from _items(field, value, path, who)
    elif field.type == "object":
        yield from _properties(field, value, path, who)


def allowed(field: Field) -> str | None:
    """What a field takes, in words; None where anything of its type goes."""
    if field.choices:
        words = listed([shown(choice) for choice in field.choices])
        return inferred(words, field.is_inferred("choices"))
    if field.type in ("integer", "number"):
        return _range(field, ("minimum", "maximum"), "")
    if field.type == "string" and field.media is None:
        return _range(field, ("min_length", "max_length"), " characters")
    if field.type == "array":
        return _range(field, ("min_items", "max_items"), " items")
    return None


def _range(field: Field, names: tuple[str, str], unit: str) -> str | None:
    low: float | None
    high: float | None
    low, high = (getattr(field, name) for name in names)
    if low is None:
        words = "" if high is None else f"at most {_plain(high)}{unit}"
    elif high is None:
        words = f"at least {_plain(low)}{unit}"
    elif low == high:
        words = f"exactly {_plain(low)}{unit}"
    else:
        words = f"{_plain(low)} to {_plain(high)}{unit}"
    if field.multiple_of is not None and not unit:
        words += f"{', ' if words else ''}in steps of {_plain(field.multiple_of)}"
    if not words:
        return None
    return inferred(words, field.is_inferred(*names, "multiple_of"))


def _plain(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _media(rule: MediaRule, value: Any, path: str, who: str) -> Iterator[Finding]:
    problems = list(media_problems(rule, value, path, who))
    yield from problems
    found = None if problems else open_format(rule, value)
    if found is not None:
        yield Doubt(f"{path}: {found} is not among the formats that {who} is known to take")


def _choice(field: Field, value: Any, path: str, who: str) -> Iterator[Finding]:
    if any(same(value, choice) for choice in field.choices):
        return
    if field.is_inferred("choices"):
        known = listed([shown(choice) for choice in field.choices], "and")
        yield Doubt(f"{path}={shown(value)} is not among the values known for {who} ({known})")
        return
    words = [choice for choice in field.choices if isinstance(choice, str)]
    close = nearest(value, words) if isinstance(value, str) else ()
    suggestion = repr(close[0]) if close else None
    yield Problem(path, f"{who} does not take this", shown(value), allowed(field), suggestion)


def _number(field: Field, value: Any, path: str, who: str) -> Iterator[Finding]:
    if field.minimum is not None and value < field.minimum:
        message = f"less than {who} takes"
    elif field.maximum is not None and value > field.maximum:
        message = f"more than {who} takes"
    elif field.multiple_of is not None and not is_multiple(value, field.multiple_of):
        message = f"not a multiple of {_plain(field.multiple_of)}"
    else:
        return
    yield Problem(path, message, shown(value), allowed(field))


def _text(field: Field, value: str, path: str, who: str) -> Iterator[Finding]:
    given = shown(value)
    if field.max_length is not None and len(value) > field.max_length:
        message = f"{len(value):,} characters are more than {who} takes"
        yield Problem(path, message, given, allowed(field))
        return
    if field.min_length is not None and len(value) < field.min_length:
        message = f"{len(value):,} characters are fewer than {who} takes"
        yield Problem(path, message, given, allowed(field))
    if field.pattern is not None and (misfit := _no_match(field.pattern, value, who)):
        pattern = inferred(f"text that matches {field.pattern}", field.is_inferred("pattern"))
        yield Problem(path, misfit, given, pattern)
    elif field.pixels is not None:
        yield from size_problems(field.pixels, value, path)
    if not _encodes(value):
        yield Problem(path, "half of a surrogate pair is in it, which is no character")


def _no_match(pattern: str, text: str, who: str) -> str | None:
    """Why a text does not match; None where it does."""
    try:
        matches = compiled(pattern).finds(text)
    except TextTooLong:
        return f"{len(text):,} characters are too many to see whether they have the right form"
    return None if matches else f"{who} does not take text of this form"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _items(field: Field, value: Any, path: str, who: str) -> Iterator[Finding]:
    count = len(value)
    if field.max_items is not None and count > field.max_items:
        yield Problem(path, f"{count:,} items are more than {who} takes", None, allowed(field))
        return
    if field.min_items is not None and count < field.min_items:
        yield Problem(path, f"{count:,} items are fewer than {who} takes", None, allowed(field))
    if field.item is None:
        return
    found = 0
    for number, item in enumerate(value):
        for finding in value_findings(field.item, item, f"{path}[{number}]", who):
            found += 1
            yield finding
        if found >= _MOST_PROBLEMS and number + 1 < count:
            yield Problem(path, f"the {count - number - 1:,} items after these were not checked")
            return


def _properties(field: Field, value: Mapping[Any, Any], path: str, who: str) -> Iterator[Finding]:
    if not field.properties:
        return
    known = {inner.name: inner for inner in field.properties}
    for inner in field.properties:
        if inner.name in value:
            yield from value_findings(inner, value[inner.name], f"{path}.{inner.name}", who)
        elif inner.required:
            message = inferred("is needed", inner.is_inferred("required"))
            yield Problem(f"{path}.{inner.name}", message, None, allowed(inner))
    for name in [name for name in value if name not in known][:_MOST_PROBLEMS]:
        close = nearest(name, known) if isinstance(name, str) else ()
        yield Problem(
            f"{path}.{name_shown(name) if isinstance(name, str) else shown(name)}",
            "there is no such member",
            None,
            None if close else listed(list(known)),
            close[0] if close else None,
        )
