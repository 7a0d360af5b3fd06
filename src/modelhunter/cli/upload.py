"""``modelhunter upload``: a file that several jobs are to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelhunter.cli import bars, options
from modelhunter.cli.commands import Command
from modelhunter.cli.link import Server, connected
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import ExistingFile

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter.cli.screen import Screen


@click.command(cls=Command, examples=("modelhunter upload cat.png",))
@click.argument("file", type=ExistingFile())
@click.option("--content-type", metavar="TYPE", help="Its MIME type, if its name doesn't tell.")
@options.server
@options.output
@pass_screen
def upload(screen: Screen, *, file: Path, content_type: str | None, server: Server) -> None:
    """Upload FILE and print its address, to be given as an input of several jobs.

    For a single job there is no need: `generate -i image=cat.png` uploads by itself.
    """
    with connected(server) as link:
        with bars.of_bytes(screen, "uploading") as progress:
            uploaded = link.client.files.upload(
                file, content_type=content_type, on_progress=progress
            )
        if screen.json:
            screen.document({"id": uploaded.id, "url": uploaded.url})
        else:
            screen.lines([uploaded.url])
