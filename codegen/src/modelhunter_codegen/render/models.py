"""Modules of models: attrs classes, open enums and aliases with their readers and writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir, names
from modelhunter_codegen.deprecated_names import former_values, renamed_fields
from modelhunter_codegen.render.module import RENAMED, Module
from modelhunter_codegen.render.reading import PropertyReader, is_required, keeps_null
from modelhunter_codegen.render.types import WIRE, WRITE, Types, function_name
from modelhunter_codegen.source_literals import docstring, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter_codegen.proven import Code, ModuleName, Name


def render_home(
    package: ModuleName,
    home: ir.Home,
    found: Sequence[ir.Definition],
    definitions: Mapping[str, ir.Definition],
) -> Code:
    """The module of all definitions that live at one home."""
    title = next(
        (d.name for d in found if names.snake(d.name) == home.module.rpartition(".")[2]), None
    )
    doc = (f"{title} and its parts." if title and len(found) > 1 else f"{title or found[0].name}.",)
    fields: set[Code] = set()
    for one in found:
        if isinstance(one, ir.Model):
            fields.update(prop.python for prop in one.properties)
            fields.update((one.extra_name,) if one.extra is not None else ())
    module = Module(package, home.module, doc, frozenset(fields & names.TYPES))
    module.define_names(_defined(found))
    for definition in found:
        types = Types(module, definitions, files=definition.in_multipart, exact=definition.exact)
        if isinstance(definition, ir.Enumeration):
            _enumeration(module, definition)
        elif isinstance(definition, ir.Alias):
            _alias(module, types, definition)
        else:
            _model(module, types, definition)
    return module.source()


def _defined(found: Sequence[ir.Definition]) -> list[Code]:
    defined: list[Code] = []
    for definition in found:
        defined.append(definition.name)
        defined.append(function_name("decode", definition.name))
        if isinstance(definition, ir.Enumeration):
            defined.append(f"{definition.name}Value")
            defined.append(function_name("find", definition.name))
        if isinstance(definition, ir.Model):
            defined.append(f"Any{definition.name}")
            defined.append(function_name("encode", definition.name))
    return defined


def _enumeration(module: Module, definition: ir.Enumeration) -> None:
    name = definition.name
    decode, find = function_name("decode", name), function_name("find", name)
    module.use("enum", "StrEnum")
    module.use("typing", "Any")
    values = ", ".join(literal(value) for _, value in definition.members)
    alias = f"{module.use('typing', 'Literal')}[{values}]"
    str_ = module.type_name("str")
    callable_ = module.use_typing("collections.abc", "Callable")
    doc = definition.doc or ("The known values; others stay strings.",)
    members: list[Code] = [f"    {name} = {literal(value)}" for name, value in definition.members]
    module.add(
        "",
        "",
        f"class {name}({module.use('enum', 'StrEnum')}):",
        docstring(doc, "    "),
        "",
        *members,
        *_former_members(module, definition),
        "",
        "",
        f"{name}Value: {module.use('typing', 'TypeAlias')} = {alias}",
        docstring((f"The known values of :class:`{name}` as plain strings.",)),
        "",
        f"{find}: {callable_}[[{str_}, {str_}], {name} | {str_}] = "
        f"{{member.value: member for member in {name}}}.get",
        docstring(
            (f"``{find}(text, text)``: the member, or the text itself where there is none.",)
        ),
        "",
        "",
        f"def {decode}(value: Any) -> {name} | {str_}:",
        docstring(
            (f"Read a :class:`{name}`; an unknown value stays the string that it is.",), "    "
        ),
        "    if not isinstance(value, str):",
        f'        raise {module.use(WIRE, "WireError")}("a string", value)',
        f"    return {find}(value, value)",
    )


def _former_members(module: Module, definition: ir.Enumeration) -> list[Code]:
    """Members under the names of values that are worded differently now, and their look-up."""
    renamed = former_values(definition.node)
    if not renamed:
        return []
    module.use_module(RENAMED, "_renamed")
    taken = {member for member, _ in definition.members}
    old: dict[Name, str] = {names.constant(value): new for value, new in renamed.items()}
    any_ = module.use("typing", "Any")
    members: list[Code] = [
        f"    {name} = {literal(new)}" for name, new in old.items() if name not in taken
    ]
    return [
        *members,
        "",
        "    @classmethod",
        f"    def _missing_(cls, value: object) -> {any_}:",
        f"        return _renamed.value(cls, value, {literal(renamed)})",
    ]


def _alias(module: Module, types: Types, definition: ir.Alias) -> None:
    name = definition.name
    decode = function_name("decode", name)
    module.use("typing", "Any")
    annotation = types.annotation(definition.type)
    result = name if definition.type != ir.Scalar("null") else "Any"
    documented: list[Code] = [docstring(definition.doc)] if definition.doc else []
    module.add(
        "",
        "",
        f"{name}: {module.use('typing', 'TypeAlias')} = {literal(annotation)}",
        *documented,
        "",
        "",
        f"def {decode}(value: Any) -> {result}:",
        docstring((f"Read a :data:`{name}` from parsed JSON.",), "    "),
        f"    return {types.read('value', definition.type, names.snake(name))}",
    )


# ----------------------------------------------------------------------------- models


def field_annotation(types: Types, prop: ir.Property, model: ir.Model) -> tuple[Code, Code | None]:
    """Annotation and default of a field (None: no default)."""
    annotation = types.annotation(prop.type, given=model.in_request)
    has_none = annotation in ("Any", "None")
    if is_required(prop, model):
        if prop.has_default and not prop.nullable:
            return annotation, literal(prop.default)
        return (f"{annotation} | None" if prop.nullable and not has_none else annotation), None
    if keeps_null(prop, model):
        types.module.use(WIRE, "UNSET")
        unset = types.module.use_typing(WIRE, "Unset")
        none = "" if has_none else " | None"
        return f"{annotation}{none} | {unset}", "UNSET"
    return (annotation if has_none else f"{annotation} | None"), "None"


def _model(module: Module, types: Types, model: ir.Model) -> None:
    module.use("typing", "Any")
    module.use("attrs", "define")
    module.use(WRITE, "register")
    name = model.name
    lines: list[Code] = ["", ""]
    renamed = renamed_fields(model.properties)
    if renamed:
        module.use_module(RENAMED, "_renamed")
        lines.append(f"@_renamed.fields({literal(renamed)})")
    lines.extend(("@define(kw_only=True)", f"class {name}:"))
    lines.extend((docstring(model.doc or (f"{name}.",), "    "), ""))
    for prop in model.properties:
        annotation, default = field_annotation(types, prop, model)
        if prop.secrecy:
            default = _hidden(module, prop, default)
        tail = "" if default is None else f" = {default}"
        lines.append(f"    {prop.python}: {annotation}{tail}")
        if prop.doc:
            lines.extend((docstring(prop.doc, "    "), ""))
    if model.extra is not None:
        module.use("attrs", "field as _field")
        dict_, str_ = module.type_name("dict"), module.type_name("str")
        value = types.annotation(model.extra, given=model.in_request)
        lines.append(f"    {model.extra_name}: {dict_}[{str_}, {value}] = _field(factory={dict_})")
        lines.append(docstring(("Members that the description does not name.",), "    "))
    if model.whole:
        module.use("attrs", "field as _field")
        dict_, str_ = module.type_name("dict"), module.type_name("str")
        lines.append(
            f"    _raw: {dict_}[{str_}, Any] | None = "
            '_field(default=None, repr=False, eq=False, alias="_raw")'
        )
    module.body += lines
    if model.subtypes:
        _subtypes(module, types, model)
    module.add("", "", *_decoder(module, types, model), "", "", *_encoder(types, model))
    decode, encode = function_name("decode", name), function_name("encode", name)
    module.tail.append(f"register({name}, {decode}, {encode})")


def _hidden(module: Module, prop: ir.Property, default: Code | None) -> Code:
    """The default of a field that ``repr`` does not show, or not in full."""
    module.use("attrs", "field as _field")
    shown = module.use(WIRE, "without_query" if prop.secrecy == "query" else "hidden")
    return f"_field({f'default={default}, ' if default is not None else ''}repr={shown})"


def _subtypes(module: Module, types: Types, model: ir.Model) -> None:
    """The union of a base and its subtypes, and a reader that goes by the tag."""
    variants = dict.fromkeys(types.annotation(made) for _, made in model.subtypes)
    union = " | ".join([*variants, model.name])
    pairs = ", ".join(
        f"{literal(value)}: {types.reader(made, names.snake(model.name))}"
        for value, made in model.subtypes
    )
    reader = module.use_typing(WIRE, "Reader")
    decode = function_name("decode", model.name)
    module.add(
        "",
        "",
        f"Any{model.name}: {module.use('typing', 'TypeAlias')} = {literal(union)}",
        docstring((f"A :class:`{model.name}` or one of the kinds that it comes in.",)),
    )
    module.tail.append(
        f"{decode}: {reader}[Any{model.name}] = "
        f"{types.helper('by_tag')}({literal(model.tag)}, {{{pairs}}}, _{decode})"
    )


def _decoder(module: Module, types: Types, model: ir.Model) -> list[Code]:
    name = model.name
    error = module.use(WIRE, "WireError")
    decode = function_name("decode", name)
    private = "_" if model.subtypes else ""
    lines: list[Code] = [
        f"def {private}{decode}(value: Any) -> {name}:",
        docstring((f"Read a :class:`{name}` from parsed JSON.",), "    "),
        "    if not isinstance(value, dict):",
        f'        raise {error}("an object", value)',
    ]
    optional = [prop for prop in model.properties if not is_required(prop, model)]
    if optional:
        lines.append("    item: Any")
    required = [prop for prop in model.properties if is_required(prop, model)]
    if required:
        lines.append("    try:")
        for prop in required:
            lines.append(f"        {prop.python}_ = value[{literal(prop.wire)}]")
        lines.append("    except KeyError as error:")
        targets = ", ".join(f"{prop.python}_" for prop in required)
        targets += "," if len(required) == 1 else ""
        keys = ", ".join(literal(prop.wire) for prop in required)
        lines.append(f"        {targets} = {module.use(WIRE, 'lacking')}(value, error, {keys})")
    lines.append(f"    made = {module.use(WIRE, 'new')}({name})")
    for prop in model.properties:
        lines += PropertyReader(module, types, model, prop).lines()
    if model.extra is not None:
        reader = types.reader(model.extra, names.longer(names.snake(name), "_extra"))
        extra_of = module.use(WIRE, "extra_of")
        lines.append(
            f"    made.{model.extra_name} = {extra_of}(value, {_known(module, model)}, {reader})"
        )
    if model.whole:
        lines.append("    made._raw = value")
    lines.append("    return made")
    return lines


def _known(module: Module, model: ir.Model) -> Code:
    """The constant with the wire names of a model's fields."""
    listed = "".join(f"{literal(prop.wire)}, " for prop in model.properties)
    keys = f"_{function_name('decode', model.name)}_known"
    line = f"{keys}: frozenset[str] = frozenset(({listed}))"
    if line not in module.tail:
        module.tail.append(line)
    return keys


