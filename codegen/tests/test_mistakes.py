"""What the commands say to somebody who made a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_package import description, save

from modelhunter_codegen.cli import main

OUT = ["--out", "out", "--package", "pkg"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good description, ``spec.json``, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path, description())
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("a: 1\n\tb: 2\n", "spec.yaml:2: /: unreadable: it is not YAML: a tab", "with spaces"),
        ("a: [1, 2\n", "spec.yaml:2: /: unreadable: it is not YAML", ""),
        ("", "spec.yaml:1: /: unreadable: there is nothing in it", "this is the file"),
        ("- a\n", "spec.yaml:1: /: unreadable: there is a list in it", "this is the file"),
        ("words\n", "spec.yaml:1: /: unreadable: there is plain text in it", "this is the file"),
        ("swagger: '2.0'\n", "spec.yaml:1: /swagger: unsupported-version: this is Swagger 2.0",
         "convert it first"),
        ("openapi: 4.0.0\n", "spec.yaml:1: /openapi: unsupported-version: this is version 4.0.0",
         "OpenAPI 3.0 and 3.1 are supported"),
        ("asyncapi: 3.0.0\n", "spec.yaml:1: /: unsupported-version: no `openapi`", "is the file"),
    ],
)  # fmt: skip
def test_what_is_no_description(
    capsys: pytest.CaptureFixture[str], content: str, message: str, hint: str
) -> None:
    Path("spec.yaml").write_text(content)
    for command in (["generate", "spec.yaml", *OUT], ["diff", "spec.yaml", "spec.json"]):
        words = said(capsys, *command)
        assert words.startswith(message)
        assert hint in words
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ('{"openapi": "3.1.0",\n "info": {"title": "x",}}', "a key is missing", "the comma"),
        ('{"openapi": [1,\n ]}', "a value is missing", "the comma"),
        ('{"openapi": "3.1.0",\n info: {}}', "a key is missing", "double quotes"),
        ("{\n'openapi': 1}", "a key is missing", "double quotes"),
        ('{"openapi": "3.1.0"\n "info": {}}', "a comma or } is missing", ""),
    ],
)
def test_what_is_no_json(
    capsys: pytest.CaptureFixture[str], content: str, message: str, hint: str
) -> None:
    Path("other.json").write_text(content)
    words = said(capsys, "generate", "other.json", *OUT)
    assert words.startswith(f"other.json:2: /: unreadable: it is not JSON: {message}")
    assert hint in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["spec.json"], "needs --out DIR and --package NAME"),
        (["--out", "x"], "need SPEC"),
        ([], "there is no pyproject.toml here"),
        (["spec.json", "--out", "x", "--package", "1x"], "'1x' is no package name"),
        (["spec.json", "--out", "x", "--package", "a..b"], "'a..b' is no package name"),
        (["spec.json", "--out", "x", "--package", "a.class"], "Python has another use for class"),
        (["no.json", *OUT], "no.json: unreadable: there is no such file"),
        ([".", *OUT], ".: unreadable: it is a folder"),
        (["https://shop.example/openapi.json", *OUT], "it is on the network"),
        (["spec.json", *OUT, "--overlay", "no.yaml"], "no.yaml: unreadable: there is no such file"),
        (["spec.json", "--out", "spec.json", "--package", "x"], "spec.json is a file"),
        (["spec.json", "--out", "spec.json/x", "--package", "x"], "spec.json is a file"),
    ],
)
def test_a_bad_command_line_is_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert words in said(capsys, "generate", *arguments)


@pytest.mark.parametrize(("path", "words"), [("no.yaml", "no such file"), ("empty", "in it")])
def test_nothing_to_compare(capsys: pytest.CaptureFixture[str], path: str, words: str) -> None:
    Path("empty").mkdir()
    assert words in said(capsys, "diff", "spec.json", path)
    assert words in said(capsys, "diff", path, "spec.json")


@pytest.mark.parametrize("lock", ["<<<<<<< HEAD\n{}", "[]", "{}", "\udcff"])
def test_a_lock_that_cant_be_read_is_not_overwritten(
    capsys: pytest.CaptureFixture[str], lock: str
) -> None:
    assert main(["generate", "spec.json", *OUT]) == 0
    capsys.readouterr()
    path = Path("out/codegen.lock.json")
    path.write_bytes(lock.encode("utf-8", "surrogateescape"))
    assert "take it from the last commit, or delete it" in said(
        capsys, "generate", "spec.json", *OUT
    )
    assert path.read_bytes() == lock.encode("utf-8", "surrogateescape")
    path.unlink()
    assert main(["generate", "spec.json", *OUT]) == 0


def test_argparse_refuses_what_it_does_not_know() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["generate", "spec.json", *OUT, "--allow", "everything"])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "project", ["[tool]\n", "x = [\n", "[tool.modelhunter-codegen]\ntargets = [{spec = 1}]\n"]
)
def test_a_bad_table_of_targets_is_explained(
    capsys: pytest.CaptureFixture[str], project: str
) -> None:
    Path("pyproject.toml").write_text(project)
    assert "pyproject.toml" in said(capsys, "generate")
