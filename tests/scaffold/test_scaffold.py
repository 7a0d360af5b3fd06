"""What ``modelhunter plugins new`` writes works as it is."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelhunter.cli.app import cli
from modelhunter.scaffold import ScaffoldError, generated, write_package

LOOM = Path(__file__).parent / "loom.yaml"
SPEC = Path(__file__).parents[2] / "spec"
TESTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_package_in_plain_python_passes_its_tests(tmp_path, run_in):
    folder = write_package("acme_labs", tmp_path)
    assert folder == tmp_path / "modelhunter-acme-labs"
    assert files_of(folder) == {
        "README.md",
        "pyproject.toml",
        "src/modelhunter_acme_labs/__init__.py",
        "src/modelhunter_acme_labs/plugin.py",
        "src/modelhunter_acme_labs/py.typed",
        "tests/test_acme_labs.py",
    }
    done = run_in(folder, *TESTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_a_package_from_a_description_passes_its_tests(tmp_path, run_in):
    pytest.importorskip("modelhunter_codegen")
    folder = write_package("loom", tmp_path, LOOM)
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert project["project"]["entry-points"] == {
        "modelhunter.providers": {"loom": "modelhunter_loom.plugin"},
        "modelhunter.models": dict.fromkeys(
            ("loom/hum-2", "hum-latest", "loom/hum-1", "loom-cloth"), "modelhunter_loom.plugin"
        ),
    }
    done = run_in(folder, *TESTS)
    assert done.returncode == 0, done.stdout + done.stderr
    check = run_in(folder, "-m", "modelhunter_codegen", "generate", "--check")
    assert check.returncode == 0, check.stdout + check.stderr
    typed = run_in(folder, "-c", "from modelhunter_loom import TextToSound, WeavePictures")
    assert typed.returncode == 0, typed.stderr


def test_a_description_comes_with_the_files_it_refers_to(tmp_path):
    pytest.importorskip("modelhunter_codegen")
    source = SPEC / "providers" / "gemini.yaml"
    text = source.read_text().replace("provider: gemini", "provider: twin")
    (tmp_path / "api" / "providers").mkdir(parents=True)
    (tmp_path / "api" / "openapi.yaml").write_text((SPEC / "openapi.yaml").read_text())
    (tmp_path / "api" / "providers" / "twin.yaml").write_text(
        text.replace("x-python-package: modelhunter_gemini.api\n", "")
    )
    (tmp_path / "api" / "unrelated.yaml").write_text("a: b")
    twin = tmp_path / "api" / "providers" / "twin.yaml"
    with pytest.raises(ScaffoldError, match=r"openapi.yaml is not in .*providers, the folder of"):
        write_package("twin", tmp_path / "out", twin)
    folder = write_package("twin", tmp_path / "out", twin, root=tmp_path / "api")
    assert {path for path in files_of(folder) if path.startswith("spec/")} == {
        "spec/openapi.yaml",
        "spec/providers/twin.yaml",
    }
    targets = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["modelhunter-codegen"]
    assert [(target["spec"], target["root"]) for target in targets["targets"]] == [
        ("spec/providers/twin.yaml", "spec")
    ]


def test_names_from_a_description_stay_data(tmp_path):
    pytest.importorskip("modelhunter_codegen")
    name = "we\"ird\\ $first 'id'"
    spec = tmp_path / "odd.yaml"
    spec.write_text(LOOM.read_text().replace("loom/hum-2", json.dumps(name)))
    folder = write_package("loom", tmp_path, spec)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert name in project["entry-points"]["modelhunter.models"]
    example = (folder / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    assert name in compile(example, "README.md", "exec").co_consts or repr(name) in example


def test_a_name_that_breaks_entry_points_is_refused(tmp_path):
    pytest.importorskip("modelhunter_codegen")
    spec = tmp_path / "odd.yaml"
    spec.write_text(LOOM.read_text().replace("loom/hum-2", "hum=2"))
    with pytest.raises(ScaffoldError, match=r"'hum=2' can't stand in entry points"):
        write_package("loom", tmp_path, spec)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme", "such as acme$"),
        ("acme-labs.eu", "such as acme_labs_eu$"),
        ("1acme", "such as acme$"),
        ("../acme", "such as acme$"),
        ("", "such as acme_labs$"),
        ("\u00e9", "such as acme_labs$"),
        ("acme__x", "such as acme_x$"),
        ("class", "a word of Python"),
        ("tasks", "client.tasks is something else already"),
        ("submit", "client.submit is something else already"),
    ],
)
def test_names_that_can_be_no_provider(tmp_path, name, said):
    with pytest.raises(ScaffoldError, match=f"can't be a provider's name: .*{said}"):
        write_package(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "modelhunter-acme").mkdir()
    with pytest.raises(ScaffoldError, match="nothing is overwritten"):
        write_package("acme", tmp_path)
    assert not list((tmp_path / "modelhunter-acme").iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOOM.read_text(), "describes the provider 'loom' .* not 'other'"),
        (
            "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n"
            "components: {schemas: {A: {type: object}}}\n",
            "lacks x-catalogue",
        ),
        ("openapi: [", "loom.yaml"),
        ("openapi: 3.1.0\ncomponents: {schemas: {A: {$ref: 'gone.yaml'}}}", "no file .*gone.yaml"),
    ],
)
def test_a_description_that_cannot_be_used_leaves_nothing(tmp_path, text, said):
    pytest.importorskip("modelhunter_codegen")
    spec = tmp_path / "loom.yaml"
    spec.write_text(text)
    with pytest.raises(ScaffoldError, match=said):
        write_package("other", tmp_path / "out", spec)
    assert not list((tmp_path / "out").iterdir())


def test_without_the_generator_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(generated, "find_spec", lambda name: None)
    with pytest.raises(ScaffoldError, match="pip install modelhunter-codegen"):
        write_package("loom", tmp_path, LOOM)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ScaffoldError, match="could not be written"):
        write_package("acme", tmp_path / "file")


def test_the_command_says_what_comes_next(tmp_path):
    done = CliRunner().invoke(cli, ["plugins", "new", "acme", "--into", str(tmp_path)])
    assert done.exit_code == 0
    assert "pip install -e '.[test]'" in done.output
    again = CliRunner().invoke(cli, ["plugins", "new", "acme", "--into", str(tmp_path)])
    assert again.exit_code == 2
    assert "nothing is overwritten" in again.output


def test_a_name_that_is_taken_is_said(tmp_path):
    done = CliRunner().invoke(cli, ["plugins", "new", "vidu", "--into", str(tmp_path)])
    assert done.exit_code == 0
    assert "modelhunter-vidu is installed and brings vidu too" in done.stderr


def test_the_command_as_json(tmp_path):
    done = CliRunner().invoke(cli, ["plugins", "new", "acme", "--into", str(tmp_path), "--json"])
    found = json.loads(done.output)
    assert found["folder"] == str(tmp_path / "modelhunter-acme")
    assert len(found["files"]) == 6


def test_plugins_still_lists():
    done = CliRunner().invoke(cli, ["plugins", "--json"])
    assert isinstance(json.loads(done.output), list)
