"""Waiting for a task, and what becomes of it when somebody presses Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter import errors
from modelhunter.cli import bars
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import name_of

if TYPE_CHECKING:
    from modelhunter import Task
    from modelhunter.cli.link import Link
    from modelhunter.cli.screen import Screen

DEFAULT_SECONDS = 1200.0


def wait(
    screen: Screen,
    link: Link,
    task: Task,
    *,
    timeout: float | None,
    again: str | None,
    expected: float | None = None,
    introduction: str | None = None,
) -> None:
    """Wait until a task has succeeded, and show how it goes.

    ``again`` is the command that goes on where this one ends, None where there is none;
    ``expected`` are the seconds it should take; the ``introduction`` is said first.

    Raises:
        Stop: it failed, was cancelled, takes too long, or Ctrl-C was pressed.
    """
    seconds = DEFAULT_SECONDS if timeout is None else timeout
    try:
        if introduction is not None:
            facts = {"task": task.id, "status": str(task.status), "token": task.resume_token()}
            screen.note(introduction, **facts)
        with bars.of_task(screen, task, expected) as show:
            task.wait(seconds, on_update=show)
    except errors.WaitTimeout as error:
        raise _unfinished(task, seconds, again, error) from error
    except errors.TaskError as error:
        raise Stop(str(error), error=error, task=task) from error
    except KeyboardInterrupt as error:
        raise give_up(screen, link, task, again, error) from error
    except errors.ModelHunterError as error:
        message = f"waiting for task {task.id} broke off, the task goes on: {error}"
        raise _lost_sight(link, task, message, again, error) from error


def _unfinished(task: Task, seconds: float, again: str | None, error: errors.WaitTimeout) -> Stop:
    message = f"task {task.id} is still {task.status} after {seconds:g} s"
    if error.__cause__ is not None:
        message += f" (but could not be read the last time: {error.__cause__})"
    if again is None:
        message += " and ends with this command, as its sandbox does; give it more --timeout"
        return Stop(message, error=error, task=task)
    message += "; it goes on, and nothing is lost"
    return Stop(message, error=error, hints=(again,), task=task)


def give_up(
    screen: Screen, link: Link, task: Task, again: str | None, error: KeyboardInterrupt
) -> Stop:
    """After Ctrl-C: ask the server to cancel, and say what became of the task."""
    try:
        screen.note(
            f"interrupted; asking the server to cancel {task.id} (Ctrl-C again: leave at once)"
        )
        task.cancel()
    except KeyboardInterrupt:
        message = f"left without an answer; task {task.id} may go on and be charged"
        return _lost_sight(link, task, message, again, error)
    except errors.Conflict:
        return _finished(link, task, error)
    except errors.Unsupported as trouble:
        return Stop(f"{trouble}; it goes on", error=error, hints=(again,), task=task)
    except errors.ModelHunterError as trouble:
        message = f"whether task {task.id} was cancelled could not be told ({trouble})"
        return _lost_sight(link, task, message, again, error)
    if task.status == "cancelled":
        message = f"task {task.id} was cancelled"
        return Stop(message, error=error, task=task)
    if task.done:
        return _finished(link, task, error)
    message = f"the server accepted the cancellation; task {task.id} is still {task.status}"
    return _lost_sight(link, task, message, again, error)


def _finished(link: Link, task: Task, error: BaseException) -> Stop:
    message = f"task {task.id} had {task.status} before it could be cancelled"
    succeeded = task.status == "succeeded"
    hints = (link.command("tasks", "download", name_of(task)),) if succeeded else ()
    return Stop(message, error=error, hints=hints, task=task)


def _lost_sight(
    link: Link, task: Task, message: str, again: str | None, error: BaseException
) -> Stop:
    """The task may go on: how to find it."""
    look, cancel = (link.command("tasks", word, name_of(task)) for word in ("get", "cancel"))
    return Stop(message, error=error, hints=(look, again, cancel), task=task)
