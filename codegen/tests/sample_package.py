"""Small descriptions and the packages made from them, for the tests of the generator."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelhunter_codegen.names import snake

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen.build import Built
    from modelhunter_codegen.problems import Report


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
    for path, text in built.files.items():
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
        module = self.module(f"models.{snake(name)}")
        function: Callable[[Any], Any] = getattr(module, f"{kind}_{snake(name)}")
        return function


Make = Callable[..., Generated]
