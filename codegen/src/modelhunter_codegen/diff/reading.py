"""Reading the descriptions to compare: one file, or all that a folder holds."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter_codegen.build import lower
from modelhunter_codegen.client.security import Security
from modelhunter_codegen.documents import Workspace
from modelhunter_codegen.files import read
from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.lower import Lowerer
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Location, Problem, Report
from modelhunter_codegen.proven import module
from modelhunter_codegen.provider.facts import FactReader, ProviderFacts
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from modelhunter_codegen import ir

_SUFFIXES = (".yaml", ".yml", ".json")
_PROJECT = "pyproject.toml"


@frozen(eq=False)
class Description:
    """A description in its typed form; ``provider`` is what its ``x-catalogue`` says."""

    package: ir.Package
    lowerer: Lowerer
    provider: ProviderFacts | None
    security: Security

    @property
    def root(self) -> Map:
        """The document itself."""
        return self.lowerer.workspace.root.root

    def own(self) -> dict[str, ir.Definition]:
        """The definitions that this description brings, not those it takes from others."""
        return {
            key: one for key, one in self.package.definitions.items() if one.home.package is None
        }


def location(node: object, key: str | None = None) -> Location | None:
    """Where a node of a description, or its member ``key``, stands."""
    if not isinstance(node, Map):
        return None
    return node.where(key) if key is None or key in node else node.where()


def read_description(
    place: Place, allowed: Collection[str] = (), kept: Kept | None = None
) -> Description:
    """Read one description. What types can't express is no hindrance here.

    ``allowed`` are further kinds of problems that may pass, ``kept`` are the names that its package
    has from before.

    Raises:
        DescriptionError: it can't be used.
    """
    report = Report(allowed=WAIVABLE.keys() - {"outside-root"} | set(allowed))
    workspace = Workspace.load(place.file, report, place.root)
    lowerer = Lowerer(workspace, kept or Kept())
    name = workspace.root.package or module("api")
    package = lower(workspace, lowerer, name)
    report.stop_if_any()
    catalogue = workspace.root.root.get("x-catalogue")
    provider = None
    if isinstance(catalogue, Map):
        provider = FactReader(lowerer, package, catalogue).read()
        report.stop_if_any()
    return Description(package, lowerer, provider, Security.read(workspace))


@frozen
class Place:
    """A file with a description, and the folder that holds all that it refers to."""

    file: Path
    root: Path


def descriptions(path: Path) -> dict[str, Place]:
    """The descriptions at a path, by their place below it; a file has the place ``""``.

    A checkout (a folder whose ``pyproject.toml`` lists targets of this generator) gives those;
    any other folder gives every YAML or JSON file in it that says ``openapi``.

    Raises:
        DescriptionError: there is nothing there, or a file can't be read.
    """
    if path.is_file():
        return {"": Place(path, path.parent)}
    found = _targets(path) if path.is_dir() else {}
    if not found:
        found = {one.relative_to(path).as_posix(): Place(one, path) for one in _described(path)}
    if not found:
        problem = "there is no description in it" if path.exists() else "there is no such file"
        at = Location(path.as_posix(), 0, "")
        raise DescriptionError([Problem(at, "unreadable", problem, "give a file or a folder")])
    return found


def _targets(folder: Path) -> dict[str, Place]:
    try:
        project = tomllib.loads((folder / _PROJECT).read_text("utf-8"))
        found = {}
        for target in project["tool"]["modelhunter-codegen"]["targets"]:
            place = os.path.normpath(target["spec"])
            root = target.get("root", os.path.dirname(place))
            found[place] = Place(folder / place, folder / root)
        return found
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _described(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.suffix not in _SUFFIXES or not path.is_file():
            continue
        if b"openapi" in path.read_bytes() and "openapi" in read(path, path.as_posix()):
            yield path
