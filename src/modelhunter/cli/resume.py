"""``modelhunter resume``: on from where a command or a program ended."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve
from click.core import ParameterSource

from modelhunter import errors
from modelhunter.cli import jobs, left, options, results
from modelhunter.cli.commands import Command
from modelhunter.cli.failures import Stop, failure
from modelhunter.cli.link import Link, Server, connected, is_id, is_token
from modelhunter.cli.options import pass_screen
from modelhunter.cli.quoting import quoted

if TYPE_CHECKING:
    from modelhunter import Task
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance
    from modelhunter.jobs.tokens import SubmissionToken


def _read(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The id or token that is given, or that a file or stdin holds."""
    if value is None:
        return None
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
    found = (value or "").strip()
    if is_token(found) or is_id(found):
        return found
    if value == source:
        message = f"{quoted(source)} is no task's id, no resume token, and no file that is there"
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
@click.argument("job", callback=_read, required=False)
@click.option("--last", is_flag=True, help="Only the last of the jobs that were left.")
@options.to
@options.force
@options.provenance
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
    job: str | None,
    last: bool,
    to: str,
    force: bool,
    provenance: Provenance,
    timeout: float | None,
    resubmit: bool,
    server: Server,
) -> None:
    """Go on with a job that was begun before: find its task, wait for it, and download it.

    JOB is the id of a task, a resume token (which errors of this command and of programs carry), a
    file that holds one of them, or - for stdin. Without it, these are the jobs that `modelhunter
    generate` has left on this machine, by being killed for example.

    Ctrl-C asks the server to cancel the task.
    """
    wanted = jobs.Wanted(to, force, timeout, provenance)
    if job is None:
        _take_up_left(screen, wanted, server, last=last, resubmit=resubmit)
        return
    if last:
        raise click.UsageError("--last stands for a job that was left; leave JOB out")
    if resubmit and _submission(job) is None:
        raise click.UsageError("--resubmit is for tokens of submissions; this leads to a task")
    results.check_target(to, force=force)
    with connected(server) as link:
        task, paths = _go_on(screen, link, job, wanted, resubmit=resubmit)
        left.forget(job)
        left.forget(task.id)
        results.show(screen, task, paths)


def _take_up_left(
    screen: Screen, wanted: jobs.Wanted, server: Server, *, last: bool, resubmit: bool
) -> None:
    """List the jobs that were left, and go on with each, as it was begun."""
    found = left.found()[: 1 if last else None]
    for one in found:
        screen.note(f"left: {_described(one)}")
    if not found:
        screen.note("No job was left.")
    done: list[dict[str, Any]] = []
    troubles: list[Exception] = []
    for one in found:
        try:
            done += _taken_up(screen, one, wanted, server, resubmit=resubmit)
        except (Stop, errors.ModelHunterError, click.UsageError, OSError) as error:
            if len(found) == 1:
                raise
            troubles.append(error)
            screen.note(failure(error).text())
    if screen.json:
        screen.document(done)
    if troubles:
        message = f"{len(troubles)} of {len(found)} jobs that were left have not come to an end"
        raise Stop(message, code=failure(troubles[0]).code, hints=("modelhunter resume",))


def _taken_up(
    screen: Screen, one: left.Left, given: jobs.Wanted, server: Server, *, resubmit: bool
) -> list[dict[str, Any]]:
    """Go on with a job that was left; what became of it, or nothing if another command has it."""
    context = click.get_current_context()
    elsewhere = context.get_parameter_source("to") == ParameterSource.COMMANDLINE
    wanted = evolve(
        given,
        to=given.to if elsewhere else one.wanted.to,
        force=given.force or one.wanted.force,
        provenance=given.provenance or one.wanted.provenance,
    )
    results.check_target(wanted.to, force=wanted.force)
    there = server if server.base_url is not None else one.server
    with connected(there) as link, left.Kept(screen, link, wanted, one.path) as kept:
        if not kept.take_up():
            screen.note("another command works on it")
            kept.path = None
            return []
        again = resubmit and _submission(one.token) is not None
        try:
            task, paths = _go_on(screen, link, one.token, wanted, resubmit=again)
        except (Stop, errors.ModelHunterError):
            screen.note(f"to let go of the job, remove {one.path}")
            raise
    if not screen.json:
        results.show(screen, task, paths)
    return [results.document(task, paths)]


def _described(one: left.Left) -> str:
    from modelhunter.jobs.tokens import SubmissionToken, read

    try:
        token = read(one.token)
    except errors.BadToken as error:
        return f"{one.path}: {error}"
    what = (
        token.id
        if not isinstance(token, SubmissionToken)
        else f"{token.model} ({token.capability})"
    )
    when = datetime.fromtimestamp(one.begun).astimezone()
    return f"{what}, begun {when:%Y-%m-%d %H:%M:%S}, for {one.wanted.to}"


def _go_on(
    screen: Screen, link: Link, job: str, wanted: jobs.Wanted, *, resubmit: bool
) -> tuple[Task, list[str]]:
    """Find the task of a job, wait for it and download it."""
    submission = _submission(job)
    if submission is None:
        task = link.first_read(job, wanted.resume(link, job))
    else:
        task = _found(screen, link, job, submission, wanted, resubmit=resubmit)
    introduction = f"{task.id}: {task.model}, {task.status}"
    return task, jobs.finish(screen, link, task, wanted, introduction=introduction)


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
