"""The pytest plugin that runs the tests of each mutant in a child of its own.

Tests are collected once. A first round notes, test by test, which lines of the modules it runs; a
mutant is then shown only to the tests that come by its line, the quickest first, until one fails.
"""

from __future__ import annotations

import importlib
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from _pytest.runner import runtestprotocol
from attrs import define, field, frozen

from mutants.loading import executed, put_in_place
from mutants.operators import mutants, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pytest

    from mutants.operators import Mutant

_BEAT, _END = b".", b"!"
"""What a child writes as each test begins, and before what it found."""
_EXAMPLES = 60
_LEAST = 20.0
"""Seconds that a test may take with a mutant, however quick it is without it."""


@frozen
class Profile:
    """What one test did without a mutant."""

    passed: bool
    seconds: float
    lines: dict[str, set[int]]
    """By file: the lines that it ran."""


@frozen
class Ended:
    """A child that came to its end and said what it found."""

    value: Any


@frozen
class Died:
    """A child that ended without an answer: ``status`` is what the system says of it."""

    status: int


class TookTooLong:
    """A child that was stopped."""


Task = Callable[[Callable[[], object]], Any]
"""What a child does; it calls what it is given to show that it goes on."""
Outcome = Ended | Died | TookTooLong
"""How a child ended."""


@define
class Campaign:
    """Runs the mutants of some modules: {name: file}."""

    modules: dict[str, Path]
    jobs: int = 2
    killed: list[Mutant] = field(factory=list)
    """A test failed, or the module could not be imported any more."""
    ended: list[tuple[Mutant, Died | TookTooLong]] = field(factory=list)
    """The tests came to no end, or to a sudden one, twice: whoever runs them sees it."""
    survived: list[tuple[Mutant, int]] = field(factory=list)
    """With the number of tests that ran its line: 0 where none did."""
    broken: list[str] = field(factory=list)
    """What says that a module can't be judged: also unchanged its tests fail."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the campaign in the place of the tests."""
        if session.testsfailed:
            raise session.Interrupted("the tests can't be collected")
        capture = session.config.pluginmanager.getplugin("capturemanager")
        for item in session.items:
            _shorten(item)
        for name in self.modules:  # tests may import one only as they run
            importlib.import_module(name)
        with capture.global_and_fixture_disabled():
            profiles = self._profiles(session.items)
            for name, path in self.modules.items():
                if self._stands_unchanged(name, path, session.items, profiles):
                    self._run(name, path, session.items, profiles)
        return True

    def _profiles(self, items: list[pytest.Item]) -> list[Profile]:
        files = {str(path) for path in self.modules.values()}
        profiles: list[Profile] = [Profile(False, 0.0, {})] * len(items)

        def done(index: int, found: Outcome) -> None:
            if isinstance(found, Ended):
                profiles[index] = found.value
            if not profiles[index].passed:
                print(f"without a mutant this fails, and is not used: {items[index].nodeid}")

        tasks = [
            (index, lambda beat, item=item: _profile(item, files))
            for index, item in enumerate(items)
        ]
        _in_children(tasks, self.jobs, lambda _: 120.0, done)
        return profiles

    def _stands_unchanged(
        self, name: str, path: Path, items: list[pytest.Item], profiles: list[Profile]
    ) -> bool:
        """Whether the tests pass with the module put in its own place as a mutant is."""
        plan = [
            index for index, one in enumerate(profiles) if one.passed and str(path) in one.lines
        ]
        found: list[Outcome] = []
        same = unchanged(name, path)
        task = (0, lambda beat: _fate(same, [items[index] for index in plan], beat))
        limit = _limit(plan, profiles)
        _in_children([task], 1, lambda _: limit, lambda _, outcome: found.append(outcome))
        if found == [Ended(None)]:
            return True
        self.broken.append(f"{name}: unchanged, but put in its place as mutants are: {found[0]}")
        return False

    def _run(
        self, name: str, path: Path, items: list[pytest.Item], profiles: list[Profile]
    ) -> None:
        made = list(mutants(name, path))
        plans = [_plan(mutant, str(path), items, profiles) for mutant in made]
        began, survivors = time.monotonic(), len(self.survived)
        again: list[int] = []

        def limit(index: int) -> float:
            return _limit(plans[index], profiles)

        def first(index: int, found: Outcome) -> None:
            if isinstance(found, Ended):
                self._judge(made[index], found, len(plans[index]))
            else:  # that may be this machine's doing
                again.append(index)

        def second(index: int, found: Outcome) -> None:
            self._judge(made[index], found, len(plans[index]))

        def task(index: int) -> tuple[int, Task]:
            chosen = [items[place] for place in plans[index]]
            return index, lambda beat: _fate(made[index], chosen, beat)

        _in_children([task(index) for index in range(len(made))], self.jobs, limit, first)
        _in_children([task(index) for index in again], 1, lambda index: 2 * limit(index), second)
        alive = len(self.survived) - survivors
        took = time.monotonic() - began
        print(f"{name}: {len(made) - alive} of {len(made)} killed, in {took:.0f} s", flush=True)

    def _judge(self, mutant: Mutant, found: Outcome, tests: int) -> None:
        if not isinstance(found, Ended):
            self.ended.append((mutant, found))
        elif found.value is None:
            self.survived.append((mutant, tests))
        else:
            self.killed.append(mutant)


