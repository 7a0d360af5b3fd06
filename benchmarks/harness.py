"""Measuring contestants fairly on a machine that has other things to do.

They take turns, round by round, and the order rotates. A round's samples are compared with each
other; medians over the rounds are what counts. A contestant that fails takes no further part and
says why in the table.
"""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Work = Callable[[], object]
T = TypeVar("T")

PROCESSES = multiprocessing.get_context("spawn")
_PATIENCE = 60.0
"""Seconds for one answer of a contestant's process."""


class NotRun(Exception):
    """A contestant could not be measured; the message is the reason."""


@frozen
class Spread:
    """Several samples of one thing."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """The spread of at least one sample."""
        return cls(statistics.median(samples), min(samples), max(samples))

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} ({self.low:{spec}}–{self.high:{spec}})"


@frozen
class Figure:
    """One table: what was measured, how, what it should be, and the rows."""

    title: str
    method: str
    target: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def race(contestants: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T] | NotRun]:
    """A sample of each contestant per round, after a round that does not count.

    Who fails has the reason instead of samples.
    """
    samples: dict[str, list[T]] = {name: [] for name in contestants}
    fallen: dict[str, NotRun] = {}
    names = list(contestants)
    for turn in range(rounds + 1):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            if name in fallen:
                continue
            try:
                sample = contestants[name]()
            except Exception as error:
                fallen[name] = error if isinstance(error, NotRun) else NotRun(short(error))
                continue
            if turn:
                samples[name].append(sample)
    return {name: fallen.get(name, samples[name]) for name in names}


def short(error: BaseException) -> str:
    """An error in one line that fits a table."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[-1]}"[:100].replace("|", "/")


def ratios(samples: Sequence[float], baseline: Sequence[float] | NotRun) -> str:
    """The ratio to the baseline, round by round, as a cell."""
    if isinstance(baseline, NotRun):
        return "–"
    return f"{Spread.of([a / b for a, b in zip(samples, baseline, strict=True)]):.2f}"


def compare(
    contestants: Mapping[str, Callable[[], float]], baseline: str, rounds: int, *, unit: float
) -> list[list[str]]:
    """Rows of name, sample in units, ratio to the baseline."""
    outcomes = race(contestants, rounds)
    return [
        [name, f"not run: {outcome}", ""]
        if isinstance(outcome, NotRun)
        else [
            name,
            f"{statistics.median(outcome) / unit:.0f}",
            ratios(outcome, outcomes[baseline]),
        ]
        for name, outcome in outcomes.items()
    ]


# ------------------------------------------------------------------- a process for each contestant


@contextmanager
def cpu_of(prepare: Callable[..., Work], *args: Any, repeats: int) -> Iterator[Callable[[], float]]:
    """What gives the CPU seconds of one piece of work, done in a process of its own.

    ``prepare`` is called there, with ``args``, and returns the work; what it imports or leaves to
    the garbage collector burdens no other contestant.
    """
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_work, args=(theirs, prepare, args, repeats), daemon=True)
    process.start()
    theirs.close()

    def sample() -> float:
        try:
            ours.send(None)
            if not ours.poll(_PATIENCE):
                raise NotRun(f"no answer within {_PATIENCE:g} s")
            answer = ours.recv()
        except (EOFError, BrokenPipeError):
            raise NotRun("its process ended") from None
        if isinstance(answer, str):
            raise NotRun(answer)
        return float(answer)

    try:
        yield sample
    finally:
        ours.close()
        process.join(_PATIENCE)
        process.kill()


def _work(
    line: Connection, prepare: Callable[..., Work], args: tuple[Any, ...], repeats: int
) -> None:
    """Work whenever the other side asks; end when it hangs up."""
    try:
        work = prepare(*args)
        while True:
            line.recv()
            gc.collect()
            began = time.process_time()
            for _ in range(repeats):
                work()
            line.send((time.process_time() - began) / repeats)
    except EOFError:
        return
    except Exception as error:
        line.send(short(error))
