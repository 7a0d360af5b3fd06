"""One schema, with everything that ``allOf`` and ``$ref`` bring in, as a flat record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from attrs import define, field, frozen

from modelhunter_codegen.keywords import (
    ANNOTATIONS,
    LIMITS,
    check_keywords,
    is_annotation,
    never_gather,
)
from modelhunter_codegen.problems import quoted
from modelhunter_codegen.source import Map, Seq, Value

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.problems import Location

_NEUTRAL = ANNOTATIONS | LIMITS | {"type"}
_DEEPEST = 100
"""So many schemas may be part of each other, one in the next."""
_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


@frozen
class Group:
    """The variants of one ``oneOf`` or ``anyOf``; ``owner`` is the schema that has it."""

    keyword: str
    variants: tuple[Value, ...]
    owner: Map


@define
class Shape:
    """What a schema says, ``allOf`` merged. ``types`` is None where any type fits."""

    node: Map
    types: set[str] | None = None
    nullable: bool = False
    properties: dict[str, list[Value]] = field(factory=dict)
    required: dict[str, None] = field(factory=dict)
    additional: list[Value] = field(factory=list)
    closed: bool = False
    patterns: list[Value] = field(factory=list)
    items: list[Value] = field(factory=list)
    prefix: tuple[Value, ...] | None = None
    only_prefix: bool = False
    enum: list[Any] | None = None
    const: bool = False
    groups: list[Group] = field(factory=list)
    format: str | None = None
    encoding: str | None = None
    discriminator: Map | None = None
    limits: dict[str, Any] = field(factory=dict)
    rules: dict[str, str] = field(factory=dict)
    """What must hold across members: the rule as JSON, and in words."""
    annotations: dict[str, Any] = field(factory=dict)
    contradictions: list[tuple[Location, str]] = field(factory=list)
    """Where and why no value fits: a mistake, or a branch of a union that something rules out."""

    @property
    def is_object(self) -> bool:
        """Whether the schema describes an object with fields of its own."""
        return bool(self.properties or self.required or self.additional or self.patterns) or (
            self.types is not None and "object" in self.types
        )


def is_neutral(node: Value) -> bool:
    """Whether a schema, joined to another, leaves that one's shape as it is."""
    if node is True:
        return True
    return isinstance(node, Map) and all(
        keyword in _NEUTRAL or keyword.startswith("x-") for keyword in node
    )


def plain_ref(node: Map) -> Map | None:
    """The node whose ``$ref`` alone decides the shape: itself, or the one member of its allOf."""
    if isinstance(node.get("$ref"), str):
        rest = node.like({key: value for key, value in node.items() if key != "$ref"})
        return node if is_neutral(rest) else None
    members = node.get("allOf")
    if isinstance(members, Seq):
        rest = node.like({key: value for key, value in node.items() if key != "allOf"})
        if is_neutral(rest):
            telling = [member for member in members if not is_neutral(member)]
            if len(telling) == 1 and isinstance(telling[0], Map):
                return plain_ref(telling[0])
    return None


def joined(node: Map, members: Iterable[Value]) -> Map:
    """A schema at ``node``'s place that asks for all of ``members``."""
    return node.like({"allOf": seq_of(node, members)})


def seq_of(node: Map, values: Iterable[Value]) -> Seq:
    """A sequence at a node's place that the generator made."""
    made = Seq(node.file, node.line, node.parent, node.key)
    made.extend(values)
    return made


def spelled_out(schemas: Map, name: str) -> Map:
    """A named schema as a mapping of its own.

    One that is true or false says the same in words, one that YAML has from elsewhere by an alias
    refers to that place.
    """
    schema = schemas[name]
    if isinstance(schema, Map) and schema.parent is schemas and schema.key == name:
        return schema
    made = Map(schemas.file, schemas.lines.get(name, schemas.line), schemas, name)
    if isinstance(schema, Map):
        made["$ref"] = f"#{quote(schema.pointer)}"
    elif not schema:
        made["type"] = seq_of(made, ())
    return made


