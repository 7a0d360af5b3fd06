"""The module ``inputs``: one typed class per capability, which says all there is to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.provider.annotations import Annotations, part_words
from modelhunter_codegen.provider.differences import Differences
from modelhunter_codegen.render.module import Module
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import docstring, literal, one_line
from modelhunter_codegen.usage import parts_of_definition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.facts import CapabilityFacts, ProviderFacts
    from modelhunter_codegen.provider.fields import InputField


def class_names(facts: ProviderFacts) -> dict[str, Name]:
    """The names of the classes, by capability."""
    return names.resolve(facts.capabilities, names.pascal)


def render_inputs(facts: ProviderFacts, package: ir.Package, lowerer: Lowerer) -> Code:
    """The module's source."""
    return _Inputs.of(facts, package, lowerer).render()


@define(eq=False)
class _Inputs:
    """Renders the module."""

    facts: ProviderFacts
    package: ir.Package
    lowerer: Lowerer
    module: Module
    annotations: Annotations
    classes: dict[str, Name]

    @classmethod
    def of(cls, facts: ProviderFacts, package: ir.Package, lowerer: Lowerer) -> _Inputs:
        classes = class_names(facts)
        parts = part_names(facts, package)
        fields: set[Code] = set()
        for capability in facts.capabilities.values():
            fields.update(one.keyword for one in capability.inputs.base.values())
        for key in parts:
            definition = package.definitions[key]
            if isinstance(definition, ir.Model):
                fields.update(prop.python for prop in definition.properties)
        doc = (f"What {facts.name} can do: a typed input for each capability.",)
        shadowed = frozenset(fields & names.TYPES)
        module = Module(package.name, proven.module("inputs"), doc, shadowed, evaluated=True)
        taken: frozenset[Code] = frozenset((*classes.values(), *parts.values()))
        annotations = Annotations(module, package.definitions, parts, taken)
        return cls(facts, package, lowerer, module, annotations, classes)

    def render(self) -> Code:
        """The module's source."""
        self.module.use("attrs", "define")
        for key in self._ordered():
            self.module.add(*self._part(key))
        for name, capability in self.facts.capabilities.items():
            self.module.add(*self._class(self.classes[name], capability))
        own = sorted((*self.classes.values(), *self.annotations.parts.values()))
        listed = "".join([f"{literal(name)}, " for name in own])
        self.module.add_last("", f"__all__ = [{listed}]")
        return self.module.source()

    # ------------------------------------------------------------------------ parts

    def _ordered(self) -> Sequence[str]:
        """The parts, each after those that it is made of; in a circle annotations are text."""
        ordered: dict[str, None] = {}
        waiting: list[str] = []

        def visit(key: str) -> None:
            if key in waiting:
                self.module.evaluated = False
            if key in ordered or key in waiting:
                return
            waiting.append(key)
            for inner in parts_of_definition(self.package.definitions[key]):
                visit(inner)
            waiting.pop()
            ordered[key] = None

        for key in self.annotations.parts:
            visit(key)
        return [key for key in ordered if key in self.annotations.parts]

    def _part(self, key: str) -> list[Code]:
        definition = self.package.definitions[key]
        if not isinstance(definition, ir.Model):
            return []
        inputs = next(iter(self.facts.capabilities.values())).inputs
        known = inputs.members(definition.node) if isinstance(definition.node, Map) else {}
        lines: list[Code] = [
            "",
            "",
            "@define(kw_only=True)",
            f"class {self.annotations.parts[key]}:",
            docstring((part_words(definition),), "    "),
        ]
        for prop in definition.properties:
            one = known.get(prop.wire)
            lines.append("")
            if one is not None:
                lines += self._attribute(one, prop.python, prop.type)
                continue
            optional: Code = "" if prop.required else " | None"
            annotation = f"{self.annotations.several(prop.type)}{optional}"
            value: Code = "" if prop.required else "None"
            lines.append(self._line(prop.python, prop.wire, annotation, value))
            if prop.doc:
                lines.append(docstring(prop.doc, "    "))
        return lines

    # ------------------------------------------------------------------------ capabilities

    def _class(self, name: Name, capability: CapabilityFacts) -> list[Code]:
        inputs = capability.inputs
        ids = [m.id for m in self.facts.models if capability.name in m.capabilities]
        differences = Differences(self.annotations, inputs, ids)
        literal_, str_ = self.module.use("typing", "Literal"), self.module.type_name("str")
        described = inputs.descriptions()
        doc = [f"{capability.title}."]
        if described:
            doc += ["", "Models differ:", "", *(f"- {text}" for text in described)]
        known = ", ".join([literal(one) for one in ids])
        lines: list[Code] = [
            "",
            "",
            "@define(kw_only=True)",
            f"class {name}({self.annotations.name('Input')}):",
            docstring(doc, "    "),
            "",
            f"    provider = {literal(self.facts.name)}",
            f"    capability = {literal(capability.name)}",
            "",
            f"    model: {literal_}[{known}] | {str_}",
            docstring((_model_words(capability),), "    "),
        ]
        made = self._types(capability)
        for one in inputs.base.values():
            lines.append("")
            lines += self._attribute(one, one.keyword, made.get(one.name))
        variables: list[tuple[Code, list[Code]]] = [("limits", differences.source())]
        variables.append(("rules", differences.rules))
        for variable, values in variables:
            if values:
                listed = "".join([f"{value}, " for value in values])
                single = variable == "limits" and len(values) == 1
                lines.append("")
                lines.append(f"    {variable} = {values[0] if single else f'({listed})'}")
        return lines

    def _types(self, capability: CapabilityFacts) -> dict[str, ir.Type]:
        """The types of the inputs on the wire."""
        for definition in self.package.definitions.values():
            if isinstance(definition, ir.Model) and definition.node is capability.inputs.input:
                return {prop.wire: prop.type for prop in definition.properties}
        return {}

    def _attribute(self, one: InputField, name: Name, made: ir.Type | None) -> list[Code]:
        default = one.values.get("default")
        required = one.values.get("required") is True
        plain = not required and _fits(one, default)
        extra: list[Code] = []
        if default is not None and not plain:
            extra.append(self.annotations.default(default))
        annotation = self.annotations.annotation(one, made, *extra)
        value: Code = "" if required else literal(default if plain else None)
        lines: list[Code] = [self._line(name, one.name, annotation, value)]
        text = one.values.get("description")
        if text:
            lines.append(docstring((text,), "    "))
        return lines

    def _line(self, name: Name, wire: str, annotation: Code, value: Code) -> Code:
        if wire != name:
            self.module.use("attrs", "field as _field")
            default: Code = f"default={value}, " if value else ""
            value = f'_field({default}metadata={{"wire": {literal(wire)}}})'
        behind: Code = f" = {value}" if value else ""
        return f"    {name}: {annotation}{behind}"


