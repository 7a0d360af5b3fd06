"""What `modelhunter doctor` finds, and says to do."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.cli import doctor as looks
from modelhunter.cli import left

if TYPE_CHECKING:
    from modelhunter.sandbox import Sandbox

Run = Any


def findings(run: Run, *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code and what was found, by what it is of."""
    said = run("doctor", "--json", *arguments)
    return said.exit_code, {one["what"]: one for one in json.loads(said.stdout)["findings"]}


def test_where_all_is_well(run: Run, sandbox: Sandbox) -> None:
    code, found = findings(run)
    assert code == 0
    machine = {"modelhunter", "packages", "plugins", "disk", "jobs"}
    assert {*found} == machine | {"key", "proxy", "API", "clock"}
    assert {one["state"] for one in found.values()} == {"ok"}
    assert found["key"]["says"] == "set, from MODELHUNTER_KEY"
    said = run("doctor")
    assert f"{sandbox.url} answers" in said.stdout
    assert sandbox.key not in said.stdout


def test_a_key_that_the_api_refuses(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_unknown")
    code, found = findings(run)
    assert (code, found["API"]["state"]) == (1, "wrong")
    assert "refuses the key" in found["API"]["says"]


def test_without_a_key(run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELHUNTER_KEY")
    code, found = findings(run)
    assert (code, found["key"]["state"], found["API"]["state"]) == (1, "wrong", "warning")
    assert "modelhunter login" in found["key"]["advice"]


def test_an_address_that_cannot_be_used(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://shop.example")
    code, found = findings(run)
    assert code == 1
    assert "unencrypted" in found["network"]["says"]


def test_a_proxy_is_named_without_its_password(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://me:secret@127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr("modelhunter.runtime.clock.SystemClock.sleep", lambda *_: None)
    code, found = findings(run)
    assert code == 1
    assert found["proxy"]["says"] == "through http://127.0.0.1:1"
    assert "secret" not in json.dumps(found)


def test_jobs_that_were_left_and_a_full_disk(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "found", lambda: [object(), object()])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    code, found = findings(run)
    assert code == 0
    assert (found["jobs"]["state"], found["disk"]["state"]) == ("warning", "warning")
    assert found["jobs"]["says"] == "2 were left unfinished"
    assert "→ modelhunter resume" in run("doctor").stdout


@pytest.mark.parametrize(
    ("seconds", "state", "says"),
    [(29, "ok", "as the API's"), (90, "warning", "90 s ahead of"), (-90, "warning", "90 s behind")],
)
def test_a_clock_that_is_wrong(seconds: int, state: str, says: str) -> None:
    there = datetime(2026, 3, 1, tzinfo=UTC)
    found = looks._skew(there, there + timedelta(seconds=seconds))
    assert (found.state, says in found.says) == (state, True)
    assert looks._skew(None, there).state == "ok"
