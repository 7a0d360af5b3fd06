"""Formatting, comparing and writing what was generated.

A package is built in a folder beside its place and then put there file by file, each by a rename;
files that an earlier run made and this one does not are removed. Which files are ours says the
lock, a committed file in the package folder, and the first line of each.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter_codegen._version import __version__
from modelhunter_codegen.proven import FilePath
from modelhunter_codegen.render.module import HEADER, MARKDOWN_HEADER

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from modelhunter_codegen.build import Built

LOCK = FilePath("codegen.lock.json")
_HEADERS = {".py": HEADER, ".md": MARKDOWN_HEADER}
_RUFF = """\
line-length = 100
target-version = "py311"
[format]
skip-magic-trailing-comma = true
[lint]
select = ["I"]
[lint.isort]
known-first-party = ["modelhunter"]
split-on-trailing-comma = false
"""


class ToolError(Exception):
    """A tool that the generator runs failed, or a folder can't be written."""


@frozen
class Change:
    """One file that differs from what would be generated; ``diff`` is unified."""

    path: str
    diff: str


@frozen
class Drift:
    """Why and how a package differs from what its description gives now."""

    reasons: tuple[str, ...]
    changes: tuple[Change, ...]


def formatted(built: Built) -> dict[FilePath, str]:
    """The final text of every file, the lock included, by path below the package folder.

    Raises:
        ToolError: ruff is missing or refuses what was generated.
    """
    with tempfile.TemporaryDirectory(prefix="modelhunter-codegen-", dir=_scratch()) as name:
        folder = Path(name) / "package"
        for path, text in built.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8", newline="\n")
        config = Path(name) / "ruff.toml"
        config.write_text(_RUFF, "utf-8")
        _ruff(["check", "--fix"], config, folder)
        _ruff(["format"], config, folder)
        texts = {path: (folder / path).read_text("utf-8") for path in built.files}
    texts[LOCK] = _lock(built, texts)
    return texts


def _scratch() -> str | None:
    """A folder in memory for ruff to work in, where the system has one; thousands of files."""
    return "/dev/shm" if os.access("/dev/shm", os.R_OK | os.W_OK | os.X_OK) else None  # noqa: S108


