"""Models that run on an API of their provider's own: no key of ModelHunter's, other ways back."""

from __future__ import annotations

import importlib.util
import json
import shlex
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from modelhunter import Polling
from modelhunter.plugins import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

EXAMPLE = Path(__file__).parents[2] / "examples" / "otherapi"
LOAF = "bakery/loaf-1"
Run = Any
Bakery = Any


def load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


PLUGIN = load("modelhunter_bakery_for_cli", EXAMPLE / "src" / "modelhunter_bakery" / "plugin.py")
SERVER = load("modelhunter_bakery_server_for_cli", EXAMPLE / "server.py")


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the plugin the only one that the command finds."""
    registry = Registry(list, environment={})
    registry.register(PLUGIN, name="bakery")
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: registry)


@pytest.fixture
def bakery(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bakery]:
    """The provider's server, with the plugin installed."""
    install(monkeypatch)
    monkeypatch.setattr("modelhunter.client.base.Polling", lambda: Polling(0.0, 0.0, 0.0))
    with SERVER.Bakery() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("BAKERY_URL", server.url)
        monkeypatch.setenv("BAKERY_TOKEN", SERVER.TOKEN)
        yield server
        server.shutdown()
        thread.join()


def hints(result: Result) -> list[list[str]]:
    lines = [line for line in result.stderr.splitlines() if line.startswith("  modelhunter ")]
    return [shlex.split(line)[1:] for line in lines]


def test_no_key_of_modelhunter_is_asked_for(run: Run, bakery: Bakery) -> None:
    result = run("generate", LOAF, "a loaf", "-o", "loaf.glb")
    assert (result.exit_code, result.stdout) == (0, "loaf.glb\n")
    assert Path("loaf.glb").read_bytes() == SERVER.LOAF


def test_the_key_of_that_api_is(run: Run, bakery: Bakery, monkeypatch: Any) -> None:
    monkeypatch.delenv("BAKERY_TOKEN")
    result = run("generate", LOAF, "a loaf")
    assert result.exit_code == 1
    assert "BAKERY_TOKEN" in result.stderr
    assert "MODELHUNTER_KEY" not in result.stderr


def test_what_is_said_first_leads_back(run: Run, bakery: Bakery) -> None:
    result = run("generate", LOAF, "a loaf", "-o", "loaf.glb")
    line = next(line for line in result.stderr.splitlines() if "modelhunter resume" in line)
    again = run(*shlex.split(line.partition("modelhunter ")[2]), "--force")
    assert (again.exit_code, again.stdout) == (0, "loaf.glb\n")
    assert len(bakery.jobs) == 1


def test_every_command_that_a_message_names_works(
    run: Run, bakery: Bakery, monkeypatch: Any
) -> None:
    monkeypatch.setattr("modelhunter.client.base.Polling", lambda: Polling(60.0, 60.0, 60.0))
    result = run("generate", LOAF, "a loaf", "-o", "loaf.glb", "--timeout", "0.01")
    assert result.exit_code == 5
    monkeypatch.setattr("modelhunter.client.base.Polling", lambda: Polling(0.0, 0.0, 0.0))
    (again,) = hints(result)
    assert run(*again).exit_code == 0
    assert Path("loaf.glb").read_bytes() == SERVER.LOAF


def test_a_wait_that_breaks_off_names_commands_that_work(
    run: Run, bakery: Bakery, monkeypatch: Any
) -> None:
    started = bakery.start

    def start_and_lock(order: Any) -> Any:
        monkeypatch.setattr(SERVER, "TOKEN", "another")
        return started(order)

    monkeypatch.setattr(bakery, "start", start_and_lock)
    result = run("generate", LOAF, "a loaf", "-o", "loaf.glb")
    assert result.exit_code == 1
    assert "the task goes on" in result.stderr
    monkeypatch.setattr(SERVER, "TOKEN", "flour")
    get, resume, cancel = hints(result)
    assert json.loads(run(*get, "--json").stdout)["model"] == LOAF
    assert "cancelled" in run(*cancel).stdout
    assert run(*resume).exit_code == 4


def test_ctrl_c_where_nothing_can_be_cancelled(run: Run, bakery: Bakery, monkeypatch: Any) -> None:
    monkeypatch.setattr(PLUGIN, "BACKEND", evolve(PLUGIN.BACKEND, cancel=None))
    install(monkeypatch)

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelhunter.Task.wait", interrupted)
    result = run("generate", LOAF, "a loaf", "-o", "loaf.glb")
    assert result.exit_code == 130
    assert "cancels nothing; it goes on:" in result.stderr
    assert [command[0] for command in hints(result)] == ["resume"]


def test_an_address_that_is_not_encrypted_is_allowed_by_name(
    run: Run, bakery: Bakery, monkeypatch: Any
) -> None:
    monkeypatch.setenv("BAKERY_URL", "http://bakery.example")
    result = run("generate", LOAF, "a loaf")
    assert result.exit_code == 1
    assert "http://bakery.example" in result.stderr
    assert "--allow-http" in result.stderr
