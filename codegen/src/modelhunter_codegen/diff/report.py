"""Changes as text to read, as JSON, and as a section of a changelog."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from modelhunter_codegen.diff.changes import IMPACTS, bump

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modelhunter_codegen.diff.changes import Change, Impact
    from modelhunter_codegen.problems import Location

_TITLES: dict[Impact, str] = {
    "breaking": "Breaking",
    "possibly": "Possibly breaking",
    "safe": "Safe",
}


def as_text(changes: Sequence[Change]) -> str:
    """Grouped by how bad it is and by what it is about, with file, line and JSON pointer."""
    if not changes:
        return "No changes for users of the generated code.\n"
    lines = []
    for impact in IMPACTS:
        found = [change for change in changes if change.impact == impact]
        if not found:
            continue
        lines += [f"{_TITLES[impact]} ({len(found)})", ""]
        for subject, about in groupby(found, key=lambda change: change.subject):
            lines.append(f"  {subject}")
            for change in about:
                lines += [f"    {change.message}", f"      {_places(change)}"]
        lines.append("")
    return "\n".join([*lines, verdict(changes), ""])


def verdict(changes: Sequence[Change]) -> str:
    """The counts, and the version that they call for."""
    count = Counter(change.impact for change in changes)
    counts = ", ".join(f"{count[impact]} {_TITLES[impact].lower()}" for impact in IMPACTS)
    return f"{counts}. Version: {bump(changes)} (0.x: {bump(changes, initial=True)})."


def _places(change: Change) -> str:
    if change.old is None or change.new is None:
        return f"{'new' if change.old is None else 'old'} {change.new or change.old}"
    if change.old.pointer == change.new.pointer:
        at = change.new
        return f"{change.old.file}:{change.old.line}, {at.file}:{at.line}: {at.pointer or '/'}"
    return f"old {change.old}, new {change.new}"


def as_json(changes: Sequence[Change]) -> str:
    """For programs: the changes in the same order, with the version that they call for."""
    count = Counter(change.impact for change in changes)
    content = {
        "version": {"bump": bump(changes), "bump_0x": bump(changes, initial=True)},
        "counts": {impact: count[impact] for impact in IMPACTS},
        "changes": [
            {
                "impact": change.impact,
                "kind": change.kind,
                "subject": change.subject,
                "message": change.message,
                "old": _place(change.old),
                "new": _place(change.new),
            }
            for change in changes
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _place(at: Location | None) -> dict[str, Any] | None:
    return None if at is None else {"file": at.file, "line": at.line, "pointer": at.pointer}


_GONE = ("-removed", "-lost-capability")
_DEPRECATED = ("deprecated",)


def as_changelog(changes: Sequence[Change]) -> str:
    """A section of a changelog, as Keep a Changelog orders it; what breaks says so."""
    sections: dict[str, Callable[[Change], bool]] = {
        "Added": lambda c: c.adds,
        "Changed": lambda c: not c.adds and not _went(c) and not _deprecates(c),
        "Deprecated": _deprecates,
        "Removed": lambda c: _went(c) and not c.adds,
    }
    lines = ["## [Unreleased]", ""]
    for title, belongs in sections.items():
        found = [change for change in changes if belongs(change)]
        if found:
            lines += [f"### {title}", ""]
            lines += [f"- {_mark(change)}`{change.subject}`: {change.message}." for change in found]
            lines.append("")
    return "\n".join(lines)


def _went(change: Change) -> bool:
    return change.kind.endswith(_GONE) and change.impact == "breaking"


def _deprecates(change: Change) -> bool:
    return change.kind in _DEPRECATED or "for one release and warns" in change.message


def _mark(change: Change) -> str:
    return "" if change.impact == "safe" else f"**{_TITLES[change.impact]}** "