def _encoder(types: Types, model: ir.Model) -> list[Code]:
    name = model.name
    always: list[Code] = []
    later: list[Code] = []
    if model.extra is not None:
        always.append(f"**{types.write(f'value.{model.extra_name}', ir.MapOf(model.extra))}")
    if model.whole:
        unknown = types.helper("unknown", WRITE)
        always.append(f"**{unknown}(value._raw, {_known(types.module, model)})")
    for prop in model.properties:
        given = f"value.{prop.python}"
        wire = literal(prop.wire)
        written = types.write(given, prop.type)
        if is_required(prop, model):
            if prop.nullable:
                written = types.write(given, ir.Nullable(prop.type))
            always.append(f"{wire}: {written}")
        elif keeps_null(prop, model):
            if prop.nullable:
                written = types.write(given, ir.Nullable(prop.type))
            later.extend((f"    if {given} is not UNSET:", f"        data[{wire}] = {written}"))
        else:
            later.extend((f"    if {given} is not None:", f"        data[{wire}] = {written}"))
    lines: list[Code] = [
        f"def {function_name('encode', name)}(value: {name}) -> dict[str, Any]:",
        docstring((f"The JSON form of a :class:`{name}`.",), "    "),
    ]
    if not later:
        return [*lines, f"    return {{{', '.join(always)}}}"]
    return [
        *lines,
        f"    data: dict[str, Any] = {{{', '.join(always)}}}",
        *later,
        "    return data",
    ]
