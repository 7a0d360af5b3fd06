"""``modelhunter models``: what there is, what it takes and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter import documents
from modelhunter.cli import options
from modelhunter.cli.commands import Group, line
from modelhunter.cli.options import pass_screen
from modelhunter.cli.screen import Screen
from modelhunter.cli.values import ProviderName

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Models(Group):
    """Takes a model's name without ``show`` for what it is: a command that lacks a word."""

    def also_meant(self, ctx: click.Context, name: str, rest: Sequence[str]) -> list[str]:
        return [line("models", "show", name)]


@click.group(
    cls=_Models,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=(
        "modelhunter models",
        "modelhunter models --provider {provider}",
        "modelhunter models show {model}",
    ),
)
@click.option(
    "--provider", type=ProviderName(), metavar="NAME", help="Only the models of this provider."
)
@options.output
@click.pass_context
def models(ctx: click.Context, *, provider: str | None) -> None:
    """List the models of the installed plugins. Needs no key."""
    if ctx.invoked_subcommand is not None:
        return
    from modelhunter.plugins.model_list import price_in_short
    from modelhunter.plugins.registry import default_registry

    screen = ctx.ensure_object(Screen)
    registry = default_registry()
    found = registry.models(provider)
    broken = [
        info
        for info in registry.plugins()
        if info.state in ("failed", "conflict") and provider in (None, info.name)
    ]
    if screen.json:
        screen.document(
            {
                "models": [documents.of_model(owner, model) for owner, model in found],
                "failed": [documents.of_plugin(info) for info in broken],
            }
        )
        return
    rows = [
        (
            model.id if model.status == "current" else f"{model.id} ({model.status})",
            owner.name,
            ", ".join(capability.name for capability in model.capabilities),
            price_in_short(model),
        )
        for owner, model in found
    ]
    if rows:
        screen.table(("MODEL", "PROVIDER", "CAPABILITIES", "PRICE"), rows)
    if broken:
        names = ", ".join(info.name for info in broken)
        screen.note(f"Not usable: {names}; `modelhunter plugins` says why.")
    elif not rows and any(info.state == "disabled" for info in registry.plugins()):
        screen.note("Every plugin is turned off; `modelhunter plugins` says by what.")
    elif not rows:
        screen.note(
            "No plugin is installed that brings models; install one with "
            "pip install modelhunter-PROVIDER."
        )


@models.command(
    examples=("modelhunter models show {model}", "modelhunter models show {model} --json")
)
@click.argument("model_id", metavar="MODEL", shell_complete=options.completed("models"))
@options.output
@pass_screen
def show(screen: Screen, *, model_id: str) -> None:
    """Show what a model takes and costs.

    Its inputs with their limits and defaults, its prices, and a command line to start from. What
    was inferred rather than read in the documentation is marked.
    """
    from modelhunter.cli.describe import describe
    from modelhunter.plugins.registry import default_registry

    provider, model = default_registry().model(model_id)
    notes = default_registry().notes(model_id)
    if screen.json:
        screen.document({**documents.of_model_in_full(provider, model), "changes": list(notes)})
        return
    describe(screen, provider, model, notes)
