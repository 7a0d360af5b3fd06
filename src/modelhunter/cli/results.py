"""Where results go, and fetching them."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import click

from modelhunter import documents, errors
from modelhunter.cli import bars
from modelhunter.cli.codes import Code
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from modelhunter import Task
    from modelhunter.cli.link import Link
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance

_SLASHES = tuple(mark for mark in (os.sep, os.altsep, "/") if mark)


def check_target(to: str, *, force: bool) -> None:
    """See that a result can be written, before it is paid for.

    Raises:
        click.UsageError: the file exists (unless ``force``), or its folder can't be written to;
        ConfigurationError: the address can't be used.
    """
    from modelhunter.flows.destinations import file_system, is_address, local_path

    if to == "-":
        raise click.UsageError("results don't go to stdout; name a file or a folder")
    if is_address(to):
        file_system(to)
        return
    if "\0" in to:
        raise click.UsageError(f"{to} can't be written: a name can't hold a NUL character")
    try:
        _check_path(to, local_path(to), force=force)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.UsageError(f"{to} can't be written: {why}") from None


def _check_path(to: str, path: Path, *, force: bool) -> None:
    """See that a file can be made there; OSError and ValueError say that it can't, too."""
    there = os.path.lexists(path)
    if there and not path.is_dir():
        if to.endswith(_SLASHES):
            raise click.UsageError(f"{to} is to be a folder, and {path} is a file")
        if not force:
            raise click.UsageError(f"{to} exists; --force overwrites it, -o takes another name")
        if path.exists() and not path.is_file():  # a device or a pipe, into which is written
            return
    folder = path if path.is_dir() else path.parent
    missing = [] if there else [path.name]
    while not os.path.lexists(folder) and folder != folder.parent:
        missing.append(folder.name)
        folder = folder.parent
    if not folder.is_dir():
        raise click.UsageError(f"{to} can't be written, as {folder} is no folder")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = f"{folder} takes no files: {error.strerror}"
        raise click.UsageError(f"{to} can't be written, {why}") from None
    try:
        for name in missing:  # each must be a name that is possible here
            trial = folder / name
            os.close(os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            trial.unlink()
    except FileExistsError:
        pass


def download(
    screen: Screen,
    link: Link,
    task: Task,
    to: str,
    *,
    force: bool,
    provenance: Provenance = None,
    only: Sequence[int] | None = None,
    max_bytes: int | None = None,
) -> list[str]:
    """Fetch the results of a task; returns where they are: files, or the address given.

    ``provenance`` says where records of how they were made go, ``only`` are places in the task's
    outputs (None: all of them), ``max_bytes`` is what one may have.

    Raises:
        Stop: there is nothing to fetch, it failed, or a file is in the way.
    """
    try:
        if not task.outputs:
            task.refresh()
        _check_free(link, task, to, only, force=force, provenance=provenance)
        with bars.of_bytes(screen, "downloading") as progress:
            paths = task.download(
                to,
                only=only,
                max_bytes=max_bytes,
                provenance=provenance,
                on_progress=progress,
            )
            return [str(path) for path in paths] or [to]
    except errors.NoResult as error:
        raise _nothing_there(
            link, task, error, words(to, force=force, provenance=provenance)
        ) from error
    except errors.TaskError as error:
        raise Stop(str(error), error=error, task=task) from error
    except (errors.ModelHunterError, OSError, KeyboardInterrupt) as error:
        why = f"could not be downloaded ({_why(error)})"
        again = words(to, force=force, provenance=provenance)
        raise _not_fetched(link, task, why, again, error) from error


def _why(error: BaseException) -> BaseException | str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    cause = error.__cause__ if isinstance(error, errors.DownloadFailed) else None
    return cause or error


def _check_free(
    link: Link,
    task: Task,
    to: str,
    only: Sequence[int] | None,
    *,
    force: bool,
    provenance: Provenance,
) -> None:
    from modelhunter.flows.destinations import is_address, targets
    from modelhunter.provenance.record import sidecar_of

    count = len(task.outputs)
    if count and not all(n < count for n in only or ()):
        message = f"task {task.id} has {count} outputs; --only is a number up to {count}"
        raise Stop(message, code=Code.WRONG, task=task)
    if force or is_address(to) or not count:
        return
    paths = targets(task, to, only)
    records = [sidecar_of(path) for path in paths] if provenance is not None else []
    taken = [path for path in (*paths, *records) if path.exists()]
    if taken:
        why = f"was not downloaded, as {taken[0]} exists (-o takes another name)"
        raise _not_fetched(link, task, why, words(to, force=True, provenance=provenance))


def _not_fetched(
    link: Link, task: Task, why: str, again: Sequence[str], error: BaseException | None = None
) -> Stop:
    message = f"task {task.id} has succeeded and its result {why}"
    if not link.one_off:
        message += "; nothing is lost"
    hint = link.command("tasks", "download", name_of(task), *again)
    return Stop(message, error=error, hints=(hint,), task=task)


def words(to: str, *, force: bool, provenance: Provenance = None) -> list[str]:
    """The options of a command that say where results go."""
    where = [] if to == "." else ["-o", to]
    records = [] if provenance is None else ["--provenance", provenance]
    return [*where, *(["--force"] if force else []), *records]


def _nothing_there(link: Link, task: Task, error: errors.NoResult, again: Sequence[str]) -> Stop:
    if task.done:
        return Stop(f"task {task.id} is {task.status} and has no result", error=error, task=task)
    return Stop(
        f"task {task.id} is {task.status}; there is nothing to download yet",
        error=error,
        code=Code.UNFINISHED,
        hints=(link.command("resume", name_of(task), *again),),
        task=task,
    )


def document(task: Task, paths: Sequence[str]) -> dict[str, Any]:
    """The same as JSON."""
    return {"task": documents.of_task(task), "files": list(paths)}


def show(screen: Screen, task: Task, paths: Sequence[str], **further: Any) -> None:
    """Show where the results of a task are; ``further`` goes with it in JSON.

    With ``--open`` they are opened too.
    """
    if screen.opens:
        for path in paths:
            click.launch(path)
    if screen.json:
        screen.document({**document(task, paths), **further})
        return
    if task.cost is not None:
        from modelhunter.estimates import in_usd

        screen.note(f"{task.id}: {task.status}, cost {in_usd(task.cost)}")
    screen.lines(paths)
