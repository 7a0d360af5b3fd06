"""The distributions of this repository, as their ``pyproject.toml`` describes them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from attrs import frozen

ROOT = Path(__file__).parents[1]


@frozen
class Distribution:
    """A distribution: its folder, and the table ``[project]``."""

    folder: Path
    project: dict[str, Any]
    version: str

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.project["name"])


def distributions() -> list[Distribution]:
    """All of them, the library first."""
    folders = [ROOT, ROOT / "codegen", *sorted((ROOT / "plugins").glob("*/"))]
    return [_read(folder) for folder in folders if (folder / "pyproject.toml").is_file()]


def _read(folder: Path) -> Distribution:
    document = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    project = document["project"]
    version = project.get("version")
    if version is None:
        text = (folder / document["tool"]["hatch"]["version"]["path"]).read_text("utf-8")
        found = re.search(r'__version__\s*(?::\s*\w+\s*)?=\s*"([^"]+)"', text)
        if found is None:
            raise SystemExit(f"{folder} says nowhere which version it is")
        version = found[1]
    return Distribution(folder, project, version)
