"""``modelhunter tasks``: the tasks of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from modelhunter import documents, errors
from modelhunter.cli import left, options, results, waiting
from modelhunter.cli.commands import Group, WrongUsage, line
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import Server, connected, name_of
from modelhunter.cli.options import pass_screen
from modelhunter.cli.quoting import quoted
from modelhunter.cli.values import Moment, ProviderName, Status, Whole
from modelhunter.plugins.messages import hint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from modelhunter import Task
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance

_SOME = 20
"""Tasks that are listed where nobody says how many."""


class _Tasks(Group):
    """Takes a task's id without ``get`` for what it is."""

    def also_meant(self, ctx: click.Context, name: str, rest: Sequence[str]) -> list[str]:
        return [line("tasks", "get", name)] if name.startswith("task_") else []


@click.group(
    cls=_Tasks,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=("modelhunter tasks list", "modelhunter tasks download task_k7m2 -o sunset.mp4"),
)
@click.pass_context
def tasks(ctx: click.Context) -> None:
    """List, read, wait for, cancel and download tasks."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@tasks.command(
    "list",
    examples=(
        "modelhunter tasks list --status failed --after 2026-05-31",
        "modelhunter tasks list --provider {provider} --all --json",
    ),
)
@click.option(
    "--status", type=Status(), metavar="S", help="Only these: pending, running, succeeded, …"
)
@click.option(
    "--provider", type=ProviderName(), metavar="NAME", help="Only those of this provider."
)
@click.option("--model", metavar="ID", help="Only those of this model.")
@click.option("--after", type=Moment(), metavar="DATE", help="Only those created after this.")
@click.option("--before", type=Moment(), metavar="DATE", help="Only those created before this.")
@click.option("--prefix", metavar="ID", help="Only those whose id begins like this.")
@click.option("--limit", type=Whole(1), metavar="N", help=f"How many at most; by default {_SOME}.")
@click.option("--all", "every", is_flag=True, help="All of them, however many.")
@options.server
@options.output
@pass_screen
def list_tasks(
    screen: Screen, *, limit: int | None, every: bool, server: Server, **filters: Any
) -> None:
    """List tasks, newest first."""
    if every and limit is not None:
        raise WrongUsage("--all and --limit exclude each other", click.get_current_context())
    after, before = filters.pop("after"), filters.pop("before")
    if after is not None and before is not None and after >= before:
        raise WrongUsage("--after is not before --before", click.get_current_context())
    most = None if every else limit or _SOME
    with connected(server) as link:
        found = list(
            link.client.tasks.list(
                status=filters["status"],
                provider=filters["provider"],
                model=filters["model"],
                created_after=after,
                created_before=before,
                id_prefix=filters["prefix"],
                limit=None if most is None else most + 1,
            )
        )
    more = most is not None and len(found) > most
    found = found[:most]
    if screen.json:
        screen.document({"tasks": [documents.of_task(task) for task in found], "more": more})
        return
    if not found:
        screen.note(_none(server, filters["model"]))
        return
    headings = ("ID", "STATUS", "MODEL", "COST", "CREATED")
    screen.table(headings, [_row(task) for task in found])
    if more:
        screen.note(f"There are more; --all shows them, --limit {len(found) * 5} shows some.")


def _none(server: Server, model: str | None) -> str:
    """What to say where no task was found."""
    if server.sandbox:
        return (
            "There are no tasks, as the sandbox of one command begins empty; `modelhunter sandbox` "
            "in another terminal keeps its tasks."
        )
    if model is None:
        return "There are no such tasks."
    from modelhunter.plugins.registry import default_registry

    try:
        default_registry().model(model)
    except errors.UnknownModel as error:
        near = hint(error.suggestions)
        return f"There are no such tasks, and no installed plugin has {quoted(model)}{near}"
    return "There are no such tasks."


def _row(task: Task) -> tuple[str, ...]:
    running = not task.done and task.progress is not None
    status = f"{task.status} {task.progress:.0f} %" if running else str(task.status)
    return task.id, status, task.model, _cost(task), _shown(task.created_at)


@tasks.command(examples=("modelhunter tasks get task_k7m2",))
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


@tasks.command(examples=("modelhunter tasks wait task_k7m2 --timeout 600",))
@options.task
@options.timeout
@options.server
@options.output
@pass_screen
def wait(screen: Screen, *, name: str, timeout: float | None, server: Server) -> None:
    """Wait until a task has finished. Ctrl-C asks the server to cancel it."""
    with connected(server) as link:
        task = link.first_read(name, link.command("tasks", "wait", name))
        again = link.command("tasks", "wait", name_of(task))
        waiting.wait(screen, link, task, timeout=timeout, again=again)
        if not screen.json:
            screen.note(f"Fetch it: {link.command('tasks', 'download', name_of(task))}")
        _show(screen, task)


@tasks.command(examples=("modelhunter tasks cancel task_k7m2",))
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


@tasks.command(examples=("modelhunter tasks download task_k7m2 -o results/",))
@options.task
@options.to
@options.force
@options.opened
@options.provenance
@click.option(
    "--only",
    type=Whole(1),
    multiple=True,
    metavar="N",
    help="Only this output of several, such as 2; may be repeated.",
)
@click.option(
    "--max-bytes",
    type=Whole(1),
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
    provenance: Provenance,
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
            screen,
            link,
            task,
            to,
            force=force,
            provenance=provenance,
            only=chosen,
            max_bytes=max_bytes,
        )
        left.forget(task.id)
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
    screen.lines(f"{'result:':<11}{_link(output.url)}" for output in task.outputs)


def _link(url: str) -> str:
    """An address as a line shows it: a ``data:`` one is the file itself."""
    if url[:5].lower() != "data:":
        return url
    return f"{url.partition(',')[0]} (in the answer; modelhunter tasks download writes it)"


def _cost(task: Task) -> str:
    from modelhunter.estimates import in_usd

    return "" if task.cost is None else in_usd(task.cost)


def _shown(moment: datetime | None) -> str:
    if moment is None:
        return ""
    try:
        return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):  # a year that this machine's zone does not have
        return moment.isoformat(" ", "seconds")
