"""``modelhunter resume``: on from where a command or a program ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelhunter import errors
from modelhunter.cli import jobs, options, results
from modelhunter.cli.commands import Command
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import Link, Server, connected, is_id, is_token
from modelhunter.cli.options import pass_screen

if TYPE_CHECKING:
    from modelhunter import Task
    from modelhunter.cli.screen import Screen
    from modelhunter.jobs.tokens import SubmissionToken


def _read(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """The id or token that is given, or that a file or stdin holds."""
    if is_token(value):
        return value.strip()
    source = "stdin" if value == "-" else value
    try:
        if value == "-":
            value = "" if sys.stdin is None else sys.stdin.read()
        elif value and Path(value).exists():
            value = Path(value).read_text("utf-8")
    except OSError as error:
        message = f"{source} can't be read: {error.strerror}"
        raise click.BadParameter(message, ctx, param) from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{source} is no text", ctx, param) from None
    found = value.strip()
    if is_token(found) or is_id(found):
        return found
    if value == source:
        message = f"{source!r} is no task's id, no resume token, and no file that is there"
    elif len(found.splitlines()) > 1:
        message = f"{source} holds {len(found.splitlines())} lines; give one token or id at a time"
    else:
        message = f"{source} holds neither a resume token nor a task's id"
    raise click.BadParameter(message, ctx, param)


@click.command(
    cls=Command,
    examples=(
        "modelhunter resume task_k7m2 -o sunset.mp4",
        "modelhunter resume token.json --timeout 3600",
    ),
)
@click.argument("job", callback=_read)
@options.to
@options.force
@options.timeout
@click.option(
    "--resubmit",
    is_flag=True,
    help="Start the job once more if no task of it is found. A first one that turns up later than "
    "that is charged too.",
)
@options.server
@options.output
@pass_screen
def resume(
    screen: Screen,
    *,
    job: str,
    to: str,
    force: bool,
    timeout: float | None,
    resubmit: bool,
    server: Server,
) -> None:
    """Go on with a job that was begun before: find its task, wait for it, and download it.

    JOB is the id of a task, a resume token (which errors of this command and of programs carry), a
    file that holds one of them, or - for stdin.

    Ctrl-C asks the server to cancel the task.
    """
    submission = _submission(job)
    if resubmit and submission is None:
        raise click.UsageError("--resubmit is for tokens of submissions; this leads to a task")
    results.check_target(to, force=force)
    wanted = jobs.Wanted(to, force, timeout)
    with connected(server) as link:
        if submission is None:
            task = link.task(job)
        else:
            task = _found(screen, link, job, submission, wanted, resubmit=resubmit)
        introduction = f"{task.id}: {task.model}, {task.status}"
        paths = jobs.finish(screen, link, task, wanted, introduction=introduction)
        results.show(screen, task, paths)


def _submission(job: str) -> SubmissionToken | None:
    """The submission that a token leads to; None where it leads to a task."""
    if not is_token(job):
        return None
    from modelhunter.jobs.tokens import TaskToken, read

    token = read(job)
    return None if isinstance(token, TaskToken) else token


def _found(
    screen: Screen,
    link: Link,
    job: str,
    submission: SubmissionToken,
    wanted: jobs.Wanted,
    *,
    resubmit: bool,
) -> Task:
    what = f"{submission.model} ({submission.capability}), sent {submission.since}"
    try:
        screen.note(f"looking for the task of {what}")
        return link.client.resume(job, resubmit=resubmit)
    except KeyboardInterrupt as error:
        if resubmit:
            raise jobs.interrupted(screen, link, job, wanted, error) from error
        raise Stop(
            "interrupted while looking for the task; nothing was sent",
            error=error,
            hints=(wanted.resume(link, job),),
        ) from error
    except errors.SubmissionUnknown as error:
        why = error.__cause__ or f"no task of {what}, has turned up"
        raise jobs.unknown(link, job, wanted, why, error) from error
