"""``modelhunter tasks``: the tasks of the account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from modelhunter import errors
from modelhunter.cli import documents, options, results, waiting
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import Server, connected, name_of
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter import Task
    from modelhunter.cli.screen import Screen


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A date, or a date and time, in this machine's zone unless it names one."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        message = f"{value!r} is no date; give one such as 2026-05-31 or 2026-05-31T18:30"
        raise click.BadParameter(message, ctx, param) from None


@click.group(invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def tasks(ctx: click.Context) -> None:
    """List, read, wait for, cancel and download tasks."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@tasks.command("list")
@click.option("--status", metavar="S", help="Only these: pending, running, succeeded, failed, …")
@click.option("--provider", metavar="NAME", help="Only those of this provider.")
@click.option("--model", metavar="ID", help="Only those of this model.")
@click.option("--after", callback=_moment, metavar="DATE", help="Only those created after this.")
@click.option("--before", callback=_moment, metavar="DATE", help="Only those created before this.")
@click.option("--prefix", metavar="ID", help="Only those whose id begins like this.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most."
)
@options.server
@options.output
@pass_screen
def list_tasks(
    screen: Screen,
    *,
    status: str | None,
    provider: str | None,
    model: str | None,
    after: datetime | None,
    before: datetime | None,
    prefix: str | None,
    limit: int,
    server: Server,
) -> None:
    """List tasks, newest first."""
    with connected(server) as link:
        found = list(
            link.client.tasks.list(
                status=status,
                provider=provider,
                model=model,
                created_after=after,
                created_before=before,
                id_prefix=prefix,
                limit=limit,
            )
        )
    if screen.json:
        screen.document([documents.of_task(task) for task in found])
        return
    if not found:
        screen.note("There are no such tasks.")
        return
    headings = ("ID", "STATUS", "MODEL", "COST", "CREATED")
    screen.table(headings, [_row(task) for task in found])


def _row(task: Task) -> tuple[str, ...]:
    running = not task.done and task.progress is not None
    status = f"{task.status} {task.progress:.0f} %" if running else str(task.status)
    return task.id, status, task.model, _cost(task), _shown(task.created_at)


@tasks.command()
@options.task
@options.server
@options.output
@pass_screen
def get(screen: Screen, *, name: str, server: Server) -> None:
    """Show a task with the links to its results.

    The links are good for some minutes; reading the task again brings fresh ones.
    """
    with connected(server) as link:
        _show(screen, link.task(name))


@tasks.command()
@options.task
@options.timeout
@options.server
@options.output
@pass_screen
def wait(screen: Screen, *, name: str, timeout: float | None, server: Server) -> None:
    """Wait until a task has finished. Ctrl-C asks the server to cancel it."""
    with connected(server) as link:
        task = link.task(name)
        again = link.command("tasks", "wait", name_of(task))
        waiting.wait(screen, link, task, timeout=timeout, again=again)
        if not screen.json:
            screen.note(f"Fetch it: {link.command('tasks', 'download', name_of(task))}")
        _show(screen, task)


@tasks.command()
@options.task
@options.server
@options.output
@pass_screen
def cancel(screen: Screen, *, name: str, server: Server) -> None:
    """Cancel a task that has not finished."""
    with connected(server) as link:
        task = link.task(name)
        try:
            task.cancel()
        except errors.Conflict as error:
            succeeded = task.status == "succeeded"
            raise Stop(
                f"task {task.id} has {task.status} already and can't be cancelled",
                error=error,
                hints=(link.command("tasks", "download", name_of(task)),) if succeeded else (),
                task=task,
            ) from error
        _show(screen, task)


@tasks.command()
@options.task
@options.to
@options.force
@click.option(
    "--only",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="Only this output of several, such as 2; may be repeated.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(min=1),
    metavar="N",
    help="How large a file may be; 2 GiB where nothing says how large it is.",
)
@options.server
@options.output
@pass_screen
def download(
    screen: Screen,
    *,
    name: str,
    to: str,
    force: bool,
    only: tuple[int, ...],
    max_bytes: int | None,
    server: Server,
) -> None:
    """Download the results of a task.

    As often as you like: its links are renewed.
    """
    results.check_target(to, force=force)
    chosen = [n - 1 for n in only] or None
    with connected(server) as link:
        task = link.task(name)
        paths = results.download(
            screen, link, task, to, force=force, only=chosen, max_bytes=max_bytes
        )
        results.show(screen, task, paths)


def _show(screen: Screen, task: Task) -> None:
    if screen.json:
        screen.document(documents.of_task(task))
        return
    progress = "" if task.progress is None or task.done else f" {task.progress:.0f} %"
    facts = {
        "id": task.id,
        "status": f"{task.status}{progress}",
        "model": f"{task.model} ({task.provider})",
        "cost": _cost(task),
        "created": _shown(task.created_at),
        "started": _shown(task.started_at),
        "completed": _shown(task.completed_at),
        "error": "" if task.error is None else f"{task.error.code}: {task.error.message}",
    }
    screen.lines(f"{name + ':':<11}{value}" for name, value in facts.items() if value)
    screen.lines(f"{'result:':<11}{output.url}" for output in task.outputs)


def _cost(task: Task) -> str:
    from modelhunter.estimates import in_usd

    return "" if task.cost is None else in_usd(task.cost)


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
