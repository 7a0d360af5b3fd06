"""A part of the promises with every run of the tests; ``nox -s faults`` tries all of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("promises", Path(__file__).parent / "promises.py")
assert _spec
assert _spec.loader
promises = importlib.util.module_from_spec(_spec)
sys.modules["promises"] = promises
_spec.loader.exec_module(promises)

EVERY = {"twins": 4, "foreign answers": 7, "odd rows": 7, "numbers": 5, "clocks": 7, "proxies": 7}
"""One try of so many; none divides the number of its forms, so that all have their turn."""


@pytest.mark.parametrize("promise", promises.PROMISES)
def test_promises_are_kept(promise, caplog):
    with promises.sandbox_for(promise) as sandbox:
        tries = list(promises.PROMISES[promise](sandbox))[:: EVERY[promise]]
        assert len(tries) >= 5
        assert [why for one in tries if (why := promises.failures(promise, sandbox, one))] == []
