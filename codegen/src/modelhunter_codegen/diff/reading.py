"""Reading the descriptions to compare: one file, or all that a folder holds."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter_codegen.build import describe, sources
from modelhunter_codegen.client.security import Security
from modelhunter_codegen.files import read
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Location, Problem, Report
from modelhunter_codegen.proven import as_module
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from modelhunter_codegen import ir
    from modelhunter_codegen.lock_names import Kept
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code, FilePath, ModuleName
    from modelhunter_codegen.provider.facts import ProviderFacts

_SUFFIXES = (".yaml", ".yml", ".json")
_PROJECT = "pyproject.toml"


@frozen(eq=False)
class Description:
    """A description in its typed form; ``provider`` is what its ``x-catalogue`` says.

    ``files`` is what is generated of it, ``notes`` what was wrong and may pass.
    """

    package: ir.Package
    lowerer: Lowerer
    provider: ProviderFacts | None
    security: Security
    files: Mapping[FilePath, Code]
    notes: Sequence[Problem]

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
    """Read one description as ``generate`` does, to the last line that it would write.

    ``allowed`` are further kinds of problems that may pass, ``kept`` are the names that its package
    has from before.

    Raises:
        DescriptionError: ``generate`` would refuse it.
    """
    report = Report(allowed=place.allow | set(allowed))
    described = describe(place.file, place.package, report, kept, place.root)
    built = sources(described, place.overlay)
    security = Security.read(described.workspace, kept)
    return Description(
        built.package, described.lowerer, described.provider, security, built.files, report.notes
    )


@frozen
class Place:
    """A file with a description, and the folder that holds all that it refers to.

    Where it is a target of a checkout: its overlay, the name of its package, and the kinds of
    problems that may pass.
    """

    file: Path
    root: Path
    overlay: Path | None = None
    package: ModuleName | None = None
    allow: frozenset[str] = frozenset()


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
            overlay = folder / target["overlay"] if "overlay" in target else None
            package = as_module(target.get("package"))
            allow = frozenset(WAIVABLE.keys() & set(target.get("allow", ())))
            found[place] = Place(folder / place, folder / root, overlay, package, allow)
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
