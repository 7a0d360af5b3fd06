"""Write the SBOM of each distribution, which its wheel carries (PEP 770): CycloneDX, as JSON.

``python -m release.sbom`` writes ``sbom.cdx.json`` beside each ``pyproject.toml``; with ``--check``
it only says which are out of date. There is no time and no random number in one, so that the same
sources make the same wheel.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.distributions import Distribution, distributions

NAME = "sbom.cdx.json"


def sbom(distribution: Distribution) -> dict[str, Any]:
    """The distribution, and what it needs; nothing else is in its wheel."""
    project = distribution.project
    itself = purl(distribution.name, distribution.version)
    needed = {
        canonicalize_name(requirement.name): requirement
        for requirement in map(Requirement, project.get("dependencies", ()))
    }
    components = [
        {
            "type": "library",
            "bom-ref": purl(name),
            "name": name,
            "purl": purl(name),
            "properties": [{"name": "python:specifier", "value": str(requirement.specifier)}],
        }
        for name, requirement in sorted(needed.items())
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": itself,
                "name": distribution.name,
                "version": distribution.version,
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": itself,
            }
        },
        "components": components,
        "dependencies": [
            {"ref": itself, "dependsOn": [each["bom-ref"] for each in components]},
            *({"ref": each["bom-ref"]} for each in components),
        ],
    }


def purl(name: str, version: str | None = None) -> str:
    """A package's address."""
    return f"pkg:pypi/{name}" + (f"@{version}" if version is not None else "")


def main(arguments: list[str]) -> int:
    """Write or check all of them; returns the exit code."""
    stale = []
    for distribution in distributions():
        path = distribution.folder / NAME
        text = json.dumps(sbom(distribution), indent=2, ensure_ascii=False) + "\n"
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        if "--check" in arguments:
            stale.append(distribution.name)
        else:
            path.write_text(text, "utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; python -m release.sbom writes them")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
