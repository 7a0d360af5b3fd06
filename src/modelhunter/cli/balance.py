"""``modelhunter balance``: what is left to spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter import documents
from modelhunter.cli import options
from modelhunter.cli.commands import Command
from modelhunter.cli.link import Server, connected
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen


@click.command(cls=Command, examples=("modelhunter balance", "modelhunter balance --json"))
@options.server
@options.output
@pass_screen
def balance(screen: Screen, *, server: Server) -> None:
    """Show what the account can spend, in USD."""
    from modelhunter.estimates import in_usd

    with connected(server) as link:
        found = link.client.balance()
    if screen.json:
        screen.document(documents.of_balance(found))
        return
    screen.lines([in_usd(found.balance)])
    if found.monthly_spend_limit is not None:
        screen.lines([f"of at most {in_usd(found.monthly_spend_limit)} in a month"])
    if found.pending_charges:
        screen.lines([f"running tasks will cost {in_usd(found.pending_charges)}"])
    if found.credit_limit:
        screen.lines([f"it may go {in_usd(found.credit_limit)} below zero"])
