"""What all tests share: a clock that only moves when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "forks: forks this process, which has threads")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts this in the background has it ignored, and every child would, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forking a process with threads may deadlock before the child runs a line (CPython 3.12)."""
    if item.get_closest_marker("forks") and (
        not hasattr(os, "fork") or sys.version_info >= (3, 12)
    ):
        pytest.skip("forking a process with threads is safe to try on Python 3.11 only")


class ManualClock:
    """Time stands still but for sleeping, which is noted; chance is always the same."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.chance = 0.5

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)

    def random(self) -> float:
        return self.chance


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see neither a key nor an address that the developer's own shell has."""
    for name in ("MODELHUNTER_KEY", "MODELHUNTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