def part_names(facts: ProviderFacts, package: ir.Package) -> dict[str, Name]:
    """The names of the classes of objects that are parts of inputs, by key."""
    found: dict[str, ir.Model] = {}
    for capability in facts.capabilities.values():
        for key, definition in package.definitions.items():
            if isinstance(definition, ir.Model) and definition.node is capability.inputs.input:
                _collect(key, package, found)
    taken = set(class_names(facts).values())
    named: dict[str, Name] = {}
    for key, one in found.items():
        name = one.name
        while name in taken:
            name = names.longer(name, "Part")
        taken.add(name)
        named[key] = name
    return named


def _collect(start: str, package: ir.Package, found: dict[str, ir.Model]) -> None:
    for key in parts_of_definition(package.definitions[start]):
        definition = package.definitions[key]
        if key in found:
            continue
        if isinstance(definition, ir.Model):
            found[key] = definition
        if isinstance(definition, (ir.Model, ir.Alias)):
            _collect(key, package, found)


def _model_words(capability: CapabilityFacts) -> str:
    properties = capability.inputs.lowerer.shape(capability.inputs.request).properties
    schema = properties["model"][0]
    text = schema.get("description") if isinstance(schema, Map) else None
    return one_line(text) if isinstance(text, str) and text.strip() else "The model's id."


def _fits(one: InputField, default: object) -> bool:
    """Whether a default can stand behind the attribute: it is of the type, and can't change."""
    kind = one.values["type"]
    if one.media is not None or kind == "string":
        return isinstance(default, str)
    if kind == "boolean":
        return isinstance(default, bool)
    numbers: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float)}
    return isinstance(default, numbers.get(kind, ())) and not isinstance(default, bool)
