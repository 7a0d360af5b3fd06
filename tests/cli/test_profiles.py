"""Keys that are kept, profiles, and where each setting comes from."""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.cli import kept_keys

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter.sandbox import Sandbox

Run = Any
KEYS = ("MODELHUNTER_KEY", "MODELHUNTER_BASE_URL", "MODELHUNTER_PROFILE")


class Keyring(ModuleType):
    """Stands for the package: a dictionary."""

    def __init__(self, name: str, backend: object) -> None:
        super().__init__(name)
        self.kept: dict[tuple[str, str], str] = {}
        self.backend = backend

    def get_keyring(self) -> object:
        return self.backend

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.kept[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


@pytest.fixture(autouse=True)
def nothing_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor a keyring of this machine says anything."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """A keyring that keeps keys."""
    made = Keyring("keyring", object())
    backends, fail = ModuleType("keyring.backends"), ModuleType("keyring.backends.fail")
    fail.Keyring = type("Keyring", (), {})  # type: ignore[attr-defined]
    backends.fail = fail  # type: ignore[attr-defined]
    for module in (made, backends, fail):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


def write(text: str, mode: int = 0o600) -> Path:
    """The file of profiles."""
    path = kept_keys.folder() / "profiles.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def settings(run: Run, *arguments: str) -> dict[str, tuple[Any, str]]:
    """What ``modelhunter config`` says of each setting."""
    found = json.loads(run("config", "--json", *arguments).stdout)["settings"]
    return {name: (one["value"], one["source"]) for name, one in found.items()}


def test_login_keeps_a_key_in_a_file_that_nobody_else_reads(run: Run, sandbox: Sandbox) -> None:
    where = ("--base-url", sandbox.url)
    assert run("balance", *where).exit_code == 1
    said = run("login", *where, stdin=f"{sandbox.key}\n")
    path = kept_keys.folder() / "keys.json"
    assert (said.exit_code, said.stderr) == (0, "")
    assert said.stdout == f"The key of profile default is kept in {path}.\n"
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    assert run("balance", *where).exit_code == 0
    assert run("logout").exit_code == 0
    assert "no API key" in run("balance", *where).stderr
    assert json.loads(run("logout", "--json").stdout)["forgotten"] is False


def test_login_keeps_a_key_in_the_keyring(run: Run, sandbox: Sandbox, keyring: Keyring) -> None:
    where = ("--base-url", sandbox.url, "--profile", "work")
    assert "the keyring" in run("login", *where, stdin=sandbox.key).stdout
    assert keyring.kept == {("modelhunter", "work"): sandbox.key}
    assert sandbox.key not in (kept_keys.folder() / "keys.json").read_text()
    assert run("balance", *where).exit_code == 0
    assert settings(run, *where)["key"] == (True, "the keyring")
    run("logout", "--profile", "work")
    assert keyring.kept == {}


def test_a_keyring_that_takes_nothing_is_passed_over(
    run: Run, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "set_password", None)
    assert "keys.json" in run("login", "--no-check", stdin="river_test_x").stdout


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "there is no key on stdin; type it at a terminal, or pipe it in"),
        ("two words", "the key has characters that no key has"),
        ("river_test_unknown", "the API does not know this key; nothing was kept"),
    ],
)
def test_what_is_no_key_is_not_kept(run: Run, sandbox: Sandbox, given: str, sentence: str) -> None:
    said = run("login", "--base-url", sandbox.url, stdin=given)
    assert said.exit_code != 0
    assert sentence in said.stderr
    assert not (kept_keys.folder() / "keys.json").exists()


def test_each_setting_comes_from_the_first_that_has_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("login", "--no-check", "--profile", "work", stdin="river_test_kept")
    file = kept_keys.folder() / "keys.json"
    found = settings(run, "--profile", "work")
    assert found["profile"] == ("work", "--profile")
    assert found["key"] == (True, str(file))
    assert found["base_url"] == ("https://api.modelhunter.ai", "by default")

    path = write('[work]\nbase_url = "https://a.example"\nkey = "river_test_b"\n')
    monkeypatch.setenv("MODELHUNTER_PROFILE", "work")
    here = f"profile work in {path}"
    found = settings(run)
    assert found["profile"] == ("work", "MODELHUNTER_PROFILE")
    assert found["key"] == (True, here)
    assert found["base_url"] == ("https://a.example", here)

    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_c")
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "https://b.example")
    found = settings(run)
    assert found["key"] == (True, "MODELHUNTER_KEY")
    assert found["base_url"] == ("https://b.example", "MODELHUNTER_BASE_URL")
    assert settings(run, "--base-url", "https://c.example")["base_url"] == (
        "https://c.example",
        "--base-url",
    )


def test_a_profile_says_where_the_api_is(run: Run, sandbox: Sandbox) -> None:
    url, key = sandbox.url, sandbox.key
    for name in KEYS:
        os.environ.pop(name, None)
    write(f'[work]\nbase_url = "{url}"\nkey = "{key}"\n')
    assert run("balance", "--profile", "work").exit_code == 0
    said = run("generate", "acme-1", "a cat", "--no-wait", "--profile", "work")
    assert said.exit_code == 0
    assert "--profile work" in said.stderr


def test_no_key_is_ever_shown(run: Run, keyring: Keyring) -> None:
    run("login", "--no-check", stdin="river_test_secret")
    for words in (["config"], ["config", "--json"], ["doctor", "--base-url", "http://127.0.0.1:1"]):
        said = run(*words)
        assert "river_test_secret" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        ('[work]\nkey = "x"\n', 0o644, "in which profile work has a key, can be read by others"),
        ("[work\n", 0o600, "can't be read"),
        ("[work]\nregion = 1\n", 0o600, "profile work has no setting region; there are base_url"),
        ("[work]\nbase_url = 1\n", 0o600, "base_url of profile work is to be text in quotes"),
        ('[work]\nallow_http = "yes"\n', 0o600, "allow_http of profile work is to be true or fa"),
        ("work = 1\n", 0o600, "work stands outside of a profile, such as [work]"),
        ("[home]\n", 0o600, "there is no profile work (--profile)"),
    ],
)
def test_a_profile_that_cannot_be_used(run: Run, text: str, mode: int, sentence: str) -> None:
    if os.name != "posix" and mode != 0o600:
        pytest.skip("files have no modes here")
    write(text, mode)
    said = run("balance", "--profile", "work")
    assert said.exit_code == 1
    assert sentence in said.stderr
