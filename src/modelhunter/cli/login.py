"""``modelhunter login``: keep a key for later commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from modelhunter import errors
from modelhunter.cli import kept_keys, options, profiles
from modelhunter.cli.commands import Command
from modelhunter.cli.failures import Stop
from modelhunter.cli.options import pass_screen
from modelhunter.runtime.auth import check_key
from modelhunter.runtime.message import Secret

if TYPE_CHECKING:
    from modelhunter.cli.link import Server
    from modelhunter.cli.screen import Screen

_MOST = 4096


@click.command(
    cls=Command,
    examples=(
        "modelhunter login",
        "modelhunter login --profile work < key.txt",
    ),
)
@click.option("--no-check", is_flag=True, help="Keep it without asking the API whether it works.")
@options.address
@options.output
@pass_screen
def login(screen: Screen, *, no_check: bool, server: Server) -> None:
    """Keep an API key, for every later command that finds none in the environment.

    It is asked for without being shown, or read from what is piped in. It is kept in the system's
    keyring where the extra `keyring` is installed, else in a file that only you can read.
    """
    key = _asked()
    check_key(key, "the key")
    profile = profiles.chosen(server.profile).value
    if not no_check:
        _try(key, server, profile)
    where = kept_keys.keep(profile, key)
    if screen.json:
        screen.document({"profile": profile, "kept_in": where})
        return
    screen.lines([f"The key of profile {profile} is kept in {where}."])


def _asked() -> str:
    if sys.stdin is not None and sys.stdin.isatty():
        typed: str = click.prompt("API key", hide_input=True, err=True)
        return Secret(typed.strip())
    piped = "" if sys.stdin is None else sys.stdin.read(_MOST).strip()
    if not piped:
        raise click.UsageError("there is no key on stdin; type it at a terminal, or pipe it in")
    return Secret(piped)


def _try(key: str, server: Server, profile: str) -> None:
    """See that the API takes the key.

    Raises:
        Stop: it does not, or can't be asked.
    """
    from modelhunter import ModelHunter

    table = profiles.read().get(profile, {})
    address = server.base_url if server.base_url is not None else table.get("base_url")
    openly = server.allow_http or table.get("allow_http", False)
    try:
        with ModelHunter(key, base_url=address, allow_http=openly) as client:
            client.balance()
    except errors.PermissionDenied:
        return  # a key that may not see the balance is one
    except errors.Unauthorized as error:
        raise Stop("the API does not know this key; nothing was kept", error=error) from error
    except (errors.ConnectFailed, errors.TimedOut) as error:
        again = "modelhunter login --no-check"
        message = f"whether the key works can't be told: {error}"
        raise Stop(message, error=error, hints=[again]) from error
