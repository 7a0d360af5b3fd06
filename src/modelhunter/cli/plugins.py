"""``modelhunter plugins``: what is installed, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import asdict

from modelhunter.cli import options
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen


@click.command()
@options.output
@pass_screen
def plugins(screen: Screen) -> None:
    """List the installed provider plugins, and say what is wrong with any. Needs no key."""
    from modelhunter.plugins.registry import default_registry

    found = default_registry().plugins(load=True)
    if screen.json:
        screen.document([asdict(info) for info in found])
        return
    if not found:
        screen.note("No plugin is installed; install one with pip install modelhunter-PROVIDER.")
        return
    headings = ("NAME", "DISTRIBUTION", "STATE", "MODELS", "HOOKS", "LOADED IN")
    rows = [
        (
            info.name,
            " ".join(word for word in (info.distribution, info.version) if word),
            info.state,
            str(len(info.models)),
            ", ".join(info.hooks),
            "" if info.milliseconds is None else f"{info.milliseconds:.1f} ms",
        )
        for info in found
    ]
    screen.table(headings, rows)
    for info in found:
        if info.error is not None:
            screen.lines([f"{info.name}: {info.error}"])
