"""``modelhunter sandbox``: the stand-in for the API, in the foreground."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelhunter.cli import options
from modelhunter.cli.commands import Command
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import Positive, Whole
from modelhunter.client.settings import KEY_VARIABLE, URL_VARIABLE
from modelhunter.plugins.messages import listed

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen
    from modelhunter.sandbox import Sandbox


@click.command(
    cls=Command,
    examples=("modelhunter sandbox", "modelhunter sandbox --port 8080 --speed 10"),
)
@click.option(
    "--port",
    type=Whole(0, 65535),
    default=0,
    help="Port to listen on; by default a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Address to listen on; by default this machine's own. 0.0.0.0 is for containers.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    help="A name that the sandbox may be called by, beside localhost; may be repeated.",
)
@click.option(
    "--speed",
    type=Positive(),
    default=1.0,
    metavar="N",
    help="How many times faster than the real thing tasks run; by default 1.",
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to keep tasks and uploads in; by default they end with the sandbox.",
)
@options.output
@pass_screen
def sandbox(
    screen: Screen,
    *,
    port: int,
    host: str,
    allow_hosts: tuple[str, ...],
    speed: float,
    database: Path | None,
) -> None:
    """Run a server on this machine that behaves like the API, until Ctrl-C or SIGTERM.

    It makes real files, costs nothing, and serves the models of the installed plugins. So that no
    web page can use it, it answers to localhost and to the names you allow; where it listens
    beyond this machine, to every address too.
    """
    from modelhunter.sandbox import Sandbox

    try:
        server = Sandbox(host, port, speed=speed, database=database, allow_hosts=allow_hosts)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--allow-host") from None
    server.serve_forever(lambda running: _introduce(screen, running))


def _introduce(screen: Screen, server: Sandbox) -> None:
    url, key, names = server.url, server.key, server.allow_hosts
    if screen.json:
        shown = {"url": url, "key": key, "everywhere": server.everywhere, "allow_hosts": [*names]}
        screen.document(shown)
        return
    lines = [f"The sandbox is at {url}; Ctrl-C stops it."]
    if server.everywhere:
        called = listed(["any address of this machine", *names], "or")
        lines.append(f"Other machines reach it too, by {called}, and may do all that this one may.")
    screen.lines(
        [
            *lines,
            "Point clients at it with:",
            "",
            f"  export {URL_VARIABLE}={shlex.quote(url)}",
            f"  export {KEY_VARIABLE}={shlex.quote(key)}",
            "",
            "or, in a program:",
            "",
            f"  ModelHunter(base_url={url!r}, api_key={key!r})",
            *(
                f"  ModelHunter(base_url={_at(name, url)!r}, allow_http=True, api_key={key!r})"
                for name in names
            ),
        ]
    )


def _at(name: str, url: str) -> str:
    from modelhunter.sandbox.guard import bracketed

    return f"http://{bracketed(name)}:{url.rpartition(':')[2]}"
