"""What conformance tests run on: a sandbox, and a client of it."""

from __future__ import annotations

import math
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter.jobs.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter import ModelHunter
    from modelhunter.plugins import Registry
    from modelhunter.sandbox import Sandbox

AT_ONCE = Polling(0.01, 0.01, 1.0)
"""A rhythm for tasks that end as soon as they are read."""


@frozen
class Bench:
    """A sandbox and a client of it."""

    sandbox: Sandbox
    client: ModelHunter


@contextmanager
def open_bench(registry: Registry) -> Iterator[Bench]:
    """A sandbox whose tasks end as soon as they are read, and a client that looks at once."""
    from modelhunter import ModelHunter
    from modelhunter.sandbox import Sandbox

    rich = Decimal(1_000_000)
    with (
        Sandbox(speed=math.inf, media="tiny", registry=registry, balance=rich) as sandbox,
        ModelHunter(sandbox=sandbox, registry=registry, polling=AT_ONCE) as client,
    ):
        yield Bench(sandbox, client)
