"""``modelhunter skills``: what an agent that works on a command line should know, as a file."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelhunter.cli import options
from modelhunter.cli.commands import Command, Group
from modelhunter.cli.options import pass_screen
from modelhunter.cli.showing_first import Change, carry_out, current

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen

USUAL = Path("~/.agents/skills")


@click.group(
    cls=Group,
    examples=("modelhunter skills show", "modelhunter skills install --to .agents/skills"),
)
def skills() -> None:
    """A skill for agents: how to make media with this command and the Python client."""


@skills.command(cls=Command, examples=("modelhunter skills show",))
@options.output
@pass_screen
def show(screen: Screen) -> None:
    """Print the skill."""
    if screen.json:
        screen.document({"name": "modelhunter", "text": text()})
    else:
        screen.lines(text().splitlines())


@skills.command(cls=Command, examples=("modelhunter skills install --to .agents/skills --yes",))
@click.option(
    "--to", default=USUAL, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="The folder of your agent's skills; by default ~/.agents/skills.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Write what is shown, without asking.")
@options.output
@pass_screen
def install(screen: Screen, *, to: Path, yes: bool) -> None:
    """Put the skill where an agent looks for skills: shows it first, then writes it."""
    path = to.expanduser().absolute() / "modelhunter" / "SKILL.md"
    again = shlex.join(["modelhunter", "skills", "install", "--to", str(to), "--yes"])
    carry_out(screen, [Change(path, current(path), text())], yes=yes, again=again)


def text() -> str:
    """The skill."""
    return (files("modelhunter") / "skills" / "modelhunter" / "SKILL.md").read_text("utf-8")
