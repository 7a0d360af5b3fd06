"""The options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from modelhunter.cli.screen import Screen

Command = TypeVar("Command", bound=Callable[..., Any])

pass_screen = click.make_pass_decorator(Screen, ensure=True)


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Screen).json |= value


def _set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Screen).debug |= value


def output(command: Command) -> Command:
    """``--json`` and ``--debug``, which every command has."""
    as_json = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_json,
        help="Print one JSON document instead of text.",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_debug,
        help="Show where an error came from.",
    )
    return as_json(debug(command))


base_url = click.option(
    "--base-url",
    metavar="URL",
    help="Where the API is; by default MODELHUNTER_BASE_URL, then its public address.",
)

sandbox = click.option(
    "--sandbox",
    is_flag=True,
    help="Use a local stand-in for the API that lives as long as this command: no key, no cost.",
)

force = click.option("--force", is_flag=True, help="Overwrite files that exist.")


def _an_id(_: click.Context, __: click.Parameter, value: str) -> str:
    if value.strip(".") == "":
        raise click.BadParameter(f"{value!r} is no task's id; `modelhunter tasks list` shows them")
    return value


task_id = click.argument("task_id", metavar="ID", callback=_an_id)

timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds to wait at most; by default 1200.",
)
