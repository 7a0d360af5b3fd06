"""``modelhunter replay``: the job that made a file, once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from modelhunter.cli import jobs, options
from modelhunter.cli.commands import Command
from modelhunter.cli.failures import Stop
from modelhunter.cli.generate import check_no_wait, make, show_estimate
from modelhunter.cli.inputs import collect, pairs, read_inputs
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import Dollars, ExistingFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from modelhunter.cli.link import Server
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance
    from modelhunter.plugins.registry import Registry
    from modelhunter.provenance import Record


@click.command(
    cls=Command,
    epilog="`modelhunter verify FILE` says what is known of a file.",
    examples=(
        "modelhunter replay sunset.mp4 --estimate",
        "modelhunter replay sunset.mp4 -i seed=8 -o again.mp4",
    ),
)
@click.argument("file", type=ExistingFile())
@click.option(
    "-i",
    "--input",
    "given",
    callback=pairs,
    metavar="NAME=VALUE",
    multiple=True,
    help="An input in place of the one in the record, such as seed=8.",
)
@options.to
@options.force
@options.provenance
@click.option("--estimate", is_flag=True, help="Only say what it will cost; needs no key.")
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Send nothing if it may cost more.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Print the task's id as soon as there is one, and leave it running.",
)
@options.timeout
@options.server
@options.output
@pass_screen
def replay(
    screen: Screen,
    *,
    file: Path,
    given: Sequence[tuple[str, str]],
    to: str,
    force: bool,
    provenance: Provenance,
    estimate: bool,
    max_cost: Decimal | None,
    no_wait: bool,
    timeout: float | None,
    server: Server,
) -> None:
    """Start the job once more that made FILE, wait for it, and download what it makes.

    The record in the file, or the one beside it, has the model and its inputs. Everything that is
    not changed with -i is sent as it was then.
    """
    from modelhunter.flows.replay import plan_again
    from modelhunter.plugins.registry import default_registry
    from modelhunter.provenance import read

    if no_wait:
        check_no_wait(server)
    try:
        record = read(file)
    except OSError as error:
        raise Stop(f"{file} can't be read: {error.strerror}", error=error) from error
    registry = default_registry()
    changes = _changes(registry, record, given)
    job = plan_again(registry, record, changes, partial=estimate)
    if estimate:
        show_estimate(screen, job, max_cost)
        return
    wanted = jobs.Wanted(to, force, timeout, provenance)
    make(screen, server, job, (record,), changes, max_cost, wanted, no_wait=no_wait)


def _changes(
    registry: Registry, record: Record, given: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The inputs that are given anew, by the names that a program has for them."""
    if not given or record.inputs is None:
        return {}
    from modelhunter.flows.replay import owner_of
    from modelhunter.plugins.checking import choose_capability

    model = owner_of(registry, record)[1]
    capability = choose_capability(model, record.inputs, record.capability)
    read = read_inputs(capability, collect(None, given))
    return {
        name if (field := capability.field(name)) is None else field.keyword: value
        for name, value in read.items()
    }
