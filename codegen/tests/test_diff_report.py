"""What the command ``diff`` prints and returns, for files, folders and providers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sample_package import description, save

from modelhunter_codegen.cli import main
from modelhunter_codegen.diff import compare

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = Path(__file__).parents[2] / "spec"
THING = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


def thing(**more: object) -> dict[str, object]:
    return {**THING, "properties": {"name": {"type": "string"}, **more}}


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, description({"Thing": THING}), "old.json")
    save(tmp_path, description({"Thing": thing(size={"type": "string"})}), "new.json")


def test_the_text_is_grouped_and_says_where(pair: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old.json", "new.json"]) == 0
    assert capsys.readouterr().out == (
        "Breaking (1)\n\n"
        "  models.Thing\n"
        "    the field age is gone\n"
        "      old old.json:16: /components/schemas/Thing/properties/age, "
        "new new.json:10: /components/schemas/Thing\n\n"
        "Safe (1)\n\n"
        "  models.Thing\n"
        "    the field size is new\n"
        "      old old.json:10: /components/schemas/Thing, "
        "new new.json:16: /components/schemas/Thing/properties/size\n\n"
        "1 breaking, 0 possibly breaking, 1 safe. Version: major (0.x: minor).\n"
    )


def test_the_json_has_the_same(pair: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old.json", "new.json", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["version"] == {"bump": "major", "bump_0x": "minor"}
    assert report["counts"] == {"breaking": 1, "possibly": 0, "safe": 1}
    assert report["changes"][0] == {
        "impact": "breaking",
        "kind": "field-removed",
        "subject": "models.Thing",
        "message": "the field age is gone",
        "old": {
            "file": "old.json",
            "line": 16,
            "pointer": "/components/schemas/Thing/properties/age",
        },
        "new": {"file": "new.json", "line": 10, "pointer": "/components/schemas/Thing"},
    }


def test_the_changelog_sorts_by_what_happened(
    pair: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "old.json", "new.json", "--format", "changelog"]) == 0
    assert capsys.readouterr().out == (
        "## [Unreleased]\n\n"
        "### Added\n\n- `models.Thing`: the field size is new.\n\n"
        "### Removed\n\n- **Breaking** `models.Thing`: the field age is gone.\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "level", "code"),
    [
        ("old.json", "new.json", "breaking", 1),
        ("old.json", "new.json", "safe", 1),
        ("old.json", "more.json", "breaking", 0),
        ("old.json", "more.json", "possibly", 0),
        ("old.json", "more.json", "safe", 1),
        ("old.json", "old.json", "safe", 0),
        ("old.json", "none.json", "safe", 2),
    ],
)
def test_the_exit_code(
    pair: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    level: str,
    code: int,
) -> None:
    save(tmp_path, description({"Thing": thing(age={"type": "integer"}, x={})}), "more.json")
    assert main(["diff", old, new, "--fail-on", level]) == code
    assert ("none.json" in capsys.readouterr().err) == (code == 2)


def test_an_unknown_level_is_refused(pair: None) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["diff", "old.json", "new.json", "--fail-on", "everything"])
    assert caught.value.code == 2


def test_folders_are_compared_file_by_file(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        save(tmp_path, description({"Thing": THING}), f"{folder}/same.json")
        save(tmp_path, '{"no": "description"}', f"{folder}/other.json")
    save(tmp_path, description({}), "old/gone.json")
    save(tmp_path, description({}), "new/come.json")
    changes = compare(tmp_path / "old", tmp_path / "new")
    assert [(c.impact, c.kind) for c in changes] == [
        ("breaking", "package-removed"),
        ("safe", "package-added"),
    ]


def test_a_checkout_is_compared_by_its_targets(tmp_path: Path) -> None:
    for folder, schema in (("old", THING), ("new", thing())):
        save(tmp_path, description({"Thing": schema}), f"{folder}/spec/api.json")
        save(tmp_path, description({folder: schema}), f"{folder}/tests/sample.json")
        project = '[tool.modelhunter-codegen]\ntargets = [{spec = "spec/api.json"}]\n'
        save(tmp_path, project, f"{folder}/pyproject.toml")
    assert [c.kind for c in compare(tmp_path / "old", tmp_path / "new")] == ["field-removed"]


# ------------------------------------------------------------------------------- providers


@pytest.fixture
def change(tmp_path: Path) -> Callable[..., list[tuple[str, str, str]]]:
    """What a replacement of text in Vidu's description changes."""

    def changed(*replacements: tuple[str, str]) -> list[tuple[str, str, str]]:
        for folder in ("old", "new"):
            shutil.copytree(SPEC, tmp_path / folder)
        path = tmp_path / "new" / "providers" / "vidu.yaml"
        text = path.read_text("utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        found = compare(tmp_path / "old", tmp_path / "new")
        return [(c.impact, c.kind, c.subject) for c in found]

    return changed


def test_our_own_descriptions_do_not_differ_from_themselves() -> None:
    assert compare(SPEC, SPEC) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('high: "0.16"', 'high: "0.20"', [("possibly", "price-raised", "viduq3-pro")]),
        ('high: "0.16"', 'high: "0.15"', [("safe", "price-lowered", "viduq3-pro")]),
        ('{resolution: 540p}, amount: "0.07"', '{resolution: 540p}, amount: "0.08"',
         [("possibly", "price-raised", "viduq3-pro")]),
        ("duration: duration\n        resolution: resolution\n        aspect_ratio",
         "resolution: resolution\n        aspect_ratio",
         [("possibly", "output-changed", "vidu text-to-video")]),
        ("      typical_seconds: 30\n      output",
         "      typical_seconds: 40\n      output",
         [("safe", "duration-changed", "vidu text-to-video")]),
        ("title: Vidu Q3 Pro\n", "title: Pro\n",
         [("safe", "documentation-changed", "viduq3-pro")]),
    ],
)  # fmt: skip
def test_changes_of_a_catalogue(
    change: Callable[..., list[tuple[str, str, str]]],
    old: str,
    new: str,
    expected: list[tuple[str, str, str]],
) -> None:
    assert change((old, new)) == expected


def test_a_model_under_another_name(change: Callable[..., list[tuple[str, str, str]]]) -> None:
    found = change(
        ("viduq3-turbo", "viduq3-fast"),
        ("title: Vidu Q3 Turbo\n", "title: Vidu Q3 Fast\n"),
    )
    assert ("breaking", "model-removed", "viduq3-turbo") in found
    assert ("safe", "model-added", "viduq3-fast") in found


def test_a_model_whose_old_name_is_an_alias(
    change: Callable[..., list[tuple[str, str, str]]],
) -> None:
    found = change(
        ("viduq3-turbo", "viduq3-fast"),
        (
            "      description: The faster and cheaper of the two present models; 1 to 16 seconds, "
            "with sound.\n      status: current\n      aliases: []",
            "      description: Fast.\n      status: current\n      aliases: [viduq3-turbo]",
        ),
    )
    assert ("safe", "model-renamed", "viduq3-turbo") in found
    assert not [one for one in found if one[0] == "breaking" and one[1] == "model-removed"]