def _plan(
    mutant: Mutant, path: str, items: list[pytest.Item], profiles: list[Profile]
) -> list[int]:
    """The tests that a mutant is shown to. What runs on import is shown to all of the module's."""
    found = [
        index
        for index in range(len(items))
        if profiles[index].passed
        and (lines := profiles[index].lines.get(path))
        and (not mutant.lines or mutant.lines & lines)
    ]
    return sorted(found, key=lambda index: profiles[index].seconds)


def _limit(plan: list[int], profiles: list[Profile]) -> float:
    """Seconds that one of these tests may take."""
    return _LEAST + 5 * max((profiles[index].seconds for index in plan), default=0.0)


def _profile(item: pytest.Item, files: set[str]) -> Profile:
    lines: dict[str, set[int]] = {}

    def enter(frame: Any, event: str, argument: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in files:
            return None
        seen = lines.setdefault(name, set())
        seen.add(frame.f_lineno)

        def step(frame: Any, event: str, argument: Any) -> Any:
            seen.add(frame.f_lineno)
            return step

        return step

    began = time.monotonic()
    threading.settrace(enter)
    sys.settrace(enter)
    passed = _passes(item)
    sys.settrace(None)
    return Profile(passed, time.monotonic() - began, lines)


def _shorten(item: pytest.Item) -> None:
    """Let a property be tried with few examples, as it is tried for many mutants."""
    from hypothesis import settings  # pytest wants to be the first to import it

    function = getattr(item, "obj", None)
    known = getattr(function, "_hypothesis_internal_use_settings", None)
    if known is not None and known.max_examples > _EXAMPLES:
        made = settings(known, max_examples=_EXAMPLES)
        target = getattr(function, "__func__", function)
        target._hypothesis_internal_use_settings = made


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, nextitem=None, log=False)
    return not any(report.failed for report in reports)


def _fate(mutant: Mutant, items: Iterable[pytest.Item], beat: Callable[[], object]) -> str | None:
    """What notices a mutant: the first test that fails, or its own import; None where nothing does.

    An error in putting it in the module's place is the campaign's own, and ends the child.
    """
    try:
        made = executed(mutant.tree, mutant.module)
    except Exception as error:
        return f"import: {error!r}"
    put_in_place(made, mutant.module)
    for item in items:
        beat()
        if not _passes(item):
            return item.nodeid
    return None


def _in_children(
    tasks: Sequence[tuple[int, Task]],
    jobs: int,
    limit: Callable[[int], float],
    done: Callable[[int, Outcome], None],
) -> None:
    """Run each task in a forked child, a few at a time, and tell how each one ended.

    One that gives no sign for as many seconds as ``limit`` says took too long.
    """
    waiting = list(reversed(tasks))
    running: dict[int, tuple[int, int, float, bytes]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            index, task = waiting.pop()
            reader, pid = _fork(task)
            running[reader] = (index, pid, time.monotonic() + limit(index), b"")
        ready, _, _ = select.select(list(running), [], [], 0.5)
        for reader, (index, pid, end, so_far) in list(running.items()):
            more = os.read(reader, 1 << 20) if reader in ready else None
            if more:
                running[reader] = (index, pid, time.monotonic() + limit(index), so_far + more)
            elif more is not None or time.monotonic() > end:
                os.close(reader)
                del running[reader]
                status = _end(pid)
                if more is None:
                    done(index, TookTooLong())
                else:
                    _, ended, data = so_far.partition(_END)
                    done(index, Ended(pickle.loads(data)) if ended else Died(status))  # noqa: S301


def _fork(task: Task) -> tuple[int, int]:
    reader, writer = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writer)
        return reader, pid
    status = 1
    try:
        os.setpgid(0, 0)
        os.close(reader)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        data = pickle.dumps(task(lambda: os.write(writer, _BEAT)))
        with os.fdopen(writer, "wb") as out:
            out.write(_END + data)
        status = 0
    finally:
        os._exit(status)


def _end(pid: int) -> int:
    """End a child and all that its tests started; its status, if it had ended already."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return status if ended else os.waitpid(pid, 0)[1]
