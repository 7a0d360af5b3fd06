"""Build the site: ``python -m website`` writes it to ``site/``.

Pages come from ``docs/``, from the catalogue (:mod:`website.model_pages`), from docstrings
(:mod:`website.reference`) and from texts elsewhere in the repository. Zensical makes HTML of
them; each page is beside it as ``.md``, and ``llms.txt`` and ``llms-full.txt`` are for machines.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from website import model_pages, pictures, reference
from website.links import FENCE, moved
from website.navigation import navigation

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = (
    "The Python SDK of ModelHunter.AI: many generative media models – video, image, audio – behind "
    "one client, with prices before anything is sent, no job paid twice and no result lost."
)
ELSEWHERE = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "spec/README.md": "project/spec.md",
    "examples/otherapi/README.md": "project/example-other-api.md",
}
"""Texts that lie outside ``docs/``, and their places on the site."""
CONFIG = """\
[project]
site_name = "modelhunter"
site_description = {summary}
docs_dir = "docs"
site_dir = "site"
nav = {nav}

[project.theme]
features = [
  "content.code.copy", "navigation.indexes", "navigation.sections", "navigation.top",
  "search.highlight",
]
font = false

[project.plugins.mkdocstrings.handlers.python]
paths = [{source}]
inventories = []

[project.plugins.mkdocstrings.handlers.python.options]
docstring_section_style = "list"
extensions = [{readable}]
filters = ["!^_"]
heading_level = 2
inherited_members = true
members_order = "source"
separate_signature = true
show_root_full_path = false
show_root_heading = true
show_source = false
"""


class BuildFailed(Exception):
    """The site could not be built without warnings."""


@define
class Site:
    """The pages of the site, by path: as Zensical reads them, and as plain Markdown."""

    pages: dict[str, str] = field(factory=dict)
    plain: dict[str, str] = field(factory=dict)
    pictures: dict[str, Path] = field(factory=dict)

    def title(self, page: str) -> str:
        """What its first heading says."""
        found = re.search(r"^# (.+)$", self.pages[page], re.MULTILINE)
        if found is None:
            raise BuildFailed(f"{page} has no heading")
        return found[1]

    def about(self, page: str) -> str:
        """Its first sentence that is plain text."""
        prose = FENCE.sub("", self.plain[page])
        for part in prose.split("\n\n")[1:]:
            text = " ".join(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", part).split())
            if text and text[0] not in "#|!<-":
                return re.split(r"(?<=[.?]) ", text)[0].replace("**", "").rstrip(":")
        return ""


def collect(root: Path = ROOT) -> Site:
    """All pages, with their links leading to each other."""
    docs = root / "docs"
    sources = {path: path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.md"))}
    sources |= {root / name: place for name, place in ELSEWHERE.items()}
    for readme in sorted(root.glob("plugins/*/README.md")):
        sources[readme] = f"project/plugin-{readme.parent.name}.md"
    shown = {path: path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.png"))}
    places = {**sources, **shown, root / "README.md": "index.md"}
    site = Site(pictures={place: path for path, place in shown.items()})
    for path, page in sources.items():
        site.pages[page] = moved(path.read_text("utf-8"), path, page, places)
    site.pages["models.md"] += model_pages.overview()
    site.pages |= model_pages.pages()
    site.pages["examples.md"] += "".join(_programs(root))
    site.plain = {**site.pages, **reference.plain()}
    site.pages |= reference.pages()
    return site


def _programs(root: Path) -> Iterator[str]:
    """The examples of one file each, word by word."""
    for path in sorted(root.glob("examples/*/*.py")):
        if path.parent.name != "otherapi":
            yield f"\n## {path.parent.name}\n\n```python\n{path.read_text('utf-8')}```\n"


def write(site: Site, work: Path) -> Path:
    """Build it in an empty folder; returns the folder with the site.

    Raises:
        BuildFailed: Zensical, or what reads the docstrings, warned of something.
    """
    docs = work / "docs"
    for page, text in site.pages.items():
        path = docs / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for place, picture in site.pictures.items():
        (docs / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, docs / place)
    sections = navigation(site.pages)
    nav = ", ".join(
        "{" + f"{json.dumps(name)} = {json.dumps(listed)}" + "}"
        for name, listed in sections.items()
    )
    config = CONFIG.format(
        summary=json.dumps(SUMMARY, ensure_ascii=False),
        nav=f"[{nav}]",
        source=json.dumps(str(ROOT / "src")),
        readable=json.dumps(f"{ROOT / 'website' / 'docstrings.py'}:Readable"),
    )
    (work / "zensical.toml").write_text(config, "utf-8")
    _run_zensical(work)
    built = work / "site"
    for page, text in site.plain.items():
        copy = built / page
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")
    _for_machines(site, sections, built)
    return built


def _run_zensical(work: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"],
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    if done.returncode or re.search(r"^(?:griffe|mkdocs\w*|warning)\b", said, re.I | re.MULTILINE):
        raise BuildFailed(said)


def _for_machines(site: Site, sections: dict[str, list[str]], built: Path) -> None:
    """``llms.txt``, which lists all pages, and ``llms-full.txt``, which has them all."""
    short, full = [f"# modelhunter\n\n> {SUMMARY}"], []
    for name, listed in sections.items():
        lines = [f"\n## {name}\n"]
        for page in listed:
            about = site.about(page)
            lines.append(f"- [{site.title(page)}]({page})" + (f": {about}" if about else ""))
            full.append(f"<!-- {page} -->\n\n{site.plain[page].strip()}\n")
        short += lines
    (built / "llms.txt").write_text("\n".join(short) + "\n", "utf-8")
    (built / "llms-full.txt").write_text("\n".join(full), "utf-8")


def build(target: Path, work: Path, *, new_pictures: bool = True) -> None:
    """Build the site anew at ``target``, with new pictures where they can be made."""
    site = collect()
    if new_pictures:
        made = work / "pictures"
        pictures.make(made)
        site.pictures |= {f"pictures/{path.name}": path for path in made.glob("*.png")}
    built = write(site, work / "pages")
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(built, target)
