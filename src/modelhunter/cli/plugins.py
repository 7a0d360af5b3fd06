"""``modelhunter plugins``: what is installed, what is wrong with it, and how to begin one."""

from __future__ import annotations

import os

import click

from modelhunter import documents
from modelhunter.cli import options
from modelhunter.cli.commands import Group
from modelhunter.cli.scaffold import new
from modelhunter.cli.screen import Screen


@click.group(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=("modelhunter plugins", "modelhunter plugins new acme"),
)
@options.output
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """List installed providers, gates and observers, and say what is wrong with any. No key."""
    if ctx.invoked_subcommand is not None:
        return
    from modelhunter.hook_groups import SWITCH
    from modelhunter.plugins.discovery import CHOICES
    from modelhunter.plugins.installed_hooks import hook_infos
    from modelhunter.plugins.registry import default_registry

    screen = ctx.ensure_object(Screen)
    found = [*default_registry().plugins(load=True), *hook_infos()]
    for line in default_registry().unmet_choices():
        screen.note(line)
    if screen.json:
        screen.document([documents.of_plugin(info) for info in found])
        return
    if not found:
        screen.note("No plugin is installed; install one with pip install modelhunter-PROVIDER.")
        return
    headings = ("NAME", "KIND", "DISTRIBUTION", "STATE", "MODELS", "HOOKS", "LOADED IN")
    rows = [
        (
            info.name,
            info.kind,
            " ".join(word for word in (info.distribution, info.version) if word),
            info.state,
            str(len(info.models)) if info.kind == "provider" else "",
            ", ".join(info.hooks),
            "" if info.milliseconds is None else f"{info.milliseconds:.1f} ms",
        )
        for info in found
    ]
    screen.table(headings, rows)
    for info in found:
        if info.error is not None:
            screen.lines([f"{info.name}: {info.error}"])
    if any(info.state == "disabled" for info in found):
        settings = (*CHOICES, SWITCH)
        set_to = [f"{name}={os.environ[name]}" for name in settings if os.environ.get(name)]
        screen.note(f"What is disabled was turned off by {' and '.join(set_to)}.")


plugins.add_command(new)
