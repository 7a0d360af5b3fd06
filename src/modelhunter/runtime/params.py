"""Parameters, in the styles that OpenAPI has for them.

Values are what users pass: strings, numbers, enums, datetimes, models, lists and dicts of those.
A decimal is its digits, whether the schema has it as a number or as a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.runtime import encode
from modelhunter.runtime.decode import UNSET
from modelhunter.runtime.encode import DECIMAL_TEXTS, plain
from modelhunter.runtime.escape import Encoded, component, reserved_in_path, reserved_in_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def text(value: Any) -> str:
    """A value without parts as a parameter has it: ``true``, ``2.5``, ``2026-03-02T08:15:00Z``."""
    value = plain(value, DECIMAL_TEXTS)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return encode.json_text(value)
    return str(value)


def json_text(value: Any) -> str:
    """A parameter whose content is JSON."""
    return encode.json_text(plain(value))


def query(
    name: str, value: Any, style: str = "form", explode: bool = True, reserved: bool = False
) -> list[tuple[str, str]]:
    """One query parameter as pairs; none where ``value`` is None.

    ``reserved`` leaves the characters alone that have a meaning in URLs (``allowReserved``).
    """
    if value is None or value is UNSET:
        return []
    if type(value) is str and not reserved:
        return [(name, value)]
    value = plain(value, DECIMAL_TEXTS)
    escaped: Callable[[str], str] = reserved_in_query if reserved else str
    if style == "deepObject" and isinstance(value, dict):
        return [(key, escaped(part)) for key, part in _deep(name, value)]
    if not isinstance(value, (dict, list)):
        return [(name, escaped(text(value)))]
    if explode:
        pairs = value.items() if isinstance(value, dict) else ((name, part) for part in value)
        return [(key, escaped(text(part))) for key, part in pairs]
    parts = [reserved_in_query(part) if reserved else component(part) for part in flat(value)]
    return [(name, Encoded(_SEPARATORS.get(style, ",").join(parts)))] if parts else []


def _deep(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, part in value.items():
        inner = f"{name}[{key}]"
        if isinstance(part, dict):
            yield from _deep(inner, part)
        elif isinstance(part, list):
            for item in part:
                yield from _deep(inner, item) if isinstance(item, dict) else [(inner, text(item))]
        elif part is not None:
            yield inner, text(part)


def flat(value: Mapping[str, Any] | list[Any]) -> list[str]:
    """The texts of a list, or the names and the texts of an object one after the other."""
    if isinstance(value, list):
        return [text(part) for part in value]
    return [word for key, part in value.items() for word in (key, text(part))]


def path(
    name: str, value: Any, style: str = "simple", explode: bool = False, reserved: bool = False
) -> str:
    """One path parameter; what is not a plain value comes percent-encoded."""
    value = plain(value, DECIMAL_TEXTS)
    escaped: Callable[[str], str] = reserved_in_path if reserved else component
    has_parts = isinstance(value, (dict, list))
    if style == "simple" and not has_parts:
        return escaped(text(value)) if reserved else text(value)
    separator = {"label": ".", "matrix": ";"}.get(style, ",") if explode else ","
    if isinstance(value, dict) and explode:
        words = [f"{component(key)}={escaped(text(part))}" for key, part in value.items()]
    elif has_parts:
        words = [escaped(word) for word in flat(value)]
    else:
        words = [escaped(text(value))]
    label = component(name)
    if style == "matrix":
        if isinstance(value, list) and explode:
            words = [f"{label}={word}" for word in words]
        elif not (isinstance(value, dict) and explode):
            words = [f"{label}={','.join(words)}"]
        return Encoded(";" + ";".join(words))
    if style == "label":
        return Encoded("." + separator.join(words))
    return Encoded(separator.join(words))


def header(value: Any, explode: bool = False) -> str:
    """A header's value, in the ``simple`` style.

    Raises:
        ValueError: it would end the header and begin another.
    """
    value = plain(value, DECIMAL_TEXTS)
    if isinstance(value, dict) and explode:
        made = ",".join(f"{key}={text(part)}" for key, part in value.items())
    elif isinstance(value, (dict, list)):
        made = ",".join(flat(value))
    else:
        made = text(value)
    if "\r" in made or "\n" in made or "\0" in made:
        raise ValueError("a header can't hold line breaks; remove them from the value")
    return made


def headers(*items: tuple[str, Any, bool]) -> dict[str, str]:
    """Headers by name from (name, value, explode), without those whose value is None."""
    return {name: header(value, explode) for name, value, explode in items if value is not None}


def cookies(*items: tuple[str, Any, bool]) -> dict[str, str]:
    """The ``Cookie`` header of (name, value, explode); empty where all values are None."""
    pairs = []
    for name, value, explode in items:
        for key, part in query(name, value, "form", explode):
            pairs.append(f"{key}={component(part)}")
    return {"Cookie": "; ".join(pairs)} if pairs else {}
