"""Forms and multipart bodies: how each property of a body becomes a pair or a part.

Values are what users pass, as in :mod:`~modelhunter.runtime.params`. OpenAPI's rules: a property
whose encoding has ``style``, ``explode`` or ``allowReserved`` is written as a query parameter is;
else its content type decides, which is by default ``application/json`` for what has parts, text for
what has none and ``application/octet-stream`` for files.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from modelhunter.runtime import params
from modelhunter.runtime.call import Part
from modelhunter.runtime.decode import UNSET, WireError
from modelhunter.runtime.encode import Upload, plain

_BYTES = "application/octet-stream"


@frozen
class Encoding:
    """How one property is written, as the ``encoding`` of a body says it.

    ``style`` is None where the content type decides; that may be a list or a range, as
    ``image/png, image/*``. ``headers`` are those of its part whose value the description fixes.
    """

    style: str | None = None
    explode: bool = True
    reserved: bool = False
    content_type: str | None = None
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether the content is JSON whatever the value is."""
        kind = (self.content_type or "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    @property
    def is_xml(self) -> bool:
        """Whether the content is XML, which is the caller's to write."""
        kind = (self.content_type or "").partition(";")[0].strip().lower()
        return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


Encodings = Mapping[str, Encoding]
_USUAL = Encoding()


def form(value: Any, encodings: Encodings) -> list[tuple[str, str]]:
    """The pairs of an ``application/x-www-form-urlencoded`` body.

    Raises:
        WireError: the value is neither a model nor a dict.
    """
    pairs: list[tuple[str, str]] = []
    for name, part in members(plain(value)):
        how = encodings.get(name, _USUAL)
        if how.style is None and (how.is_json or isinstance(part, dict)):
            pairs.append((name, params.json_text(part)))
        else:
            pairs += params.query(name, part, how.style or "form", how.explode, how.reserved)
    return pairs


def parts(items: Iterable[tuple[str, Any]], encodings: Encodings) -> list[Part]:
    """The parts of a multipart body: files as they are, models and dicts as JSON.

    A list becomes one part for each item, unless its encoding says otherwise.
    """
    made: list[Part] = []
    for name, value in items:
        if value is None or value is UNSET:
            continue
        how = encodings.get(name, _USUAL)
        if how.style is not None:
            made += _styled(name, value, how)
            continue
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if part is not None and part is not UNSET:
                made.append(_part(name, part, how))
    return made


def _styled(name: str, value: Any, how: Encoding) -> list[Part]:
    """A property as a query parameter has it; nothing is percent-encoded in a part."""
    written = plain(value)
    if isinstance(written, (dict, list)) and not how.explode and how.style != "deepObject":
        between = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(how.style or "", ",")
        pairs = [(name, between.join(params.flat(written)))]
    else:
        pairs = params.query(name, written, how.style or "form", how.explode)
    return [Part(key, text.encode(), None, None, how.headers) for key, text in pairs]


def _part(name: str, value: Any, how: Encoding) -> Part:
    if isinstance(value, Upload):
        filename = value.filename or _name_of(value.content) or name
        kind = value.content_type or _file_type(how.content_type, filename)
        return Part(name, value.content, filename, kind, {**how.headers, **value.headers})
    if isinstance(value, bytes) or hasattr(value, "read"):
        filename = _name_of(value) or name
        return Part(name, value, filename, _file_type(how.content_type, filename), how.headers)
    written = plain(value)
    if how.is_xml and not isinstance(written, str):
        raise WireError("XML in a string", value, name)
    if how.is_json or isinstance(written, (dict, list)):
        json_type = how.content_type if how.is_json else None
        content = params.json_text(written).encode()
        return Part(name, content, None, json_type or "application/json", how.headers)
    return Part(name, params.text(written).encode(), None, _exact(how.content_type), how.headers)


def _name_of(file: Any) -> str | None:
    path = getattr(file, "name", None)
    return os.path.basename(path) or None if isinstance(path, str) else None


def _file_type(described: str | None, filename: str) -> str:
    """The type of a file: as described, where that is one type; else by the name; else bytes."""
    guessed = mimetypes.guess_type(filename)[0]
    if described is None:
        return guessed or _BYTES
    kinds = [kind.strip() for kind in described.split(",") if kind.strip()]
    if guessed is not None and any(_fits(guessed, kind) for kind in kinds):
        return guessed
    return next((kind for kind in kinds if "*" not in kind), _BYTES)


def _fits(kind: str, described: str) -> bool:
    wanted = described.partition(";")[0].strip().lower()
    main = wanted.partition("/")[0]
    return wanted in (kind, "*/*") or (wanted.endswith("/*") and kind.startswith(f"{main}/"))


def _exact(described: str | None) -> str | None:
    """The first of the described types that is no range."""
    kinds = (kind.strip() for kind in (described or "").split(","))
    return next((kind for kind in kinds if kind and "*" not in kind), None)


def members(value: Any) -> Iterable[tuple[str, Any]]:
    """The members of a form or multipart body that is a model or a dict, by wire name.

    Raises:
        WireError: it is neither.
    """
    written = value if isinstance(value, Mapping) else plain(value)
    if not isinstance(written, Mapping):
        raise WireError("a model or a dict", value)
    return written.items()


__all__ = ["Encoding", "form", "members", "parts"]
