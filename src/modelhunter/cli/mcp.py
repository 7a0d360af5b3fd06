"""``modelhunter mcp``: a server for agents, and how their programs are told of it."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from modelhunter import errors
from modelhunter.cli import options
from modelhunter.cli.agent_programs import programs
from modelhunter.cli.commands import Command, Group
from modelhunter.cli.failures import Stop
from modelhunter.cli.quoting import quoted
from modelhunter.cli.screen import Screen
from modelhunter.cli.showing_first import carry_out
from modelhunter.cli.values import Positive, Whole

if TYPE_CHECKING:
    from decimal import Decimal

    from modelhunter.cli.link import Server
    from modelhunter.mcp.limits import Limits


_NOT_GIVEN = (None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


def usd(ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    """An amount that an option takes."""
    from modelhunter.jobs.budget import amount

    try:
        return amount(value, str(param.opts[0]))
    except errors.ConfigurationError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.group(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=(
        "modelhunter mcp --out clips --budget 5 --max-cost 1",
        "modelhunter mcp --http --port 8765 --sandbox",
        "modelhunter mcp install",
    ),
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=None, metavar="DIR",
    help="Folder for the files; by default modelhunter in your home folder.",
)  # fmt: skip
@click.option("--budget", callback=usd, metavar="USD", help="For all jobs, while it runs.")
@click.option("--max-cost", callback=usd, metavar="USD", help="For each job.")
@click.option(
    "--models", multiple=True, metavar="MODEL,…",
    help="Only these, by id or as a pattern; may be repeated.",
)  # fmt: skip
@click.option("--read-only", is_flag=True, help="Nothing that costs or changes anything.")
@click.option(
    "--files", "folders", multiple=True, metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder whose files may be uploaded, beside --out; may be repeated.",
)  # fmt: skip
@click.option(
    "--window", type=Positive(), metavar="S",
    help="Seconds in which the same call means the same job; by default 600.",
)  # fmt: skip
@click.option("--no-window", is_flag=True, help="Each call makes a job of its own.")
@click.option("--http", is_flag=True, help="Serve streamable HTTP instead of stdin and stdout.")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where --http listens.")
@click.option("--port", type=Whole(0, 65535), default=0, help="By default a free one.")
@options.server
@options.output
@click.pass_context
def mcp(
    ctx: click.Context,
    *,
    out: Path | None,
    budget: Decimal | None,
    max_cost: Decimal | None,
    models: tuple[str, ...],
    read_only: bool,
    folders: tuple[Path, ...],
    window: float | None,
    no_window: bool,
    http: bool,
    host: str,
    port: int,
    server: Server,
) -> None:
    """Serve agents by the Model Context Protocol, within the limits that you set here.

    The limits hold whatever a model asks for. `modelhunter mcp install` tells the programs about
    it that are on this machine.
    """
    if ctx.invoked_subcommand is not None:
        return
    if window is not None and no_window:
        raise click.UsageError("--window and --no-window exclude each other")
    check_installed()
    import anyio

    from modelhunter.mcp.desk import WINDOW
    from modelhunter.mcp.limits import Limits

    screen = ctx.ensure_object(Screen)
    place = (Path.home() / "modelhunter" if out is None else out).absolute()
    limits = Limits(
        max_cost=max_cost,
        models=tuple(name for each in models for name in each.split(",") if name),
        read_only=read_only,
        folders=(place, *folders),
    )
    seconds = 0.0 if no_window else WINDOW if window is None else window
    address = (host, port) if http else None
    anyio.run(_serve, screen, server, budget, place, limits, seconds, address)


def check_installed() -> None:
    """Refuse where the protocol's library is missing.

    Raises:
        Stop: it is.
    """
    if find_spec("mcp") is None:
        raise Stop("a server for agents needs mcp: pip install 'modelhunter[mcp]'")


async def _serve(
    screen: Screen,
    server: Server,
    budget: Decimal | None,
    out: Path,
    limits: Limits,
    window: float,
    address: tuple[str, int] | None,
) -> None:
    from modelhunter import AsyncModelHunter
    from modelhunter.cli.link import client_settings
    from modelhunter.mcp.serving import TOKEN_VARIABLE, serve_http, serve_stdio

    async with AsyncModelHunter(**client_settings(server), budget=budget) as client:
        if address is None:
            if sys.stdin.isatty():
                screen.note("Waiting for a client on stdin; `modelhunter mcp install` sets one up.")
            await serve_stdio(client, out, limits, window=window)
            return
        host, port = address
        await serve_http(
            client,
            out,
            limits,
            window=window,
            host=host,
            port=port,
            token=os.environ.get(TOKEN_VARIABLE) or None,
            on_ready=lambda url: _introduce(screen, url),
        )


def _introduce(screen: Screen, url: str) -> None:
    if screen.json:
        screen.document({"url": url})
    else:
        screen.lines([f"Agents find the server at {url}; Ctrl-C stops it."])


@mcp.command(
    cls=Command,
    examples=(
        "modelhunter mcp install",
        "modelhunter mcp --out clips --budget 5 install cursor --yes",
    ),
)
@click.argument("names", metavar="[PROGRAM]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Write what is shown, without asking.")
@options.output
@click.pass_context
def install(ctx: click.Context, *, names: tuple[str, ...], yes: bool) -> None:
    """Tell programs of agents about the server: shows what it would write, then writes it.

    PROGRAM is one of claude-desktop, cursor, vscode and windsurf; by default those
    that are on this machine. Options of the server stand before `install` and are written with it.
    The key is not: the program must find MODELHUNTER_KEY in its environment.
    """
    check_installed()
    screen = ctx.ensure_object(Screen)
    known = programs()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(
            f"{quoted(unknown[0])} is no program that is known; there are {', '.join(known)}"
        )
    wanted = [known[name] for name in names] or [each for each in known.values() if each.is_here()]
    command = [sys.executable, "-m", "modelhunter", "mcp", *_options_of(ctx.parent)]
    if not wanted:
        raise Stop(
            "none of the programs that are known is on this machine; name one, or give yours "
            "this command",
            hints=[shlex.join(command)],
        )
    changes = [each.change(command) for each in wanted]
    again = shlex.join(["modelhunter", "mcp", *_options_of(ctx.parent), "install", *names, "--yes"])
    carry_out(screen, changes, yes=yes, again=again)


def _options_of(ctx: click.Context | None) -> list[str]:
    """The options of the server as they were given; paths in full, to be started anywhere."""
    words: list[str] = []
    if ctx is None:
        return words
    for param in ctx.command.params:
        if ctx.get_parameter_source(str(param.name)) in _NOT_GIVEN:
            continue
        value = ctx.params[str(param.name)]
        option = max(param.opts, key=len)
        for each in value if isinstance(value, tuple) else (value,):
            if each is True:
                words.append(option)
            else:
                words += [option, str(each.absolute() if isinstance(each, Path) else each)]
    return words
