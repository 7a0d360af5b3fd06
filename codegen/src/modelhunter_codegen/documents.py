"""The files that make up one description, and the way from a ``$ref`` to what it means."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from attrs import define, field

from modelhunter_codegen.files import read
from modelhunter_codegen.problems import DescriptionError, Location, Problem, quoted
from modelhunter_codegen.proven import as_module
from modelhunter_codegen.source import Map, Seq, Value

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import ModuleName

_SUPPORTED = re.compile(r"3\.[01](\.[0-9]+)?(-.*)?")
_INDEX = re.compile("0|[1-9][0-9]{0,8}").fullmatch


@define(eq=False)
class Document:
    """One file. ``package`` is set where its types live in a package of their own."""

    path: Path
    shown: str
    root: Map
    package: ModuleName | None
    _names: tuple[dict[str, Map], dict[str, Map]] | None = None

    @classmethod
    def read(cls, path: Path, file: Path, shown: str, report: Report) -> Document:
        """Read the file at ``path``, which is ``file`` when links are followed.

        Raises:
            DescriptionError: it can't be read.
        """
        root = read(path, shown)
        return cls(file, shown, root, _package(root, report))

    @property
    def names(self) -> tuple[dict[str, Map], dict[str, Map]]:
        """The schemas by their ``$anchor`` and by their ``$id``."""
        if self._names is None:
            self._names = ({}, {})
            _collect_names(self.root, *self._names)
        return self._names


@define(eq=False)
class Workspace:
    """The root document and every other that a ``$ref`` led to.

    ``folder`` is the one that holds all of them: references out of it are refused, unless the kind
    ``outside-root`` is allowed.
    """

    root: Document
    report: Report
    folder: Path
    documents: dict[Path, Document] = field(factory=dict)
    by_name: dict[str, Document] = field(factory=dict)
    _outside: set[Path] = field(factory=set)
    _resolved: dict[tuple[str, str], Value] = field(factory=dict)
    _scoped: dict[int, Value] = field(factory=dict)
    """Targets of references by the node that has them, where an ``$id`` around it may matter."""

    @classmethod
    def load(cls, path: Path, report: Report, folder: Path | None = None) -> Workspace:
        """Read the root document. The ``folder`` for all documents is its own if none is given.

        Raises:
            DescriptionError: it can't be read, or is no OpenAPI 3.0 or 3.1.
        """
        document = Document.read(path, path.resolve(), path.as_posix(), report)
        _check_version(document.root)
        made = cls(document, report, (folder or document.path.parent).resolve())
        made.documents[document.path] = document
        made.by_name[document.shown] = document
        return made

    def document_of(self, node: Map | Seq) -> Document:
        """The document in which a node stands."""
        return self.by_name[node.file]

    def follow(self, node: Map) -> Map | None:
        """The mapping that ``node``'s ``$ref`` means (through further ones); itself without one.

        None, and a problem in the report, where it leads nowhere.
        """
        seen: set[int] = set()
        while isinstance(node.get("$ref"), str):
            if id(node) in seen:
                self.report.add("cyclic-ref", node.where("$ref"), "this $ref leads back to itself")
                return None
            seen.add(id(node))
            target = self.target(node)
            if not isinstance(target, Map):
                return None
            node = target
        return node

    def target(self, node: Map, keyword: str = "$ref") -> Value:
        """What one ``$ref`` points at, one step; None and a problem where there is nothing."""
        reference = node.text(keyword) or ""
        known = self._resolved.get((node.file, reference))
        if known is None:
            known = self._find(reference, node.file, node.where(keyword), node)
            if known is not None and _identified(node) is None:
                self._resolved[node.file, reference] = known
            elif known is not None:
                self._scoped[id(node)] = known
        return known

    def lookup(self, file: str, reference: str, at: Location) -> Value:
        """What a reference means that stands in ``file`` (a discriminator's mapping, say)."""
        return self._find(reference, file, at)

    def _find(self, reference: str, file: str, at: Location, node: Map | None = None) -> Value:
        name, _, fragment = reference.partition("#")
        document = self.by_name[file]
        around = None if node is None else _identified(node)
        roots = [document.root, *([] if around is None else [around])]
        if name:
            known = document.names[1]
            base = "" if around is None else str(around["$id"])
            schema = known.get(name) or known.get(urljoin(base, name))
            found = self._open(name, document, at) if schema is None else None
            if schema is None and found is None:
                return None
            document = found or document
            roots = [document.root if schema is None else schema]
        fragment = "" if fragment == "/" else unquote(fragment)  # many write #/ for a whole file
        if fragment and not fragment.startswith("/"):
            return self._anchor(document, fragment, at)
        for root in roots:
            value = _at(root, fragment)
            if value is not None:
                return value
        self.report.add(
            "dangling-ref",
            at,
            f"nothing stands at {reference!r}",
            "correct the $ref, or add what it points at",
        )
        return None

    def _open(self, name: str, document: Document, at: Location) -> Document | None:
        if "://" in name or name.startswith("//"):
            self.report.add(
                "remote-ref",
                at,
                f"{name!r} is on the network, and the generator reads files only",
                "save it beside the description and refer to the file",
            )
            return None
        path = _file(document.path.parent / unquote(name))
        if path in self.documents:
            return self.documents[path]
        shown = os.path.normpath(os.path.join(os.path.dirname(document.shown), unquote(name)))
        shown = shown.replace(os.sep, "/")
        if path is None:
            self.report.add("dangling-ref", at, f"there is no file {shown}", "correct the $ref")
            return None
        if not path.is_relative_to(self.folder) and not self._let_out(path, shown, at):
            return None
        opened = Document.read(path, path, shown, self.report)
        self.documents[path] = opened
        self.by_name[shown] = opened
        return opened

    def _let_out(self, path: Path, shown: str, at: Location) -> bool:
        """Whether a file out of the folder may be read; the first reference to it is told."""
        if path not in self._outside:
            self._outside.add(path)
            self.report.add(
                "outside-root",
                at,
                f"{shown} is not in {self.folder.as_posix()}, the folder of the description",
                "move it there, or say with --root which folder holds both",
            )
        return "outside-root" in self.report.allowed

    def _anchor(self, document: Document, name: str, at: Location) -> Value:
        found = document.names[0].get(name)
        if found is None:
            self.report.add("dangling-ref", at, f"no schema has the $anchor {name!r}", "")
        return found

    def digest(self) -> str:
        """A hash of the bundled description: the root and all that it refers to in other files.

        Formatting, comments and parts of other files that nothing refers to don't count, nor does
        what only looks like a reference, in an example say: nobody has followed it.
        """
        bundle: dict[str, Any] = {"": self.root.root}
        waiting: list[Value] = [self.root.root]
        base = self.root.path.parent
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if isinstance(node, (Map, Seq)):
                if id(node) in seen:
                    continue
                seen.add(id(node))
            if isinstance(node, Map):
                waiting.extend(node.values())
                reference = node.get("$ref")
                if isinstance(reference, str):
                    known = self._resolved.get((node.file, reference))
                    target = self._scoped.get(id(node)) if known is None else known
                    if isinstance(target, (Map, Seq)) and target.file != self.root.shown:
                        path = self.document_of(target).path
                        place = os.path.relpath(path, base).replace(os.sep, "/")
                        bundle[f"{place}#{target.pointer}"] = target
                        waiting.append(target)
            elif isinstance(node, Seq):
                waiting.extend(node)
        text = json.dumps(bundle, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _package(root: Map, report: Report) -> ModuleName | None:
    """The package that a document names (``x-python-package``), if any."""
    given = root.get("x-python-package")
    found = as_module(given)
    if given is not None and found is None:
        report.add(
            "malformed",
            root.where("x-python-package"),
            f"{quoted(given)} can't be the name of a package in Python",
            "give names joined by dots, such as shop.api",
        )
    return found


def _check_version(root: Map) -> None:
    version = root.get("openapi")
    if _SUPPORTED.fullmatch(str(version)):
        return
    at, hint = Location(root.file, 1, ""), "OpenAPI 3.0 and 3.1 are supported"
    if version is not None:
        at, message = root.where("openapi"), f"this is version {version}"
    elif "swagger" in root:
        at, message = root.where("swagger"), f"this is Swagger {root['swagger']}"
        hint += "; convert it first, with swagger2openapi for instance"
    else:
        message = "no `openapi` says which version it is"
        hint += "; check that this is the file"
    raise DescriptionError([Problem(at, "unsupported-version", message, hint)])


def _file(path: Path) -> Path | None:
    """The file that a path means, None where there is none or can't be one."""
    try:
        found = path.resolve()
        return found if found.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, unnameable, or links in a circle
        return None


def _at(value: Value, fragment: str) -> Value:
    """What stands at a JSON pointer; None where nothing does."""
    for step in fragment.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Map) and step in value:
            value = value[step]
        elif isinstance(value, Seq) and _INDEX(step) and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _identified(node: Map) -> Map | None:
    """The nearest schema around a node that has an ``$id``: what is relative may be so to it."""
    above: Any = node
    while above is not None:
        if isinstance(above, Map) and isinstance(above.get("$id"), str):
            return above
        above = above.parent
    return None


def _collect_names(node: Map | Seq, anchors: dict[str, Map], ids: dict[str, Map]) -> None:
    if isinstance(node, Map):
        for keyword in ("$anchor", "$dynamicAnchor"):
            anchor = node.text(keyword)
            if anchor is not None:
                anchors.setdefault(anchor, node)
        identity = node.text("$id")
        if identity is not None:
            ids.setdefault(identity.removesuffix("#"), node)
    for child in node.values() if isinstance(node, Map) else node:
        if isinstance(child, (Map, Seq)):
            _collect_names(child, anchors, ids)