def _ruff(command: list[str], config: Path, folder: Path) -> None:
    ruff = shutil.which(
        "ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if ruff is None:
        raise ToolError("ruff is not installed beside modelhunter-codegen; install ruff")
    arguments = [ruff, *command, "--quiet", "--no-cache", "--config", str(config), str(folder)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ToolError(f"ruff refused what was generated: {(done.stdout + done.stderr).strip()}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lock(built: Built, texts: Mapping[FilePath, str]) -> str:
    content = {
        "generator": __version__,
        "spec": built.digest,
        "names": built.package.kept.names,
        "parts": built.package.kept.parts,
        "files": {path: _digest(text) for path, text in sorted(texts.items())},
    }
    return json.dumps(content, indent=1) + "\n"


def read_lock(out: Path) -> dict[str, Any]:
    """The lock of a package folder; empty where there is none.

    Raises:
        ToolError: it can't be read. The names that it records must not be lost unnoticed.
    """
    path = out / LOCK
    if not path.is_file():
        return {}
    try:
        lock = json.loads(path.read_bytes())
    except OSError as error:
        raise ToolError(f"{path}: can't read it: {error.strerror}") from None
    except ValueError as error:
        lock, reason = None, f"it is not JSON ({error})"
    else:
        reason = "it is no lock"
    if isinstance(lock, dict) and isinstance(lock.get("files"), dict):
        return lock
    raise ToolError(
        f"{path}: {reason}; take it from the last commit, or delete it, which may rename what was "
        "generated"
    )


def _is_ours(path: Path, relative: str, lock: Mapping[str, Any]) -> bool:
    """Whether a file was generated: the lock has it, or its first line says so."""
    if relative in lock.get("files", ()):
        return True
    header = _HEADERS.get(path.suffix)
    if header is None:
        return False
    with path.open("rb") as file:
        return file.readline().strip() == header.encode()


def _generated_files(out: Path, lock: Mapping[str, Any], besides: Container[str]) -> list[str]:
    """The generated files in a folder, but for the lock and ``besides``."""
    if not out.is_dir():
        return []
    found = []
    for path in sorted(out.rglob("*")):
        relative = path.relative_to(out).as_posix()
        if relative == LOCK or relative in besides or "__pycache__" in relative:
            continue
        if path.is_file() and _is_ours(path, relative, lock):
            found.append(relative)
    return found


def write(out: Path, texts: Mapping[FilePath, str]) -> list[str]:
    """Bring a package folder to this state; returns the paths that changed or went.

    Files written by hand are never touched.

    Raises:
        ToolError: a hand-written file stands where a generated one belongs, or writing failed.
    """
    lock = read_lock(out)
    strangers = [
        path
        for path in texts
        if path != LOCK and (out / path).exists() and not _is_ours(out / path, path, lock)
    ]
    if strangers:
        listed = ", ".join(strangers)
        raise ToolError(f"{out}: {listed} is not generated and stands in the way; move it")
    changed: list[FilePath] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".codegen-", dir=out.parent) as staged:
            for path, text in texts.items():
                target = out / path
                data = text.encode("utf-8", "surrogatepass")
                if target.is_file() and target.read_bytes() == data:
                    continue
                source = Path(staged) / path
                source.parent.mkdir(parents=True, exist_ok=True)
                source.write_bytes(data)
                changed.append(path)
            for path in sorted(changed, key=lambda path: path == LOCK):
                target = out / path
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(staged) / path, target)
        gone = _generated_files(out, lock, besides=texts)
        for name in gone:
            (out / name).unlink()
        _remove_empty_folders(out)
    except OSError as error:
        raise ToolError(f"{out}: can't write: {_reason(out, error)}") from None
    return [*changed, *gone]


def _reason(out: Path, error: OSError) -> str:
    there = next((path for path in (out, *out.parents) if path.exists()), Path())
    if not there.is_dir():
        return f"{there} is a file; --out takes the package's own folder"
    return f"{error.strerror} ({error.filename})"


def _remove_empty_folders(out: Path) -> None:
    for folder in sorted((p for p in out.rglob("*") if p.is_dir()), reverse=True):
        names = {child.name for child in folder.iterdir()}
        if names <= {"__pycache__"}:
            shutil.rmtree(folder)


def drift(out: Path, built: Built, texts: Mapping[FilePath, str]) -> Drift | None:
    """How a package folder differs from what would be generated; None where it does not."""
    lock = read_lock(out)
    changes = []
    by_hand = []
    gone = [(path, "") for path in _generated_files(out, lock, besides=texts)]
    for path, wanted in (*texts.items(), *gone):
        target = out / path
        there = target.read_bytes().decode("utf-8", "replace") if target.is_file() else ""
        if there == wanted and target.is_file() == (path in texts):
            continue
        known = lock.get("files", {}).get(path)
        if known is not None and known != _digest(there):
            by_hand.append(path)
        changes.append(Change(path, _diff(out / path, there, wanted)))
    if not changes:
        return None
    return Drift(tuple(_reasons(lock, built, by_hand)), tuple(changes))


def _reasons(lock: Mapping[str, Any], built: Built, by_hand: list[str]) -> list[str]:
    if not lock:
        return ["it was never generated here (there is no lock)"]
    reasons = []
    if lock.get("spec") != built.digest:
        reasons.append("the description has changed since")
    if lock.get("generator") != __version__:
        reasons.append(f"the generator was {lock.get('generator')} and is {__version__}")
    if by_hand:
        reasons.append(f"changed by hand: {', '.join(by_hand)}")
    return reasons or ["the generator writes it differently now (same version)"]


def _diff(path: Path, there: str, wanted: str) -> str:
    lines = difflib.unified_diff(
        there.splitlines(keepends=True),
        wanted.splitlines(keepends=True),
        f"{path.as_posix()} (now)",
        f"{path.as_posix()} (generated)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
