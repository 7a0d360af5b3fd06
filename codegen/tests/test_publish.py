from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_package import description, save

from modelhunter_codegen import publish
from modelhunter_codegen.cli import main

SCHEMAS = {
    "B": {"type": "object", "properties": {"x": {"type": "string", "enum": ["p", "q"]}}},
    "A": {
        "anyOf": [
            {"$ref": "#/components/schemas/B"},
            {"type": "object", "properties": {"y": {}, "z": {}}},
        ]
    },
}
PATHS = {
    "/a": {
        "get": {
            "operationId": "get_a",
            "tags": ["t"],
            "responses": {
                "200": {
                    "description": "",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                }
            },
        }
    }
}


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, description(SCHEMAS, PATHS))
    return Path("spec.json")


def generate(*more: str) -> int:
    return main(["generate", "spec.json", "--out", "out/pkg", "--package", "pkg", *more])


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_second_run_changes_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate() == 0
    before = tree(Path("out"))
    assert generate() == 0
    assert "0 changed" in capsys.readouterr().out
    assert tree(Path("out")) == before
    assert generate("--check") == 0
    assert not [path for path in Path("out").iterdir() if path.name.startswith(".")]


def test_the_output_does_not_depend_on_hashing(spec: Path) -> None:
    trees = []
    for seed in ("1", "2"):
        arguments = ["generate", "spec.json", "--out", f"out{seed}", "--package", "pkg"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "modelhunter_codegen", *arguments]
        subprocess.run(command, check=True, env=environment, timeout=60, capture_output=True)
        trees.append(tree(Path(f"out{seed}")))
    assert trees[0] == trees[1]


def test_stale_files_vanish_and_foreign_ones_stay(spec: Path, tmp_path: Path) -> None:
    generate()
    Path("out/pkg/mine.py").write_text("# mine\n")
    Path("out/pkg/models/notes.txt").write_text("mine")
    changed: dict[str, Any] = {"A": SCHEMAS["B"]}
    save(tmp_path, description(changed))
    assert generate() == 0
    assert not Path("out/pkg/models/b.py").exists()
    assert not Path("out/pkg/t.py").exists()
    assert Path("out/pkg/mine.py").read_text() == "# mine\n"
    assert Path("out/pkg/models/notes.txt").exists()


def test_a_foreign_file_in_the_way_is_not_overwritten(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out/pkg").mkdir(parents=True)
    Path("out/pkg/t.py").write_text("# mine\n")
    assert generate() == 2
    assert "t.py is not generated and stands in the way" in capsys.readouterr().err
    assert tree(Path("out")) == {"pkg/t.py": b"# mine\n"}


def check(capsys: pytest.CaptureFixture[str]) -> str:
    before = tree(Path("out"))
    capsys.readouterr()
    assert generate("--check") == 1
    assert tree(Path("out")) == before
    return capsys.readouterr().out


def test_check_says_that_a_hand_made_the_difference(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate()
    path = Path("out/pkg/models/b.py")
    path.write_text(path.read_text().replace("class B:", "class C:"))
    out = check(capsys)
    assert "changed by hand: models/b.py" in out
    assert "-class C:" in out
    assert "+class B:" in out
    assert "description has changed" not in out


def test_check_says_that_the_description_made_the_difference(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate()
    save(
        tmp_path,
        description({**SCHEMAS, "New": {"type": "object", "properties": {"n": {}}}}, PATHS),
    )
    out = check(capsys)
    assert "the description has changed since" in out
    assert "by hand" not in out
    assert "models/new.py (generated)" in out


def test_check_says_that_the_generator_made_the_difference(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate()
    monkeypatch.setattr(publish, "__version__", "99")
    assert "the generator was 0.1.0 and is 99" in check(capsys)


def test_check_of_nothing_and_of_a_removed_file(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("--check") == 1
    assert "never generated here" in capsys.readouterr().out
    assert not Path("out").exists()
    generate()
    Path("out/pkg/t.py").unlink()
    assert "changed by hand: t.py" in check(capsys)


def test_formatting_and_comments_of_the_description_do_not_count(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate()
    content = json.dumps(description(SCHEMAS, PATHS), indent=8)
    (tmp_path / "spec.json").write_text(content)
    assert generate("--check") == 0


def test_the_lock_names_every_file(spec: Path) -> None:
    generate()
    lock = json.loads(Path("out/pkg/codegen.lock.json").read_text())
    assert set(lock) == {"generator", "spec", "names", "parts", "files"}
    assert set(lock["files"]) == set(tree(Path("out/pkg"))) - {"codegen.lock.json"}


def test_a_new_schema_takes_no_name_from_an_old_one(spec: Path, tmp_path: Path) -> None:
    old = {"type": "object", "properties": {"old": {"type": "string"}}}
    save(tmp_path, description({"foo_bar": old, "PET": old}))
    assert generate() == 0
    before = tree(Path("out/pkg/models"))
    new = {"type": "object", "properties": {"new": {"type": "string"}}}
    save(tmp_path, description({"FooBar": new, "Pet": new, "foo_bar": old, "PET": old}))
    assert generate() == 0
    after = tree(Path("out/pkg/models"))
    for name in ("foo_bar.py", "pet.py"):
        assert after[name] == before[name]
    assert len(after) == len(before) + 2
    assert generate("--check") == 0


def test_a_description_with_problems_changes_nothing(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate()
    before = tree(Path("out"))
    save(tmp_path, description({"A": {"not": {"type": "string"}}}))
    assert generate() == 2
    assert "spec.json:" in capsys.readouterr().err
    assert tree(Path("out")) == before
    assert generate("--allow", "unsupported-not") == 0
    assert "note: spec.json:" in capsys.readouterr().err


def test_targets_of_the_project(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text(
        "[tool.modelhunter-codegen]\n"
        'targets = [{spec = "spec.json", out = "one", package = "a.b"}, '
        '{spec = "spec.json", out = "two", package = "c"}]\n'
    )
    assert main(["generate"]) == 0
    assert Path("one/models/b.py").exists()
    assert Path("two/t.py").exists()
    assert main(["generate", "--check"]) == 0
