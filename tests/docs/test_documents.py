"""What the documents say can be followed: links lead somewhere, code is code, commands exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/**/*.md",
        "plugins/*/README.md",
        "spec/*.md",
        "codegen/*.md",
    )
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for link in LINK.findall(path.read_text("utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_in_documents_is_python(path):
    for language, code in BLOCK.findall(path.read_text("utf-8")):
        if language == "python":
            ast.parse(code)


def test_the_readme_begins_with_its_two_commands():
    (first, generate), (second, tests) = BLOCK.findall((ROOT / "README.md").read_text())[:2]
    assert first == second == "sh"
    assert "modelhunter generate" in generate
    assert tests.rstrip().endswith("nox")


def test_every_distribution_is_named_in_the_readme():
    text = (ROOT / "README.md").read_text()
    for plugin in ("vidu", "kling", "seedream", "seedance", "gemini"):
        assert f"-{plugin}" in text
