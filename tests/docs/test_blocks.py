"""What the documents tell you to type runs as typed: each block, from the text of its page.

Each Python block is a program of its own, each shell block is given to bash, in one folder a page.
There the sandbox plays the API; what else a page takes for granted is put there first. Pages that
tell a longer story have tests of their own, which :data:`ELSEWHERE` names.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import define
from PIL import Image

from modelhunter import ModelHunter
from modelhunter.sandbox import Sandbox
from modelhunter.sandbox.media.cache import write
from modelhunter.sandbox.media.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {
    "docs/foreign-apis.md": "codegen/tests/test_client.py",
    "docs/how-to/clips-from-a-table.md": "tests/docs/test_clips_from_a_table.py",
    "docs/plugin-reference.md": "tests/conformance",
    "docs/testing.md": "tests/docs/test_testing_guide.py",
    "docs/webhooks.md": "tests/webhooks/test_webhooks_guide.py",
    "docs/writing-a-plugin.md": "tests/scaffold/test_tutorial.py",
    "CONTRIBUTING.md": "the sessions of nox",
}


def typed() -> list[str]:
    """The pages with something to type."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/*.md")]
    return sorted(
        str(page.relative_to(ROOT)) for page in pages if BLOCK.search(page.read_text("utf-8"))
    )


PAGES = [page for page in typed() if page not in ELSEWHERE]
NOT_HERE = (
    # The README's two commands set up an environment; the gate and `nox -s demo` run them.
    "python3 -m venv .venv",
    "pip install",
)
SERVERS = ("modelhunter sandbox", "modelhunter mcp --http")
"""Commands that run until they are told to stop, after they have said where they are."""
SECONDS = 120


def blocks(page: str) -> list[tuple[str, str]]:
    found = BLOCK.findall((ROOT / page).read_text("utf-8"))
    return [(kind, text) for kind, text in found if not text.startswith(NOT_HERE)]


@define
class Desk:
    """A folder with what a reader has at hand, and an environment in which the sandbox answers."""

    folder: Path
    environment: dict[str, str]

    def follow(self, kind: str, text: str) -> None:
        """Type a block."""
        if kind == "sh":
            self.shell(text)
        elif re.search(r"^def test_", text, re.MULTILINE):
            (self.folder / "test_block.py").write_text(text, "utf-8")
            self.run(
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_block.py"
            )
        else:
            self.run(sys.executable, "-W", "error", "-c", text)

    def shell(self, text: str) -> None:
        for line in text.splitlines():
            if line.startswith(SERVERS):
                self.serve(line)
        if not text.startswith(SERVERS):
            self.run("bash", "-euo", "pipefail", "-c", text)

    def serve(self, line: str) -> None:
        """A command that runs until it is told to stop."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert re.search(r" at http://\S+[;]", process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)
        assert process.returncode == 0

    def run(self, *command: str) -> None:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that knows the task whose id the pages name."""
    with Sandbox(speed=math.inf) as running:
        with ModelHunter(sandbox=running) as mh:
            known = mh.generate("viduq3-turbo", prompt="A sunset", duration=4)
        store = running._service.store
        store.change("UPDATE tasks SET id = 'task_k7m2' WHERE id = ?", (known.id,))
        yield running


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    folder, home = tmp_path / "desk", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    for name in ("cat.png", "beach.png"):
        Image.new("RGB", (400, 300), "teal").save(folder / name)
    with (folder / "song.mp3").open("w+b") as song:
        write(Shape(kind="audio", format="mp3", model="", prompt="", seed="", duration=3), song)
    with ModelHunter(sandbox=sandbox) as mh:
        prepared = mh.prepare("viduq3-turbo", prompt="A sunset", duration=4)
        mh.submit(prepared)
        token = prepared.token
    (folder / "token.json").write_text(token)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("MODELHUNTER_", "XDG_"))},
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "MODELHUNTER_BASE_URL": sandbox.url,
        "MODELHUNTER_KEY": sandbox.key,
        "WEBHOOK_SECRET": "whsec_bW9kZWxodW50ZXIgZG9jdW1lbnRz",
        "token": token,
    }
    return Desk(folder, environment)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_runs_as_typed(page: str, desk: Desk) -> None:
    if page == "docs/when-the-api-changes.md":
        _checkout(desk)
    for kind, text in blocks(page):
        # An ellipsis stands for a key of one's own, and a file that exists is overwritten here.
        key = desk.environment["MODELHUNTER_KEY"]
        desk.follow(kind, text.replace("MODELHUNTER_KEY=…", f"MODELHUNTER_KEY={key}"))
        for made in ("sunset.mp4", "cat.mp4"):
            (desk.folder / made).unlink(missing_ok=True)


def _checkout(desk: Desk) -> None:
    """A checkout of this repository as it is, with one commit."""
    names = ("spec", "pyproject.toml", "src", "plugins")
    for name in names:
        source, target = ROOT / name, desk.folder / name
        if source.is_file():
            shutil.copy(source, target)
        else:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.hooksPath=")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "as it is")):
        desk.run(*git, *words)


def test_every_page_that_is_followed_elsewhere_is_there_with_its_test() -> None:
    assert {*ELSEWHERE} <= {*typed()}
    for test in ELSEWHERE.values():
        assert test == "the sessions of nox" or (ROOT / test).exists()