@define(eq=False)
class Flattener:
    """Merges a schema with what it refers to.

    ``rules`` says whether conditions may pass: they are rules of a provider's inputs, which the
    catalogue states as data.
    """

    workspace: Workspace
    rules: bool = False

    def flatten(self, node: Map) -> Shape:
        """The schema as one record."""
        shape = Shape(node)
        self._add(shape, node, {}, 0, own=True)
        self._drop_rule_groups(shape)
        _drop_values_of_other_types(shape)
        return shape

    def _add(
        self, shape: Shape, node: Value, seen: dict[int, bool], depth: int, *, own: bool
    ) -> None:
        """Merge a schema into a shape.

        ``seen`` has those that are in it, true while not all of one is; ``depth`` counts these.
        """
        if not isinstance(node, Map):
            if node is False:
                shape.types = set()
            return
        report = self.workspace.report
        if id(node) in seen:
            if seen[id(node)]:
                words = "this allOf leads back to itself"
                report.add("cyclic-all-of", node.where(), words, "break the circle")
            return  # what it says is said already
        if depth > _DEEPEST:
            words = f"more than {_DEEPEST} schemas that are part of each other by allOf or $ref"
            report.add("too-deep", shape.node.where(), words, "leave out those between")
            return
        seen[id(node)] = True
        check_keywords(node, report, rules=self.rules)
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(node.get(keyword), str):
                self._add(shape, self.referred(node, keyword), seen, depth + 1, own=False)
            elif keyword in node:
                report.add("malformed", node.where(keyword), f"{keyword} must be text")
        members = node.get("allOf")
        if isinstance(members, Seq):
            for member in members:
                self._add(shape, member, seen, depth + 1, own=False)
        self._add_type(shape, node)
        self._add_object(shape, node)
        self._add_array(shape, node)
        self._add_values(shape, node)
        for keyword in ("oneOf", "anyOf"):
            variants = node.get(keyword)
            if isinstance(variants, Seq) and not self._leads_back(variants, seen):
                shape.groups.append(Group(keyword, tuple(variants), node))
        apart = never_gather(node)
        if apart and not self.rules:
            listed = ", ".join(f"`{name}`" for name in apart)
            _add_rule(shape, {"not": sorted(apart)}, f"Not together: {listed}.")
        if own:
            shape.discriminator = node.mapping("discriminator")
        shape.format = node.text("format") or shape.format
        shape.encoding = node.text("contentEncoding") or shape.encoding
        for key, value in node.items():
            if key in LIMITS:
                shape.limits[key] = value
            elif is_annotation(key):
                shape.annotations[key] = value
        seen[id(node)] = False

    def referred(self, node: Map, keyword: str = "$ref") -> Value:
        """The schema that a reference means; an anything-goes schema where it means nothing."""
        if keyword == "$recursiveRef":
            return self._recursive(node)
        target = self.workspace.target(node, keyword)
        if target is None:
            return True
        if not isinstance(target, (Map, bool)):
            self.workspace.report.add(
                "malformed", node.where(keyword), "this reference does not lead to a schema"
            )
            return True
        return target

    def _recursive(self, node: Map) -> Value:
        parent: Any = node
        while parent is not None:
            if isinstance(parent, Map) and parent.get("$recursiveAnchor") is True:
                return parent
            parent = parent.parent
        self.workspace.report.add(
            "dangling-ref",
            node.where("$recursiveRef"),
            "no schema around this one has `$recursiveAnchor: true`",
        )
        return True

    def _leads_back(self, variants: Seq, seen: dict[int, bool]) -> bool:
        """Whether a variant is the schema being flattened: a base that lists its own children."""
        return any(
            isinstance(variant, Map)
            and isinstance(variant.get("$ref"), str)
            and seen.get(id(self.workspace.target(variant)), False)
            for variant in variants
        )

    def _add_type(self, shape: Shape, node: Map) -> None:
        if node.get("nullable") is True:
            shape.nullable = True
        if "type" not in node:
            return
        given = node.sequence("type")
        types: set[str] = set()
        for name in [node["type"]] if given is None else given:
            if name is not None and name not in _TYPES:
                self.workspace.report.add(
                    "unknown-type",
                    node.where("type"),
                    f"{quoted(name)} is no type; JSON Schema has {', '.join(_TYPES)}",
                )
                return
            types.add("null" if name is None else str(name))
        if "number" in types:
            types.add("integer")
        if shape.types is None:
            shape.types = types
            return
        common = shape.types & types
        if not common and (shape.types or types):
            words = f"no value is both {_either(shape.types)} and {_either(types)}"
            shape.contradictions.append((node.where("type"), words))
            common = types
        shape.types = common

    def _add_object(self, shape: Shape, node: Map) -> None:
        properties = node.get("properties")
        if isinstance(properties, Map):
            for name, schema in properties.items():
                shape.properties.setdefault(name, []).append(schema)
        required = node.get("required")
        if isinstance(required, Seq):
            shape.required.update((name, None) for name in required if isinstance(name, str))
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            additional = node.get(keyword)
            if additional is False:
                shape.closed = True
            elif isinstance(additional, Map) or additional is True:
                shape.additional.append(additional)
        patterns = node.get("patternProperties")
        if isinstance(patterns, Map):
            shape.patterns.extend(patterns.values())
        needs = node.get("dependentRequired")
        if isinstance(needs, Map) and not self.rules:
            for name, others in needs.items():
                if isinstance(others, Seq):
                    listed = ", ".join(str(other) for other in others)
                    rule = {"needs": {name: sorted(map(str, others))}}
                    _add_rule(shape, rule, f"`{name}` needs {listed} beside it.")

    def _add_array(self, shape: Shape, node: Map) -> None:
        items = node.get("items")
        prefix = node.get("prefixItems")
        if isinstance(items, Seq):  # as drafts of JSON Schema before 2020 have it
            prefix, items = items, node.get("additionalItems")
        if isinstance(prefix, Seq):
            shape.prefix = tuple(prefix)
            limit = node.get("maxItems")
            shape.only_prefix = items is False or limit == len(prefix)
            shape.only_prefix &= node.get("minItems", 0) == len(prefix) or items is False
        if isinstance(items, Map) or items is True:
            shape.items.append(items)

    def _add_values(self, shape: Shape, node: Map) -> None:
        given: list[Any] | None = None
        if "const" in node:
            given, shape.const = [node["const"]], True
        elif isinstance(listed := node.get("enum"), Seq):
            given = list(listed)
        if not given:  # an empty enum is no rule but one that was not filled in
            return
        if shape.enum is None:
            shape.enum = given
            return
        allowed = {identity(value) for value in given}
        common = [value for value in shape.enum if identity(value) in allowed]
        if not common:
            shape.contradictions.append((node.where(), "no value is in all of these enums"))
            common = given
        shape.enum = common

    def _drop_rule_groups(self, shape: Shape) -> None:
        """Turn groups that only narrow fields declared elsewhere into notes: they add no shape."""
        kept = []
        for group in shape.groups:
            if group.variants and all(_narrows(v, shape.properties) for v in group.variants):
                described = group.owner.get("description")
                own = group.owner is shape.node or not isinstance(described, str)
                if not self.rules:
                    words = _rule_text(group) if own else str(described)
                    narrowing = [_without_annotations(one) for one in group.variants]
                    _add_rule(shape, {group.keyword: narrowing}, words)
            else:
                kept.append(group)
        shape.groups = kept


