"""The inputs of a capability as data, for each model: what the catalogue's Field tables say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field, frozen

from modelhunter_codegen import ir, names
from modelhunter_codegen.deprecated_names import former_names
from modelhunter_codegen.flatten import joined, same
from modelhunter_codegen.provider.marks import Marks
from modelhunter_codegen.provider.media import media_of, merged, pixels_of
from modelhunter_codegen.provider.partial import inside, residual
from modelhunter_codegen.provider.rule_forms import objection, sound_rules
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from modelhunter_codegen.flatten import Shape
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.media import Media

_ATTRIBUTES: dict[str, Code] = {
    "type": "type",
    "description": "description",
    "required": "required",
    "default": "default",
    "enum": "choices",
    "const": "choices",
    "minimum": "minimum",
    "maximum": "maximum",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "minItems": "min_items",
    "maxItems": "max_items",
}
"""Keywords of JSON Schema and the attributes of a Field that they become."""

_LOWER_BOUNDS = ("minimum", "min_length", "min_items")
_UPPER_BOUNDS = ("maximum", "max_length", "max_items")


ARGUMENTS = frozenset(
    (
        *("self", "provider", "model", "capability", "webhook_url", "metadata", "max_cost"),
        *(
            "allow_unpriced",
            "resubmit",
            "look_for",
            "on_token",
            "timeout",
            "on_update",
            "cancel_if_left",
            "webhook",
            "inputs",
        ),
        *("limits", "rules", "only_for"),
    )
)
"""What typed inputs and the client's methods call something else, so that no input can be."""


@frozen(kw_only=True)
class InputField:
    """The attributes of a Field that are not at their default."""

    name: str
    keyword: Name
    values: Mapping[Code, Any]
    item: InputField | None = None
    properties: tuple[InputField, ...] = ()
    media: Media | None = None
    pixels: Mapping[Code, Any] | None = None
    unverified: tuple[str, ...] = ()


@frozen(kw_only=True)
class InputRule:
    """A rule across fields, with the words that tell a user that it is broken."""

    schema: Mapping[str, Any]
    message: str
    unverified: bool


def _beside_arguments(keywords: Mapping[str, Name]) -> dict[str, Name]:
    """Keywords by wire name, with an underscore behind those that mean something else."""
    found: dict[str, Name] = dict(keywords)
    for wire, keyword in keywords.items():
        if keyword in ARGUMENTS:
            while keyword in found.values():
                keyword = names.longer(keyword, "_")
            found[wire] = keyword
    return found


