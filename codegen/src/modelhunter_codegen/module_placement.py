"""Where definitions live and what they would be called by the words of their place alone.

Names that are still free to move – of inner schemas, and of all that has no name of its own in the
description – are provisional until everything is known; ``naming.py`` then gives the final ones.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.lock_names import Kept, chosen_name
from modelhunter_codegen.proven import Name
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter_codegen.documents import Document, Workspace
    from modelhunter_codegen.source import Value


@frozen
class Scope:
    """Where an inline schema's definitions go, and the name that its place gives them.

    ``place`` is the way to the schema in words that no addition elsewhere changes. ``within`` has
    the inline objects around it, as what tells them apart and their keys: a schema that extends
    itself inline leads back to them.
    """

    home: ir.Home
    name: Name
    place: str = ""
    within: tuple[tuple[tuple[str, ...], str], ...] = ()

    def child(self, word: str, step: str | None = None) -> Scope:
        """The scope of a part, such as a property.

        ``step`` is the word for the place, where it is not the one for the name.
        """
        place = f"{self.place}/{_escaped(word if step is None else step)}"
        name = names.longer(self.name, names.pascal(word, "Value"))
        return Scope(self.home, name, place, self.within)

    def at(self, step: str) -> Scope:
        """The scope of a part that has no word of its own in names."""
        return evolve(self, place=f"{self.place}/{_escaped(step)}") if step else self

    def inside(self, identity: tuple[str, ...], key: str) -> Scope:
        """The scope of the parts of an inline object."""
        return evolve(self, within=(*self.within, (identity, key)))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


@frozen
class Candidate:
    """What something would be called, ``others`` if that is taken, and what sets it apart then."""

    place: str
    name: Name
    telling: str
    others: tuple[Name, ...] = ()


_EXTRA: list[Name] = [proven.name(t) for t in ("extra", "extra_members", "extra_members_")]

Provisional = tuple[ir.Home, Name]
"""Home and class name of a definition as they are until ``naming.py`` has spoken."""


def _provisional(kind: str, place: str) -> ir.Home:
    """A home for the definitions of a place, until that has a name."""
    digest = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()
    return ir.Home(proven.module(kind, f"place_{digest}"))


@define(eq=False)
class Homes:
    """Gives every definition a home and a class name, the provisional ones with a candidate."""

    workspace: Workspace
    kept: Kept
    places: dict[Provisional, str] = field(factory=dict)
    """The places of definitions that references lead to."""
    inner: dict[Provisional, Candidate] = field(factory=dict)
    """The candidates of the classes of inner schemas."""
    modules: dict[ir.Home, Candidate] = field(factory=dict)
    """The candidates of modules that are not named after a component schema."""
    _used: dict[ir.Home, set[str]] = field(factory=dict)
    _components: dict[str, dict[str, tuple[Name, Name]]] = field(factory=dict)

    def names_of(self, document: Document) -> dict[str, tuple[Name, Name]]:
        """Class and module name of each component schema of a document."""
        found = self._components.get(document.shown)
        if found is None:
            schemas = component_schemas(document)
            mine = schemas if document is self.workspace.root else ()
            kept: dict[str, Name] = {}
            for text in mine:
                name = self.kept.class_name(f"#/components/schemas/{_escaped(text)}")
                if name is not None:
                    kept[text] = name
            chosen = chosen_names(schemas, self.workspace)
            classes = names.resolve(
                schemas, names.pascal, key=names.snake, kept=names.first(chosen, kept)
            )
            found = {}
            for text, name in classes.items():
                found[text] = (name, names.snake(name))
            self._components[document.shown] = found
        return found

    def claim(self, target: Map) -> Scope:
        """Home and class name of a schema that references lead to."""
        document = self.workspace.document_of(target)
        foreign = document is not self.workspace.root
        package = document.package if foreign else None
        place = f"{self._file(document)}#{target.pointer}"
        steps = target.pointer.split("/")[1:]
        if steps[:2] == ["components", "schemas"] and len(steps) == 3:
            known = self.names_of(document)
            name, module = known[steps[2].replace("~1", "/").replace("~0", "~")]
            if not foreign or package is not None:
                home = ir.Home(proven.module("models", module), package)
                return self._claimed(home, name, place)
        elif package is not None:
            self.workspace.report.add(
                "unreachable-ref",
                target.where(),
                f"package {package} has no name for this schema",
                "move it to components/schemas there, and refer to that",
            )
        words = steps[2:] if steps[:2] == ["components", "schemas"] else steps
        text = " ".join(word for word in words if word not in ("properties", "schema", "$defs"))
        name = names.pascal(text or document.path.stem, "Schema")
        longer = names.pascal(f"{document.path.stem} {text}")
        home = _provisional("models", place)
        self.modules[home] = Candidate(place, name, document.shown + target.pointer, (longer,))
        return self._claimed(home, name, place)

    def _file(self, document: Document) -> str:
        """How places name a document: not at all where it is the root."""
        if document is self.workspace.root:
            return ""
        base = self.workspace.root.path.parent
        return os.path.relpath(document.path, base).replace(os.sep, "/")

    def _claimed(self, home: ir.Home, name: Name, place: str) -> Scope:
        self._used.setdefault(home, set()).add(names.snake(name))
        self.places[home, name] = place
        return Scope(home, name, place)

    def module(self, place: str, module: str, name: str) -> Scope:
        """The scope of schemas that have no name and stand at a place of the description."""
        home = _provisional("inline", place)
        self.modules[home] = Candidate(place, names.snake(module), place)
        return Scope(home, names.pascal(name), place)

    def has_module(self, place: str) -> bool:
        """Whether there is a scope for this place."""
        return _provisional("inline", place) in self.modules

    def inline(self, scope: Scope, node: Value) -> Name:
        """A class name for a schema of this scope, for the time being."""
        used = self._used.setdefault(scope.home, set())
        pointer = node.pointer if isinstance(node, Map) else ""
        name = scope.name
        while names.snake(name) in used:
            name = names.longer(name, names.short_hash(pointer + name))
        used.add(names.snake(name))
        self.inner[scope.home, name] = Candidate(scope.place, scope.name, pointer)
        return name

    def fields(
        self, scope: Scope, schemas: Mapping[str, Sequence[Value]], others: Sequence[str]
    ) -> tuple[dict[str, Name], Name]:
        """Names of the fields of a class, and of the one for members that are not described.

        ``schemas`` has by wire name what describes a field, ``others`` are names without that.
        """
        chosen: dict[str, Name] = {}
        for wire, found in schemas.items():
            name = chosen_name(found[0], self.workspace.report) if found else None
            if name is not None:
                chosen[wire] = name
        extra = self.kept.function(f"{scope.place}/*")
        if extra in chosen.values():
            extra = None
        given = names.resolve(
            (*schemas, *others),
            names.snake,
            taken=(extra,) if extra else (),
            kept=names.first(chosen, self.kept.variables(scope.place)),
        )
        if extra is None:
            free: list[Name] = [name for name in _EXTRA if name not in given.values()]
            extra = free[0]
        return given, extra


def chosen_names(schemas: Map, workspace: Workspace) -> dict[str, Name]:
    """The class names that component schemas choose for themselves."""
    found: dict[str, Name] = {}
    for text, schema in schemas.items():
        name = chosen_name(schema, workspace.report, of_class=True)
        if name is not None:
            found[text] = name
    return found


def component_schemas(document: Document) -> Map:
    """The named schemas of a document; an empty mapping where it has none."""
    components = document.root.get("components")
    schemas = components.get("schemas") if isinstance(components, Map) else None
    return schemas if isinstance(schemas, Map) else document.root.like({})
