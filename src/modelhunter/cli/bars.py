"""How the work goes on, on stderr: a bar for somebody who watches, lines for a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from modelhunter.cli.quoting import plain

if TYPE_CHECKING:
    from rich.progress import Progress

    from modelhunter import Task
    from modelhunter.cli.screen import Screen

_EVERY = 10.0
"""Seconds between two lines of a log that tell nothing but progress."""

Advance = Callable[[int, int | None], object]


@contextmanager
def of_task(screen: Screen, task: Task, expected: float | None) -> Iterator[Callable[[Task], None]]:
    """Shows a task that is waited for; call what this gives with each change.

    ``expected`` are the seconds that it should take in all.
    """
    if not screen.live:
        yield _log(screen)
        return
    of_all = "" if expected is None else f"of about {minutes(expected)}"
    with bar_of("{task.fields[percent]}", elapsed=True, end="{task.fields[of_all]}") as progress:
        row = progress.add_task(_status(task), total=None, percent="", of_all=of_all)

        def show(task: Task) -> None:
            done = _percent(task)
            total, percent = (None, "") if done is None else (100, f"{done:.0f} %")
            progress.update(
                row, description=_status(task), completed=done or 0, total=total, percent=percent
            )

        show(task)
        yield show


@contextmanager
def of_bytes(screen: Screen, what: str) -> Iterator[Advance | None]:
    """Shows a transfer; call what this gives with the bytes done and the bytes in all.

    Gives None where nobody watches.
    """
    if not screen.live:
        yield None
        return
    with bar_of("{task.fields[size]}", elapsed=False, end="") as progress:
        row = progress.add_task(what, total=None, size="")

        def show(done: int, total: int | None) -> None:
            size = (
                _megabytes(done) if total is None else f"{_megabytes(done)} of {_megabytes(total)}"
            )
            progress.update(row, completed=done, total=total, size=size)

        yield show


def bar_of(number: str, *, elapsed: bool, end: str) -> Progress:
    """A moving bar on stderr with these columns; it is gone at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    def text(template: str) -> TextColumn:
        column = Column(no_wrap=True, overflow="ellipsis")
        return TextColumn(template, markup=False, table_column=column)

    columns: list[ProgressColumn] = [text("{task.description}"), BarColumn(), text(number)]
    if elapsed:
        columns.append(TimeElapsedColumn())
    if end:
        columns.append(text(end))
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    return Bar(*columns, console=console, transient=True)


def _log(screen: Screen) -> Callable[[Task], None]:
    """Writes a line for each state of a task, and now and then for its progress."""
    began = monotonic()
    said: tuple[str, float] | None = None

    def log(task: Task) -> None:
        nonlocal said
        now, status = monotonic(), str(task.status)
        if task.done or (said is not None and said[0] == status and now < said[1] + _EVERY):
            return
        said = status, now
        done = _percent(task)
        percent = "" if done is None else f" {done:.0f} %"
        text = f"{task.id}: {_status(task)}{percent} after {minutes(now - began)}"
        screen.note(text, task=task.id, status=status, progress=done)

    return log


def _status(task: Task) -> str:
    return plain(str(task.status))


def _percent(task: Task) -> float | None:
    return None if task.progress is None else min(100.0, max(0.0, task.progress))


def minutes(seconds: float) -> str:
    """A time as ``1:05``."""
    whole, rest = divmod(int(seconds), 60)
    return f"{whole}:{rest:02}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
