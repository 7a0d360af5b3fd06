"""What a release takes is there and agrees with itself."""

from __future__ import annotations

import runpy
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted(ROOT.glob("*/pyproject.toml"))]
PROJECTS += sorted(ROOT.glob("plugins/*/pyproject.toml"))


def test_sboms_say_what_the_distributions_say() -> None:
    command = [sys.executable, "-m", "release.sbom", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_every_distribution_carries_its_sbom_and_addresses(path: Path) -> None:
    document = tomllib.loads(path.read_text("utf-8"))
    assert document["project"]["urls"]["Homepage"]
    targets = document["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["sbom-files"] == ["sbom.cdx.json"]
    assert (
        "include" not in targets.get("sdist", {}) or "sbom.cdx.json" in targets["sdist"]["include"]
    )


def test_the_extra_of_providers_has_all_of_them() -> None:
    extras = tomllib.loads(PROJECTS[0].read_text("utf-8"))["project"]["optional-dependencies"]
    with_models = [
        tomllib.loads(path.read_text("utf-8"))["project"]
        for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))
    ]
    names = {
        project["name"]
        for project in with_models
        if "modelhunter.providers" in project.get("entry-points", {})
    }
    assert set(extras["providers"]) == names


def git(folder: Path, *words: str) -> None:
    own = [
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("files", "lacks"),
    [
        (["src/modelhunter/a.py"], True),
        (["plugins/one/src/one/a.py"], True),
        (["codegen/src/gen/a.py", "news/README.md"], True),
        (["src/modelhunter/a.py", "news/a.better.md"], True),
        (["src/modelhunter/a.py", "news/deep/a.added.md"], True),
        (["src/modelhunter/a.py", "news/a.added.md"], False),
        (["src/modelhunter/a.py", "news/a.internal.md"], False),
        (["docs/a.md", "tests/src/a.py"], False),
    ],
)
def test_a_change_of_sources_brings_news(tmp_path: Path, files: list[str], lacks: bool) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "start")
    git(tmp_path, "checkout", "-q", "-b", "change")
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("text", "utf-8")
    git(tmp_path, "add", ".")
    code = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    code += "runpy.run_module('release.news', run_name='__main__')"
    for moment in ("--staged", "main"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT), moment],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == lacks, done.stdout + done.stderr
        assert ("news/NAME.KIND.md" in done.stdout) is lacks
        if moment == "--staged":
            git(tmp_path, "commit", "-q", "-m", "change")


def test_every_kind_of_news_is_one_that_the_changelog_has_or_leaves_out() -> None:
    news = runpy.run_path(str(ROOT / "release" / "news.py"))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    shown = {kind["directory"] for kind in settings["type"]}
    left_out = {
        kind
        for kind in news["KINDS"]
        if any(fnmatch(f"a.{kind}.md", one) for one in settings["ignore"])
    }
    assert shown | left_out == set(news["KINDS"])
    assert not shown & left_out
    names = [path.name for path in (ROOT / "news").iterdir() if path.name != "README.md"]
    assert [name for name in names if not news["is_fragment"](f"news/{name}")] == []
