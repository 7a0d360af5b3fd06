"""Text becomes a name, a module or source at one gate, and type checkers find who forgets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile_text import HOSTILE
from sample_package import description, save

from modelhunter_codegen import names, proven
from modelhunter_codegen.cli import main
from modelhunter_codegen.lock_names import Kept, class_, variable

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(proven.__file__).parents[1]

FORGOTTEN = """
from modelhunter_codegen import ir
from modelhunter_codegen.proven import Code, Name, ModuleName
from modelhunter_codegen.render.module import Module
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import docstring, literal


def name(node: Map) -> ir.Home:
    return ir.Home(node["x-python-package"])  # forgot: module


def text(node: Map) -> ir.Home:
    return ir.Home(node.text("x-python-package") or "api")  # forgot: module


def field(wire: str, found: ir.Property) -> None:
    found.python = wire  # forgot: name


def longer(found: ir.Property) -> Name:
    return f"{found.python}_{found.wire}"  # forgot: name


def source(module: Module, endpoint: ir.Endpoint) -> None:
    module.add(f"def {endpoint.operation_id}():")  # forgot: code


def imported(module: Module, wire: str) -> None:
    module.use(wire, "x")  # forgot: code


def shown(endpoint: ir.Endpoint) -> Code:
    return f"# {endpoint.path}"  # forgot: code


def right(module: Module, endpoint: ir.Endpoint, home: ir.Home) -> ModuleName:
    module.add(f"def {endpoint.python}():", docstring([endpoint.path]), literal(endpoint.path))
    return home.module
"""


def lines(*kinds: str) -> set[int]:
    numbered = enumerate(FORGOTTEN.split("\n"), 1)
    return {n for n, line in numbered if any(f"# forgot: {kind}" in line for kind in kinds)}


def checked(folder: Path, *command: str) -> set[int]:
    """The lines of the module about which a type checker complains."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | {"MYPYPATH": str(SOURCES)},
        capture_output=True,
        text=True,
    )
    found = set()
    for line in done.stdout.splitlines():
        if "forgotten.py:" in line and "error" in line:
            found.add(int(line.partition("forgotten.py:")[2].partition(":")[0]))
    assert found or done.returncode == 0, done.stdout + done.stderr
    return found


def test_mypy_finds_text_that_is_used_as_a_name(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    save(tmp_path, FORGOTTEN, "forgotten.py")
    options = ("--strict", "--follow-imports=silent", "--python-version=3.11")
    assert checked(tmp_path, "mypy", *options, "forgotten.py") == lines("module", "name")


def test_pyright_finds_text_that_is_used_as_source(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright")
    save(tmp_path, FORGOTTEN, "forgotten.py")
    config = {
        "typeCheckingMode": "standard",
        "pythonVersion": "3.11",
        "defineConstant": {"MYPY": False},
        "extraPaths": [str(SOURCES)],
    }
    save(tmp_path, config, "pyrightconfig.json")
    options = ("--pythonpath", sys.executable, "--level", "error", "-p", "pyrightconfig.json")
    assert checked(tmp_path, "basedpyright", *options) == lines("module", "name", "code")


@pytest.mark.parametrize("text", [*HOSTILE, "a b", "a.b", "a-b", "1a", "class", "ﬁ", "x" * 9999])
def test_only_names_are_names(text: str) -> None:
    found = proven.as_name(text)
    assert found is None or (found == text and compile(f"{text} = 1", "x", "exec"))
    for prove in (variable, class_):
        assert prove(text) is None or prove(text) == found
    assert text in (HOSTILE[-1], "x" * 9999) or found in (None, "__class__")


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a b", "a;b", "a\n", "os import x"])
def test_only_modules_are_modules(text: str) -> None:
    assert proven.as_module(text) is None
    with pytest.raises(proven.NotProven):
        proven.module(text)


def test_names_of_a_lock_are_proven_too() -> None:
    lock = {
        "names": {"GET /a": "a.b\nimport os", "#/S": "models.s.class", "GET /b": "t.fine"},
        "parts": {"GET /a": {"x": "import os", "y": "y y", "z": "zed"}},
    }
    kept = Kept.of_lock(lock)
    assert (kept.function("GET /a"), kept.class_name("#/S")) == (None, None)
    assert kept.function("GET /b") == "fine"
    assert kept.variables("GET /a") == kept.members("GET /a") == {"z": "zed"}
    assert kept.module("GET /a") is None


def test_names_do_not_grow_without_end() -> None:
    name = names.snake("a")
    made = [name := names.longer(name, "_word", str(n)) for n in range(200)]
    assert max(map(len, made)) <= 400
    assert len(set(made)) == 200
    assert len(names.constant("word " * 9999)) <= 200


@pytest.mark.parametrize("package", ["os import path\nx", "", "a b", 5, ["a"], "a..b", "class.x"])
@pytest.mark.parametrize("document", ["spec", "other"])
def test_a_package_that_is_none_is_refused(
    tmp_path: Path, problems: Callable[..., list[str]], package: Any, document: str
) -> None:
    other = description({"Thing": {"type": "object", "properties": {"a": {"type": "string"}}}})
    spec = description({"Mine": {"$ref": "other.json#/components/schemas/Thing"}})
    {"spec": spec, "other": other}[document]["x-python-package"] = package
    save(tmp_path, other, "other.json")
    assert problems(spec) == ["malformed /x-python-package"]


@pytest.mark.parametrize("package", [*HOSTILE[:8], "a b", "", "a.", 5])
def test_the_package_of_a_target_is_a_module(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    package: Any,
) -> None:
    save(tmp_path, description({"A": {"type": "string"}}))
    target = f"{{ spec = 'spec.json', out = 'made', package = {json.dumps(package)} }}"
    save(tmp_path, f"[tool.modelhunter-codegen]\ntargets = [{target}]\n", "pyproject.toml")
    monkeypatch.chdir(tmp_path)
    assert main(["generate"]) == 2
    assert "is no package name" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()
