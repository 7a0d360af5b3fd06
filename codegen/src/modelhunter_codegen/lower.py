"""From schemas to the typed form: every schema becomes a type, those with a name a definition."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from attrs import define, field

from modelhunter_codegen import ir, names
from modelhunter_codegen.describe import described, field_doc
from modelhunter_codegen.flatten import (
    Flattener,
    Shape,
    joined,
    plain_ref,
    spelled_out,
    unfit_default,
)
from modelhunter_codegen.ir import ANY, NULL, bare, nullable
from modelhunter_codegen.keywords import is_annotation
from modelhunter_codegen.kinds import inferred, is_model, string_kind
from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.module_placement import Homes, Scope, component_schemas
from modelhunter_codegen.secrecy import secrecy_of
from modelhunter_codegen.source import Map, Seq, Value
from modelhunter_codegen.subtypes import Families
from modelhunter_codegen.unions import Variants, lower_union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.problems import Location
    from modelhunter_codegen.proven import Name
    from modelhunter_codegen.unions import ObjectFacts


@define(eq=False)
class Lowerer:
    """Turns schemas into types and collects the definitions that they need."""

    workspace: Workspace
    kept_names: Kept = field(factory=Kept)
    definitions: dict[str, ir.Definition] = field(factory=dict)
    flattener: Flattener = field(init=False)
    homes: Homes = field(init=False)
    _references: dict[int, ir.Type] = field(factory=dict)
    _kept: list[Map] = field(factory=list)
    _shapes: dict[int, tuple[Map, Shape]] = field(factory=dict)
    combined: int = 0
    """How many schemas were made that join one alternative of a choice to what is beside it."""
    object_facts: dict[int, ObjectFacts | None] = field(factory=dict)
    """What is known of the objects of a schema, by its identity."""
    _straight: set[int] = field(factory=set)
    """The schemas from which no chain of references leads back."""
    _queue: deque[tuple[ir.Model, Shape, Scope]] = field(factory=deque)
    families: Families = field(init=False)

    def __attrs_post_init__(self) -> None:
        rules = "x-catalogue" in self.workspace.root.root
        self.flattener = Flattener(self.workspace, rules=rules)
        self.homes = Homes(self.workspace, self.kept_names)
        self.families = Families(self)

    # ------------------------------------------------------------------------ components

    def lower_components(self) -> None:
        """Lower every component schema of the root document."""
        schemas = component_schemas(self.workspace.root)
        for name, schema in schemas.items():
            if isinstance(schema, (Map, bool)):
                try:
                    self.reference(spelled_out(schemas, name))
                except RecursionError:
                    self.too_deep(schemas.where(name))
            else:
                self.workspace.report.add(
                    "malformed", schemas.where(name), "a schema must be a mapping, true or false"
                )
        self.finish()

    def finish(self) -> None:
        """Lower the fields of all models that were met so far."""
        while self._queue or self.families.complete():
            if not self._queue:
                continue
            model, shape, scope = self._queue.popleft()
            try:
                self._fill(model, shape, scope)
            except RecursionError:
                self.too_deep(shape.node.where())

    def too_deep(self, at: Location) -> None:
        """Report a schema in which others are nested without end, or nearly so."""
        self.workspace.report.add(
            "too-deep",
            at,
            "what is nested here has no end or is too deep to become types",
            "give the inner schemas names in components/schemas",
        )

    # ------------------------------------------------------------------------ references

    def reference(self, target: Value) -> ir.Type:
        """The type of a schema that a ``$ref`` leads to."""
        if not isinstance(target, Map):
            return ANY if target else NULL
        known = self._references.get(id(target))
        if known is not None:
            return known
        scope = self.homes.claim(target)
        key = _key(scope.home, scope.name)
        self._references[id(target)] = ir.Named(key)
        self.keep(target)
        made = self._define(target, key, scope)
        self._references[id(target)] = made
        return made

    def _is_circle(self, target: Map) -> bool:
        """Whether a schema is nothing but a reference that leads back to itself."""
        seen: set[int] = set()
        node: Value = target
        while isinstance(node, Map) and id(node) not in self._straight:
            if id(node) in seen:
                return True
            seen.add(id(node))
            ref = plain_ref(node)
            if ref is None:
                break
            node = self.flattener.referred(ref)
        self._straight |= seen
        return False

    def _define(self, target: Map, key: str, scope: Scope) -> ir.Type:
        circle = self._is_circle(target)
        if circle:
            words = "this $ref leads back to itself"
            self.workspace.report.add("cyclic-ref", target.where(), words, "break the circle")
        shape = None if circle or plain_ref(target) else self.shape(target)
        if shape is not None:
            self._tell_contradictions(shape)
        if shape is not None and shape.enum is None and not shape.groups and is_model(shape):
            model = self._model(key, scope.name, scope, shape)
            if shape.nullable or (shape.types and "null" in shape.types):
                return ir.Nullable(ir.Named(key))
            self.families.add(model, target)
            return ir.Named(key)
        if shape is not None and shape.enum is not None:
            made = self._values(shape, scope, key)
            if isinstance(bare(made), ir.Named):
                return made
        else:
            made = ANY if circle else self.lower(target, scope, top=True)
        doc = described(target, shape)
        self.definitions[key] = ir.Alias(key, scope.name, scope.home, doc, made, node=target)
        if isinstance(bare(made), (ir.Scalar, ir.Literals)):
            return made
        if isinstance(made, ir.Nullable):
            return ir.Nullable(ir.Named(key))
        return ir.Named(key)

    def mapping(self, discriminator: Map) -> dict[int, list[str]]:
        """The values that a discriminator's mapping gives each schema, by the schema's id."""
        found: dict[int, list[str]] = {}
        for value, target in self._mapping(discriminator):
            found.setdefault(id(target), []).append(value)
        return found

    def mapped(self, discriminator: Map) -> list[Map]:
        """The schemas that a discriminator's mapping names."""
        return list({id(target): target for _, target in self._mapping(discriminator)}.values())

    def _mapping(self, discriminator: Map) -> Iterator[tuple[str, Map]]:
        mapping = discriminator.get("mapping")
        if not isinstance(mapping, Map):
            return
        for value, reference in mapping.items():
            if not isinstance(reference, str):
                words = "a mapping has names of schemas or references to them"
                self.workspace.report.add("malformed", mapping.where(value), words)
                continue
            if reference in component_schemas(self.workspace.document_of(discriminator)):
                step = reference.replace("~", "~0").replace("/", "~1").replace("%", "%25")
                reference = f"#/components/schemas/{step}"
            target = self.workspace.lookup(discriminator.file, reference, mapping.where(value))
            if isinstance(target, Map):
                yield value, target

    def keep(self, node: Map) -> None:
        """Keep a schema that the generator made, so that nothing else gets its identity."""
        self._kept.append(node)

    def shape(self, node: Map) -> Shape:
        """The flat record of a schema, kept for the next time."""
        known = self._shapes.get(id(node))
        if known is None:
            known = self._shapes[id(node)] = (node, self.flattener.flatten(node))
        return known[1]

    # ------------------------------------------------------------------------ types

    def lower(self, node: Value, scope: Scope, *, top: bool = False) -> ir.Type:
        """The type of a schema that stands inline; its definitions take names from ``scope``."""
        if not isinstance(node, Map):
            return ANY if node else NULL
        ref = plain_ref(node)
        if ref is not None:
            made = self.reference(self.flattener.referred(ref))
            optional = node.get("nullable") is True or ref.get("nullable") is True
            return nullable(made) if optional else made
        for keyword in ("$recursiveRef", "$dynamicRef"):
            if isinstance(node.get(keyword), str) and all(
                k == keyword or is_annotation(k) for k in node
            ):
                return self.reference(self.flattener.referred(node, keyword))
        return self._of_shape(self.shape(node), scope, top=top)

    def _tell_contradictions(self, shape: Shape) -> None:
        report = self.workspace.report
        for at, words in shape.contradictions:
            report.add("contradiction", at, words)
        unfit = unfit_default(shape)
        if unfit is not None:
            report.add("unfit-default", shape.node.where("default"), unfit)

    def _of_shape(self, shape: Shape, scope: Scope, *, top: bool = False) -> ir.Type:
        self._tell_contradictions(shape)
        if shape.enum is not None:
            made = self._values(shape, scope)
        elif shape.groups:
            made = lower_union(self, shape, scope)
        else:
            made = self._by_type(shape, scope, top=top)
        null = shape.nullable or (shape.types is not None and "null" in shape.types)
        return nullable(made) if null else made

    def _values(self, shape: Shape, scope: Scope, key: str | None = None) -> ir.Type:
        values = [value for value in shape.enum or () if value is not None]
        null = len(values) < len(shape.enum or ()) or shape.nullable
        null = null or (shape.types is not None and "null" in shape.types and not shape.const)
        made: ir.Type
        if any(isinstance(value, (Map, Seq)) for value in values):
            made = ANY
        elif not values:
            return NULL
        elif len(values) > 1 and all(isinstance(value, str) for value in values):
            made = self._enumeration(values, shape, scope, key)
        else:
            unique = tuple(dict.fromkeys((type(value), value) for value in values))
            made = ir.Literals(tuple(value for _, value in unique), closed=shape.const)
        return nullable(made) if null else made

    def _enumeration(
        self, values: list[str], shape: Shape, scope: Scope, key: str | None
    ) -> ir.Type:
        name = scope.name if key else self.homes.inline(scope, shape.node)
        key = key or _key(scope.home, name)
        kept = self.kept_names.members(scope.place)
        members = names.resolve(values, names.constant, taken=("mro", "name", "value"), kept=kept)
        doc = described(shape.node, shape) if key else ()
        self.definitions[key] = ir.Enumeration(
            key,
            name,
            scope.home,
            doc,
            tuple((member, text) for text, member in members.items()),
            node=shape.node,
        )
        return ir.Named(key)

    def _by_type(self, shape: Shape, scope: Scope, *, top: bool) -> ir.Type:
        types = inferred(shape)
        if types is None:
            return ANY
        if not types:
            return NULL
        types = types - {"null"}
        if not types:
            return NULL
        if "number" in types:
            types = types - {"integer"}
        if types == {"object", "array", "string", "number", "boolean"}:
            return ANY
        made = [self._one_type(kind, shape, scope) for kind in sorted(types)]
        return made[0] if len(made) == 1 else ir.Union(tuple(made))

    def _one_type(self, kind: str, shape: Shape, scope: Scope) -> ir.Type:
        if kind == "object":
            return self._object(shape, scope)
        if kind == "array":
            return self._array(shape, scope)
        if kind == "string":
            return ir.Scalar(string_kind(shape))
        if kind == "number":
            return ir.Scalar("decimal" if shape.format == "decimal" else "number")
        return ir.Scalar("integer" if kind == "integer" else "boolean")

    def _array(self, shape: Shape, scope: Scope) -> ir.Type:
        if shape.prefix is not None:
            parts = tuple(
                self.lower(part, scope.child(f"Item {index}", f"[{index}]"))
                for index, part in enumerate(shape.prefix)
            )
            if shape.only_prefix:
                return ir.TupleOf(parts)
            rest = self.lower(shape.items[0], scope.child("Item", "[]")) if shape.items else ANY
            every = Variants()
            for part in (*parts, rest):
                every.add(bare(part), None, None)
            return ir.ListOf(every.union(self, None, {}))
        if not shape.items:
            return ir.ListOf(ANY)
        item = shape.items[0] if len(shape.items) == 1 else joined(shape.node, shape.items)
        if isinstance(item, Map):
            self.keep(item)
        return ir.ListOf(self.lower(item, scope.child("Item", "[]")))

    def _object(self, shape: Shape, scope: Scope) -> ir.Type:
        if not is_model(shape):
            return ir.MapOf(self._extra(shape, scope) or ANY)
        identity = (shape.node.file, shape.node.pointer, *shape.properties)
        around = dict(scope.within).get(identity)
        if around is not None:
            return ir.Named(around)
        name = self.homes.inline(scope, shape.node)
        key = _key(scope.home, name)
        self._model(key, name, scope.inside(identity, key), shape)
        return ir.Named(key)

    def _extra(self, shape: Shape, scope: Scope) -> ir.Type | None:
        found = Variants()
        for schema in (*shape.additional, *shape.patterns):
            found.add(self.lower(schema, scope.child("Value", "{}")), None, None)
        return found.union(self, None, {}) if found.types else None

    # ------------------------------------------------------------------------ models

    def _model(self, key: str, name: Name, scope: Scope, shape: Shape) -> ir.Model:
        doc = described(shape.node, shape)
        model = ir.Model(key, name, scope.home, doc, node=shape.node)
        self.definitions[key] = model
        self._queue.append((model, shape, scope))
        return model

    def _fill(self, model: ir.Model, shape: Shape, scope: Scope) -> None:
        present = {
            wire: found
            for wire, found in shape.properties.items()
            if not any(schema is False for schema in found)
        }
        missing = [name for name in shape.required if name not in shape.properties]
        for name in missing:
            self.workspace.report.add(
                "undeclared-required",
                shape.node.where("required"),
                f"the required property {name!r} is not declared; it is kept as it comes",
            )
        pythons, model.extra_name = self.homes.fields(scope, present, missing)
        for wire, found in present.items():
            model.properties.append(self._property(wire, pythons[wire], found, shape, scope))
        for wire in missing:
            model.properties.append(
                ir.Property(wire, pythons[wire], ANY, required=False, nullable=False)
            )
        model.extra = self._extra(shape, scope)

    def _property(
        self, wire: str, python: Name, found: list[Value], shape: Shape, scope: Scope
    ) -> ir.Property:
        schema = found[0] if len(found) == 1 else joined(shape.node, found)
        if isinstance(schema, Map):
            self.keep(schema)
        made = self.lower(schema, scope.child(wire))
        inner = bare(made)
        facts = self.shape(schema) if isinstance(schema, Map) else None
        fixed = isinstance(inner, ir.Literals) and len(inner.values) == 1
        source = facts.annotations if facts is not None else {}
        return ir.Property(
            wire,
            python,
            inner,
            required=wire in shape.required,
            nullable=isinstance(made, ir.Nullable) or inner == NULL,
            doc=field_doc(
                schema if len(found) == 1 else shape.node.like(dict(source)),
                facts,
                is_type=isinstance(inner, ir.Named),
            ),
            default=inner.values[0] if isinstance(inner, ir.Literals) and fixed else None,
            has_default=fixed,
            read_only=source.get("readOnly") is True,
            write_only=source.get("writeOnly") is True,
            secrecy=secrecy_of(schema, self.shape),
            node=schema if isinstance(schema, Map) else None,
        )


def _key(home: ir.Home, name: Name) -> str:
    return f"{home.package or ''}:{home.module}:{name}"
