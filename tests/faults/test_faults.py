"""A part of the fault matrix with every run of the tests; ``nox -s faults`` runs all of it."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import pytest

from modelhunter.sandbox import Sandbox

_spec = importlib.util.spec_from_file_location("fault_matrix", Path(__file__).parent / "matrix.py")
assert _spec
assert _spec.loader
matrix = importlib.util.module_from_spec(_spec)
sys.modules["fault_matrix"] = matrix
_spec.loader.exec_module(matrix)

CASES = list(matrix.cases((1, None)))
EVERY = 37
"""One case of so many; a prime, so that every fault and every operation has its turn."""


def strikes_each_submission(planted) -> bool:
    """Whether a fault strikes every submission; as those cost money, each is tried."""
    return any(fault.operation == "submit" and fault.times is None for fault in planted)


CHOSEN = [
    place
    for place, (_, planted, _) in enumerate(CASES)
    if place % EVERY == 0 or strikes_each_submission(planted)
]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(speed=math.inf, media="tiny") as running:
        yield running


@pytest.mark.parametrize("case", CHOSEN)
def test_nothing_is_doubled_lost_hung_or_leaked(sandbox, case, caplog):
    operation, planted, is_async = CASES[case]
    tally = matrix.Tally()
    matrix.run_one(sandbox, operation, planted, is_async=is_async, tally=tally)
    assert tally.details == []


def test_every_fault_of_the_sandbox_is_in_the_matrix():
    from modelhunter.sandbox.faults import PLACES

    tried = {
        (fault["kind"], fault.get("at", PLACES[fault["kind"]][0])) for _, fault in matrix.faults()
    }
    assert tried == {(kind, place) for kind, places in PLACES.items() for place in places}


def test_every_operation_of_the_api_is_in_the_matrix():
    from modelhunter.sandbox.faults import OPERATIONS

    tried = {used for operation in matrix.OPERATIONS for used in operation.uses}
    assert tried == set(OPERATIONS) - {"downloadFile"}
