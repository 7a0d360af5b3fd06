"""Where definitions live and what they are called: the one place where names are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from modelhunter_codegen import ir, names
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.documents import Document, Workspace
    from modelhunter_codegen.source import Value


@frozen
class Scope:
    """Where an inline schema's definitions go, and the name that its place gives them.

    ``within`` has the inline objects around it, as what tells them apart and their keys: a schema
    that extends itself inline leads back to them.
    """

    home: ir.Home
    name: str
    within: tuple[tuple[tuple[str, ...], str], ...] = ()

    def child(self, word: str) -> Scope:
        """The scope of a part, such as a property."""
        return Scope(self.home, self.name + names.pascal(word, "Value"), self.within)


@define(eq=False)
class Homes:
    """Gives every definition its module and its class name."""

    workspace: Workspace
    kept: Mapping[str, str] = field(factory=dict)
    _used: dict[ir.Home, set[str]] = field(factory=dict)
    _components: dict[str, dict[str, tuple[str, str]]] = field(factory=dict)

    def names_of(self, document: Document) -> dict[str, tuple[str, str]]:
        """Class and module name of each component schema of a document."""
        found = self._components.get(document.shown)
        if found is None:
            classes = names.resolve(
                component_schemas(document),
                names.pascal,
                key=names.snake,
                kept=self.kept if document is self.workspace.root else {},
            )
            found = {text: (name, names.snake(name)) for text, name in classes.items()}
            self._components[document.shown] = found
        return found

    def claim(self, target: Map) -> tuple[ir.Home, str]:
        """Home and class name of a schema that references lead to."""
        document = self.workspace.document_of(target)
        foreign = document is not self.workspace.root
        package = document.package if foreign else None
        steps = target.pointer.split("/")[1:]
        if steps[:2] == ["components", "schemas"] and len(steps) == 3:
            known = self.names_of(document)
            name, module = known[steps[2].replace("~1", "/").replace("~0", "~")]
            if not foreign or package is not None:
                return self._taken(f"models.{module}", package, name), name
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
        taken = {names.snake(n) for n, _ in self.names_of(self.workspace.root).values()}
        if names.snake(name) in taken:
            name = names.pascal(f"{document.path.stem} {text}")
        home = ir.Home(f"models.{names.snake(name)}")
        if names.snake(name) in taken or home in self._used:
            name = f"{name}{names.short_hash(document.shown + target.pointer)}"
        return self._taken(f"models.{names.snake(name)}", None, name), name

    def _taken(self, module: str, package: str | None, name: str) -> ir.Home:
        home = ir.Home(module, package)
        self._used.setdefault(home, set()).add(names.snake(name))
        return home

    def inline(self, scope: Scope, node: Value, beside: tuple[str, ...] = ()) -> str:
        """A class name that is free in the scope's module, as are the names of its functions.

        ``beside`` are endings of other names that come with the class.
        """
        used = self._used.setdefault(scope.home, set())
        name = scope.name
        where = node.pointer if isinstance(node, Map) else ""
        while name in names.CLASS_RESERVED or not used.isdisjoint(_with(name, beside)):
            name = f"{name}{names.short_hash(where + name)}"
        used |= _with(name, beside)
        return name


def _with(name: str, beside: tuple[str, ...]) -> set[str]:
    return {names.snake(name + ending) for ending in ("", *beside)}


def component_schemas(document: Document) -> Map:
    """The named schemas of a document; an empty mapping where it has none."""
    components = document.root.get("components")
    schemas = components.get("schemas") if isinstance(components, Map) else None
    return schemas if isinstance(schemas, Map) else document.root.like({})