def same(one: Any, other: Any) -> bool:
    """Equality as JSON sees it: 1 is not true, but 1.0."""
    return identity(one) == identity(other)


def identity(value: Any) -> Hashable:
    """What two values have in common that are the same as JSON sees it, and no others."""
    if isinstance(value, (list, tuple)):
        return ("array", *map(identity, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(one)) for key, one in value.items()))
    return (isinstance(value, bool), value)


def _drop_values_of_other_types(shape: Shape) -> None:
    """Leave out the values that the type excludes, and say so: the type decides."""
    types = shape.types
    if not types or shape.enum is None or not types.issubset(_TYPES):
        return
    unfit = [value for value in shape.enum if value is not None and not _is_one_of(value, types)]
    if not unfit:
        return
    keyword = "const" if shape.const else "enum"
    shown = ", ".join(quoted(value) for value in unfit[:3]) + (", …" if len(unfit) > 3 else "")
    words = f"the type is {_either(types)}, and {keyword} has {shown}, which can't be one"
    shape.contradictions.append((shape.node.where(keyword), words))
    fit = [value for value in shape.enum if value is None or _is_one_of(value, types)]
    shape.enum = fit or None
    shape.const = shape.const and shape.enum is not None


def unfit_default(shape: Shape) -> str | None:
    """What is wrong with the default of a schema, if anything is."""
    default, types = shape.annotations.get("default"), shape.types
    if default is None:
        return None
    if types and types.issubset(_TYPES) and not _is_one_of(default, types):
        return f"the type is {_either(types)}, and the default {quoted(default)} can't be one"
    if shape.enum is not None and identity(default) not in map(identity, shape.enum):
        return f"the default {quoted(default)} is none of the values"
    return None


def _is_one_of(value: object, types: set[str]) -> bool:
    """Whether a value of a description is of one of these types of JSON; 1.0 is whole, too."""
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, int | float):
        return "number" in types or ("integer" in types and not value % 1)
    kinds: dict[str, type] = {"string": str, "object": Map, "array": Seq}
    return any(isinstance(value, kind) for name, kind in kinds.items() if name in types)


def _either(types: set[str]) -> str:
    return " or ".join(sorted(types)) or "nothing"


def _narrows(variant: Value, declared: dict[str, list[Value]]) -> bool:
    if not isinstance(variant, Map):
        return False
    allowed = {"required", "properties", "not"}
    if not any(key in variant for key in allowed):
        return False
    if not all(key in allowed or is_annotation(key) or key == "type" for key in variant):
        return False
    properties = variant.get("properties", {})
    return (
        bool(declared) and isinstance(properties, dict) and all(n in declared for n in properties)
    )


def _add_rule(shape: Shape, rule: dict[str, Any], words: str) -> None:
    """Record a rule; one that is there already counts once."""
    shape.rules.setdefault(json.dumps(rule, sort_keys=True), words)


def _without_annotations(variant: Value) -> Value:
    if not isinstance(variant, Map):
        return variant
    return {key: value for key, value in variant.items() if not is_annotation(key)}


def _rule_text(group: Group) -> str:
    choices = []
    for variant in group.variants:
        required = variant.get("required") if isinstance(variant, Map) else None
        needs = [f"`{name}`" for name in required] if isinstance(required, Seq) else []
        choices.append(" with ".join(needs) if needs else "a narrower form of the fields")
    how = "Exactly one" if group.keyword == "oneOf" else "At least one"
    return f"{how} of these must be given: {'; '.join(choices)}."
