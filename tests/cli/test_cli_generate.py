"""``modelhunter generate``, from its arguments to a file, and every way it can end."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelhunter import Estimate, OverBudget
from modelhunter.cli.app import cli
from modelhunter.cli.failures import failure
from modelhunter.plugins import (
    Capability,
    Field,
    Model,
    Output,
    Price,
    Provider,
    Registry,
    hookimpl,
)
from modelhunter.sandbox import Fault, Sandbox

PNG = b"\x89PNG\r\n\x1a\n"
Run = Any


def submissions(sandbox: Sandbox) -> int:
    return sum(seen.operation == "submit" for seen in sandbox.requests)


def error_of(result: Result) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])["error"]
    return error


def hinted(result: Result) -> list[str]:
    """The arguments of the first command that an error leads on to."""
    line = next(line for line in result.stderr.splitlines() if line.startswith("  modelhunter "))
    return shlex.split(line)[1:]


def test_a_result_lands_under_the_name_asked_for(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "-i", "size=large", "-o", "cat.png")
    assert result.exit_code == 0
    assert result.stdout == "cat.png\n"
    assert Path("cat.png").read_bytes().startswith(PNG)


def test_the_id_of_the_task_is_known_before_the_wait(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat")
    (task,) = sandbox.state()["tasks"]
    first = result.stderr.splitlines()[0]
    assert first == f"{task['id']}: acme-1 (text-to-image), $0.02"


def test_without_a_name_the_result_is_called_after_model_and_task(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    result = run("generate", "acme-1", "a cat")
    (task,) = sandbox.state()["tasks"]
    assert [path.name for path in tmp_path.iterdir()] == [f"acme-1-{task['id']}.png"]
    assert result.stdout.strip() == f"acme-1-{task['id']}.png"


def test_a_folder_that_is_named_is_made(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    assert run("generate", "acme-1", "a cat", "-o", "new/cats/").exit_code == 0
    assert len(list((tmp_path / "new" / "cats").glob("acme-1-task_*.png"))) == 1


def test_local_files_are_uploaded(run: Run, sandbox: Sandbox) -> None:
    assert run("generate", "acme-1", "a cat", "-o", "cat.png").exit_code == 0
    again = run("generate", "acme-1", "a dog", "-i", "image=cat.png", "-o", "dog.png")
    assert again.exit_code == 0
    assert "acme-1 (image-to-image)" in again.stderr
    assert any(seen.operation == "uploadContent" for seen in sandbox.requests)


def test_json_is_one_document_on_stdout(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "-o", "cat.png", "--json")
    said = json.loads(result.stdout)
    assert said["files"] == ["cat.png"]
    assert said["task"]["status"] == "succeeded"
    assert said["task"]["outputs"][0]["format"] == "png"
    assert said["estimate"]["high"] == 0.02
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert lines[0]["task"] == said["task"]["id"]


# ------------------------------------------------------------------- nothing sent for a mistake


def test_every_mistake_in_the_inputs_is_named_at_once(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "-i", "steps=99", "-i", "sise=x", "-i", "upscale=2")
    assert result.exit_code == 2
    assert "did you mean size?" in result.stderr
    assert "steps=99" in result.stderr
    assert "upscale='2'" in result.stderr
    assert result.stdout == ""
    assert sandbox.requests == []


def test_mistakes_are_data_with_json(run: Run, sandbox: Sandbox) -> None:
    error = error_of(run("generate", "acme-1", "a cat", "-i", "steps=99", "--json"))
    assert error["type"] == "InvalidInput"
    assert error["exit_code"] == 2
    (problem,) = error["problems"]
    assert (problem["field"], problem["allowed"]) == ("steps", "1 to 50")


@pytest.mark.parametrize("name", ["model", "capability", "timeout", "metadata", "max_cost"])
def test_an_input_is_never_taken_for_an_option(run: Run, sandbox: Sandbox, name: str) -> None:
    result = run("generate", "acme-1", "a cat", "-i", f"{name}=3")
    assert result.exit_code == 2
    assert f"{name}: acme-1 has no such input" in result.stderr
    assert sandbox.requests == []


def test_an_input_whose_name_is_a_word_of_python(run: Run, sandbox: Sandbox) -> None:
    assert run("generate", "acme-1", "a cat", "-i", "from=here").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["acme-11", "a cat"], "did you mean acme-1"),
        (["acme-1"], "prompt"),
        (["acme-1", "a cat", "-i", "steps"], "name=value"),
        (["acme-1", "a cat", "--capability", "text-to-opera"], "can't do this"),
        (["acme-1", "a cat", "--max-cost", "much"], "no amount"),
        (["acme-1", "a cat", "--max-cost", "-1"], "no amount"),
        (["acme-1", "a cat", "--timeout", "0"], "'0' is not above 0"),
        (["acme-1", "a cat", "--timeout", "nan"], "'nan' is not above 0"),
        (["acme-1", "a cat", "--timeout", "soon"], "'soon' is no number"),
        (["acme-1", "a", "cat", "asleep"], "put it in quotes: 'a cat asleep'"),
        (["acme-1", " "], "the prompt is empty"),
        (["acme-1", "a cat", "-i", "steps=4", "-i", "steps=5"], "steps is no list"),
        (["acme-1", "a cat", "-o", "-"], "don't go to stdout"),
        (["acme-1", "a cat", "-i", "image=nowhere.png"], "nowhere.png"),
        (["acme-1", "a cat", "--sandbox", "--base-url", "http://127.0.0.1:1"], "--base-url"),
    ],
)
def test_a_wrong_command_line_sends_nothing(
    run: Run, sandbox: Sandbox, arguments: list[str], words: str
) -> None:
    result = run("generate", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert sandbox.requests == []


def test_a_file_is_not_overwritten_and_nothing_is_paid_for(run: Run, sandbox: Sandbox) -> None:
    Path("cat.png").write_text("mine")
    result = run("generate", "acme-1", "a cat", "-o", "cat.png")
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert Path("cat.png").read_text() == "mine"
    assert submissions(sandbox) == 0
    assert run("generate", "acme-1", "a cat", "-o", "cat.png", "--force").exit_code == 0
    assert Path("cat.png").read_bytes().startswith(PNG)


def test_a_place_that_takes_no_files_is_refused_first(run: Run, sandbox: Sandbox) -> None:
    Path("file").write_text("no folder")
    result = run("generate", "acme-1", "a cat", "-o", "file/cat.png")
    assert result.exit_code == 2
    assert "can't be written" in result.stderr
    assert submissions(sandbox) == 0


def test_a_disk_that_takes_no_files_is_noticed_first(
    run: Run, sandbox: Sandbox, monkeypatch: Any
) -> None:
    def read_only(**_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    result = run("generate", "acme-1", "a cat", "-o", "cats/cat.png")
    assert result.exit_code == 2
    assert "cats/cat.png can't be written, . takes no files: Read-only" in result.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["mine.png"], "mine.png exists"),
        (["mine.png/"], "mine.png is a file"),
        (["mine.png/", "--force"], "mine.png is a file"),
        (["mine.png/new.png"], "mine.png is no folder"),
        (["mine.png/new.png", "--force"], "mine.png is no folder"),
        (["mine.png/deep/new/", "--force"], "mine.png is no folder"),
        (["dangling.png"], "dangling.png exists"),
        (["x" * 300 + ".png"], "can't be written: File name too long"),
        (["x" * 300 + "/cat.png"], "can't be written: File name too long"),
        (["deep/er/" + "x" * 300 + ".png", "--force"], "can't be written: File name too long"),
        (["a\0b.png"], "can't be written: a name can't hold a NUL"),
        (["full/", "--force"], None),
        (["new/er/cat.png"], None),
        (["mine.png", "--force"], None),
        (["dangling.png", "--force"], None),
    ],
)
def test_a_place_that_can_not_be_written_to_is_noticed_first(
    run: Run, sandbox: Sandbox, words: list[str], says: str | None
) -> None:
    Path("mine.png").write_bytes(b"mine")
    Path("dangling.png").symlink_to("nowhere.png")
    Path("full").mkdir()
    before = sorted(Path().rglob("*"))
    result = run("generate", "acme-1", "a cat", "-o", *words)
    if says is None:
        assert result.exit_code == 0
        return
    assert result.exit_code == 2
    assert says in result.stderr
    assert sandbox.requests == []
    assert sorted(Path().rglob("*")) == before
    assert Path("mine.png").read_bytes() == b"mine"


def prompts(sandbox: Sandbox) -> list[Any]:
    return [task["input"].get("prompt") for task in sandbox.state()["tasks"]]


@pytest.mark.parametrize(
    ("words", "stdin", "sent"),
    [
        (["-"], "A red boat\n", "A red boat"),
        (["-"], "\ufeffé 🎬\r\n", "é 🎬"),
        (["@prompt.txt"], "", "From a\nfile"),
        (["-i", "prompt=@prompt.txt"], "", "From a\nfile"),
        (["-i", "prompt=-"], "A red boat", "A red boat"),
        (["@@alice dances"], "", "@alice dances"),
        (["-i", "prompt=@@alice"], "", "@alice"),
        (["A - B"], "not this", "A - B"),
        (["me@example.org"], "not this", "me@example.org"),
        (["--", "-5 degrees"], "not this", "-5 degrees"),
    ],
)
def test_where_a_prompt_comes_from(
    run: Run, sandbox: Sandbox, words: list[str], stdin: str, sent: str
) -> None:
    Path("prompt.txt").write_text("From a\nfile\n")
    command = ["generate", "acme-1", "-o", "cat.png", *words]
    result = CliRunner().invoke(cli, command, input=stdin, prog_name="modelhunter")
    assert result.exit_code == 0, result.stderr
    assert prompts(sandbox) == [sent]


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["-"], " \n", "from stdin, where there is none"),
        (["-"], b"\xff\xfe\x00", "stdin, which is no text"),
        (["@missing.txt"], "", "@@"),
        (["@alice dances"], "", "@@"),
        (["@"], "", "can't be"),
        (["@picture.png"], "", "picture.png, which is no text"),
        (["@empty.txt"], "", "empty.txt, where there is none"),
        (["@."], "", "can't be"),
        (["-i", "prompt=@missing.txt"], "", "the prompt is to be read from missing.txt"),
        (["-", "-i", "from=-"], "only once", "the prompt is to be read from stdin, where"),
    ],
)
def test_a_prompt_that_can_not_be_read_is_never_paid_for(
    run: Run, sandbox: Sandbox, words: list[str], stdin: Any, says: str
) -> None:
    Path("picture.png").write_bytes(PNG + bytes([0xFF, 0xFE]))
    Path("empty.txt").write_text("\n")
    command = ["generate", "acme-1", *words]
    result = CliRunner().invoke(cli, command, input=stdin, prog_name="modelhunter")
    assert result.exit_code == 2
    assert says in result.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_a_prompt_that_is_piped_in(start: Any, sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "text").write_text("A red boat\n")
        with (tmp_path / "text").open() as source:
            process = start("generate", "acme-1", "-o", "cat.png", stdin=source)
            process.communicate()
    else:
        process = start("generate", "acme-1", "-o", "cat.png", stdin=subprocess.PIPE)
        process.communicate("A red boat\n")
    assert process.returncode == 0
    assert prompts(sandbox) == ["A red boat"]


def test_what_is_piped_in_is_left_alone_where_no_prompt_is_missing(
    start: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "list").write_text("one\ntwo\n")
    with (tmp_path / "list").open() as source:
        process = start("generate", "acme-1", "a cat", "-o", "cat.png", stdin=source)
        process.communicate()
        assert source.read() == "one\ntwo\n"
    assert prompts(sandbox) == ["a cat"]
    process = start("generate", "acme-1", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert "prompt: is needed" in process.communicate()[1]


def test_an_address_that_can_not_be_used_is_noticed_first(
    run: Run, sandbox: Sandbox, monkeypatch: Any
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    result = run("generate", "acme-1", "a cat", "-o", "s3://bucket/")
    assert result.exit_code == 1
    assert "pip install fsspec" in result.stderr
    assert sandbox.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX devices")
def test_a_device_is_written_into(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "-o", os.devnull, "--force")
    assert (result.exit_code, result.stdout) == (0, f"{os.devnull}\n")
    assert Path(os.devnull).is_char_device()


def test_what_may_cost_too_much_is_not_sent(run: Run, sandbox: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "-i", "size=large", "--max-cost", "0.04")
    assert result.exit_code == 6
    assert "$0.05" in result.stderr
    assert sandbox.requests == []
    assert run("generate", "acme-1", "a cat", "--max-cost", "0.04").exit_code == 0


def test_a_refusal_says_why_it_may_cost_so_much() -> None:
    dear = Estimate(
        low=Decimal(1),
        high=Decimal(9),
        likely=Decimal(2),
        as_of=date(2026, 3, 1),
        notes=("duration was not given, so all that it may be is counted",),
    )
    refused = failure(OverBudget("too much", estimate=dear, limit=Decimal(5)))
    assert refused.text() == f"Error: too much\n  {dear.notes[0]}"


def test_without_a_key_there_are_two_ways_on(run: Run) -> None:
    result = run("generate", "acme-1", "a cat")
    assert result.exit_code == 1
    assert "MODELHUNTER_KEY" in result.stderr
    assert "--sandbox" in result.stderr


# ------------------------------------------------------------------- estimates


def test_an_estimate_needs_neither_key_nor_all_inputs(run: Run) -> None:
    result = run("generate", "acme-1", "-i", "size=large", "--estimate")
    assert result.exit_code == 0
    assert result.stdout == "acme-1 (text-to-image): $0.05, by prices read 2026-03-01\n"


def test_an_estimate_as_json(run: Run) -> None:
    said = json.loads(run("generate", "acme-1", "a cat", "--estimate", "--json").stdout)
    assert said["estimate"] == {
        "low": 0.02,
        "high": 0.02,
        "likely": 0.02,
        "as_of": "2026-03-01",
        "notes": [],
    }


def test_an_estimate_can_be_held_against_a_limit(run: Run) -> None:
    assert run("generate", "acme-1", "a cat", "--estimate", "--max-cost", "0.01").exit_code == 6
    assert run("generate", "acme-1", "a cat", "--estimate", "--max-cost", "0.02").exit_code == 0


def test_a_price_that_nobody_knows(run: Run) -> None:
    result = run("generate", "acme-2", "a cat", "--estimate")
    assert result.exit_code == 1
    assert "not known" in result.stderr


# ------------------------------------------------------------------- what happens to the task


def test_a_task_that_fails(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("failed_task", code="PROVIDER_ERROR", message="no cats here"))
    result = run("generate", "acme-1", "a cat", "--json")
    error = error_of(result)
    assert result.exit_code == error["exit_code"] == 3
    assert (error["code"], error["reason"]) == ("PROVIDER_ERROR", "no cats here")
    assert error["task"]["status"] == "failed"
    assert result.stdout == ""


def test_a_task_that_takes_too_long_goes_on(run: Run, stuck: Sandbox) -> None:
    result = run("generate", "acme-1", "a cat", "--timeout", "0.05")
    assert result.exit_code == 5
    (task,) = stuck.state()["tasks"]
    assert hinted(result) == ["resume", task["id"]]


def test_a_wait_in_vain_says_if_the_server_is_gone(run: Run, stuck: Sandbox) -> None:
    stuck.faults.add(Fault("status", operation="getTask", status=502, times=None))
    result = run("generate", "acme-1", "a cat", "--timeout", "0.05")
    assert result.exit_code == 5
    assert "could not be read the last time: " in result.stderr
    assert "502" in result.stderr


def test_a_hint_reaches_the_same_server(run: Run, stuck: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.delenv("MODELHUNTER_BASE_URL")
    result = run("generate", "acme-1", "a cat", "--timeout", "0.05", "--base-url", stuck.url)
    assert hinted(result)[-2:] == ["--base-url", stuck.url]


def test_text_from_elsewhere_does_not_control_the_terminal(run: Run, sandbox: Sandbox) -> None:
    hostile = "[bold]loud[/bold] \x1b[2J\x9b31m\nError: forged \u202egnp.exe :smile:"
    sandbox.faults.add(Fault("failed_task", message=hostile))
    result = run("generate", "acme-1", "a cat")
    assert (
        "[bold]loud[/bold] \\x1b[2J\\x9b31m\\nError: forged \\u202egnp.exe :smile:" in result.stderr
    )
    assert not any(character in result.stderr for character in "\x1b\x9b\u202e")


def test_a_download_that_fails_loses_nothing(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("expired_link", operation="downloadResult", times=None))
    result = run("generate", "acme-1", "a cat", "-o", "my cat.png")
    assert result.exit_code == 1
    assert "nothing is lost" in result.stderr
    assert not Path("my cat.png").exists()
    sandbox.faults.clear()
    again = run(*hinted(result))
    assert again.exit_code == 0
    assert Path("my cat.png").read_bytes().startswith(PNG)
    assert submissions(sandbox) == 1


def test_a_submission_whose_answer_was_lost_is_found(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("drop", at="after", operation="submit"))
    assert run("generate", "acme-1", "a cat", "-o", "cat.png").exit_code == 0
    assert len(sandbox.state()["tasks"]) == 1


def test_a_submission_that_can_not_be_found_says_what_is_known(
    run: Run, sandbox: Sandbox, no_pauses: None
) -> None:
    sandbox.faults.add(Fault("drop", at="before", operation="submit"))
    result = run("generate", "acme-1", "a cat")
    assert result.exit_code == 1
    assert "it can't be told whether the job was started" in result.stderr
    assert hinted(result)[0] == "resume"
    assert run(*hinted(result)).exit_code == 1
    assert run(*hinted(result), "--resubmit", "-o", "cat.png").exit_code == 0
    assert Path("cat.png").read_bytes().startswith(PNG)


def test_an_interrupted_upload_sends_no_job(run: Run, sandbox: Sandbox, monkeypatch: Any) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelhunter.flows.media_inputs.address_of", interrupted)
    Path("cat.png").write_bytes(PNG)
    result = run("generate", "acme-1", "a cat", "-i", "image=cat.png")
    assert result.exit_code == 130
    assert "before the job was sent" in result.stderr
    assert submissions(sandbox) == 0


def test_a_refusal_leaves_no_doubt(run: Run, sandbox: Sandbox) -> None:
    sandbox.balance = 0  # type: ignore[assignment]
    result = run("generate", "acme-1", "a cat")
    assert result.exit_code == 1
    assert "402" in result.stderr
    assert "not known" not in result.stderr


def test_a_wrong_key(run: Run, sandbox: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.setenv("MODELHUNTER_KEY", "river_test_wrong")
    error = error_of(run("generate", "acme-1", "a cat", "--json"))
    assert (error["type"], error["status"], error["exit_code"]) == ("Unauthorized", 401, 1)


def test_a_traceback_is_shown_only_on_demand(run: Run, sandbox: Sandbox, monkeypatch: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("modelhunter.ModelHunter.submit", broken)
    result = run("generate", "acme-1", "a cat")
    assert result.exit_code == 1
    assert "RuntimeError: a bug" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("generate", "acme-1", "a cat", "--debug").stderr


def test_the_sandbox_of_one_command(registry: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("modelhunter.client.base.SANDBOX_SPEED", 1e6)
    result = CliRunner().invoke(cli, ["generate", "acme-1", "a cat", "--sandbox", "-o", "cat.png"])
    assert result.exit_code == 0
    assert "nothing is sent out or charged" in result.stderr
    assert Path("cat.png").read_bytes().startswith(PNG)


def test_an_old_name_works_and_is_told(run: Run, monkeypatch: Any) -> None:
    made = Capability(
        name="text-to-video",
        fields=(Field(name="look", type="string", former=("style",)),),
        output=Output(media="video"),
        call=lambda given: given,  # type: ignore[arg-type, return-value]
    )
    price = Price(unit="video", low=Decimal(1), high=Decimal(1), as_of=date(2026, 11, 1))

    class Plugin:
        @hookimpl
        def modelhunter_provider(self) -> Provider:
            return Provider(
                name="old", models=(Model(id="old-1", capabilities=(made,), price=price),)
            )

    registry = Registry(list)
    registry.register(Plugin())
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: registry)
    result = run("generate", "old-1", "-i", "style=plain", "--estimate")
    assert "$1.00" in result.stdout
    assert "'style' is called 'look' now" in result.stderr


def test_a_model_that_no_plugin_lists_is_sent_to_the_provider_that_is_named(run, tmp_path):
    words = ("generate", "acme-99", "x", "--provider", "acme", "--capability", "text-to-image")

    priced = run(*words, "--estimate")
    limited = run(*words, "--sandbox", "--max-cost", "1", "-o", str(tmp_path / "a.png"))
    made = run(
        *words, "--sandbox", "--max-cost", "1", "--allow-unpriced", "-o", str(tmp_path / "b.png")
    )

    assert "price of acme-99 is not known" in priced.stderr
    assert "allow_unpriced" in limited.stderr
    assert made.exit_code == 0, made.stderr
    assert made.stderr.count("no installed plugin lists acme-99") == 1
    assert (tmp_path / "b.png").stat().st_size > 0
