"""Docstrings as the site shows them: the roles of reStructuredText become code, and so on."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod|obj):`~?([^`]+)`")
_RAISES = re.compile(r"^Raises:\n((?:[ \t]+\S.*(?:\n|\Z))+)", re.MULTILINE)


def markdown(docstring: str) -> str:
    """A docstring as Markdown. What is raised stays the sentences that were written."""
    text = _ROLE.sub(r"`\1`", docstring).replace("``", "`")
    text = re.sub(r"::$", ":", text, flags=re.MULTILINE)
    return _RAISES.sub(lambda found: f"**Raises** {' '.join(found[1].split())}\n", text)


class Readable(griffe.Extension):
    """Rewrites each docstring before it is rendered."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
