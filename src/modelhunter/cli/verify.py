"""``modelhunter verify``: whether files are still what they were made as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from modelhunter import errors
from modelhunter.cli import options
from modelhunter.cli.codes import Code
from modelhunter.cli.commands import Command
from modelhunter.cli.failures import Stop
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import ExistingFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from modelhunter.cli.screen import Screen
    from modelhunter.provenance import Record, Verification


@click.command(cls=Command, examples=("modelhunter verify sunset.mp4",))
@click.argument("files", metavar="FILE...", type=ExistingFile(), nargs=-1, required=True)
@options.output
@pass_screen
def verify(screen: Screen, *, files: Sequence[Path]) -> None:
    """Hold files against the records of how they were made, in them or beside them.

    Sends nothing. A record is not signed: it tells what was changed by accident, not by design.
    """
    from modelhunter import provenance

    found: list[dict[str, Any]] = []
    for path in files:
        try:
            outcome = provenance.verify(path)
        except (errors.NoRecord, OSError) as error:
            found.append(_document(path, None, str(error)))
            _note(screen, path, [str(error)])
            continue
        found.append(_document(path, outcome))
        if not outcome.is_intact:
            _note(screen, path, outcome.differences)
        elif not screen.json:
            screen.lines([f"{path}: intact; {_said(outcome.record)}"])
    if screen.json:
        screen.document(found)
    bad = sum(not one["intact"] for one in found)
    if bad:
        what = "is" if bad == 1 else "are"
        message = f"{bad} of {len(found)} {what} not known to be what was made"
        raise Stop(message, code=Code.TROUBLE)


def _note(screen: Screen, path: Path, said: Sequence[str]) -> None:
    for sentence in said:
        screen.note(sentence if str(path) in sentence else f"{path}: {sentence}")


def _said(record: Record) -> str:
    from modelhunter.estimates import in_usd

    capability = "" if record.capability is None else f" ({record.capability})"
    cost = "" if record.cost is None else f", {in_usd(record.cost)}"
    day = "" if record.created_at is None else f", {record.created_at.date().isoformat()}"
    several = f", output {record.output} of {record.outputs}" if record.outputs > 1 else ""
    return f"{record.model}{capability}, task {record.task_id}{several}{day}{cost}"


def _document(path: Path, outcome: Verification | None, why: str = "") -> dict[str, Any]:
    return {
        "file": str(path),
        "intact": outcome is not None and outcome.is_intact,
        "sources": [] if outcome is None else list(outcome.sources),
        "differences": [why] if outcome is None else list(outcome.differences),
        "record": None if outcome is None else outcome.record.document(),
    }