@define(eq=False)
class Inputs:
    """Reads the inputs of one capability from its request schema."""

    lowerer: Lowerer
    request: Map
    input: Map
    base: dict[str, InputField] = field(factory=dict)
    _within: list[Map] = field(factory=list)
    _of_request: list[Map] = field(init=False)
    _of_input: list[Map] = field(init=False)

    def __attrs_post_init__(self) -> None:
        report = self.lowerer.workspace.report
        self._of_request = sound_rules(self.request, report)
        self._of_input = sound_rules(self.input, report)

    @classmethod
    def read(cls, lowerer: Lowerer, request: Map, given: Map) -> Inputs:
        """The inputs as they are before a model is chosen."""
        made = cls(lowerer, request, given)
        shape = lowerer.shape(given)
        keywords = made._keywords(shape)
        for name, found in shape.properties.items():
            schema = found[0] if len(found) == 1 else joined(shape.node, found)
            if isinstance(schema, Map):
                one = made._field(name, keywords[name], schema)
                made.base[name] = _with_need(one, given, needed=name in shape.required)
        return made

    def _keywords(self, shape: Shape) -> dict[str, Name]:
        """What the inputs are called in Python: the same as the fields of their model."""
        for definition in self.lowerer.definitions.values():
            if isinstance(definition, ir.Model) and definition.node is self.input:
                own: dict[str, Name] = {p.wire: p.python for p in definition.properties}
                return _beside_arguments(own)
        return _beside_arguments(names.resolve(shape.properties, names.snake))

    # ------------------------------------------------------------------------ fields

    def _field(self, name: str, keyword: Name, node: Map) -> InputField:
        shape = self.lowerer.shape(node)
        types = sorted(
            (shape.types or {"object"} if shape.properties else shape.types or set()) - {"null"}
        )
        if "number" in types and "integer" in types:
            types.remove("integer")
        if len(types) != 1:
            self.lowerer.workspace.report.add(
                "unsupported-input-type",
                node.where(),
                f"the input {name!r} must have one type, not {' and '.join(types) or 'any'}",
                "give the property one `type`",
            )
        values: dict[Code, Any] = {"type": types[0] if types else "string"}
        text = shape.annotations.get("description")
        if isinstance(text, str):
            values["description"] = one_line(text)
        if shape.annotations.get("default") is not None:
            values["default"] = shape.annotations["default"]
        former = tuple(map(names.snake, former_names(node)))
        if former:
            values["former"] = former
        if shape.enum is not None:
            values["choices"] = tuple(value for value in shape.enum if value is not None)
        for keyword_, attribute in _ATTRIBUTES.items():
            if keyword_ not in shape.limits:
                continue
            wrong = objection(keyword_, shape.limits[keyword_])
            if wrong is None:
                values[attribute] = shape.limits[keyword_]
            else:
                self.lowerer.workspace.report.add("malformed", node.where(keyword_), wrong)
        for bound in ("exclusiveMinimum", "exclusiveMaximum"):
            if bound in shape.limits:
                self.lowerer.workspace.report.add(
                    "unsupported-exclusive-bound",
                    node.where(bound),
                    f"the catalogue can't say {bound}",
                    "use minimum or maximum",
                )
        return InputField(
            name=name,
            keyword=keyword,
            values=values,
            item=self._item(shape.items[0]) if shape.items else None,
            properties=self._properties(node) if types == ["object"] else (),
            media=media_of(shape.annotations.get("x-media")),
            pixels=pixels_of(shape.annotations.get("x-size")),
            unverified=_inferred(Marks.of(shape.annotations)),
        )

    def _item(self, node: Any) -> InputField | None:
        return self._field("item", names.snake("item"), node) if isinstance(node, Map) else None

    def _properties(self, node: Map) -> tuple[InputField, ...]:
        """The members of an object; none where one has several types, which no Field can say."""
        found = self.members(node).values()
        known = tuple(one for one in found if one is not None)
        return known if len(known) == len(found) else ()

    def members(self, node: Map) -> dict[str, InputField | None]:
        """The members of an object; None stands for those that have several types.

        There are none within an object that holds itself.
        """
        if any(node is one for one in self._within):
            return {}
        shape = self.lowerer.shape(node)
        owner = node.like({}) if Marks.of(node).whole else node  # then the object itself says so
        found: dict[str, InputField | None] = {}
        self._within.append(node)
        for name, schemas in shape.properties.items():
            schema = schemas[0]
            if not isinstance(schema, Map):
                continue
            inner = self.lowerer.shape(schema)
            if len((inner.types or set()) - {"null", "integer"}) > 1 or (
                inner.types is not None and {"integer", "string"} <= inner.types
            ):
                found[name] = None
                continue
            one = self._field(name, names.snake(name), schema)
            found[name] = _with_need(one, owner, needed=name in shape.required)
        self._within.pop()
        return found

    # ------------------------------------------------------------------------ one model

    def for_model(self, model: str) -> tuple[list[InputField], list[InputRule]]:
        """The fields that a model has, with its limits, and the rules across them."""
        fields, own = self.narrowed(model)
        absent = [name for name in self.base if name not in fields]
        kept = []
        for rule in (*own, *self.rules()):
            left = residual(dict(rule.schema), absent=absent)
            if left is not True:
                kept.append(evolve(rule, schema=left if isinstance(left, dict) else rule.schema))
        return [_consistent(one) for one in fields.values()], kept

    def narrowed(self, model: str) -> tuple[dict[str, InputField], list[InputRule]]:
        """The fields that a model has, by name on the wire, and the rules that are its own."""
        fields = dict(self.base)
        rules: list[InputRule] = []
        for element in self._of_request:
            self._apply(residual(element, {"model": model}), element, fields, rules, request=True)
        return fields, rules

    def rules(self) -> list[InputRule]:
        """The rules that hold for every model that has the inputs."""
        rules: list[InputRule] = []
        for element in self._of_input:
            self._apply(residual(element), element, {}, rules, request=False)
        return rules

    def descriptions(self) -> list[str]:
        """What differs between models, in words."""
        texts = (element.get("description") for element in self._of_request)
        return list(dict.fromkeys(one_line(text) for text in texts if isinstance(text, str)))

    def _apply(
        self,
        left: Any,
        element: Map,
        fields: dict[str, InputField],
        rules: list[InputRule],
        *,
        request: bool,
    ) -> None:
        if left is True:
            return
        report = self.lowerer.workspace.report
        text = element.get("description")
        if not isinstance(text, str):
            report.add(
                "rule-without-words",
                element.where(),
                "a rule needs a `description`: it is what users read when they break it",
                "add one",
            )
            text = ""
        if request:
            try:
                left = inside(left, "input")
            except LookupError as error:
                report.add(
                    "unsupported-rule",
                    element.where(),
                    f"a rule may speak about model and input, not about {error.args[0]}",
                    "move the rule to the schema that it is about",
                )
                return
        marks = Marks.of_rule(element)
        for part in left["allOf"] if isinstance(left, dict) and list(left) == ["allOf"] else [left]:
            rest = _narrow(part, fields, marks) if request else part
            if rest is not True:
                schema = rest if isinstance(rest, dict) else {"not": {}}
                rules.append(
                    InputRule(schema=schema, message=one_line(text), unverified=marks.whole)
                )


