"""Generators on the same descriptions: how long, how much of it, and whether the result is sound.

The descriptions are not part of this project; ``--specs DIR`` names a folder with some.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from attrs import frozen

from benchmarks.harness import Figure, NotRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE = 420.0
"""Seconds for one step of one generator."""
_BIN = Path(sys.executable).parent
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PACKAGE = "made"
_OPC_CONFIG = "package_name_override: made\nproject_name_override: made\n"

_IMPORT_ALL = f"""
import importlib, pkgutil
good = total = 1
package = importlib.import_module("{_PACKAGE}")
for found in pkgutil.walk_packages(getattr(package, "__path__", ()), "{_PACKAGE}.", lambda n: None):
    total += 1
    try:
        importlib.import_module(found.name)
        good += 1
    except Exception:
        pass
print(good, total)
"""


@frozen
class Covered:
    """What a package has of its description; None where the generator does not do that."""

    operations: int | None
    schemas: int


@frozen
class Generator:
    """One contestant: how it is run, and what it made of a description."""

    command: Callable[[Path, Path], list[str]]
    covered: Callable[[Path, dict[str, str]], Covered]


def figure(specs: Path | None) -> Figure:
    """Every generator on every description of a folder."""
    found = sorted(p for p in specs.iterdir() if p.suffix in _READERS) if specs else []
    rows = [_row(spec, name) for spec in found for name in _GENERATORS]
    absent = ["no descriptions: give --specs DIR", *[""] * 6]
    return Figure(
        title="Generators",
        method=(
            "One run of each on each description, in seconds on the wall. Covered: operations "
            "(method and path) with a function, and schemas of components/schemas with a class "
            "or alias of that name or title. Imports: modules that import, of all. Types: errors "
            "of mypy --strict in the generated package."
        ),
        target="modelhunter-codegen: all covered, all import, no errors.",
        columns=["description", "generator", "s", "operations", "schemas", "imports", "types"],
        rows=rows or [absent],
    )


def _row(spec: Path, name: str) -> list[str]:
    operations, schemas = _content(spec)
    generator = _GENERATORS[name]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        try:
            began = time.perf_counter()
            _run(generator.command(spec, folder), folder)
            took = time.perf_counter() - began
            covered = generator.covered(folder / _PACKAGE, schemas)
        except NotRun as reason:
            return [spec.name, name, f"failed: {reason}", "", "", "", ""]
        done = "–" if covered.operations is None else f"{covered.operations} of {operations}"
        counts = [done, f"{covered.schemas} of {len(schemas)}"]
        return [spec.name, name, f"{took:.1f}", *counts, _imports(folder), _types(folder)]


def _run(command: list[str], folder: Path, *, checked: bool = True) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except OSError as error:
        raise NotRun(f"{Path(command[0]).name}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise NotRun(f"no end within {_PATIENCE:g} s") from None
    if checked and done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise NotRun(lines[-1][:80].replace("|", "/"))
    return done.stdout


def _imports(folder: Path) -> str:
    try:
        good, total = _run([sys.executable, "-c", _IMPORT_ALL], folder).split()[-2:]
    except NotRun as reason:
        return f"none: {reason}"
    return f"{good} of {total}"


def _types(folder: Path) -> str:
    config = folder / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\n[mypy-modelhunter.*]\nfollow_imports = silent\n")
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "-p", _PACKAGE]
    try:
        told = _run(command, folder, checked=False)
    except NotRun as reason:
        return str(reason)
    if "Success" in told:
        return "0"
    return str(sum(": error: " in line for line in told.splitlines()))


# ------------------------------------------------------------------------------ the descriptions


def _read_yaml(text: str) -> Any:
    return yaml.load(text, yaml.CBaseLoader)


_READERS: dict[str, Callable[[str], Any]] = {
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".json": json.loads,
}


@cache
def _content(spec: Path) -> tuple[int, dict[str, str]]:
    """The number of operations, and the titles of the named schemas."""
    root = _READERS[spec.suffix](spec.read_text("utf-8"))
    if "paths" not in root and "components" not in root:
        return 0, {}
    operations = sum(
        method in item for item in root.get("paths", {}).values() for method in _METHODS
    )
    schemas = root.get("components", {}).get("schemas", {})
    titles = {
        name: str(schema.get("title", name)) if isinstance(schema, dict) else name
        for name, schema in schemas.items()
    }
    return operations, titles


# ------------------------------------------------------------------------------ the generators


def _ours(spec: Path, folder: Path) -> list[str]:
    from modelhunter_codegen.problems import WAIVABLE

    allowed = [word for name in sorted(WAIVABLE) for word in ("--allow", name)]
    program = str(_BIN / "modelhunter-codegen")
    out = str(folder / _PACKAGE)
    return [program, "generate", str(spec), "--out", out, "--package", _PACKAGE, *allowed]


def _opc(spec: Path, folder: Path) -> list[str]:
    config = folder / "config.yaml"
    config.write_text(_OPC_CONFIG)
    program = str(_BIN / "openapi-python-client")
    options = ["--meta", "none", "--config", str(config), "--output-path", str(folder / _PACKAGE)]
    return [program, "generate", "--path", str(spec), *options]


def _dmcg(spec: Path, folder: Path) -> list[str]:
    program = str(_BIN / "datamodel-codegen")
    options = ["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"]
    return [program, "--input", str(spec), "--output", str(folder / f"{_PACKAGE}.py"), *options]


def _covered_by_ours(package: Path, schemas: dict[str, str]) -> Covered:
    calls = (
        node
        for path in package.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Operation"
    )
    operations = {tuple(map(ast.unparse, call.args[:3])) for call in calls}
    names = json.loads((package / "codegen.lock.json").read_text("utf-8"))["names"]
    present = set(_defined(package.glob("models/*.py")))
    places = (f"#/components/schemas/{_escaped(name)}" for name in schemas)
    classes = (names.get(place, "").rpartition(".")[2] for place in places)
    return Covered(len(operations), sum(name in present for name in classes))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _covered_by_opc(package: Path, schemas: dict[str, str]) -> Covered:
    operations = [p for p in package.glob("api/*/*.py") if p.name != "__init__.py"]
    return Covered(len(operations), _matching(package.glob("models/*.py"), schemas))


def _covered_by_dmcg(package: Path, schemas: dict[str, str]) -> Covered:
    return Covered(None, _matching([package.with_suffix(".py")], schemas))


def _matching(files: Any, schemas: dict[str, str]) -> int:
    present = set(map(_plain, _defined(files)))
    return sum(bool({_plain(name), _plain(title)} & present) for name, title in schemas.items())


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _defined(files: Any) -> Iterator[str]:
    """The names of classes and of what is assigned at the top of modules."""
    for path in files:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield node.name
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (target.id for target in targets if isinstance(target, ast.Name))


_GENERATORS = {
    "modelhunter-codegen": Generator(_ours, _covered_by_ours),
    "openapi-python-client": Generator(_opc, _covered_by_opc),
    "datamodel-code-generator": Generator(_dmcg, _covered_by_dmcg),
}
