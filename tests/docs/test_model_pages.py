"""The page that the site has for each model: every example on it runs as it stands."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from PIL import Image
from website.model_pages import overview, pages

from modelhunter.cli.app import cli
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = pages()
MODELS = [path for path in PAGES if path.count("/") == 2]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(speed=math.inf, media="tiny") as running:
        yield running


@pytest.mark.parametrize("page", MODELS)
def test_its_examples_run(
    page: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUNTER_BASE_URL", sandbox.url)
    monkeypatch.setenv("MODELHUNTER_KEY", sandbox.key)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (400, 300), "teal").save("cat.png")
    found = BLOCK.findall(PAGES[page])
    assert len(found) >= 2
    for kind, text in found:
        if kind == "python":
            names: dict[str, Any] = {}
            exec(compile(text, page, "exec", dont_inherit=True), names)
            assert all(path.stat().st_size for path in Path("results").iterdir())
            continue
        for line in text.splitlines():
            program, *words = shlex.split(line)
            assert program == "modelhunter"
            done = CliRunner().invoke(cli, words, prog_name=program)
            assert done.exit_code == 0, f"{line}\n{done.output}"


def test_every_model_has_a_page_and_every_link_leads_to_one() -> None:
    shown = re.findall(r"\]\((models/[^)]+)\)", overview())
    assert sorted(shown) == sorted(PAGES)
    for path, text in PAGES.items():
        folder = Path("docs", path).parent
        for link in re.findall(r"\]\(([^):]+\.md)\)", text):
            target = (folder / link).resolve().relative_to(Path("docs").resolve())
            assert str(target) in {*PAGES, "models.md"}
