"""What a record must not hold: keys, signed links, and content that stands in the inputs inline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_HIDDEN = "(left out)"


def without_secrets(
    inputs: Mapping[str, Any] | None, secrets: Sequence[str]
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Inputs without what is nobody's business, and the places of what is not there in full.

    A link keeps host and path; what may sign it or name somebody goes. Inline content becomes its
    SHA-256. A text with one of the ``secrets`` in it goes entirely.
    """
    if inputs is None:
        return None, ()
    places: list[str] = []
    kept = {name: _kept(value, name, secrets, places) for name, value in inputs.items()}
    return kept, tuple(places)


def _kept(value: Any, place: str, secrets: Sequence[str], places: list[str]) -> Any:
    if isinstance(value, str):
        shown = _text(value, secrets)
        if shown != value:
            places.append(place)
        return shown
    if isinstance(value, Mapping):
        return {
            name: _kept(inner, f"{place}.{name}", secrets, places) for name, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_kept(inner, f"{place}[{n}]", secrets, places) for n, inner in enumerate(value)]
    return value


def _text(text: str, secrets: Sequence[str]) -> str:
    if any(secret in text for secret in secrets if secret):
        return _HIDDEN
    if text[:5].lower() == "data:":
        kind = text[5:].partition(",")[0].partition(";")[0] or "text/plain"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"(inline {kind}, {len(text)} characters, SHA-256 {digest})"
    if _ADDRESS.fullmatch(text.strip()):
        return _plain_address(text.strip())
    return text


def _plain_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    except ValueError:
        return _HIDDEN
