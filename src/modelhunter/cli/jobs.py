"""From a job that was sent to its files, and what to say when it can't be told whether it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter import documents
from modelhunter.cli import results, waiting
from modelhunter.cli.failures import Stop
from modelhunter.cli.link import name_of

if TYPE_CHECKING:
    from modelhunter import Task
    from modelhunter.cli.link import Link
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance


@frozen
class Wanted:
    """What is to become of a job: where its results and records go, and the seconds to wait."""

    to: str
    force: bool
    timeout: float | None
    provenance: Provenance = None

    def resume(self, link: Link, job: str) -> str | None:
        """The command that goes on with a job, an id or a token, in the same way."""
        where = results.words(self.to, force=self.force, provenance=self.provenance)
        return link.command("resume", job, *where)


def finish(
    screen: Screen,
    link: Link,
    task: Task,
    wanted: Wanted,
    *,
    introduction: str,
    expected: float | None = None,
) -> list[str]:
    """Wait for a task and fetch its results; returns where they are.

    ``expected`` are the seconds it should take; the ``introduction`` is said first.

    Raises:
        Stop: it did not succeed, its results could not be fetched, or Ctrl-C was pressed.
    """
    again = wanted.resume(link, name_of(task))
    if task.via is not None:
        introduction += f"\nif this ends early, go on with: {again}"
    waiting.wait(
        screen,
        link,
        task,
        timeout=wanted.timeout,
        again=again,
        expected=expected,
        introduction=introduction,
    )
    return results.download(
        screen, link, task, wanted.to, force=wanted.force, provenance=wanted.provenance
    )


def leave(
    screen: Screen,
    link: Link,
    task: Task,
    wanted: Wanted,
    *,
    introduction: str,
    estimate: dict[str, Any] | None,
) -> None:
    """Let a task run on its own: print what finds it again, and say how to go on."""
    name = name_of(task)
    again = wanted.resume(link, name)
    if screen.json:
        document = {"task": documents.of_task(task), "token": task.resume_token()}
        screen.document({**document, "estimate": estimate, "resume": again})
        return
    screen.note(f"{introduction}\nIt goes on by itself; to wait for it and download it:\n  {again}")
    screen.lines([name])


def interrupted(
    screen: Screen, link: Link, token: str, wanted: Wanted, error: KeyboardInterrupt
) -> Stop:
    """After Ctrl-C while a job was being sent: look for its task, and cancel it."""
    from modelhunter.errors import ModelHunterError

    try:
        screen.note(
            "interrupted while the job was being sent; looking for its task "
            "(Ctrl-C again: leave at once)"
        )
        task = link.client.resume(token)
    except (KeyboardInterrupt, ModelHunterError):
        return unknown(link, token, wanted, "interrupted", error)
    return waiting.give_up(screen, link, task, wanted.resume(link, name_of(task)), error)


def unknown(link: Link, token: str, wanted: Wanted, why: object, error: BaseException) -> Stop:
    """The end of a command that can't tell whether a job was started."""
    message = f"it can't be told whether the job was started: {why}"
    again = wanted.resume(link, token)
    if again is None:
        return Stop(message, error=error)
    return Stop(
        f"{message}. It was not sent again. This looks for it, and with --resubmit starts it once "
        "more if it is not there",
        error=error,
        hints=(again,),
        token=token,
    )
