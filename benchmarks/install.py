"""What a bare ``pip install`` brings, and how large it is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROOT = Path(__file__).parent.parent
_PEERS = ("fal-client", "stripe", "replicate", "runwayml", "openai", "google-genai")
_NOT_OURS = {"pip", "setuptools"}
"""What every new environment has."""


def figure() -> Figure:
    """Ours in a fresh environment; the peers as they and their requirements are installed here."""
    return Figure(
        title="Bare install",
        method=(
            "MB of the files installed, compiled bytecode aside, and the distributions besides "
            "the library itself. modelhunter is installed from this tree into a fresh environment "
            "without extras; peers are counted as installed here, with all they require."
        ),
        target="modelhunter: at most 5 MB; attrs, cattrs, urllib3, pluggy and what those need.",
        columns=["", "MB", "with bytecode", "brings"],
        rows=[_ours(), *map(_peer, _PEERS)],
    )


def _ours() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = _run(sys.executable, "-m", "venv", folder)
        python = str(Path(folder, "Scripts" if sys.platform == "win32" else "bin", "python"))
        done = made or _run(python, "-m", "pip", "install", "--quiet", str(_ROOT))
        if done:
            return ["modelhunter", f"not run: {done}", "", ""]
        site = next(path for path in Path(folder).rglob("site-packages") if path.is_dir())
        found = [d for d in distributions(path=[str(site)]) if d.name not in _NOT_OURS]
        return _row("modelhunter", found)


def _run(*command: str) -> str:
    """Why a command failed, or nothing."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return (
        (done.stderr.strip().splitlines() or ["no reason given"])[-1][:100]
        if done.returncode
        else ""
    )


def _peer(name: str) -> list[str]:
    try:
        return _row(name, _with_requirements(name))
    except PackageNotFoundError:
        return [name, "not run: not installed", "", ""]


def _with_requirements(name: str) -> list[Distribution]:
    """A distribution and everything that its installation brings."""
    found: dict[str, Distribution] = {}
    wanted = [(name, frozenset({""}))]
    while wanted:
        name, extras = wanted.pop()
        installed = distribution(name)
        key = _canonical(installed.name)
        if key in found and extras == {""}:
            continue
        found[key] = installed
        wanted += _requirements(installed, extras)
    return list(found.values())


def _requirements(
    installed: Distribution, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    from packaging.requirements import Requirement

    for text in installed.requires or ():
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in extras):
            yield wanted.name, frozenset({"", *wanted.extras})


def _row(name: str, found: Iterable[Distribution]) -> list[str]:
    by_name = {_canonical(installed.name): installed for installed in found}
    files = {
        Path(str(file.locate())) for installed in by_name.values() for file in installed.files or ()
    }
    sizes = {file: file.stat().st_size for file in files if file.is_file()}
    plain = sum(size for file, size in sizes.items() if file.suffix != ".pyc")
    brought = sorted(by_name.keys() - {_canonical(name)})
    return [
        name,
        f"{plain / 1e6:.1f}",
        f"{sum(sizes.values()) / 1e6:.1f}",
        f"{len(brought)}: {textwrap.shorten(', '.join(brought), 60, placeholder=' …')}",
    ]


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
