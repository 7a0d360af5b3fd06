"""From schemas to the typed form: every schema becomes a type, those with a name a definition."""

from __future__ import annotations

from collections import deque
from typing import Any

from attrs import define, field, frozen

from modelhunter_codegen import ir, names
from modelhunter_codegen.describe import described, field_doc
from modelhunter_codegen.documents import Document, Workspace
from modelhunter_codegen.shapes import Flattener, Group, Shape, is_annotation, joined, plain_ref
from modelhunter_codegen.source import Map, Seq, Value
from modelhunter_codegen.unions import Variants, tags_of

ANY = ir.Scalar("any")
NULL = ir.Scalar("null")
_STRING_FORMATS: dict[str, ir.ScalarKind] = {
    "date-time": "datetime",
    "date": "date",
    "decimal": "decimal-text",
    "byte": "base64",
    "base64": "base64",
    "binary": "binary",
}


@frozen
class Scope:
    """Where an inline schema's definitions go, and the name that its place gives them."""

    home: ir.Home
    name: str

    def child(self, word: str) -> Scope:
        """The scope of a part, such as a property."""
        return Scope(self.home, self.name + names.pascal(word, "Value"))


@define(eq=False)
class Lowerer:
    """Turns schemas into types and collects the definitions that they need."""

    workspace: Workspace
    definitions: dict[str, ir.Definition] = field(factory=dict)
    flattener: Flattener = field(init=False)
    _references: dict[int, ir.Type] = field(factory=dict)
    _kept: list[Map] = field(factory=list)
    _shapes: dict[int, tuple[Map, Shape]] = field(factory=dict)
    _used: dict[ir.Home, set[str]] = field(factory=dict)
    _queue: deque[tuple[ir.Model, Shape, Scope]] = field(factory=deque)
    _components: dict[str, dict[str, tuple[str, str]]] = field(factory=dict)
    _subtypes: dict[int, list[tuple[str, Map]]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        rules = "x-catalogue" in self.workspace.root.root
        self.flattener = Flattener(self.workspace, rules=rules)

    # ------------------------------------------------------------------------ components

    def lower_components(self) -> None:
        """Lower every component schema of the root document."""
        schemas = _component_schemas(self.workspace.root)
        self._find_subtypes(schemas)
        for name, schema in schemas.items():
            if isinstance(schema, (Map, bool)):
                self.reference(schema)
            else:
                self.workspace.report.add(
                    "malformed", schemas.where(name), "a schema must be a mapping, true or false"
                )
        self.finish()

    def finish(self) -> None:
        """Lower the fields of all models that were met so far."""
        while self._queue:
            self._fill(*self._queue.popleft())

    def _find_subtypes(self, schemas: Map) -> None:
        for name, schema in schemas.items():
            if not isinstance(schema, Map) or not isinstance(schema.get("allOf"), Seq):
                continue
            for member in schema["allOf"].maps():
                if isinstance(member.get("$ref"), str):
                    base = self.workspace.target(member)
                    if isinstance(base, Map) and isinstance(base.get("discriminator"), Map):
                        self._subtypes.setdefault(id(base), []).append((name, schema))

    def _names_of(self, document: Document) -> dict[str, tuple[str, str]]:
        """Class and module name of each component schema of a document."""
        found = self._components.get(document.shown)
        if found is None:
            classes = names.resolve(
                _component_schemas(document), names.pascal, key=lambda name: names.snake(name)
            )
            found = {text: (name, names.snake(name)) for text, name in classes.items()}
            self._components[document.shown] = found
        return found

    def _claim(self, target: Map) -> tuple[ir.Home, str]:
        """Home and class name of a schema that references lead to."""
        document = self.workspace.document_of(target)
        foreign = document is not self.workspace.root
        package = document.package if foreign else None
        steps = target.pointer.split("/")[1:]
        if steps[:2] == ["components", "schemas"] and len(steps) == 3:
            known = self._names_of(document)
            name, module = known[steps[2].replace("~1", "/").replace("~0", "~")]
            if not foreign or package is not None:
                return self._home(f"models.{module}", package, name), name
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
        taken = {names.snake(n) for n, _ in self._names_of(self.workspace.root).values()}
        if names.snake(name) in taken:
            name = names.pascal(f"{document.path.stem} {text}")
        home = ir.Home(f"models.{names.snake(name)}")
        if names.snake(name) in taken or home in self._used:
            name = f"{name}{names.short_hash(document.shown + target.pointer)}"
        return self._home(f"models.{names.snake(name)}", None, name), name

    def _home(self, module: str, package: str | None, name: str) -> ir.Home:
        home = ir.Home(module, package)
        self._used.setdefault(home, set()).add(name)
        return home

    def _name(self, scope: Scope, node: Value) -> str:
        """A class name that is free in the scope's module."""
        used = self._used.setdefault(scope.home, set())
        name = scope.name
        if name in used or name in names.CLASS_RESERVED:
            where = node.pointer if isinstance(node, Map) else ""
            name = f"{name}{names.short_hash(where)}"
        used.add(name)
        return name

    # ------------------------------------------------------------------------ references

    def reference(self, target: Value) -> ir.Type:
        """The type of a schema that a ``$ref`` leads to."""
        if not isinstance(target, Map):
            return ANY if target else NULL
        known = self._references.get(id(target))
        if known is not None:
            return known
        home, name = self._claim(target)
        key = f"{home.package or ''}:{home.module}:{name}"
        self._references[id(target)] = ir.Named(key)
        self._kept.append(target)
        scope = Scope(home, name)
        made = self._define(target, key, scope)
        self._references[id(target)] = made
        return made

    def _is_circle(self, target: Map) -> bool:
        """Whether a schema is nothing but a reference that leads back to itself."""
        seen: set[int] = set()
        node: Value = target
        while isinstance(node, Map):
            if id(node) in seen:
                return True
            seen.add(id(node))
            ref = plain_ref(node)
            if ref is None:
                return False
            node = self.flattener.referred(ref)
        return False

    def _define(self, target: Map, key: str, scope: Scope) -> ir.Type:
        if self._is_circle(target):
            self.workspace.report.add(
                "cyclic-ref", target.where(), "this $ref leads back to itself", "break the circle"
            )
            return ANY
        shape = None if plain_ref(target) else self.shape(target)
        if shape is not None and shape.enum is None and not shape.groups and _is_model(shape):
            model = self._model(key, scope, shape)
            if shape.nullable or (shape.types and "null" in shape.types):
                return ir.Nullable(ir.Named(key))
            self._add_subtypes(model, target)
            return ir.Named(key)
        if shape is not None and shape.enum is not None:
            made = self._values(shape, scope, key)
            if isinstance(_bare(made), ir.Named):
                return made
        else:
            made = self.lower(target, scope, top=True)
        doc = described(target, shape)
        self.definitions[key] = ir.Alias(key, scope.name, scope.home, doc, made)
        if isinstance(_bare(made), (ir.Scalar, ir.Literals)):
            return made
        if isinstance(made, ir.Nullable):
            return ir.Nullable(ir.Named(key))
        return ir.Named(key)

    def _add_subtypes(self, model: ir.Model, base: Map) -> None:
        children = self._subtypes.get(id(base))
        discriminator = base.get("discriminator")
        if not children or not isinstance(discriminator, Map):
            return
        tag = discriminator.get("propertyName")
        if not isinstance(tag, str):
            return
        explicit = self._mapping(discriminator)
        found: list[tuple[str, ir.Named]] = []
        for name, child in children:
            made = _bare(self.reference(child))
            if isinstance(made, ir.Named):
                values = explicit.get(id(child)) or self._own_tags(child, tag) or [name]
                found += [(str(value), made) for value in values]
        model.tag, model.subtypes = tag, tuple(found)

    def _own_tags(self, node: Map, tag: str) -> list[Any]:
        return [value for value in tags_of(self.shape(node)).get(tag, ()) if value is not None]

    def _mapping(self, discriminator: Map) -> dict[int, list[str]]:
        """The values that a discriminator's mapping gives each schema, by the schema's id."""
        found: dict[int, list[str]] = {}
        mapping = discriminator.get("mapping")
        if not isinstance(mapping, Map):
            return found
        for value, reference in mapping.items():
            if not isinstance(reference, str):
                continue
            if "/" not in reference and "#" not in reference and "." not in reference:
                reference = f"#/components/schemas/{reference}"
            target = self.workspace.lookup(discriminator.file, reference, mapping.where(value))
            if isinstance(target, Map):
                found.setdefault(id(target), []).append(value)
        return found

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
            if keyword in node and all(k == keyword or is_annotation(k) for k in node):
                return self.reference(self.flattener.referred(node, keyword))
        return self._of_shape(self.shape(node), scope, top=top)

    def _of_shape(self, shape: Shape, scope: Scope, *, top: bool = False) -> ir.Type:
        if shape.enum is not None:
            made = self._values(shape, scope)
        elif shape.groups:
            made = self._union(shape, scope)
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
        name = scope.name if key else self._name(scope, shape.node)
        key = key or f"{scope.home.package or ''}:{scope.home.module}:{name}"
        members = names.resolve(values, names.constant, taken=("mro", "name", "value"))
        doc = described(shape.node, shape) if key else ()
        self.definitions[key] = ir.Enumeration(
            key, name, scope.home, doc, tuple((member, text) for text, member in members.items())
        )
        return ir.Named(key)

    def _union(self, shape: Shape, scope: Scope) -> ir.Type:
        group, *others = shape.groups
        base = self._base(shape, others)
        variants = Variants()
        null = False
        for variant in group.variants:
            alone = base is None or variant == {"type": "null"} or self._extends(variant, shape)
            node = variant if alone else joined(shape.node, [base, variant])
            if not alone:
                self._kept.append(node)
            words = self._variant_words(variant, group)
            made = self.lower(node, scope.child(words) if words else scope)
            null |= isinstance(made, ir.Nullable) or made == NULL
            if made != NULL:
                facts = self.shape(node) if isinstance(node, Map) else None
                variants.add(_bare(made), facts, variant if isinstance(variant, Map) else None)
        discriminator = shape.discriminator
        if discriminator is None and isinstance(group.owner.get("discriminator"), Map):
            discriminator = group.owner["discriminator"]
        tag = discriminator.get("propertyName") if discriminator is not None else None
        mapping = self._mapping(discriminator) if discriminator is not None else {}
        union = variants.union(self, tag if isinstance(tag, str) else None, mapping)
        return nullable(union) if null else union

    def _extends(self, variant: Value, shape: Shape) -> bool:
        """Whether a variant has the schema that lists it among its own ``allOf``."""
        target = self.workspace.follow(variant) if isinstance(variant, Map) else None
        members = target.get("allOf") if target is not None else None
        return isinstance(members, Seq) and any(
            "$ref" in member and self.workspace.follow(member) is shape.node
            for member in members.maps()
        )

    def _base(self, shape: Shape, others: list[Group]) -> Map | None:
        """What stands beside the variants and belongs to each of them; None where that is nothing."""
        if not (shape.properties or shape.required or others or shape.additional):
            telling = shape.types is not None and shape.types - {"null"} != {"object"}
            if not telling:
                return None
        members: dict[str, Any] = {}
        if shape.types is not None:
            members["type"] = _seq(shape.node, sorted(shape.types))
        if shape.properties:
            members["properties"] = shape.node.like(
                {
                    name: found[0] if len(found) == 1 else joined(shape.node, found)
                    for name, found in shape.properties.items()
                }
            )
        if shape.required:
            members["required"] = _seq(shape.node, shape.required)
        if shape.additional:
            members["additionalProperties"] = shape.additional[0]
        if others:
            members["allOf"] = _seq(
                shape.node,
                (shape.node.like({o.keyword: _seq(shape.node, o.variants)}) for o in others),
            )
        return shape.node.like(members)

    def _variant_words(self, variant: Value, group: Group) -> str:
        """What to call an inline variant: by its tag, else by what it must have, never by place."""
        if not isinstance(variant, Map) or plain_ref(variant) is not None:
            return ""
        shape = self.shape(variant)
        if not shape.is_object or len(group.variants) == 1:
            return "Item" if shape.types == {"array"} else ""
        for values in tags_of(shape).values():
            if len(values) == 1 and isinstance(values[0], str):
                return values[0]
        objects = [
            other
            for other in group.variants
            if isinstance(other, Map) and self.shape(other).is_object
        ]
        if len(objects) == 1:
            return "Object"
        title = variant.get("title")
        if isinstance(title, str) and names.words(title):
            return title
        needed = list(shape.required) or list(shape.properties)
        return "With " + " ".join(needed[:3]) if needed else "Object"

    def _by_type(self, shape: Shape, scope: Scope, *, top: bool) -> ir.Type:
        types = _inferred(shape)
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
            if shape.encoding in ("base64", "base64url"):
                return ir.Scalar("base64")
            return ir.Scalar(_STRING_FORMATS.get(shape.format or "", "string"))
        if kind == "number":
            return ir.Scalar("decimal" if shape.format == "decimal" else "number")
        return ir.Scalar("integer" if kind == "integer" else "boolean")

    def _array(self, shape: Shape, scope: Scope) -> ir.Type:
        if shape.prefix is not None:
            parts = tuple(
                self.lower(part, scope.child(f"Item {index}"))
                for index, part in enumerate(shape.prefix)
            )
            if shape.only_prefix:
                return ir.TupleOf(parts)
            rest = self.lower(shape.items[0], scope.child("Item")) if shape.items else ANY
            every = Variants()
            for part in (*parts, rest):
                every.add(_bare(part), None, None)
            return ir.ListOf(every.union(self, None, {}))
        if not shape.items:
            return ir.ListOf(ANY)
        item = shape.items[0] if len(shape.items) == 1 else joined(shape.node, shape.items)
        self._kept.append(shape.node)
        return ir.ListOf(self.lower(item, scope.child("Item")))

    def _object(self, shape: Shape, scope: Scope) -> ir.Type:
        if not _is_model(shape):
            return ir.MapOf(self._extra(shape, scope) or ANY)
        name = self._name(scope, shape.node)
        key = f"{scope.home.package or ''}:{scope.home.module}:{name}"
        self._model(key, Scope(scope.home, name), shape)
        return ir.Named(key)

    def _extra(self, shape: Shape, scope: Scope) -> ir.Type | None:
        found = Variants()
        for schema in (*shape.additional, *shape.patterns):
            found.add(self.lower(schema, scope.child("Value")), None, None)
        return found.union(self, None, {}) if found.types else None

    # ------------------------------------------------------------------------ models

    def _model(self, key: str, scope: Scope, shape: Shape) -> ir.Model:
        doc = described(shape.node, shape)
        model = ir.Model(key, scope.name, scope.home, doc)
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
        pythons = names.resolve((*present, *missing), names.snake)
        for wire, found in present.items():
            model.properties.append(self._property(wire, pythons[wire], found, shape, scope))
        for wire in missing:
            model.properties.append(
                ir.Property(wire, pythons[wire], ANY, required=False, nullable=False)
            )
        model.extra = self._extra(shape, scope)
        model.extra_name = next(
            name for name in ("extra", "extra_members", "extra_members_") if name not in pythons.values()
        )

    def _property(
        self, wire: str, python: str, found: list[Value], shape: Shape, scope: Scope
    ) -> ir.Property:
        schema = found[0] if len(found) == 1 else joined(shape.node, found)
        if isinstance(schema, Map):
            self._kept.append(schema)
        made = self.lower(schema, scope.child(wire))
        inner = _bare(made)
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
        )


def nullable(made: ir.Type) -> ir.Type:
    """The type, or null; a type that takes null already stays as it is."""
    return made if isinstance(made, ir.Nullable) or made in (ANY, NULL) else ir.Nullable(made)


def _bare(made: ir.Type) -> ir.Type:
    return made.inner if isinstance(made, ir.Nullable) else made


def _is_model(shape: Shape) -> bool:
    types = (_inferred(shape) or set()) - {"null"}
    return types == {"object"} and bool(shape.properties)


def _inferred(shape: Shape) -> set[str] | None:
    if shape.types is not None:
        return shape.types
    if shape.properties or shape.additional or shape.patterns or shape.required:
        return {"object"}
    if shape.items or shape.prefix is not None:
        return {"array"}
    if shape.format in ("binary", "byte", "date-time", "date") or shape.encoding:
        return {"string"}
    return None


def _seq(node: Map, values: Any) -> Seq:
    made = Seq(node.file, node.line, node.parent, node.key)
    made.extend(values)
    return made


def _component_schemas(document: Document) -> Map:
    components = document.root.get("components")
    schemas = components.get("schemas") if isinstance(components, Map) else None
    return schemas if isinstance(schemas, Map) else document.root.like({})
