"""Parameters, forms and multipart bodies, in the styles that OpenAPI has for them.

Values are what users pass: strings, numbers, enums, datetimes, models, lists and dicts of those.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from modelhunter.runtime.call import Encoded, Part
from modelhunter.runtime.decode import UNSET, WireError
from modelhunter.runtime.encode import Upload, plain

_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_RESERVED = ":/?#[]@!$&'()*+,;="


def text(value: Any) -> str:
    """A value without parts as a parameter has it: ``true``, ``2.5``, ``2026-03-02T08:15:00Z``."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json_text(value)
    return str(value)


def json_text(value: Any) -> str:
    """A parameter whose content is JSON."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


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
    value = plain(value)
    if style == "deepObject" and isinstance(value, dict):
        return list(_deep(name, value))
    if not isinstance(value, (dict, list)):
        return [(name, _kept(text(value)) if reserved else text(value))]
    if explode:
        pairs = value.items() if isinstance(value, dict) else ((name, part) for part in value)
        return [(key, _kept(text(part)) if reserved else text(part)) for key, part in pairs]
    safe = _RESERVED if reserved else ""
    parts = [quote(part, safe=safe) for part in _flat(value)]
    return [(name, Encoded(_SEPARATORS.get(style, ",").join(parts)))] if parts else []


def _kept(value: str) -> Encoded:
    return Encoded(quote(value, safe=_RESERVED))


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


def _flat(value: Mapping[str, Any] | list[Any]) -> list[str]:
    if isinstance(value, list):
        return [text(part) for part in value]
    return [word for key, part in value.items() for word in (key, text(part))]


def path(name: str, value: Any, style: str = "simple", explode: bool = False) -> str:
    """One path parameter; what is not a plain value comes percent-encoded."""
    value = plain(value)
    has_parts = isinstance(value, (dict, list))
    if style == "simple" and not has_parts:
        return text(value)
    separator = {"label": ".", "matrix": ";"}.get(style, ",") if explode else ","
    if isinstance(value, dict) and explode:
        words = [
            f"{quote(key, safe='')}={quote(text(part), safe='')}" for key, part in value.items()
        ]
    elif has_parts:
        words = [quote(word, safe="") for word in _flat(value)]
    else:
        words = [quote(text(value), safe="")]
    label = quote(name, safe="")
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
    value = plain(value)
    if isinstance(value, dict) and explode:
        made = ",".join(f"{key}={text(part)}" for key, part in value.items())
    elif isinstance(value, (dict, list)):
        made = ",".join(_flat(value))
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
            pairs.append(f"{key}={part if isinstance(part, Encoded) else quote(part, safe='')}")
    return {"Cookie": "; ".join(pairs)} if pairs else {}


Styles = Mapping[str, tuple[str, bool, str | None]]
"""Per property of a form: style, explode, and the content type where one is prescribed."""


def form(value: Any, styles: Styles) -> list[tuple[str, str]]:
    """The pairs of an ``application/x-www-form-urlencoded`` body.

    Raises:
        WireError: the value is neither a model nor a dict.
    """
    pairs: list[tuple[str, str]] = []
    for name, part in members(plain(value)):
        style, explode, content_type = styles.get(name, ("form", True, None))
        prescribed = content_type is not None and "json" in content_type
        if prescribed or (isinstance(part, dict) and name not in styles):
            pairs.append((name, json_text(part)))
        else:
            pairs += query(name, part, style, explode)
    return pairs


def parts(items: Iterable[tuple[str, Any]], styles: Styles) -> list[Part]:
    """The parts of a ``multipart/form-data`` body: files as they are, models and dicts as JSON.

    A list becomes one part for each item.
    """
    made: list[Part] = []
    for name, value in items:
        content_type = styles[name][2] if name in styles else None
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if part is not None and part is not UNSET:
                made.append(_part(name, part, content_type))
    return made


def _part(name: str, value: Any, content_type: str | None) -> Part:
    if isinstance(value, Upload):
        kind = value.content_type or content_type
        return Part(name, value.content, value.filename or name, kind)
    if isinstance(value, bytes):
        return Part(name, value, name, content_type)
    if hasattr(value, "read"):
        path_ = getattr(value, "name", None)
        filename = os.path.basename(path_) if isinstance(path_, str) else name
        return Part(name, value, filename, content_type)
    written = plain(value)
    if isinstance(written, (dict, list)):
        return Part(name, json_text(written).encode(), None, content_type or "application/json")
    return Part(name, text(written).encode(), None, content_type)


def members(value: Any) -> Iterable[tuple[str, Any]]:
    """The members of a multipart body that is a model or a dict, by wire name.

    Raises:
        WireError: it is neither.
    """
    written = value if isinstance(value, Mapping) else plain(value)
    if not isinstance(written, Mapping):
        raise WireError("a model or a dict", value)
    return written.items()
