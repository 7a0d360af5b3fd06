"""``modelhunter plugins new``: a package to start a plugin from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelhunter.cli import options
from modelhunter.cli.commands import Command
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import ExistingFile

if TYPE_CHECKING:
    from modelhunter.cli.screen import Screen


@click.command(
    cls=Command,
    examples=("modelhunter plugins new acme", "modelhunter plugins new acme --spec acme.yaml"),
)
@click.argument("name")
@click.option(
    "--spec",
    type=ExistingFile(),
    help="An API description with an x-catalogue, to generate the models from.",
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder with all files that the description refers to; by default its own.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="A kind of problem in the description that the generator lets pass; may be repeated.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Where the package's folder goes; by default here.",
)
@options.output
@pass_screen
def new(
    screen: Screen,
    *,
    name: str,
    spec: Path | None,
    root: Path | None,
    allow: tuple[str, ...],
    into: Path,
) -> None:
    """Write a package that brings the provider NAME, ready to be installed. Overwrites nothing."""
    from modelhunter.plugins import default_registry
    from modelhunter.scaffold import ScaffoldError, write_package

    try:
        folder = write_package(name, into, spec, root, allow)
    except ScaffoldError as error:
        raise click.UsageError(str(error)) from error
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    if screen.json:
        screen.document({"folder": str(folder), "files": [str(path) for path in written]})
        return
    for rival in default_registry().plugins():
        if rival.name == name:
            screen.note(
                f"{rival.distribution} is installed and brings {name} too. Of one name there can "
                "be one provider: uninstall that, or start again with another name."
            )
    screen.lines(
        [
            f"{folder}: {len(written)} files. Next:",
            "",
            f"  cd {shlex.quote(str(folder))}",
            "  pip install -e '.[test]'",
            f"  modelhunter models --provider {name}",
            "  pytest",
        ]
    )
