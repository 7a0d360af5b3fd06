"""What goes with a job beside its inputs: checked before anything is sent or uploaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from modelhunter.jobs.marker import MARKER
from modelhunter.plugins.messages import name_shown, shown
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 50
_MOST_DIGITS = 300
_MOST_PROBLEMS = 20


def metadata_problems(given: Any) -> list[Problem]:
    """What keeps metadata from arriving as they were given, each problem with its place."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [Problem("metadata", "must be a mapping, such as {'order': 7}", shown(given))]
    found = []
    for problem in _problems(given, "metadata", 0):
        found.append(problem)
        if len(found) == _MOST_PROBLEMS:
            break
    if MARKER in given:
        found.append(Problem(f"metadata.{MARKER}", "is a name that submissions are marked with"))
    return found


def webhook_url_problems(given: Any) -> list[Problem]:
    """What keeps an address from being told of a job's end."""
    if given is None:
        return []
    if isinstance(given, str) and given.isprintable() and " " not in given:
        try:
            parts = urlsplit(given)
            if parts.scheme in ("http", "https") and parts.hostname:
                return []
        except ValueError:
            pass
    return [Problem("webhook_url", "is no http or https address", shown(given))]


def plain_metadata(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A copy of metadata without problems, as JSON has them."""
    return None if given is None else _plain(given)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _problems(value: Any, place: str, depth: int) -> Iterator[Problem]:
    if depth > _DEEPEST:
        yield Problem(place, f"is nested more than {_DEEPEST} deep, or holds itself")
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                yield Problem(place, "names must be text, as in JSON", shown(name))
            elif not _is_text(name):
                yield Problem(place, "a name holds half of a surrogate pair", ascii(name))
            else:
                yield from _problems(inner, f"{place}.{name_shown(name)}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _problems(inner, f"{place}[{index}]", depth + 1)
    else:
        why = _why_not_json(value)
        if why is not None:
            yield Problem(place, why, shown(value) if not isinstance(value, str) else ascii(value))


def _why_not_json(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return None if _is_text(value) else "holds half of a surrogate pair"
    if isinstance(value, int):
        return None if abs(value) < 10**_MOST_DIGITS else "is too long a number"
    if isinstance(value, float):
        return None if math.isfinite(value) else "is no number that JSON has"
    return "is nothing that JSON has; give text, numbers, true, false, None, lists or mappings"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
