from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves it out

from sample_package import Generated, Make, description, put, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import DescriptionError, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Generate a package from a description and make it importable."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path / "made"))

    def made(
        schemas: dict[str, Any] | None = None,
        paths: dict[str, Any] | None = None,
        *,
        spec: Any = None,
        allow: set[str] = frozenset(),  # type: ignore[assignment]
        **more: Any,
    ) -> Generated:
        name = f"made_{next(_numbers)}"
        content = spec if spec is not None else description(schemas, paths, **more)
        path = content if isinstance(content, Path) else save(tmp_path, content, f"{name}.json")
        report = Report(allowed=allow)
        built = build(path, name, report)
        folder = tmp_path / "made" / name
        put(folder, built)
        importlib.invalidate_caches()
        return Generated(name, folder, built, report)

    yield made
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


@pytest.fixture
def problems(tmp_path: Path) -> Callable[..., list[str]]:
    """The problems of a description, as names with pointers."""

    def found(content: dict[str, Any] | str, name: str = "spec.json") -> list[str]:
        path = save(tmp_path, content, name)
        try:
            build(path, "made", Report())
        except DescriptionError as error:
            return [f"{p.name} {p.location.pointer}" for p in error.problems]
        return []

    return found
