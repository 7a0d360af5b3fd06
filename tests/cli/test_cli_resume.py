"""``modelhunter resume``: on from where a command or a program ended."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from modelhunter import ModelHunter, SubmissionUnknown
from modelhunter.cli.app import cli
from modelhunter.cli.link import name_of
from modelhunter.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from modelhunter.plugins.registry import Registry

PNG = b"\x89PNG\r\n\x1a\n"
Run = Any


def error_of(result: Result) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])["error"]
    return error


def hinted(result: Result) -> list[str]:
    line = next(line for line in result.stderr.splitlines() if line.startswith("  modelhunter "))
    return shlex.split(line)[1:]


@pytest.fixture
def program(sandbox: Sandbox, acme: Registry) -> ModelHunter:
    """What a program that is about to crash holds."""
    return ModelHunter(sandbox=sandbox, registry=acme)


@pytest.fixture
def unknown(program: ModelHunter, sandbox: Sandbox, no_pauses: None) -> str:
    """The token of a submission that never got to the server."""
    sandbox.faults.add(Fault("drop", at="before", operation="submit"))
    with pytest.raises(SubmissionUnknown) as caught:
        program.submit("acme-1", prompt="a cat")
    return caught.value.token


def test_the_token_of_a_task(run: Run, sandbox: Sandbox, program: ModelHunter) -> None:
    task = program.submit("acme-1", prompt="a cat")
    result = run("resume", task.resume_token(), "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (0, "cat.png\n")
    assert Path("cat.png").read_bytes().startswith(PNG)
    assert f"{task.id}: acme-1" in result.stderr


def test_the_id_of_a_task(run: Run, sandbox: Sandbox, program: ModelHunter) -> None:
    task = program.submit("acme-1", prompt="a cat")
    said = json.loads(run("resume", task.id, "-o", "new/", "--json").stdout)
    assert said["task"]["status"] == "succeeded"
    assert said["files"] == [str(Path("new") / f"acme-1-{task.id}.png")]


def test_a_token_that_was_written_first(run: Run, sandbox: Sandbox, program: ModelHunter) -> None:
    task = program.submit(
        "acme-1", prompt="a cat", on_token=lambda token: Path("job").write_text(f"{token}\n")
    )
    result = run("resume", "job", "-o", "cat.png")
    assert result.exit_code == 0
    assert f"{task.id}: acme-1" in result.stderr
    assert len(sandbox.state()["tasks"]) == 1


def test_a_token_on_stdin(run: Run, sandbox: Sandbox, program: ModelHunter) -> None:
    token = program.submit("acme-1", prompt="a cat").resume_token()
    command = ["resume", "-", "-o", "cat.png"]
    result = CliRunner().invoke(cli, command, input=f"\n{token}\n", prog_name="modelhunter")
    assert (result.exit_code, result.stdout) == (0, "cat.png\n")


def test_a_submission_that_never_arrived_is_sent_again_only_knowingly(
    run: Run, sandbox: Sandbox, unknown: str
) -> None:
    result = run("resume", unknown, "-o", "my cat.png")
    assert result.exit_code == 1
    assert "no task of acme-1 (text-to-image), sent " in result.stderr
    assert "--resubmit" in result.stderr
    assert sandbox.state()["tasks"] == []
    again = run(*hinted(result), "--resubmit")
    assert (again.exit_code, again.stdout) == (0, "my cat.png\n")
    assert len(sandbox.state()["tasks"]) == 1
    assert run("resume", unknown, "--resubmit", "-o", "2.png").exit_code == 0
    assert len(sandbox.state()["tasks"]) == 1


def test_an_error_carries_the_token_as_data(run: Run, sandbox: Sandbox, unknown: str) -> None:
    error = error_of(run("resume", unknown, "--json"))
    assert (error["type"], error["token"]) == ("SubmissionUnknown", unknown)
    assert error["hints"] == [shlex.join(["modelhunter", "resume", unknown])]


def test_a_task_that_takes_longer_still_is_resumed_again(
    run: Run, stuck: Sandbox, program: ModelHunter
) -> None:
    task = program.submit("acme-1", prompt="a cat")
    result = run("resume", task.resume_token(), "-o", "cat.png", "--force", "--timeout", "0.01")
    assert result.exit_code == 5
    assert hinted(result) == ["resume", task.id, "-o", "cat.png", "--force"]


def test_the_token_of_a_task_that_failed(run: Run, sandbox: Sandbox, program: ModelHunter) -> None:
    sandbox.faults.add(Fault("failed_task", code="PROVIDER_ERROR", message="no cats here"))
    token = program.submit("acme-1", prompt="a cat").resume_token()
    error = error_of(run("resume", token, "--json"))
    assert (error["exit_code"], error["reason"], error["token"]) == (3, "no cats here", token)


def test_an_interrupt_while_looking_cancels_nothing(
    run: Run, sandbox: Sandbox, unknown: str, monkeypatch: Any
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelhunter.flows.submit.find", interrupted)
    result = run("resume", unknown)
    assert result.exit_code == 130
    assert "nothing was sent" in result.stderr
    assert hinted(result) == ["resume", unknown]


def test_an_interrupt_while_sending_again_cancels_what_was_sent(
    run: Run, sandbox: Sandbox, unknown: str, monkeypatch: Any
) -> None:
    from modelhunter.flows import submit_once

    def interrupted(*arguments: Any, **options: Any) -> Any:
        yield from submit_once.start_again(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr("modelhunter.flows.submit.start_again", interrupted)
    sandbox.faults.add(Fault("stuck_task"))
    result = run("resume", unknown, "--resubmit")
    (task,) = sandbox.state()["tasks"]
    assert result.exit_code == 130
    assert f"task {task['id']} was cancelled" in result.stderr
    assert task["status"] == "cancelled"


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("nowhere/token.json", "no file that is there"),
        ("two words", "no file that is there"),
        ("", "no file that is there"),
        ("folder", "folder can't be read: Is a directory"),
        ("lines", "holds 2 lines; give one"),
        ("empty", "holds neither a resume token nor a task's id"),
        ("prose", "holds neither a resume token nor a task's id"),
        ("picture.png", "is no text"),
        ("x" * 5000, "can't be read"),
        ("{", "no resume token"),
        ('{"modelhunter":1}', "damaged"),
        ('{"modelhunter":99,"kind":"task","id":"t"}', "version 99"),
    ],
)
def test_what_leads_nowhere(run: Run, sandbox: Sandbox, job: str, words: str) -> None:
    Path("folder").mkdir()
    Path("lines").write_text("task_1\ntask_2\n")
    Path("empty").write_text("\n")
    Path("prose").write_text("my token is gone")
    Path("picture.png").write_bytes(PNG)
    result = run("resume", job)
    assert result.exit_code == 2
    assert words in result.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("job", ["task_1", '{"modelhunter":1,"kind":"task","id":"task_1"}'])
def test_a_task_is_not_sent_again(run: Run, sandbox: Sandbox, job: str) -> None:
    result = run("resume", job, "--resubmit")
    assert result.exit_code == 2
    assert "leads to a task" in result.stderr
    assert sandbox.requests == []


def test_a_file_that_exists_is_looked_at_before_anything_is_sent_again(
    run: Run, sandbox: Sandbox, unknown: str
) -> None:
    Path("cat.png").write_text("mine")
    asked = len(sandbox.requests)
    assert run("resume", unknown, "--resubmit", "-o", "cat.png").exit_code == 2
    assert len(sandbox.requests) == asked


def test_other_commands_take_the_token_of_a_task(
    run: Run, sandbox: Sandbox, program: ModelHunter
) -> None:
    task = program.submit("acme-1", prompt="a cat")
    token = task.resume_token()
    assert json.loads(run("tasks", "get", token, "--json").stdout)["id"] == task.id
    assert run("tasks", "wait", token).exit_code == 0
    assert run("tasks", "download", token, "-o", "cat.png").stdout == "cat.png\n"


def test_they_send_the_token_of_a_submission_to_resume(
    run: Run, sandbox: Sandbox, unknown: str
) -> None:
    asked = len(sandbox.requests)
    result = run("tasks", "get", unknown)
    assert result.exit_code == 2
    assert "`modelhunter resume` looks for it" in result.stderr
    assert len(sandbox.requests) == asked


def test_a_hint_names_a_task_so_that_it_is_found(program: ModelHunter) -> None:
    task = program.submit("acme-1", prompt="a cat")
    assert name_of(task) == task.id
    for odd in ("-o", "a/b", "a.json", "x" * 300):
        task.latest.id = odd
        assert name_of(task) == task.resume_token()
