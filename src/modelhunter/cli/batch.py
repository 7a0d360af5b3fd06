"""``modelhunter batch``: many jobs from a file, each made once."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from modelhunter import errors
from modelhunter.cli import options
from modelhunter.cli.codes import Code
from modelhunter.cli.failures import Stop
from modelhunter.cli.inputs import pairs
from modelhunter.cli.link import Server, connected
from modelhunter.cli.options import pass_screen
from modelhunter.cli.quoting import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from modelhunter.batch import Counts, Event, Ledger, Price
    from modelhunter.cli.screen import Screen

LEDGER = "batch.db"
"""The name of the ledger in the folder of the files."""


def _usd(ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    from modelhunter.jobs.budget import amount

    try:
        return amount(value, str(param.opts[0]))
    except errors.ConfigurationError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.group()
def batch() -> None:
    """Make many things from a file of jobs, each once, however often you begin."""


_ledger = click.option(
    "--ledger",
    metavar="PATH|URL",
    help=f"Where the ledger is; by default {LEDGER} in the folder of the files. The URL of a "
    "PostgreSQL database lets several machines work on one batch.",
)


@batch.command(
    epilog="Example: modelhunter batch run shots.csv --out clips --model MODEL "
    "--set prompt='{title}, in the style of {style}' --budget 20"
)
@click.argument("file", metavar="JOBS", type=click.Path(path_type=Path), required=False)
@click.option("--out", default=None, metavar="DIR", help="Folder or address for the files.")
@_ledger
@click.option("--model", metavar="MODEL", help="For rows that name none.")
@click.option("--capability", metavar="C", help="What models are to do, if inputs don't tell.")
@click.option(
    "-i", "--input", "given", callback=pairs, multiple=True, metavar="NAME=VALUE",
    help="An input of every row that does not have it.",
)  # fmt: skip
@click.option(
    "--set", "templates", callback=pairs, multiple=True, metavar="NAME=TEMPLATE",
    help="An input made of a row's columns, such as prompt='{title}, in oil'.",
)  # fmt: skip
@click.option("--name", metavar="TEMPLATE", help="What files are called: {index:04}-{key}.{ext}")
@click.option(
    "--at-once", type=click.IntRange(1), default=20, help="Jobs at most that run at once."
)
@click.option("--budget", callback=_usd, metavar="USD", help="For all jobs, over all runs.")
@click.option("--max-cost", callback=_usd, metavar="USD", help="For each job.")
@click.option("--estimate", is_flag=True, help="Only check all rows and say what they cost.")
@options.server
@options.output
@pass_screen
def run(
    screen: Screen,
    file: Path | None,
    *,
    out: str | None,
    ledger: str | None,
    model: str | None,
    capability: str | None,
    given: tuple[tuple[str, str], ...],
    templates: tuple[tuple[str, str], ...],
    name: str | None,
    at_once: int,
    budget: Decimal | None,
    max_cost: Decimal | None,
    estimate: bool,
    server: Server,
) -> None:
    """Make every job of a file, or go on with those of the ledger.

    JOBS is a .jsonl, .csv or .parquet file: columns are model, capability, key (a name of the row's
    own) and inputs. Run the same command again and it goes on; rows that were added are made.
    """
    from modelhunter.batch import Defaults, Ledger

    if out is None and ledger is None:
        raise click.UsageError("say where the files go: --out DIR")
    defaults = Defaults(
        model=model, capability=capability, inputs=_values(given), templates=dict(templates)
    )
    with connected(server) as link:
        where = ledger or _ledger_in(out or ".", estimate=estimate)
        if estimate:
            if file is None:
                raise click.UsageError("--estimate prices a file: name it")
            with _told():
                price = _price(link.client, file, defaults, max_cost)
            _show_price(screen, price)
            return
        settings: dict[str, Any] = {"name": name} if name is not None else {}
        made = link.client.batch(
            Ledger(where), out=out, at_once=at_once, budget=budget, max_cost=max_cost, **settings
        )
        if file is not None:
            with _told():
                new = made.add(file, defaults)
            screen.note(f"{new} new jobs, {made.counts().total} in all", new=new)
        with _shown(screen, made.ledger) as on_event:
            counts = made.run(on_event=on_event)
    _show_counts(screen, counts, where)
    _exit(counts, where)


@contextmanager
def _told() -> Iterator[None]:
    """Rows that can't be jobs are a wrong command line: nothing was sent."""
    from modelhunter.batch import BadRows

    try:
        yield
    except BadRows as error:
        raise Stop(
            str(error).split("\n")[0],
            error=error,
            code=Code.WRONG,
            hints=list(map(str, error.mistakes)),
        ) from error
    except errors.ConfigurationError as error:
        raise Stop(str(error), error=error, code=Code.WRONG) from error


