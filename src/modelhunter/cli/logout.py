"""``modelhunter logout``: forget the key that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter.cli import kept_keys, options, profiles
from modelhunter.cli.commands import Command
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen


@click.command(cls=Command, examples=("modelhunter logout", "modelhunter logout --profile work"))
@options.output
@options.profile
@pass_screen
def logout(screen: Screen, *, profile: str | None) -> None:
    """Forget the key that `modelhunter login` kept. It stays valid: `api-keys delete` ends it."""
    name = profiles.chosen(profile).value
    forgotten = kept_keys.forget(name)
    if screen.json:
        screen.document({"profile": name, "forgotten": forgotten})
        return
    screen.lines(
        [f"The key of profile {name} is forgotten." if forgotten else f"{name} had no key."]
    )
