"""What importing the library, and making a client, leaves to be imported later."""

from __future__ import annotations

import subprocess
import sys

import pytest

PRINT = "\nimport sys; print(*sys.modules)"
CLIENT = "import modelhunter; modelhunter.ModelHunter('river_test_x')"


def imported(program: str) -> set[str]:
    """The modules that a fresh interpreter has after a program."""
    command = [sys.executable, "-c", program + PRINT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_importing_the_library_imports_no_other() -> None:
    assert not imported("import modelhunter") & {"attr", "cattrs", "pluggy", "urllib3", "json"}


@pytest.mark.parametrize(
    "heavy",
    [
        "urllib3",
        "cattrs",
        "pluggy",
        "importlib.metadata",
        "concurrent.futures",
        "modelhunter.api",
        "modelhunter.flows.submit",
        "modelhunter.plugins",
        "modelhunter.runtime.call",
    ],
)
def test_making_a_client_needs_little(heavy: str) -> None:
    made = imported(CLIENT)
    assert "modelhunter.client.base" in made
    assert heavy not in made


def test_a_request_brings_only_the_models_it_needs() -> None:
    made = imported(f"{CLIENT}\nfrom modelhunter.api import tasks; tasks.get_task('task_1')")
    assert "modelhunter.api.tasks" in made
    assert not {name for name in made if name.startswith("modelhunter.api.models.")}
