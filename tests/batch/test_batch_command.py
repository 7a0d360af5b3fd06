"""``modelhunter batch`` as somebody types it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter.sandbox import Sandbox


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path) -> Any:
    def command(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "modelhunter", "batch", *words],
            cwd=tmp_path,
            env={"MODELHUNTER_KEY": sandbox.key, "MODELHUNTER_BASE_URL": sandbox.url, "PATH": ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    (tmp_path / "shots.csv").write_text(
        "key,title,duration\nfox,A fox,1\nsea,The sea,1\n", encoding="utf-8"
    )
    return command


def test_from_a_table_to_files_a_status_an_export_and_a_sheet(
    run: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    words = ("run", "shots.csv", "--out", "clips", "--model", "viduq3-turbo")
    words = (*words, "--set", "prompt={title} in oil", "--name", "{key}.{ext}")
    price = json.loads(run(*words, "--estimate", "--json").stdout)
    assert (price["jobs"], price["high"]) == (2, 0.16)
    assert not (tmp_path / "clips").exists()
    first = run(*words)
    assert "2 jobs: 2 done; $0.12 spent" in first.stdout
    assert "fox: clips/fox.mp4" in first.stderr
    assert {task["input"]["prompt"] for task in sandbox.state()["tasks"]} == {
        "A fox in oil",
        "The sea in oil",
    }
    assert "0 new jobs, 2 in all" in run(*words).stderr
    assert len(sandbox.state()["tasks"]) == 2
    status = json.loads(run("status", "clips", "--json").stdout)
    assert status == {"total": 2, "states": {"done": 2}, "spent": 0.12, "failures": {}}
    run("export", "clips", "--to", "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [(line["key"], line["cost"], line["files"]) for line in lines] == [
        ("fox", 0.06, ["clips/fox.mp4"]),
        ("sea", 0.06, ["clips/sea.mp4"]),
    ]
    assert run("sheet", "clips").stdout.strip() == "clips/contact-sheet.html"
    assert 'src="fox.mp4"' in (tmp_path / "clips" / "contact-sheet.html").read_text()
    assert run("retry", "clips").stdout.startswith("0 jobs are ready again")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "shots.csv"), "--out DIR"),
        (("run", "nope.csv", "--out", "x"), "there is no file nope.csv"),
        (("run", "shots.csv", "--out", "x"), "line 2: no model"),
        (("run", "shots.csv", "--out", "x", "--model", "viduq3-turbo"), "prompt"),
        (("run", "shots.csv", "--out", "x", "--at-once", "0"), "--at-once"),
        (("run", "shots.csv", "--out", "x", "--budget", "lots"), "--budget"),
        (("run", "--out", "x", "--estimate"), "--estimate prices a file: name it"),
        (("run", "shots.csv", "--out", "s3://b/x"), "--ledger PATH"),
        (("status", "nowhere"), "there is no ledger at nowhere"),
        (("export", "shots.csv", "--to", "a.doc"), "can't be opened"),
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong_gets_a_sentence(
    run: Any, sandbox: Sandbox, words: tuple[str, ...], said: str
) -> None:
    process = run(*words, code=1 if words[0] == "export" else 2)
    assert said in process.stderr
    assert "Traceback" not in process.stderr
    assert not sandbox.state()["requests"]
