from __future__ import annotations

import importlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from modelhunter_codegen.build import Built, build
from modelhunter_codegen.problems import DescriptionError, Report

_numbers = itertools.count()


def description(
    schemas: dict[str, Any] | None = None,
    paths: dict[str, Any] | None = None,
    *,
    version: str = "3.1.0",
    **more: Any,
) -> dict[str, Any]:
    """A small description with these schemas and paths."""
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    return {
        "openapi": version,
        "info": {"title": "Sample", "version": "1"},
        "paths": paths or {},
        "components": components,
        **more,
    }


def save(folder: Path, content: dict[str, Any] | str, name: str = "spec.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    path.write_text(text, "utf-8", newline="\n")
    return path


def put(folder: Path, built: Built) -> None:
    for path, text in (built.files | built.data).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogatepass"))


class Generated:
    """A generated package that can be imported."""

    def __init__(self, name: str, folder: Path, built: Built, report: Report) -> None:
        self.name, self.folder, self.built, self.report = name, folder, built, report

    def module(self, path: str = "") -> Any:
        return importlib.import_module(f"{self.name}.{path}" if path else self.name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module("models"), name)

    def decode(self, name: str, value: Any) -> Any:
        return self._function("decode", name)(value)

    def encode(self, name: str, value: Any) -> Any:
        return self._function("encode", name)(value)

    def _function(self, kind: str, name: str) -> Callable[[Any], Any]:
        from modelhunter_codegen.names import snake

        module = self.module(f"models.{snake(name)}")
        function: Callable[[Any], Any] = getattr(module, f"{kind}_{snake(name)}")
        return function


Make = Callable[..., Generated]


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


def fresh(module: ModuleType | str) -> None:
    """Forget an imported package, so that it is imported anew."""
    name = module if isinstance(module, str) else module.__name__
    for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[loaded]
