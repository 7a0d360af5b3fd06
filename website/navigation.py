"""The order of the site. A page that is not named here is found, and stands under "More"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

HOW_TO = (
    "clips-from-a-table",
    "many-prompts",
    "webhooks-in-frameworks",
    "jupyter",
    "async",
    "tests",
    "containers",
    "proxy",
    "several-accounts",
    "choosing-a-model",
    "costs",
)
SECTIONS: dict[str, tuple[str, ...]] = {
    "Start": ("index.md", "quickstart.md", "guide.md", "errors.md", "cli.md", "examples.md"),
    "How to": tuple(f"how-to/{name}.md" for name in HOW_TO),
    "Topics": (
        *("batch.md", "webhooks.md", "reliability.md", "network.md", "provenance.md"),
        *("testing.md", "sandbox.md", "notebooks.md", "agents.md", "shell.md", "security.md"),
    ),
    "Explained": (
        *("explained/pay-once.md", "explained/watching.md", "explained/generator.md"),
        "architecture.md",
    ),
    "Extend": (
        *("writing-a-plugin.md", "plugin-reference.md", "foreign-apis.md"),
        "when-the-api-changes.md",
    ),
    "Models": ("models.md",),
    "Reference": (),
    "Project": (),
}
"""Pages that do not exist (yet) are left out."""
FOLDERS = {"models": "Models", "reference": "Reference", "project": "Project"}


def navigation(pages: Collection[str]) -> dict[str, list[str]]:
    """Every page once, by section."""
    found = {name: [page for page in listed if page in pages] for name, listed in SECTIONS.items()}
    placed = {page for listed in found.values() for page in listed}
    for page in sorted(pages):
        if page not in placed:
            found.setdefault(FOLDERS.get(page.partition("/")[0], "More"), []).append(page)
    return {name: listed for name, listed in found.items() if listed}
