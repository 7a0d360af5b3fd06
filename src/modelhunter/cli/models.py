"""``modelhunter models``: what there is, what it takes and what it costs."""

from __future__ import annotations

import shlex

import click

from modelhunter.cli import documents, options
from modelhunter.cli.options import pass_screen
from modelhunter.cli.screen import Screen


class _Models(click.Group):
    """Takes a model's name without ``show`` for what it is: a command that lacks a word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            instead = shlex.join(["modelhunter", "models", "show", args[0]])
            message = f"{error.format_message()} To see a model: {instead}"
            raise click.UsageError(message, ctx) from None


@click.group(cls=_Models, invoke_without_command=True, no_args_is_help=False)
@click.option("--provider", metavar="NAME", help="Only the models of this provider.")
@options.output
@click.pass_context
def models(ctx: click.Context, *, provider: str | None) -> None:
    """List the models of the installed plugins. Needs no key."""
    if ctx.invoked_subcommand is not None:
        return
    from modelhunter.cli.describe import price_in_short
    from modelhunter.plugins.registry import default_registry

    screen = ctx.ensure_object(Screen)
    registry = default_registry()
    found = registry.models(provider)
    if screen.json:
        screen.document([documents.of_model(owner, model) for owner, model in found])
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
    broken = [info.name for info in registry.plugins() if info.state in ("failed", "conflict")]
    if broken and provider is None:
        screen.note(f"Not usable: {', '.join(broken)}; `modelhunter plugins` says why.")
    elif not rows and any(info.state == "disabled" for info in registry.plugins()):
        screen.note("Every plugin is turned off; `modelhunter plugins` says by what.")
    elif not rows:
        screen.note(
            "No plugin is installed that brings models; install one with "
            "pip install modelhunter-PROVIDER."
        )


@models.command()
@click.argument("model_id", metavar="MODEL")
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
    if screen.json:
        screen.document(documents.of_model_in_full(provider, model))
        return
    describe(screen, provider, model)
