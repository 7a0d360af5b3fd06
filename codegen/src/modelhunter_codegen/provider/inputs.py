"""The module ``inputs``: one typed class per capability, for editors and type checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.describe import limits
from modelhunter_codegen.render.module import RENAMED, Module
from modelhunter_codegen.render.types import Types, type_of
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import docstring, literal

if TYPE_CHECKING:
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.facts import CapabilityFacts, ProviderFacts
    from modelhunter_codegen.provider.fields import InputField


def render_inputs(facts: ProviderFacts, package: ir.Package, lowerer: Lowerer) -> Code:
    """The module's source."""
    fields: set[Code] = set()
    for capability in facts.capabilities.values():
        fields.update(one.keyword for one in capability.inputs.base.values())
    doc = (f"Typed inputs of {facts.name}: give one to ``ModelHunter.submit`` or ``generate``.",)
    shadowed = frozenset(fields & names.TYPES)
    module = Module(package.name, proven.module("inputs"), doc, shadowed)
    classes = names.resolve(facts.capabilities, names.pascal)
    module.define_names(classes.values())
    module.use("attrs", "define")
    module.use("modelhunter.plugins.inputs", "Input")
    for name, capability in facts.capabilities.items():
        module.add(*_class(classes[name], facts, capability, module, package, lowerer))
    listed = "".join(f"{literal(c)}, " for c in sorted(classes.values()))
    module.add_last("", f"__all__ = [{listed}]")
    return module.source()


def _class(
    name: Name,
    facts: ProviderFacts,
    capability: CapabilityFacts,
    module: Module,
    package: ir.Package,
    lowerer: Lowerer,
) -> list[Code]:
    class_var = module.use("typing", "ClassVar")
    literal_ = module.use_typing("typing", "Literal")
    str_ = module.type_name("str")
    ids = [m.id for m in facts.models if capability.name in m.capabilities]
    doc = [f"{capability.title}."]
    described = capability.inputs.descriptions()
    if described:
        doc += ["", "What goes with what:", "", *(f"- {text}" for text in described)]
    renamed = {
        old: one.keyword
        for one in capability.inputs.base.values()
        for old in one.values.get("former", ())
    }
    known = ", ".join([literal(one) for one in ids])
    decorators: list[Code] = []
    if renamed:
        module.use_module(RENAMED, "_renamed")
        decorators.append(f"@_renamed.fields({literal(renamed)})")
    lines: list[Code] = [
        "",
        "",
        *decorators,
        "@define(kw_only=True)",
        f"class {name}(Input):",
        docstring(doc, "    "),
        "",
        f"    provider: {class_var}[{str_}] = {literal(facts.name)}",
        f"    capability: {class_var}[{str_}] = {literal(capability.name)}",
        "",
        f"    model: {literal_}[{known}] | {str_}",
        docstring((f"Which model: {', '.join(ids)}.",), "    "),
        "",
    ]
    types = Types(module, package.definitions)
    model = _input_model(capability, package)
    for one in capability.inputs.base.values():
        prop = next((p for p in model.properties if p.wire == one.name), None) if model else None
        annotation = _annotation(one, prop, types, module)
        required = one.values.get("required") is True
        lines.append(
            f"    {one.keyword}: {_with_default(annotation, one, module, required=required)}"
        )
        lines.append(docstring(_doc(one, capability, lowerer), "    "))
        lines.append("")
    return lines


def _input_model(capability: CapabilityFacts, package: ir.Package) -> ir.Model | None:
    body = capability.endpoint.body
    request = (
        package.definitions.get(body.type.key) if body and isinstance(body.type, ir.Named) else None
    )
    if not isinstance(request, ir.Model):
        return None
    prop = next((p for p in request.properties if p.wire == "input"), None)
    found = (
        package.definitions.get(prop.type.key) if prop and isinstance(prop.type, ir.Named) else None
    )
    return found if isinstance(found, ir.Model) else None


def _annotation(one: InputField, prop: ir.Property | None, types: Types, module: Module) -> Code:
    if one.media is not None:
        return module.use_typing("modelhunter.plugins.media", "Media")
    if one.item is not None and one.item.media is not None:
        media = module.use_typing("modelhunter.plugins.media", "Media")
        return f"{module.type_name('list')}[{media}]"
    if one.item is not None and one.item.values["type"] == "object" and prop is not None:
        str_, any_ = module.type_name("str"), module.use_typing("typing", "Any")
        sequence = module.use_typing("collections.abc", "Sequence")
        inner = types.annotation(prop.type.item) if isinstance(prop.type, ir.ListOf) else any_
        return f"{sequence}[{inner} | {module.type_name('dict')}[{str_}, {any_}]]"
    choices = one.values.get("choices")
    if choices:
        literal_ = module.use_typing("typing", "Literal")
        kinds: dict[Code, None] = dict.fromkeys(module.type_name(type_of(one)) for one in choices)
        listed = ", ".join([literal(choice) for choice in choices])
        return f"{literal_}[{listed}] | {' | '.join(kinds)}"
    return types.annotation(prop.type) if prop is not None else module.use_typing("typing", "Any")


def _with_default(annotation: Code, one: InputField, module: Module, *, required: bool) -> Code:
    renamed = one.keyword != one.name
    if required and not renamed:
        return annotation
    if not required:
        annotation = f"{annotation} | None"
    if not renamed:
        return f"{annotation} = None"
    module.use("attrs", "field as _field")
    default = "" if required else "default=None, "
    return f'{annotation} = _field({default}metadata={{"wire": {literal(one.name)}}})'


def _doc(one: InputField, capability: CapabilityFacts, lowerer: Lowerer) -> list[str]:
    shape = lowerer.shape(capability.inputs.input)
    schema = shape.properties[one.name][0]
    text = str(one.values.get("description", one.name))
    narrowed = limits(lowerer.shape(schema)) if isinstance(schema, Map) else []
    facts = [fact for fact in narrowed if fact.lower() not in text.lower()]
    if one.values.get("default") is not None:
        facts.append(f"default {literal(one.values['default'])}")
    if one.media is not None or (one.item is not None and one.item.media is not None):
        facts += _media_facts(one)
    lines = [text]
    if facts:
        told = "; ".join(facts)
        lines.append(f"{told[:1].upper()}{told[1:]}.")
    if one.unverified:
        need = "required" if one.values.get("required") else "optional"
        marks = [need if mark == "required" else mark for mark in one.unverified if mark != "field"]
        lines.append(f"Inferred, not documented{': ' if marks else ''}{', '.join(marks)}.")
    return lines


def _media_facts(one: InputField) -> list[str]:
    media = one.media or (one.item.media if one.item is not None else None)
    values = media.values if media is not None else {}
    facts = []
    if values.get("formats"):
        facts.append(f"formats {', '.join(values['formats'])}")
    if values.get("max_bytes"):
        facts.append(f"at most {values['max_bytes'] / 1048576:g} MB")
    if values.get("min_side"):
        facts.append(f"sides of at least {values['min_side']} pixels")
    if values.get("max_side"):
        facts.append(f"sides of at most {values['max_side']} pixels")
    return facts
