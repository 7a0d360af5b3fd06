"""Files that a command writes elsewhere than a user asks for: shown first, then written."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import click
from attrs import frozen

from modelhunter.cli.failures import Stop
from modelhunter.cli.quoting import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter.cli.screen import Screen


@frozen
class Change:
    """What a file is to hold; ``before`` is what it holds now, None where it is not there."""

    path: Path
    before: str | None
    after: str

    def diff(self) -> str:
        """The change as a unified diff."""
        old = (self.before or "").splitlines(keepends=True)
        new = self.after.splitlines(keepends=True)
        name = str(self.path)
        return "".join(difflib.unified_diff(old, new, "now" if old else "nothing", name))


def current(path: Path) -> str | None:
    """What a file holds now.

    Raises:
        Stop: it can't be read.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{path} can't be read: {error}", error=error) from error


def carry_out(screen: Screen, changes: Sequence[Change], *, yes: bool, again: str) -> None:
    """Show changes, and write them if that is wanted; ``again`` is the command that does."""
    wanted = [change for change in changes if change.before != change.after]
    written: list[str] = []
    if not screen.json:
        screen.lines([plain(line) for each in wanted for line in each.diff().splitlines()])
    if not yes and wanted and sys.stdin.isatty():
        yes = click.confirm("Write this?", err=True)
    if yes:
        for change in wanted:
            _write(change)
            written.append(str(change.path))
    if screen.json:
        shown = [{"path": str(each.path), "text": each.after} for each in changes]
        screen.document({"files": shown, "written": written})
    elif written:
        screen.lines([f"written: {path}" for path in written])
    elif not wanted:
        screen.lines([f"up to date: {change.path}" for change in changes])
    else:
        screen.note(f"Nothing was written; `{again}` does.")


def _write(change: Change) -> None:
    try:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        target = change.path.resolve()  # a link stays one
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        with NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as file:
            file.write(change.after)
        Path(file.name).chmod(mode)
        os.replace(file.name, target)
    except OSError as error:
        raise Stop(f"{change.path} can't be written: {error.strerror}", error=error) from error
