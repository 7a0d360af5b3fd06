"""``modelhunter sandbox``: the stand-in for the API, in the foreground."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelhunter.cli import options
from modelhunter.cli.options import pass_screen
from modelhunter.client.settings import KEY_VARIABLE, URL_VARIABLE

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen on; by default a free one.",
)
@click.option(
    "--speed",
    type=float,
    callback=options.positive,
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
def sandbox(screen: Screen, *, port: int, speed: float, database: Path | None) -> None:
    """Run a server on this machine that behaves like the API, until Ctrl-C.

    It makes real files, costs nothing, and serves the models of the installed plugins.
    """
    from modelhunter.sandbox import Sandbox

    server = Sandbox(port=port, speed=speed, database=database)
    try:
        with server:
            _introduce(screen, server.url, server.key)
            server.serve_forever()
    except KeyboardInterrupt:
        return


def _introduce(screen: Screen, url: str, key: str) -> None:
    if screen.json:
        screen.document({"url": url, "key": key})
        return
    screen.lines(
        [
            f"The sandbox is at {url}; Ctrl-C stops it. Point clients at it with:",
            "",
            f"  export {URL_VARIABLE}={shlex.quote(url)}",
            f"  export {KEY_VARIABLE}={shlex.quote(key)}",
            "",
            "or, in a program:",
            "",
            f"  ModelHunter(base_url={url!r}, api_key={key!r})",
        ]
    )
