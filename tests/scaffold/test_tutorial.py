"""The tutorial for authors of plugins: its commands and its code are run as they stand there.

Only pip is not run: what it would write into the environment is written beside the package.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    says: str
    text: str


def blocks() -> list[Block]:
    text = (DOCS / "writing-a-plugin.md").read_text()
    text = text.partition("\n## What annotations can't say")[0]
    return [Block(kind, says.strip(), body) for kind, says, body in _FENCE.findall(text)]


class Reader:
    """Somebody who follows the tutorial."""

    def __init__(self, folder: Path, install: Callable[[Path], None]) -> None:
        self.folder = folder
        self.install = install
        self.said = ""

    def run(self, block: Block) -> None:
        for line in block.text.splitlines():
            words = shlex.split(line)
            if words[0] == "cd":
                self.folder /= words[1]
            elif words[0] == "pip" and "-e" in words:
                self.install(self.folder)
            elif words[0] in ("modelhunter", "pytest"):
                self.python("-m", *words, fails=block.says == "fails")

    def python(self, *arguments: str, fails: bool = False) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder / "src"), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, f"{arguments}\n{self.said}"

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        if path.suffix == ".toml":
            head = re.escape(text.partition("\n")[0])
            before = path.read_text()
            text, count = re.subn(rf"^{head}\n(.+\n)+", text, before, flags=re.MULTILINE)
            assert count == 1
        path.write_text(text)


@pytest.fixture
def reader(tmp_path, install) -> Iterator[Reader]:
    return Reader(tmp_path, install)


def test_the_tutorial_works_as_it_stands(reader):
    followed = 0
    for block in blocks():
        if block.language == "sh":
            reader.run(block)
        elif block.says.startswith("title="):
            reader.write(block.says.removeprefix("title="), block.text)
        elif block.says == "run":
            reader.python("-c", block.text)
            assert "$0.32" in reader.said
        elif block.language == "text":
            assert block.text.strip() in reader.said
        else:
            continue
        followed += 1
    assert followed == 9
    assert (reader.folder / "lighthouse.mp4").stat().st_size > 0
    assert (reader.folder / "boat.mp4").stat().st_size > 0
