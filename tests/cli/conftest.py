"""A provider that is no plugin of ours, a sandbox that serves it, and ways to run the command."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from modelhunter.cli.app import cli
from modelhunter.plugins.registry import Registry
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from types import ModuleType

ACME = Path(__file__).parent / "acme"

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]


def _load_acme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("modelhunter_acme", ACME / "modelhunter_acme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def acme() -> Registry:
    """A registry with nothing but the provider acme."""
    registry = Registry(list)
    registry.register(_load_acme())
    return registry


@pytest.fixture
def registry(acme: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The same, as what the command finds installed."""
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: acme)
    return acme


@pytest.fixture
def sandbox(acme: Registry) -> Iterator[Sandbox]:
    """A sandbox whose tasks end at once."""
    with Sandbox(speed=math.inf, media="tiny", registry=acme) as sandbox:
        yield sandbox


@pytest.fixture
def run(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any) -> Run:
    """Runs the command in this process, in an empty folder, against the sandbox if there is one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.parent / f"{tmp_path.name}-state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path.parent / f"{tmp_path.name}-config"))
    if "sandbox" in request.fixturenames:
        sandbox = request.getfixturevalue("sandbox")
        monkeypatch.setenv("MODELHUNTER_BASE_URL", sandbox.url)
        monkeypatch.setenv("MODELHUNTER_KEY", sandbox.key)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="modelhunter", input=stdin)

    return run


@pytest.fixture
def start(sandbox: Sandbox, tmp_path: Path) -> Iterator[Start]:
    """Starts the command as a process of its own, against the sandbox, for a minute at most."""
    with ExitStack() as stack:

        def start(*arguments: str, **settings: Any) -> subprocess.Popen[str]:
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ACME), os.environ.get("PYTHONPATH", "")]),
                "MODELHUNTER_PLUGINS": "acme",
                "MODELHUNTER_BASE_URL": sandbox.url,
                "MODELHUNTER_KEY": sandbox.key,
                "XDG_STATE_HOME": str(tmp_path.parent / f"{tmp_path.name}-state"),
                "XDG_CONFIG_HOME": str(tmp_path.parent / f"{tmp_path.name}-config"),
                **settings.pop("env", {}),
            }
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
            process = subprocess.Popen(
                [sys.executable, "-m", "modelhunter", *arguments],
                cwd=tmp_path,
                env=environment,
                text=True,
                **pipes,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            limit = Timer(60, process.kill)
            limit.start()
            stack.callback(limit.cancel)
            return process

        yield start


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for a lost submission follow each other at once."""
    monkeypatch.setattr("modelhunter.runtime.clock.SystemClock.sleep", lambda *_: None)


@pytest.fixture
def stuck(sandbox: Sandbox) -> Sandbox:
    """The sandbox, where no task ever ends."""
    sandbox.faults.add(Fault("stuck_task", times=None))
    return sandbox
