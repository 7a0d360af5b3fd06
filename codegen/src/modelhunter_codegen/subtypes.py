"""Families of objects: a base with a discriminator, and the subtypes that its tag tells apart.

A subtype is every schema that has the base among what it is made of, through any chain of ``allOf``
and in any document that was read, and every one that the mapping names. Its tag is what the mapping
says; else the constants to which it narrows the tag itself; else its name. An enum that it inherits
says nothing, as all of the family have it. Of two that claim one tag the narrower has it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen import ir
from modelhunter_codegen.flatten import plain_ref, spelled_out
from modelhunter_codegen.ir import bare
from modelhunter_codegen.module_placement import component_schemas
from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
    from modelhunter_codegen.documents import Document
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.source import Value


@define(eq=False)
class Families:
    """Finds the subtypes of every model that has a discriminator, its own or an inherited one."""

    lowerer: Lowerer
    _bases: list[tuple[ir.Model, Map, Map]] = field(factory=list)
    _ancestors: dict[int, dict[int, Map]] = field(factory=dict)
    _children: dict[int, list[tuple[str, Map]]] = field(factory=dict)
    _indexed: int = 0
    """How many documents ``_children`` has the schemas of."""
    _complete: tuple[int, int] = (0, 0)

    def add(self, model: ir.Model, schema: Map) -> None:
        """Note a model; its subtypes are found once all documents are read."""
        for one in (schema, *self._made_of(schema).values()):
            discriminator = one.get("discriminator")
            if isinstance(discriminator, Map):
                self._bases.append((model, schema, discriminator))
                return

    def complete(self) -> bool:
        """Find the subtypes of what was noted; whether that led to anything new."""
        workspace = self.lowerer.workspace
        state = (len(self._bases), len(workspace.documents))
        if state == self._complete:
            return False
        self._complete = state
        for model, schema, discriminator in list(self._bases):
            tag = discriminator.get("propertyName")
            if isinstance(tag, str):
                found = self._subtypes(schema, discriminator, tag)
                if found:
                    model.tag, model.subtypes = tag, found
        return True

    def _subtypes(
        self, base: Map, discriminator: Map, tag: str
    ) -> tuple[tuple[Any, ir.Named], ...]:
        explicit = self.lowerer.mapping(discriminator)
        kin = self._descendants(base)
        known = {id(base), *self._made_of(base), *(id(child) for _, child in kin)}
        for target in self.lowerer.mapped(discriminator):
            if id(target) not in known:
                known.add(id(target))
                kin.append((target.key, target))
        claims: list[tuple[bool, int, list[Any], ir.Named]] = []
        for name, child in kin:
            made = bare(self.lowerer.reference(child))
            if not isinstance(made, ir.Named):
                continue
            given: list[Any] = list(explicit.get(id(child), ()))
            values = given or self._narrowed(child, base, tag) or [name]
            claims.append((bool(given), -len(values), values, made))
        claims.sort(key=lambda claim: claim[:2])
        return tuple({value: made for _, _, values, made in claims for value in values}.items())

    def _narrowed(self, child: Map, base: Map, tag: str) -> list[Any]:
        """The constants to which a child itself, or what stands between, narrows the tag."""
        inherited = {id(one) for one in self.lowerer.shape(base).properties.get(tag, ())}
        found: list[Any] | None = None
        for schema in self.lowerer.shape(child).properties.get(tag, ()):
            if id(schema) in inherited or not isinstance(schema, Map):
                continue
            values: Value = schema.get("enum")
            if "const" in schema:
                values = [schema["const"]]
            if isinstance(values, list):
                kept = [value for value in values if isinstance(value, (str, int))]
                found = kept if found is None else [value for value in kept if value in found]
        return found or []

    def _descendants(self, base: Map) -> list[tuple[str, Map]]:
        """The named schemas that have a base, with their names, in the order of the documents."""
        documents = list(self.lowerer.workspace.documents.values())
        if self._indexed < len(documents):
            self._index(documents)
        return list(self._children.get(id(base), ()))

    def _index(self, documents: list[Document]) -> None:
        """Note the schemas of further documents with all that they are made of."""
        for document in documents[self._indexed :]:
            schemas = component_schemas(document)
            for name, schema in schemas.items():
                if not isinstance(schema, Map) or plain_ref(schema) is not None:
                    continue
                child = (name, spelled_out(schemas, name))
                self.lowerer.keep(child[1])
                for base in self._made_of(schema):
                    if base != id(schema):
                        self._children.setdefault(base, []).append(child)
        self._indexed = len(self.lowerer.workspace.documents)

    def _made_of(self, schema: Map) -> dict[int, Map]:
        """The schemas that one has by ``allOf``, directly or not, by identity, nearest first."""
        known = self._ancestors.get(id(schema))
        if known is not None:
            return known
        found: dict[int, Map] = {}
        waiting = deque([schema])
        while waiting:
            one = waiting.popleft()
            members = one.get("allOf")
            inner = list(members.maps()) if isinstance(members, Seq) else []
            if isinstance(one.get("$ref"), str):
                target = self.lowerer.workspace.target(one)
                inner += [target] if isinstance(target, Map) else []
            for member in inner:
                if id(member) not in found:
                    found[id(member)] = member
                    waiting.append(member)
        self._ancestors[id(schema)] = found
        return found
