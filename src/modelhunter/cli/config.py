"""``modelhunter config``: which settings hold, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter.cli import options, profiles
from modelhunter.cli.commands import Command
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter.cli.link import Server
    from modelhunter.cli.screen import Screen


@click.command(cls=Command, examples=("modelhunter config", "modelhunter config --profile work"))
@options.address
@options.output
@pass_screen
def config(screen: Screen, *, server: Server) -> None:
    """Show the settings that hold, and where each comes from; the key is not shown.

    Each comes from the first that has it: an option, the environment, the profile, what
    `modelhunter login` kept.
    """
    found = profiles.find(server)
    shown = {
        "profile": (found.profile.value, found.profile.source),
        "base_url": (found.base_url.value, found.base_url.source),
        "allow_http": (found.allow_http.value, found.allow_http.source),
        "key": (found.key.value is not None, found.key.source),
    }
    known = sorted(profiles.read())
    if screen.json:
        settings = {name: {"value": v, "source": source} for name, (v, source) in shown.items()}
        screen.document({"settings": settings, "file": str(profiles.path()), "profiles": known})
        return
    words = {True: "yes", False: "no"}
    rows = [
        (name, ("set" if value else "") if name == "key" else words.get(value, str(value)), source)
        for name, (value, source) in shown.items()
    ]
    screen.table(("SETTING", "VALUE", "FROM"), rows)
    screen.note(f"Profiles are in {profiles.path()}: {', '.join(known) or 'none yet'}.")
