"""``modelhunter completion``: what a shell needs to complete this command's words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from modelhunter.cli import options
from modelhunter.cli.commands import PROGRAM, Command
from modelhunter.cli.values import OneOf

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = "_MODELHUNTER_COMPLETE"
_WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc, below compinit",
    "fish": "~/.config/fish/config.fish",
}
_LINES = {
    "bash": 'eval "$(modelhunter completion bash)"',
    "zsh": 'eval "$(modelhunter completion zsh)"',
    "fish": "modelhunter completion fish | source",
}


@add_completion_class
class _Bash(BashComplete):
    """Bash takes ``name=value`` for three words; what is completed is the last of them."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before, and the one to complete, as the user sees them."""
        args, incomplete = super().get_completion_args()
        words = [*args, incomplete]
        while "=" in words[1:]:
            at = words.index("=", 1)
            words[at - 1 : at + 2] = ["".join(words[at - 1 : at + 2])]
        if len(words) > 1 and words[-1] == "" and words[-2].endswith("="):
            words.pop()
        return words[:-1], words[-1]

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What the word may become; of ``name=value`` only what follows the last ``=``."""
        found = super().get_completions(args, incomplete)
        begun = incomplete.rpartition("=")[0]
        if not begun:
            return found
        for item in found:
            item.value = item.value.removeprefix(f"{begun}=")
        return found

    @staticmethod
    def _check_version() -> None:
        """Say nothing of old releases: asking bash costs more time than completing does."""


_SHELLS: Mapping[str, type[ShellComplete]] = {
    "bash": _Bash,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


@click.command(
    cls=Command,
    examples=tuple(_LINES.values()),
)
@click.argument("shell", type=OneOf(*_SHELLS), metavar="SHELL")
@options.output
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print what makes SHELL (bash, zsh or fish) complete commands, models, inputs and task ids."""
    script = _SHELLS[shell](ctx.find_root().command, {}, PROGRAM, _VARIABLE).source()
    click.echo(script)
    if sys.stdout.isatty():
        click.echo(f"To have it in every shell, put this into {_WHERE[shell]}:", err=True)
        click.echo(f"  {_LINES[shell]}", err=True)
