from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves it out

from modelhunter import ModelHunter
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


Rows = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def rows() -> Rows:
    def made(count: int) -> list[dict[str, Any]]:
        model = "viduq3-turbo"
        return [
            {"model": model, "prompt": f"clip {n}", "duration": 1, "key": f"k{n}"}
            for n in range(count)
        ]

    return made


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(speed=1000, media="tiny", balance=Decimal(10_000)) as server:
        yield server


@pytest.fixture
def mh(sandbox: Sandbox) -> Iterator[ModelHunter]:
    from modelhunter import Polling

    polling = Polling(0.05, 0.05, 1)
    with ModelHunter(api_key=sandbox.key, base_url=sandbox.url, polling=polling) as client:
        yield client
