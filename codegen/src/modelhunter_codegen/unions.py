"""Putting the variants of a union together: what is the same, and what tells the rest apart."""

from __future__ import annotations

import re
from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from modelhunter_codegen import ir, names
from modelhunter_codegen.flatten import identity, joined, plain_ref, seq_of
from modelhunter_codegen.ir import ANY, NULL, bare, nullable
from modelhunter_codegen.source import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Hashable

    from modelhunter_codegen.flatten import Group, Shape
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.module_placement import Scope
    from modelhunter_codegen.source import Value

_STRING = ir.Scalar("string")
_MOST_COMBINED = 1000
"""So many kinds of objects may come from choices that all have to be made at once."""
_MOST_IN_ALL = 20_000
"""So many may come from all of a description."""


def tags_of(shape: Shape) -> dict[str, list[Any]]:
    """The properties of an object whose schemas allow a few constants, with those."""
    found: dict[str, list[Any]] = {}
    for name, schemas in shape.properties.items():
        for schema in schemas:
            if not isinstance(schema, Map):
                continue
            if "const" in schema:
                found[name] = [schema["const"]]
            elif isinstance(enum := schema.get("enum"), list) and name not in found:
                found[name] = list(enum)
    return found


def lower_union(lowerer: Lowerer, shape: Shape, scope: Scope) -> ir.Type:
    """The type of a schema that has ``oneOf`` or ``anyOf``."""
    group = shape.groups[0]
    if not _can_combine(lowerer, shape):
        return ANY
    variants = Variants()
    null = False
    wording = _Wording.of(lowerer, group)
    for variant, node in _possible(lowerer, shape):
        words, step = wording.variant(variant, alone=node is variant)
        made = lowerer.lower(node, scope.child(words, step) if words else scope.at(step))
        null |= isinstance(made, ir.Nullable) or made == NULL
        if made != NULL:
            facts = lowerer.shape(node) if isinstance(node, Map) else None
            variants.add(bare(made), facts, variant if isinstance(variant, Map) else None)
    discriminator = shape.discriminator or group.owner.mapping("discriminator")
    tag = discriminator.get("propertyName") if discriminator is not None else None
    mapping = lowerer.mapping(discriminator) if discriminator is not None else {}
    union = variants.union(lowerer, tag if isinstance(tag, str) else None, mapping)
    return nullable(union) if null else union


def _can_combine(lowerer: Lowerer, shape: Shape) -> bool:
    """Whether choices that all have to be made are few enough; told where they are not."""
    count = prod(len(one.variants) for one in shape.groups)
    if (count <= _MOST_COMBINED or len(shape.groups) == 1) and lowerer.combined <= _MOST_IN_ALL:
        return True
    lowerer.workspace.report.add(
        "too-many-combinations",
        shape.node.where(),
        "choices that all have to be made give more combinations than types can list",
        "give what depends on each choice a property of its own",
    )
    return False


def _possible(lowerer: Lowerer, shape: Shape) -> list[tuple[Value, Value]]:
    """The variants, each alone and with what stands beside them, but for those ruled out by it.

    All of them where nothing is left: that is a mistake, and gets told where they are lowered.
    """
    group, *others = shape.groups
    base = _base(shape, others)
    pairs: list[tuple[Value, Value]] = []
    fitting: list[tuple[Value, Value]] = []
    for variant in group.variants:
        alone = base is None or variant == {"type": "null"} or _extends(lowerer, variant, shape)
        if alone:
            pairs.append((variant, variant))
            if variant is not False:
                fitting.append((variant, variant))
            continue
        node = joined(shape.node, [base, variant])
        pairs.append((variant, node))
        lowerer.keep(node)
        lowerer.combined += 1
        if variant is not False and _fits(lowerer, variant, node):
            fitting.append((variant, node))
    return fitting or pairs


def _fits(lowerer: Lowerer, variant: Value, node: Map) -> bool:
    """Whether there is a value for a variant with what stands beside it, ``node``.

    A variant that contradicts itself counts as fitting: that is not the doing of its neighbours.
    """
    if isinstance(variant, Map) and lowerer.shape(variant).contradictions:
        return True
    shape = lowerer.shape(node)
    if shape.contradictions or not shape.groups or not _can_combine(lowerer, shape):
        return not shape.contradictions
    inner = (node for _, node in _possible(lowerer, shape))
    return any(isinstance(one, Map) and _meet(lowerer.shape(one), shape) for one in inner)


def _meet(one: Shape, other: Shape) -> bool:
    if one.contradictions:
        return False
    return one.types is None or other.types is None or not one.types.isdisjoint(other.types)


def _extends(lowerer: Lowerer, variant: Value, shape: Shape) -> bool:
    """Whether a variant has the schema that lists it among its own ``allOf``."""
    target = lowerer.workspace.follow(variant) if isinstance(variant, Map) else None
    members = target.get("allOf") if target is not None else None
    return isinstance(members, Seq) and any(
        "$ref" in member and lowerer.workspace.follow(member) is shape.node
        for member in members.maps()
    )


def _base(shape: Shape, others: list[Group]) -> Map | None:
    """What stands beside the variants and belongs to each of them; None where that is nothing."""
    if not (shape.properties or shape.required or others or shape.additional):
        telling = shape.types is not None and shape.types - {"null"} != {"object"}
        if not telling:
            return None
    members: dict[str, Any] = {}
    if shape.types is not None:
        members["type"] = seq_of(shape.node, sorted(shape.types))
    if shape.properties:
        members["properties"] = shape.node.like(
            {
                name: found[0] if len(found) == 1 else joined(shape.node, found)
                for name, found in shape.properties.items()
            }
        )
    if shape.required:
        members["required"] = seq_of(shape.node, shape.required)
    if shape.additional:
        members["additionalProperties"] = shape.additional[0]
    if others:
        members["allOf"] = seq_of(
            shape.node,
            (shape.node.like({o.keyword: seq_of(shape.node, o.variants)}) for o in others),
        )
    return shape.node.like(members)


