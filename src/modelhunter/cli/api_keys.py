"""``modelhunter api-keys``: keys for programs, services and people of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter.cli import options
from modelhunter.cli.commands import Group
from modelhunter.cli.link import Server, connected
from modelhunter.cli.options import pass_screen
from modelhunter.cli.quoting import quoted
from modelhunter.cli.values import Dollars, Moment, Network

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from modelhunter.cli.screen import Screen


@click.group(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=(
        "modelhunter api-keys create ci --spend-limit 5",
        "modelhunter api-keys delete key_7",
    ),
)
@click.pass_context
def api_keys(ctx: click.Context) -> None:
    """Make API keys that may do less than yours, and delete them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@api_keys.command(
    examples=(
        "modelhunter api-keys create ci --spend-limit 5 --expires-at 2027-01-01",
        "modelhunter api-keys create films --permission video:create --ip 192.0.2.0/24",
    )
)
@click.argument("name", metavar="NAME")
@click.option("--spend-limit", type=Dollars(), help="What it may spend at most.")
@click.option("--expires-at", type=Moment(), metavar="DATE", help="When it stops working.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    metavar="NAME",
    help="What it may do, such as video:create; may be repeated. By default everything.",
)
@click.option(
    "--ip",
    "addresses",
    type=Network(),
    multiple=True,
    metavar="ADDRESS",
    help="From where it may be used; may be repeated. By default from everywhere.",
)
@options.address
@options.output
@pass_screen
def create(
    screen: Screen,
    *,
    name: str,
    spend_limit: Decimal | None,
    expires_at: datetime | None,
    permissions: tuple[str, ...],
    addresses: tuple[str, ...],
    server: Server,
) -> None:
    """Make a key called NAME and print it. It is shown this once."""
    with connected(server) as link:
        made = link.client.api_keys.create(
            name,
            spend_limit=spend_limit,
            expires_at=expires_at,
            permissions=dict.fromkeys(permissions, True) or None,
            ip_whitelist=addresses or None,
        )
        later = None if made.id is None else link.command("api-keys", "delete", made.id)
    if screen.json:
        screen.document({"id": made.id, "key": made.key, "name": made.name})
        return
    screen.lines([made.key or "the API did not show the key"])
    screen.note("Keep it: it is shown this once." + (f" {later} deletes it." if later else ""))


def _id_of_key(_: click.Context, __: click.Parameter, value: str) -> str:
    if value.startswith("river_"):
        raise click.BadParameter(
            "that is a key, which others can read now, in the list of processes and in your "
            "history; give its id, which it had when it was made"
        )
    if not value.strip():
        raise click.BadParameter(f"{quoted(value)} is no key's id")
    return value


@api_keys.command(examples=("modelhunter api-keys delete key_7",))
@click.argument("name", metavar="ID", callback=_id_of_key)
@options.address
@options.output
@pass_screen
def delete(screen: Screen, *, name: str, server: Server) -> None:
    """Delete the key with this ID. Whoever uses it is refused from then on."""
    with connected(server) as link:
        link.client.api_keys.delete(name)
    if screen.json:
        screen.document({"id": name, "deleted": True})
        return
    screen.lines([f"{name} is deleted"])
