"""Whether anybody has installed observers or gates, told without importing anything of size.

Every client asks this, and almost always the answer is no.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OBSERVERS_GROUP = "modelhunter.observers"
GATES_GROUP = "modelhunter.gates"
SWITCH = "MODELHUNTER_NO_HOOKS"
"""The environment variable that turns all installed observers and gates off."""


def are_off(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment turns installed observers and gates off."""
    found = os.environ if environment is None else environment
    return found.get(SWITCH, "") not in ("", "0")


def are_declared(path: Sequence[str] | None = None) -> bool:
    """Whether a distribution in these folders, or on ``sys.path``, has such an entry point.

    What is no folder (a zip file, an egg) may have one.
    """
    return any(_may_have(folder) for folder in dict.fromkeys(sys.path if path is None else path))


def _may_have(folder: str) -> bool:
    if folder.endswith(".egg") or os.path.isfile(folder):
        return not folder.endswith(_STANDARD)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return False
    return any(
        _names_a_group(os.path.join(folder, name, "entry_points.txt"))
        for name in names
        if name.endswith((".dist-info", ".egg-info"))
    )


_STANDARD = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"


def _names_a_group(file: str) -> bool:
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    except (OSError, ValueError):
        return False
    return OBSERVERS_GROUP in text or GATES_GROUP in text
