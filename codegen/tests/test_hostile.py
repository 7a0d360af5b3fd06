"""Text from a description can never become code, whatever it is and wherever it stands."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_text import HOSTILE, MARK, everywhere
from sample_package import Make, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import Report
from modelhunter_codegen.publish import formatted


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(make: Make, text: str) -> None:
    made = make(spec=everywhere(text))
    for path, source in made.built.files.items():
        assert not set(source) & set("\0\u2028\u2029\u202e\u2066\ufeff\x85\r"), path
        assert ".." not in path
        assert Path(path).parts[0] != "/"
        if not path.endswith(".py"):
            continue
        _only_known_calls(source)
        made.module(path.removesuffix(".py").replace("/", ".").removesuffix("__init__").rstrip("."))
    assert not hasattr(builtins, MARK)
    wire = {text: "v", "fixed": text or "c", "choice": text, "one": text, "extra!": "e"}
    wire["nested"] = {text: {"x": "y"}}
    wire["union"] = {text: "z", "k": text}
    if text == "fixed":
        return
    assert made.encode("Thing", made.decode("Thing", wire)) == wire
    assert not hasattr(builtins, MARK)


def _only_known_calls(source: str) -> None:
    """No name that a generated module uses comes from the description's text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "__import__"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert module != "os"


def test_what_is_written_at_last_is_as_harmless(tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE[:4]):
        spec = save(tmp_path, everywhere(text), f"{number}.json")
        texts = formatted(build(spec, f"hostile_{number}", Report()))
        folder = tmp_path / f"hostile_{number}"
        for path, source in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(source, "utf-8")
    code = (
        "import builtins, importlib, pkgutil, sys\n"
        f"for number in range(4):\n"
        "    package = importlib.import_module(f'hostile_{number}')\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        f"sys.exit(hasattr(builtins, '{MARK}'))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=60)
