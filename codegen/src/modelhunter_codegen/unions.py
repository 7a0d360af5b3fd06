"""Putting the variants of a union together: what is the same, and what tells the rest apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen import ir
from modelhunter_codegen.shapes import Shape
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from modelhunter_codegen.lower import Lowerer

_ANY = ir.Scalar("any")
_STRING = ir.Scalar("string")


def tags_of(shape: Shape) -> dict[str, list[Any]]:
    """The properties of an object whose schemas allow a few constants, with those."""
    found: dict[str, list[Any]] = {}
    for name, schemas in shape.properties.items():
        for schema in schemas:
            if not isinstance(schema, Map):
                continue
            if "const" in schema:
                found[name] = [schema["const"]]
            elif isinstance(schema.get("enum"), list) and name not in found:
                found[name] = list(schema["enum"])
    return found


@define
class Variants:
    """The types of a union with what their schemas say about them."""

    types: list[ir.Type] = field(factory=list)
    shapes: list[Shape | None] = field(factory=list)
    nodes: list[Map | None] = field(factory=list)

    def add(self, made: ir.Type, shape: Shape | None, node: Map | None) -> None:
        """Add a variant unless an equal one is there."""
        if made not in self.types:
            self.types.append(made)
            self.shapes.append(shape)
            self.nodes.append(node)

    def union(
        self, lowerer: Lowerer, tag: str | None, mapping: dict[int, list[str]]
    ) -> ir.Type:
        """The union of the variants, or the one type that they amount to."""
        if _ANY in self.types or not self.types:
            return _ANY
        self._absorb_strings(lowerer)
        if len(self.types) == 1:
            return self.types[0]
        facts = [_facts(lowerer, shape) for shape in self.shapes]
        tag = tag or self._implicit_tag(facts)
        tagged: list[tuple[Any, int]] = []
        if tag is not None:
            for index, node in enumerate(self.nodes):
                tagged += [(value, index) for value in self._values(lowerer, node, tag, mapping, facts[index])]
        keys = tuple(fact[0] if fact is not None else None for fact in facts)
        return ir.Union(tuple(self.types), tag if tagged else None, tuple(tagged), keys)

    def _absorb_strings(self, lowerer: Lowerer) -> None:
        """An open enum takes every string, so a plain string beside it adds nothing."""
        opens = [
            index
            for index, made in enumerate(self.types)
            if (isinstance(made, ir.Literals) and not made.closed and _all_strings(made))
            or (
                isinstance(made, ir.Named)
                and isinstance(lowerer.definitions.get(made.key), ir.Enumeration)
            )
        ]
        if opens and _STRING in self.types:
            self._remove(self.types.index(_STRING))
        literals = [
            index for index, made in enumerate(self.types)
            if isinstance(made, ir.Literals) and not made.closed
        ]
        if len(literals) > 1:
            values = [v for index in literals for v in self.types[index].values]  # type: ignore[union-attr]
            unique = tuple(value for _, value in dict.fromkeys((type(v), v) for v in values))
            self.types[literals[0]] = ir.Literals(unique, closed=False)
            for index in reversed(literals[1:]):
                self._remove(index)

    def _remove(self, index: int) -> None:
        del self.types[index], self.shapes[index], self.nodes[index]

    def _implicit_tag(self, facts: list[tuple[frozenset[str], dict[str, list[Any]]] | None]) -> str | None:
        """A property that has a constant of its own in every variant that is an object."""
        objects = [fact[1] for fact in facts if fact is not None]
        if len(objects) < 2:
            return None
        for name in objects[0]:
            values = [value for tags in objects for value in tags.get(name, ())]
            complete = all(name in tags for tags in objects)
            if complete and len(set(map(repr, values))) == len(values):
                return name
        return None

    def _values(
        self,
        lowerer: Lowerer,
        node: Map | None,
        tag: str,
        mapping: dict[int, list[str]],
        fact: tuple[frozenset[str], dict[str, list[Any]]] | None,
    ) -> list[Any]:
        if node is None or fact is None:
            return []
        target = lowerer.workspace.follow(node)
        explicit = list(mapping.get(id(target), ()))
        own = [value for value in fact[1].get(tag, ()) if isinstance(value, (str, int))]
        if explicit or own:
            return list(dict.fromkeys((*explicit, *own)))
        return [target.key] if target is not None and target is not node else []


def _all_strings(made: ir.Literals) -> bool:
    return all(isinstance(value, str) for value in made.values)


def _facts(
    lowerer: Lowerer, shape: Shape | None, depth: int = 0
) -> tuple[frozenset[str], dict[str, list[Any]]] | None:
    """Known property names and constant properties of a schema that is an object; else None."""
    if shape is None or depth > 8:
        return None
    if shape.groups:
        keys: set[str] = set(shape.properties)
        tags: dict[str, list[Any]] = {}
        complete: set[str] | None = None
        for variant in shape.groups[0].variants:
            inner = lowerer.shape(variant) if isinstance(variant, Map) else None
            fact = _facts(lowerer, inner, depth + 1)
            if fact is None:
                continue
            keys |= fact[0]
            complete = set(fact[1]) if complete is None else complete & set(fact[1])
            for name, values in fact[1].items():
                tags.setdefault(name, []).extend(values)
        if complete is None and not shape.properties:
            return None
        return frozenset(keys), {name: tags[name] for name in complete or ()} | tags_of(shape)
    if not shape.properties:
        return None
    return frozenset(shape.properties), tags_of(shape)