def _values(given: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    from modelhunter.batch.rows import cell_value

    return {name: cell_value(value) for name, value in given}


def _ledger_in(out: str, *, estimate: bool) -> str:
    if "://" in out and not estimate:
        raise click.UsageError("files at an address need a ledger here: --ledger PATH")
    return str(Path(out).expanduser() / LEDGER)


def _price(client: Any, file: Path, defaults: Any, max_cost: Decimal | None) -> Price:
    from modelhunter.batch import read_rows
    from modelhunter.batch.checking import check_rows

    return check_rows(client.context.registry(), read_rows(file, defaults), max_cost)


def _show_price(screen: Screen, price: Price) -> None:
    from modelhunter.estimates import in_usd

    if screen.json:
        screen.document(
            {
                "jobs": price.jobs,
                "low": float(price.low),
                "high": float(price.high) if price.high.is_finite() else None,
                "likely": float(price.likely) if price.likely.is_finite() else None,
                "without_price": price.unknown,
            }
        )
        return
    high = in_usd(price.high) if price.high.is_finite() else "more"
    text = f"{price.jobs} jobs: {in_usd(price.low)} to {high}"
    if price.likely.is_finite():
        text += f", likely {in_usd(price.likely)}"
    if price.unknown:
        text += f"; {price.unknown} without a known price are not in this"
    screen.lines([text])


@contextmanager
def _shown(screen: Screen, ledger: Ledger) -> Iterator[Callable[[Event], object]]:
    """Shows how a batch goes on: a bar for somebody who watches, lines for a log."""
    began, total = monotonic(), ledger.counts()
    done, failed = total.done, total.failed

    def line(event: Event) -> None:
        nonlocal done, failed
        done += event.kind == "saved"
        failed += event.kind == "failed"
        if event.kind in ("saved", "failed"):
            what = ", ".join(event.files) if event.kind == "saved" else f"failed: {event.error}"
            screen.note(
                f"{done + failed} of {total.total}: {event.job.key}: {what}",
                event=event.kind,
                key=event.job.key,
                files=list(event.files),
                error=event.error,
            )
        elif screen.json:
            screen.note(event.kind, event=event.kind, key=event.job.key, error=event.error)

    if not screen.live or screen.json:
        yield line
        return
    from modelhunter.cli.bars import bar_of, minutes

    with bar_of(
        "{task.completed:.0f} of {task.total:.0f}", elapsed=True, end="{task.fields[more]}"
    ) as bar:
        row = bar.add_task("batch", total=total.total, completed=done + failed, more="")

        def show(event: Event) -> None:
            nonlocal done, failed
            done += event.kind == "saved"
            failed += event.kind == "failed"
            now = ledger.counts()
            rate = (done + failed - total.done - total.failed) / max(monotonic() - began, 1e-3)
            left = (total.total - done - failed) / rate if rate else None
            running = now.jobs.get("running", 0)
            more = f"{running} running, {failed} failed, ${now.spent}"
            more += f", {minutes(left)} left" if left is not None else ""
            bar.update(row, completed=done + failed, more=plain(more))
            if event.kind == "failed":
                bar.console.print(plain(f"{event.job.key} failed: {event.error}"))

        yield show


def _show_counts(screen: Screen, counts: Counts, where: str) -> None:
    if screen.json:
        screen.document(
            {
                "total": counts.total,
                "states": dict(counts.jobs),
                "spent": float(counts.spent),
                "failures": dict(counts.failures),
            }
        )
        return
    states = ", ".join(f"{number} {state}" for state, number in sorted(counts.jobs.items()))
    screen.lines([f"{counts.total} jobs: {states or 'none'}; ${counts.spent} spent or set aside"])
    for code, number in counts.failures.items():
        again = shlex.join(["modelhunter", "batch", "retry", where, "--code", code])
        screen.lines([f"  {number} failed with {code}; to make them again: {again}"])


def _exit(counts: Counts, where: str) -> None:
    if counts.open:
        raise Stop(
            f"{counts.open} jobs are left, as the budget does not have them",
            code=Code.OVER_LIMIT,
            hints=["run the same command with a larger --budget"],
        )
    if counts.failed:
        raise Stop(
            f"{counts.failed} jobs failed",
            code=Code.FAILED,
            hints=[f"{shlex.join(['modelhunter', 'batch', 'retry', where])}   # then run again"],
        )


def _opened(where: str) -> Ledger:
    from modelhunter.batch import Ledger

    if "://" not in where:
        path = Path(where).expanduser()
        path = path / LEDGER if path.is_dir() else path
        if not path.is_file():
            raise Stop(f"there is no ledger at {path}", code=Code.WRONG)
        return Ledger(path)
    return Ledger(where)


_where = click.argument("where", metavar="DIR|LEDGER")


@batch.command()
@_where
@options.output
@pass_screen
def status(screen: Screen, where: str) -> None:
    """Say how far a batch is, also while it runs elsewhere."""
    _show_counts(screen, _opened(where).counts(), where)


@batch.command()
@_where
@click.option("--code", metavar="CODE", help="Only those that failed with this error code.")
@options.output
@pass_screen
def retry(screen: Screen, where: str, *, code: str | None) -> None:
    """Make failed jobs ready again; `batch run` then makes them."""
    number = _opened(where).retry(code)
    if screen.json:
        screen.document({"ready": number})
    else:
        screen.lines([f"{number} jobs are ready again; run the batch to make them"])


@batch.command()
@_where
@click.option("--to", required=True, type=click.Path(path_type=Path), help=".jsonl, .csv, .parquet")
@options.output
@pass_screen
def export(screen: Screen, where: str, *, to: Path) -> None:
    """Write what became of each job, with costs, seconds and files."""
    from modelhunter.batch.export import export as write

    number = write(_opened(where).jobs(), to)
    if screen.json:
        screen.document({"jobs": number, "file": str(to)})
    else:
        screen.lines([f"{number} jobs in {to}"])


@batch.command()
@_where
@click.option("--to", type=click.Path(path_type=Path), help="By default contact-sheet.html there.")
@options.output
@pass_screen
def sheet(screen: Screen, where: str, *, to: Path | None) -> None:
    """Make a contact sheet: a page with thumbnails, prompts, costs and errors."""
    from modelhunter.batch.sheet import contact_sheet

    ledger = _opened(where)
    folder = getattr(ledger.store, "path", Path(LEDGER)).parent
    target = to if to is not None else folder / "contact-sheet.html"
    page = contact_sheet(ledger.jobs(), target.parent.resolve(), folder.resolve().name)
    try:
        target.write_text(page, "utf-8")
    except OSError as error:
        raise Stop(f"{target} can't be written: {error.strerror}", error=error) from error
    if screen.json:
        screen.document({"file": str(target)})
    else:
        screen.lines([str(target)])