@frozen
class _Wording:
    """What the variants of a group are called.

    ``telling`` counts what sets variants apart, ``objects`` those that are objects.
    """

    lowerer: Lowerer
    group: Group
    telling: Counter[str]
    objects: int

    @classmethod
    def of(cls, lowerer: Lowerer, group: Group) -> _Wording:
        """Look at all variants of a group."""
        nodes = [one for one in group.variants if isinstance(one, Map)]
        telling = Counter(_telling(lowerer, one) for one in group.variants)
        return cls(lowerer, group, telling, sum(lowerer.shape(one).is_object for one in nodes))

    def variant(self, variant: Value, *, alone: bool) -> tuple[str, str]:
        """What to call a variant: by its tag, else by what it must have, never by place.

        The second word is for the record of names: no other variant changes it. A reference needs
        no word where it stands ``alone``; joined to what is beside it, it has that of its target.
        """
        if not isinstance(variant, Map) or (alone and plain_ref(variant) is not None):
            return "", ""
        telling = step = _telling(self.lowerer, variant)
        if plain_ref(variant) is not None:
            return telling, telling
        shape = self.lowerer.shape(variant)
        if not shape.is_object:
            return "Item" if shape.types == {"array"} else "", telling
        if len(self.group.variants) == 1:
            return "", telling
        if self.telling[telling] > 1:
            step = f"{telling} {names.short_hash(' '.join(sorted(shape.properties)))}"
        only = _constant_tag(shape) is None and self.objects == 1
        return "Object" if only else telling, step


def _telling(lowerer: Lowerer, variant: Value) -> str:
    """What sets a variant apart from others, whichever these are."""
    if not isinstance(variant, Map):
        return "any"
    reference = plain_ref(variant)
    if reference is not None:
        return str(re.split("[/#]", reference.text("$ref") or "")[-1])
    shape = lowerer.shape(variant)
    if shape.enum:
        return f"= {shape.enum[0]}"
    if not shape.is_object:
        items = _telling(lowerer, shape.items[0]) if shape.items else ""
        return f"{' '.join(sorted(shape.types or ()))} {items}".strip()
    tag = _constant_tag(shape)
    title = variant.get("title")
    needed = list(shape.required) or list(shape.properties)
    if tag is None and isinstance(title, str) and names.words(title):
        return title
    return tag or (f"With {' '.join(needed[:3])}" if needed else "Object")


def _constant_tag(shape: Shape) -> str | None:
    for values in tags_of(shape).values():
        if len(values) == 1 and isinstance(values[0], str):
            return values[0]
    return None


@define
class Variants:
    """The types of a union with what their schemas say about them."""

    types: list[ir.Type] = field(factory=list)
    shapes: list[Shape | None] = field(factory=list)
    nodes: list[Map | None] = field(factory=list)
    _known: set[ir.Type] = field(factory=set)

    def add(self, made: ir.Type, shape: Shape | None, node: Map | None) -> None:
        """Add a variant unless an equal one is there."""
        if made not in self._known:
            self._known.add(made)
            self.types.append(made)
            self.shapes.append(shape)
            self.nodes.append(node)

    def union(self, lowerer: Lowerer, tag: str | None, mapping: dict[int, list[str]]) -> ir.Type:
        """The union of the variants, or the one type that they amount to."""
        if ANY in self.types or not self.types:
            return ANY
        self._absorb_strings(lowerer)
        if len(self.types) == 1:
            return self.types[0]
        facts = [_facts(lowerer, shape) for shape in self.shapes]
        tag = tag or self._implicit_tag(facts)
        tagged: list[tuple[Any, int]] = []
        if tag is not None:
            for index, node in enumerate(self.nodes):
                tagged += [
                    (value, index)
                    for value in self._values(lowerer, node, tag, mapping, facts[index])
                ]
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
            index
            for index, made in enumerate(self.types)
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

    def _implicit_tag(self, facts: list[ObjectFacts | None]) -> str | None:
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
        fact: ObjectFacts | None,
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


ObjectFacts = tuple[frozenset[str], dict[str, list[Any]]]
"""The property names that objects of a schema may have, and the constants of some of them."""


def _facts(lowerer: Lowerer, shape: Shape | None) -> ObjectFacts | None:
    """What is known of the objects of a schema; None where it has none."""
    if shape is None:
        return None
    key = id(shape.node)
    if key not in lowerer.object_facts:
        lowerer.object_facts[key] = None  # for one that leads back to itself
        lowerer.object_facts[key] = _find_facts(lowerer, shape)
    return lowerer.object_facts[key]


def _find_facts(lowerer: Lowerer, shape: Shape) -> ObjectFacts | None:
    if not shape.groups:
        return (frozenset(shape.properties), tags_of(shape)) if shape.properties else None
    keys: set[str] = set(shape.properties)
    tags: dict[str, dict[Hashable, Any]] = {}
    complete: set[str] | None = None
    for variant in shape.groups[0].variants:
        fact = _facts(lowerer, lowerer.shape(variant) if isinstance(variant, Map) else None)
        if fact is None:
            continue
        keys |= fact[0]
        complete = set(fact[1]) if complete is None else complete & set(fact[1])
        for name, values in fact[1].items():
            tags.setdefault(name, {}).update((identity(value), value) for value in values)
    if complete is None and not shape.properties:
        return None
    common = {name: list(tags[name].values()) for name in complete or ()}
    return frozenset(keys), common | tags_of(shape)
