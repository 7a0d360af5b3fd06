"""Nothing of a description becomes code or a file of the package that it is no part of."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from modelhunter.scaffold import ScaffoldError, generated, write_package
from modelhunter.scaffold.quoting import (
    entry_point,
    plain,
    python_arguments,
    python_names,
    python_value,
    shell_word,
    toml_text,
)

pytest.importorskip("modelhunter_codegen")

LOOM = (Path(__file__).parent / "loom.yaml").read_text()
HOSTILE = [
    *(
        '"',
        "'",
        "\\",
        "\\'",
        '"""',
        "'''",
        "\n",
        "\r",
        "x\n[tool]\ny = 1",
        "`rm`",
        "$(rm)",
        "$name",
    ),
    *("{}", "{x}", "%s", "# x", "```", "\u2028", "\x85", "\x00", "\x1b[31m", "\x7f", "\u202e", "é"),
    *(
        "\U0001f600",
        "-x",
        "--help",
        " x ",
        "a=b",
        "[a]",
        "a b",
        "a;b",
        "a\tb",
        "../x",
        "]\n",
        "'\n)",
    ),
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_stays_text_in_every_kind_of_file(tmp_path, text):
    assert tomllib.loads(f"a = {toml_text(text)}") == {"a": text}
    value = {text: [text, 1, 1.5, True, None, {"x": text}]}
    assert eval(python_value(value), {}) == value
    assert len(python_value(value).splitlines()) == 1
    called = python_arguments(text, {"a": text})
    assert eval(f"f({called})", {"f": lambda *a, **k: (a, k)}) == ((text,), {"a": text})
    for refused in (lambda: python_names([text]), lambda: plain(text)):
        try:
            refused()
        except ScaffoldError:
            continue
        assert text.isidentifier()
    try:
        word = shell_word(text)
    except ScaffoldError:
        assert not text.isprintable()
    else:
        assert len(word.splitlines()) <= 1
        done = subprocess.run(["/bin/sh", "-c", f"printf %s {word}"], capture_output=True)
        assert done.stdout.decode() == text


@pytest.mark.parametrize("text", ["\ud800", "x\udfff"])
def test_what_no_file_can_hold_is_refused(text):
    with pytest.raises(ScaffoldError):
        toml_text(text)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_model_of_any_name_is_found_by_it_or_refused(tmp_path, text):
    name = f"m{text}m"
    try:
        line = entry_point(name, plain("pkg.plugin"))
    except ScaffoldError:
        assert not name.isprintable() or "=" in name
        return
    index = tomllib.loads(line)
    (tmp_path / "entry_points.txt").write_text(
        "[group]\n" + "".join(f"{key} = {value}\n" for key, value in index.items()), "utf-8"
    )
    found = PathDistribution(tmp_path).entry_points
    assert [(one.name, one.value) for one in found] == [(name, "pkg.plugin")]


def test_a_package_of_models_of_any_name_can_be_used(tmp_path):
    known = [f"m{t}m" for t in HOSTILE if t.isprintable() and "=" not in t]
    name, spec = "m'\"```$(rm)\\", tmp_path / "odd.yaml"
    text = LOOM.replace("loom/hum-2", json.dumps(name)).replace(
        "[hum-latest]", json.dumps(known, ensure_ascii=False)
    )
    spec.write_text(text, "utf-8")
    folder = write_package("loom", tmp_path, spec)
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert {name, *known} <= project["entry-points"]["modelhunter.models"].keys()
    readme = (folder / "README.md").read_text("utf-8").split("\n")
    fences = [line for line in readme if line.startswith("```")]
    assert fences == ["```python", "```", "```sh", "```", "```sh", "```"]
    code = "\n".join(readme[readme.index("```python") + 1 : readme.index("```")])
    compile(code, "README.md", "exec")
    assert repr(name) in code


def test_what_was_made_is_not_imported(tmp_path, monkeypatch):
    ran = []
    run = generated._run
    monkeypatch.setattr(generated, "_run", lambda *words: ran.append(words) or run(*words))
    folder = write_package("loom", tmp_path, Path(__file__).parent / "loom.yaml")
    assert [words[0] for words in ran] == ["inspect", "generate"]
    assert not list(folder.rglob("__pycache__"))


SECRET = "TOP-SECRET"


def holding(folder: Path) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in found if SECRET in path.read_text("utf-8", "replace")]


@pytest.mark.parametrize(
    "text",
    [
        "# $ref: ../secret.txt\n" + LOOM,
        "# $ref: {here}/secret.txt\n" + LOOM,
        LOOM.replace("  version: ", "  summary: \"see $ref: '../secret.txt'\"\n  version: "),
        LOOM.replace("  - name: loom\n", "  - {name: loom, x-also: {$ref: ../secret.txt}}\n"),
        LOOM.replace("  - name: loom\n", "  - {name: loom, x-also: {$ref: secret.txt}}\n"),
    ],
)
def test_only_what_the_generator_read_is_copied(tmp_path, text):
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "secret.txt").write_text(SECRET)
    spec = tmp_path / "api" / "loom.yaml"
    spec.write_text(text.replace("{here}", str(tmp_path)))
    folder = write_package("loom", tmp_path / "out", spec)
    assert holding(folder) == []
    assert [path.name for path in (folder / "spec").iterdir()] == ["loom.yaml"]


@pytest.mark.parametrize(
    "way", ["../other.yaml", "{here}/other.yaml", "link.yaml", "links/other.yaml"]
)
def test_what_lies_outside_is_named_and_refused(tmp_path, way):
    (tmp_path / "other.yaml").write_text("A: {type: string}\n# " + SECRET)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "link.yaml").symlink_to(tmp_path / "other.yaml")
    (tmp_path / "api" / "links").symlink_to(tmp_path)
    spec = tmp_path / "api" / "loom.yaml"
    reference = way.replace("{here}", str(tmp_path))
    added = f"  schemas:\n    Outside: {{$ref: '{reference}#/A'}}\n"
    spec.write_text(LOOM.replace("  schemas:\n", added))
    with pytest.raises(ScaffoldError, match=r"loom.yaml:\d+: .*outside-root: .* is not in "):
        write_package("loom", tmp_path / "out", spec)
    assert holding(tmp_path / "out") == []
    if way.startswith(".."):
        for how in ({"root": tmp_path}, {"allow": ["outside-root"]}):
            folder = write_package("loom", tmp_path / f"out {len(how)} {[*how]}", spec, **how)
            assert holding(folder) == ["other.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("way", ["pipe", "/dev/zero", "spec"])
def test_a_pipe_is_not_waited_for(tmp_path, way):
    os.mkfifo(tmp_path / "pipe")
    spec = tmp_path / "loom.yaml"
    added = f"  schemas:\n    Outside: {{$ref: '{way}'}}\n"
    spec.write_text(LOOM.replace("  schemas:\n", added))
    given = tmp_path / "pipe" if way == "spec" else spec
    with pytest.raises(ScaffoldError, match=r"there is no file|is a pipe"):
        write_package("loom", tmp_path / "out", given)