def _with_need(one: InputField, owner: Map, *, needed: bool) -> InputField:
    """The field as its object sees it: whether that needs it, and whether this is inferred."""
    values = {**one.values, "required": True} if needed else one.values
    unverified = one.unverified
    if Marks.of(owner).has("required", one.name) and "field" not in unverified:
        unverified = (*unverified, "required")
    return evolve(one, values=values, unverified=unverified)


def _narrow(part: Any, fields: dict[str, InputField], rule: Marks) -> bool | dict[str, Any]:
    """Apply what a schema says about single fields; returns what is left, a rule across fields."""
    if not isinstance(part, dict):
        return bool(part)
    left = dict(part)
    for name in left.pop("required", ()):
        if name in fields:
            one = fields[name]
            others = tuple(mark for mark in one.unverified if mark != "required")
            inferred = ("required",) if rule.has("required", name) else ()
            values = {**one.values, "required": True}
            fields[name] = evolve(one, values=values, unverified=others + inferred)
    rest: dict[str, Any] = {}
    for name, schema in left.pop("properties", {}).items():
        if name not in fields:
            continue
        if schema is False:
            del fields[name]
            continue
        unsaid = _narrow_field(name, schema, fields, rule)
        if unsaid:
            rest[name] = unsaid
    if rest:
        left["properties"] = rest
    return left or True


def _narrow_field(
    name: str, schema: Any, fields: dict[str, InputField], rule: Marks
) -> dict[str, Any]:
    """Apply one property's schema; returns the keywords that a Field can't say."""
    one = fields[name]
    values, inferred = dict(one.values), dict.fromkeys(one.unverified)
    marks = Marks.of(schema)
    rest: dict[str, Any] = {}
    for keyword, argument in schema.items():
        attribute = _ATTRIBUTES.get(keyword)
        if attribute is None:
            if not keyword.startswith("x-") and keyword != "items":
                rest[keyword] = argument
            continue
        values[attribute] = _narrower(attribute, values.get(attribute), argument, keyword)
        if rule.has(keyword) or marks.has(keyword):
            inferred[attribute] = None
        else:
            inferred.pop(attribute, None)
    if marks.whole and not any(keyword in _ATTRIBUTES for keyword in schema):
        inferred["field"] = None
    media, item, pixels = one.media, one.item, one.pixels
    if isinstance(schema.get("x-size"), Mapping):
        pixels = pixels_of(schema["x-size"])
    if isinstance(schema.get("x-media"), Mapping):
        media = merged(media, schema["x-media"], rule)
    items = schema.get("items")
    if isinstance(items, Mapping) and item is not None:
        inner = {"item": item}
        left = _narrow_field("item", items, inner, rule)
        item = inner["item"]
        if left:
            rest["items"] = left
    fields[name] = evolve(
        one, values=values, unverified=tuple(inferred), media=media, item=item, pixels=pixels
    )
    return rest


def _narrower(attribute: str, old: Any, new: Any, keyword: str) -> Any:
    if attribute == "choices":
        options = [new] if keyword == "const" else list(new)
        if old:
            options = [value for value in options if any(same(value, other) for other in old)]
        return tuple(options)
    if old is not None and attribute in _LOWER_BOUNDS:
        return max(old, new)
    if old is not None and attribute in _UPPER_BOUNDS:
        return min(old, new)
    return one_line(new) if attribute == "description" else new


def _consistent(one: InputField) -> InputField:
    """The field without a default or choices that its own limits exclude."""
    values = dict(one.values)
    low, high = values.get("minimum"), values.get("maximum")

    def fits(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return True
        return (low is None or value >= low) and (high is None or value <= high)

    if values.get("choices"):
        values["choices"] = tuple(value for value in values["choices"] if fits(value))
    default = values.get("default")
    choices = values.get("choices")
    if default is not None and not (
        fits(default) and (not choices or any(same(default, value) for value in choices))
    ):
        del values["default"]
    unverified = tuple(name for name in one.unverified if name != "default" or "default" in values)
    return evolve(one, values=values, unverified=unverified)


def _inferred(marks: Marks) -> tuple[str, ...]:
    if marks.whole:
        return ("field",)
    return tuple(_ATTRIBUTES.get(keyword, keyword) for keyword in marks.keywords)
