"""The command as a whole: help, exit codes, how it starts, what it needs."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from modelhunter import __version__
from modelhunter.cli.app import cli
from modelhunter.cli.codes import MEANINGS, Code

Run = Any
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "cli.md"


def _commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += _commands(command, *path, name)
    return found


COMMANDS = _commands(cli)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"Usage: modelhunter {' '.join(command)}" in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_takes_a_key(command: tuple[str, ...]) -> None:
    found: Any = cli
    for name in command:
        found = found.get_command(click.Context(found), name)
    assert not any("key" in option for param in found.params for option in param.opts)


def test_help_tells_the_exit_codes(run: Run) -> None:
    said = run("--help").stdout
    assert set(MEANINGS) == set(Code)
    for code, meaning in MEANINGS.items():
        assert re.search(rf"^  {int(code)} +{re.escape(meaning.split()[0])}", said, re.MULTILINE)


def test_the_documentation_tells_the_same(run: Run) -> None:
    text = DOCUMENTATION.read_text()
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE))
    assert rows == {str(int(code)): meaning for code, meaning in MEANINGS.items()}
    for command in COMMANDS:
        assert f"modelhunter {' '.join(command)}" in text


def test_without_a_command_there_is_help(run: Run) -> None:
    assert run().stdout == run("--help").stdout
    assert "download" in run("tasks").stdout


def test_the_version(run: Run) -> None:
    assert run("--version").stdout == f"modelhunter {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("generate acme-9 x", "  modelhunter models"),
        ("models show acme-9", "  pip install modelhunter-PROVIDER, if it is another provider's"),
        ("models acme-1", "  modelhunter models show acme-1"),
        ("generate acme-1 x -i sise=large", "  modelhunter models show acme-1"),
        ("sandbox --speed nan", "  modelhunter sandbox --help"),
    ],
)
def test_a_mistake_leads_on_to_what_helps(run: Run, arguments: str, hint: str) -> None:
    result = run(*arguments.split())
    assert result.exit_code == 2
    assert any(line.endswith(hint) for line in result.stderr.splitlines())


def test_a_misspelt_command(run: Run) -> None:
    result = run("generat")
    assert result.exit_code == 2
    assert "modelhunter --help" in result.stderr


@pytest.mark.parametrize("arguments", [("--json", "plugins"), ("plugins", "--json")])
def test_json_may_stand_anywhere(run: Run, arguments: tuple[str, ...]) -> None:
    assert isinstance(json.loads(run(*arguments).stdout), list)


def test_an_error_leads_on_to_its_hints_only_as_text(run: Run) -> None:
    assert "two ways on:\n  with a key:" in run("balance").stderr
    error = json.loads(run("--json", "balance").stderr)["error"]
    assert error["message"].endswith("two ways on")
    assert len(error["hints"]) == 2


def test_an_address_at_which_nothing_is_says_where_it_comes_from(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ended:
        url = f"http://127.0.0.1:{ended.getsockname()[1]}"
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_x")
    monkeypatch.setattr("modelhunter.runtime.clock.SystemClock.sleep", lambda *_: None)
    assert "MODELHUNTER_BASE_URL" not in run("balance", "--base-url", url).stderr
    monkeypatch.setenv("MODELHUNTER_BASE_URL", url)
    result = run("balance")
    assert result.exit_code == 1
    assert "MODELHUNTER_BASE_URL names that address" in result.stderr


def test_a_misspelt_option_with_json(run: Run) -> None:
    result = run("models", "--json", "--provder", "x")
    assert result.exit_code == 2
    assert json.loads(result.stderr)["error"]["exit_code"] == 2


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_that_it_does_not_need(argument: str) -> None:
    done = _python(
        "import sys\n"
        f"sys.argv = ['modelhunter', {argument!r}]\n"
        "from modelhunter.cli.entry import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "heavy = ('rich', 'urllib3', 'cattrs', 'starlette', 'modelhunter.api', "
        "'modelhunter.plugins', 'modelhunter.client', 'modelhunter.cli.generate')\n"
        "loaded = [name for name in heavy if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_it_says_how_to_get_it(missing: str) -> None:
    done = _python(
        "import sys\n"
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name: None if name == {missing!r} else find(name)\n"
        "from modelhunter.cli.entry import main\n"
        "sys.exit(main())\n"
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"The command line needs {missing}, not installed here: pip install 'modelhunter[cli]'\n"
    )


@pytest.mark.parametrize("moment", ["click", "modelhunter.cli.app", "modelhunter.cli.balance"])
def test_a_hasty_interrupt_shows_no_traceback(moment: str) -> None:
    """Ctrl-C while that module is imported, long before the command has begun."""
    done = _python(
        "import os, signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {moment!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "sys.argv = ['modelhunter', 'balance']\n"
        "from modelhunter.cli.entry import main\n"
        "sys.exit(main())\n"
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr in ("", "interrupted\n")


def test_next_to_nothing_is_imported_before_an_interrupt_is_heard() -> None:
    """What is imported before `main` shows a traceback when Ctrl-C comes meanwhile."""
    done = _python(
        "import sys\n"
        "before = set(sys.modules)\n"
        "import modelhunter.cli.entry\n"
        "new = {name for name in set(sys.modules) - before if not name.startswith('modelhunter')}\n"
        "assert new <= {'__future__', '_signal'}, new\n"
    )
    assert done.returncode == 0, done.stderr


def test_python_can_run_the_package() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelhunter", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"modelhunter {__version__}\n"


def test_output_that_lacks_letters_breaks_nothing(start: Any) -> None:
    words = start("--help", env={"PYTHONIOENCODING": "latin-1"}).communicate(timeout=60)
    assert "generate \\u2026 --sandbox" in words[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("arguments", ["plugins", "--json plugins", "models show acme-1"])
def test_output_that_can_not_be_written_is_an_error(start: Any, arguments: str) -> None:
    with open("/dev/full", "w") as full:
        process = start(*arguments.split(), stdout=full)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "stdout can't be written" in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_output_that_is_closed_breaks_nothing() -> None:
    command = f"exec {shlex.quote(sys.executable)} -m modelhunter plugins >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Error" not in done.stderr
