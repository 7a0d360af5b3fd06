"""``modelhunter tasks``, ``upload`` and ``balance``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import respx

from modelhunter.sandbox import Fault, Sandbox
from modelhunter.testing import mocker

Run = Any


@pytest.fixture
def done(run: Run, sandbox: Sandbox) -> str:
    """The id of a task that has succeeded."""
    said = json.loads(run("generate", "acme-1", "a cat", "-o", "first.png", "--json").stdout)
    return str(said["task"]["id"])


@pytest.fixture
def pending(run: Run, stuck: Sandbox) -> str:
    """The id of a task that never ends."""
    run("generate", "acme-1", "a cat", "--timeout", "0.01")
    return str(stuck.state()["tasks"][0]["id"])


def test_tasks_are_listed(run: Run, done: str) -> None:
    heading, row = run("tasks", "list").stdout.splitlines()
    assert heading.split() == ["ID", "STATUS", "MODEL", "COST", "CREATED"]
    assert row.split()[:4] == [done, "succeeded", "acme-1", "$0.02"]


def test_tasks_are_listed_as_json(run: Run, done: str) -> None:
    (task,) = json.loads(run("tasks", "list", "--json").stdout)["tasks"]
    assert (task["id"], task["status"], task["cost"]) == (done, "succeeded", 0.02)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--status", "succeeded", "--model", "acme-1", "--provider", "acme"], True),
        (["--status", "failed"], False),
        (["--model", "acme-2"], False),
        (["--after", "2020-01-01", "--before", "2199-12-31T23:59"], True),
        (["--before", "2020-01-01T00:00:00+02:00"], False),
        (["--prefix", "task_"], True),
        (["--prefix", "task_0000000000"], False),
    ],
)
def test_the_filters_of_the_list(run: Run, done: str, options: list[str], found: bool) -> None:
    listed = json.loads(run("tasks", "list", *options, "--json").stdout)["tasks"]
    assert [task["id"] for task in listed] == ([done] if found else [])


def test_the_limit_counts_tasks(run: Run, sandbox: Sandbox) -> None:
    for n in range(3):
        run("generate", "acme-1", "a cat", "-o", f"{n}.png")
    listed = json.loads(run("tasks", "list", "--limit", "2", "--json").stdout)
    assert (len(listed["tasks"]), listed["more"]) == (2, True)
    shown = run("tasks", "list", "--limit", "2")
    assert len(shown.stdout.splitlines()) == 3
    assert "There are more; --all shows them" in shown.stderr
    for option in (["--limit", "3"], ["--all"], []):
        shown = run("tasks", "list", *option)
        assert (len(shown.stdout.splitlines()), shown.stderr) == (4, "")
        listed = json.loads(run("tasks", "list", *option, "--json").stdout)
        assert (len(listed["tasks"]), listed["more"]) == (3, False)


@pytest.mark.parametrize(
    "option",
    [
        ["--after", "yesterday"],
        ["--limit", "0"],
        ["--limit", "5", "--all"],
        ["--after", "2026-02-01", "--before", "2026-01-01"],
        ["--status", "suceeded"],
        ["--provider", "acne"],
    ],
)
def test_a_filter_that_makes_no_sense(run: Run, sandbox: Sandbox, option: list[str]) -> None:
    assert run("tasks", "list", *option).exit_code == 2
    assert sandbox.requests == []


def test_an_empty_list(run: Run, sandbox: Sandbox) -> None:
    assert run("tasks", "list").stdout == ""
    assert json.loads(run("tasks", "list", "--json").stdout) == {"tasks": [], "more": False}


def test_a_task_is_shown_with_its_links(run: Run, done: str) -> None:
    shown = dict(line.split(None, 1) for line in run("tasks", "get", done).stdout.splitlines())
    assert shown["id:"] == done
    assert shown["status:"] == "succeeded"
    assert shown["model:"] == "acme-1 (acme)"
    assert shown["result:"].startswith("http://")


def test_a_task_that_does_not_exist(run: Run, sandbox: Sandbox) -> None:
    result = run("tasks", "get", "task_none")
    assert result.exit_code == 1
    assert "TASK_NOT_FOUND" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_what_can_be_no_id_is_not_asked_for(run: Run, sandbox: Sandbox, wrong: str) -> None:
    assert run("tasks", "get", wrong).exit_code == 2
    assert sandbox.requests == []


def test_an_id_can_not_leave_its_place(run: Run, sandbox: Sandbox) -> None:
    assert run("tasks", "get", "../balance").exit_code == 1
    assert all(seen.operation != "getBalance" for seen in sandbox.requests)


def test_waiting_for_what_has_succeeded(run: Run, done: str) -> None:
    result = run("tasks", "wait", done)
    assert result.exit_code == 0
    assert f"modelhunter tasks download {done}" in result.stderr


def test_waiting_in_vain(run: Run, pending: str) -> None:
    result = run("tasks", "wait", pending, "--timeout", "0.01")
    assert result.exit_code == 5
    assert f"modelhunter tasks wait {pending}" in result.stderr


def test_waiting_for_what_was_cancelled(run: Run, pending: str) -> None:
    assert run("tasks", "cancel", pending).exit_code == 0
    assert run("tasks", "wait", pending).exit_code == 4


def test_waiting_for_what_has_failed(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("failed_task", code="PROVIDER_ERROR", message="no"))
    run("generate", "acme-1", "a cat")
    task = sandbox.state()["tasks"][0]["id"]
    assert run("tasks", "wait", task).exit_code == 3
    assert run("tasks", "download", task).exit_code == 3


def test_a_cancelled_task_may_be_cancelled_again(run: Run, pending: str) -> None:
    assert "cancelled" in run("tasks", "cancel", pending).stdout
    assert run("tasks", "cancel", pending).exit_code == 0


def test_what_has_finished_can_not_be_cancelled(run: Run, done: str) -> None:
    result = run("tasks", "cancel", done)
    assert result.exit_code == 1
    assert f"modelhunter tasks download {done}" in result.stderr


def test_a_result_can_be_fetched_again(run: Run, done: str) -> None:
    result = run("tasks", "download", done, "-o", "again.png")
    assert result.stdout == "again.png\n"
    assert Path("again.png").read_bytes() == Path("first.png").read_bytes()


def test_a_download_names_its_files_as_json(run: Run, done: str) -> None:
    said = json.loads(run("tasks", "download", done, "-o", "again.png", "--json").stdout)
    assert (said["task"]["id"], said["files"]) == (done, ["again.png"])


def test_one_output_of_several(run: Run, sandbox: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(Path.cwd()))
    run("generate", "acme-1", "a cat", "-i", "upscale=true", "-o", "all.png")
    assert sorted(path.name for path in Path().glob("*.png")) == [
        "all-2.png",
        "all-3.png",
        "all.png",
    ]
    task = sandbox.state()["tasks"][0]["id"]
    result = run("tasks", "download", task, "--only", "2", "-o", "second.png")
    assert result.stdout == "second.png\n"
    assert Path("second.png").read_bytes() == Path("all-2.png").read_bytes()
    result = run("tasks", "download", task, "--only", "3", "--only", "1", "-o", "~/some/")
    assert [Path(line).read_bytes() for line in result.stdout.splitlines()] == [
        Path("all-3.png").read_bytes(),
        Path("all.png").read_bytes(),
    ]
    result = run("tasks", "download", task, "--only", "4", "-o", "fourth.png")
    assert result.exit_code == 2
    assert "3 outputs" in result.stderr
    result = run("tasks", "download", task, "--max-bytes", "9", "-o", "small.png")
    assert result.exit_code == 1
    assert "at most 9 are fetched" in result.stderr
    assert not Path("small.png").exists()


def test_a_download_into_a_folder_does_not_overwrite(run: Run, done: str) -> None:
    (name,) = run("tasks", "download", done).stdout.splitlines()
    Path(name).write_text("mine")
    result = run("tasks", "download", done)
    assert result.exit_code == 1
    assert Path(name).read_text() == "mine"
    line = next(line for line in result.stderr.splitlines() if "--force" in line)
    assert run(*shlex.split(line)[1:]).exit_code == 0
    assert Path(name).read_bytes() == Path("first.png").read_bytes()


def test_there_is_nothing_to_download_yet(run: Run, pending: str) -> None:
    result = run("tasks", "download", pending, "-o", "new/")
    assert result.exit_code == 5
    assert f"modelhunter resume {pending} -o new/" in result.stderr


def test_an_upload_prints_its_address(run: Run, done: str) -> None:
    result = run("upload", "first.png")
    assert result.exit_code == 0
    assert result.stdout.startswith("http")
    said = json.loads(run("upload", "first.png", "--json").stdout)
    assert said.keys() == {"id", "url"}
    used = run("generate", "acme-1", "a dog", "-i", f"image={said['url']}", "-o", "dog.png")
    assert used.exit_code == 0


def test_an_upload_of_what_is_not_there(run: Run, sandbox: Sandbox) -> None:
    assert run("upload", "nowhere.png").exit_code == 2
    assert sandbox.requests == []


def test_an_upload_of_something_unknown_says_which_option_helps(run: Run, sandbox: Sandbox) -> None:
    Path("notes.xyz").write_bytes(b"\x00?")
    result = run("upload", "notes.xyz")
    assert result.exit_code == 1
    assert "content" in result.stderr
    assert run("upload", "notes.xyz", "--content-type", "image/png").exit_code == 0


def test_the_balance(run: Run, sandbox: Sandbox) -> None:
    assert run("balance").stdout.splitlines()[0] == "$100.00"
    assert json.loads(run("balance", "--json").stdout)["balance"] == 100


@pytest.mark.parametrize("command", [["tasks", "list"], ["balance"], ["tasks", "get", "task_1"]])
def test_without_a_key_nothing_of_the_account_is_read(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert "MODELHUNTER_KEY" in result.stderr


def test_where_that_is_said_it_does_and_so_do_the_commands_that_follow(
    run: Run, monkeypatch: Any
) -> None:
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_x")
    at = ["--base-url", "http://api.example", "--allow-http"]
    task = {
        "id": "task_1",
        "type": "image",
        "status": "running",
        "provider": "acme",
        "model": "acme-1",
        "created_at": "2026-05-31T18:30:00Z",
    }
    with respx.mock(using=mocker.NAME, base_url="http://api.example") as api:
        api.get("/api/v1/tasks/task_1").respond(json={"success": True, "data": task})
        shown = run("tasks", "get", "task_1", *at)
        assert "running" in shown.stdout, shown.stderr
        result = run("resume", "task_1", "--timeout", "0.01", *at)
    assert result.stderr.endswith(f"  modelhunter resume task_1 {' '.join(at)}\n")


def test_the_key_goes_in_the_open_only_if_that_is_said(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_x")
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://api.invalid")
    for command in (["balance"], ["tasks", "list"], ["generate", "acme-1", "a cat"]):
        result = run(*command)
        assert result.exit_code == 1
        assert "MODELHUNTER_BASE_URL 'http://api.invalid' would send the key" in result.stderr
        assert "--allow-http" in result.stderr
