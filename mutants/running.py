"""The pytest plugin that runs the tests of each mutant in a child of its own.

Tests are collected once. A first round notes, test by test, which lines of the modules it runs; a
mutant is then shown only to the tests that come by its line, the quickest first, until one fails.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from _pytest.runner import runtestprotocol
from attrs import define, field, frozen

from mutants.loading import apply
from mutants.operators import mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pytest

    from mutants.operators import Mutant

_EXAMPLES = 60
_LEAST = 20.0
"""Seconds that the tests of a mutant may take, however quick they are without it."""


@frozen
class Profile:
    """What one test did without a mutant."""

    passed: bool
    seconds: float
    lines: dict[str, set[int]]
    """By file: the lines that it ran."""


@define
class Campaign:
    """Runs the mutants of some modules: {name: file}."""

    modules: dict[str, Path]
    jobs: int = 2
    killed: list[Mutant] = field(factory=list)
    survived: list[tuple[Mutant, int]] = field(factory=list)
    """With the number of tests that ran its line."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the campaign in the place of the tests."""
        if session.testsfailed:
            raise session.Interrupted("the tests can't be collected")
        capture = session.config.pluginmanager.getplugin("capturemanager")
        for item in session.items:
            _shorten(item)
        with capture.global_and_fixture_disabled():
            profiles = self._profiles(session.items)
            for name, path in self.modules.items():
                self._run(name, path, session.items, profiles)
        return True

    def _profiles(self, items: list[pytest.Item]) -> list[Profile]:
        files = {str(path) for path in self.modules.values()}
        profiles: list[Profile] = [Profile(False, 0.0, {})] * len(items)

        def done(index: int, found: Any) -> None:
            if found is not None:
                profiles[index] = found
            if found is None or not found.passed:
                print(f"without a mutant this fails, and is not used: {items[index].nodeid}")

        tasks = [
            (index, lambda item=item: _profile(item, files)) for index, item in enumerate(items)
        ]
        _in_children(tasks, self.jobs, lambda _: 120.0, done)
        return profiles

    def _run(
        self, name: str, path: Path, items: list[pytest.Item], profiles: list[Profile]
    ) -> None:
        made = list(mutants(name, path))
        plans = [_plan(mutant, str(path), items, profiles) for mutant in made]
        seconds = [sum(profiles[index].seconds for index in plan) for plan in plans]
        began, survivors = time.monotonic(), len(self.survived)

        def done(index: int, found: Any) -> None:
            mutant = made[index]
            if found is None or found:  # it hung, or broke the child, or a test failed
                self.killed.append(mutant)
            else:
                self.survived.append((mutant, len(plans[index])))

        tasks = [
            (index, lambda m=mutant, p=plan: _is_killed(m, [items[i] for i in p]))
            for index, (mutant, plan) in enumerate(zip(made, plans, strict=True))
        ]
        _in_children(tasks, self.jobs, lambda index: _LEAST + 5 * seconds[index], done)
        alive = len(self.survived) - survivors
        took = time.monotonic() - began
        print(f"{name}: {len(made) - alive} of {len(made)} killed, in {took:.0f} s", flush=True)


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


def _is_killed(mutant: Mutant, items: Iterable[pytest.Item]) -> bool:
    try:
        apply(mutant.tree, mutant.module)
    except Exception:  # it can't even be imported
        return True
    return not all(_passes(item) for item in items)


def _in_children(
    tasks: list[tuple[int, Callable[[], Any]]],
    jobs: int,
    limit: Callable[[int], float],
    done: Callable[[int, Any], None],
) -> None:
    """Run each task in a forked child, a few at a time; None for one that died or took too long."""
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
                running[reader] = (index, pid, end, so_far + more)
            elif more is not None or time.monotonic() > end:
                os.close(reader)
                del running[reader]
                _end(pid)
                done(index, pickle.loads(so_far) if more is not None and so_far else None)  # noqa: S301


def _fork(task: Callable[[], Any]) -> tuple[int, int]:
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
        data = pickle.dumps(task())
        with os.fdopen(writer, "wb") as out:
            out.write(data)
        status = 0
    finally:
        os._exit(status)


def _end(pid: int) -> None:
    """End a child and all that its tests started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
