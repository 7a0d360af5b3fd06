"""Writes what type checkers see of packages that load their names lazily.

Such a package lists its names once, in its call of ``modelhunter.runtime.lazy.lazily``; the imports
beside it, under ``if TYPE_CHECKING``, are made from that list. ``python codegen/facades.py`` writes
them; with ``--check`` it only compares. (Generated packages are written so from the start.)
"""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

from shells import ruff

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "plugins", "codegen/src")
BEGIN = "if TYPE_CHECKING:  # made from the list below by codegen/facades.py\n"
END = "else:\n"


def facades() -> list[Path]:
    """The packages that are written by hand and load their names lazily."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py"))
    return sorted(path for path in found if BEGIN in path.read_text("utf-8"))


def completed(source: str, path: Path) -> str:
    """A package's source with the imports that its list asks for."""
    before, begin, rest = source.partition(BEGIN)
    _, end, after = rest.partition(END)
    lines = [f"from {home} import {name} as {name}" for home, name in listed(after)]
    block = "".join(f"    {line}\n" for line in lines)
    name = ("--stdin-filename", str(path))
    return ruff(
        before + begin + block + end + after, "check", "--select", "I", "--fix", "-q", *name
    )


def listed(call: str) -> list[tuple[str, str]]:
    """The module and the name of each entry of a call of ``lazily``."""
    calls = (
        node for node in ast.walk(ast.parse(textwrap.dedent(call))) if isinstance(node, ast.Call)
    )
    names: dict[str, tuple[str, ...]] = ast.literal_eval(next(calls).args[1])
    return [(home, name) for home, found in names.items() for name in found]


def main(arguments: list[str]) -> int:
    """Write the imports, or compare them; returns the exit code."""
    stale = []
    for path in facades():
        source = path.read_text("utf-8")
        made = completed(source, path)
        if made == source:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in arguments:
            path.write_text(made, "utf-8")
    if stale and "--check" in arguments:
        print(f"the imports of {', '.join(stale)} are not what its list says; nox -s codegen")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
