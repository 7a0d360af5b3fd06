"""Types as annotations, as readers (JSON to value) and as writers (value to JSON)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.source_literals import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.render.module import Module

WIRE: Code = "modelhunter.runtime.decode"
WRITE: Code = "modelhunter.runtime.encode"
UNIONS: Code = "modelhunter.runtime.unions"

ITEMS: Code = "modelhunter.runtime.items"

_IN_UNIONS = frozenset({"one_of", "by_tag"})
_IN_ITEMS = frozenset({"events", "json_lines", "parts"})

_ANNOTATIONS: dict[ir.ScalarKind, Code] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "datetime": "datetime",
    "date": "date",
    "base64": "bytes",
    "base64url": "bytes",
    "binary": "bytes",
}
_READERS: dict[ir.ScalarKind, Code] = {
    "any": "anything",
    "null": "null",
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "datetime": "instant",
    "date": "day",
    "decimal": "decimal",
    "decimal-text": "decimal_text",
    "base64": "base64_bytes",
    "base64url": "base64_bytes",
    "binary": "binary",
}
_TYPES: dict[type, Code] = {str: "str", bool: "bool", int: "int", float: "float"}
"""The types of constants."""

_WORDS: dict[ir.ScalarKind, str] = {
    "any": "anything",
    "null": "null",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a date and time",
    "date": "a date",
    "decimal": "a number",
    "decimal-text": "a decimal number in a string",
    "base64": "bytes in base64",
    "base64url": "bytes in base64url",
    "binary": "bytes",
}
_BYTES_WRITERS: dict[str, Code] = {"binary": "utf8_text", "base64url": "base64url_text"}
_LEAF_WRITERS: dict[str, Code] = {
    "decimal-text": "DECIMAL_TEXTS",
    "binary": "UTF8_TEXTS",
    "base64url": "BASE64URL_TEXTS",
}
_STRICT: dict[str, Code] = {"datetime": "strict_instant", "date": "strict_day"}
_TRIVIAL = frozenset({"any", "null", "string", "integer", "number", "boolean"})
_PRECISE: dict[str, int] = {"string": 6, "number": 5, "integer": 4, "any": 9, "binary": 7}


def type_of(value: object) -> Code:
    """The type of a constant, as annotations name it."""
    return _TYPES[type(value)]


def function_name(kind: Code, class_name: Name) -> Name:
    """``decode_task`` for ``Task``."""
    return names.longer(proven.name(kind), "_", names.snake(class_name))


@define
class Types:
    """Renders types for one module. ``files`` says that binary means a file for an upload."""

    module: Module
    definitions: Mapping[str, ir.Definition]
    files: bool = False
    exact: bool = False
    """Whether numbers come with every digit, as decimals, where nobody says what they are."""
    qualified: bool = False
    """Whether helpers of the runtime go by their module, as the module's own names could clash."""
    _trivial: dict[str, bool] = field(factory=dict)
    """By key of an alias: whether its values are JSON already."""

    # ------------------------------------------------------------------------ annotations

    def annotation(self, made: ir.Type, *, given: bool = False) -> Code:
        """The type as an annotation; ``given`` where users pass values of it."""
        return " | ".join(dict.fromkeys(self._parts(made, given)))

    def _parts(self, made: ir.Type, given: bool) -> list[Code]:
        if isinstance(made, ir.Scalar):
            return [self._scalar(made)]
        if isinstance(made, ir.Literals):
            return self._literals(made)
        if isinstance(made, ir.Named):
            return self._named(made, given)
        if isinstance(made, ir.Nullable):
            return [*self._parts(made.inner, given), "None"]
        if isinstance(made, ir.ListOf):
            return [f"{self.module.type_name('list')}[{self.annotation(made.item, given=given)}]"]
        if isinstance(made, ir.MapOf):
            text = self.module.type_name("str")
            value = self.annotation(made.value, given=given)
            return [f"{self.module.type_name('dict')}[{text}, {value}]"]
        if isinstance(made, ir.TupleOf):
            items = ", ".join(self.annotation(item, given=given) for item in made.items)
            return [f"{self.module.type_name('tuple')}[{items}]"]
        parts: list[Code] = []
        for variant in made.variants:
            parts += self._parts(variant, given)
        if self._keeps_unknown(made):
            any_ = self.module.use_typing("typing", "Any")
            parts.append(f"{self.module.type_name('dict')}[{self.module.type_name('str')}, {any_}]")
        return parts

    def _scalar(self, made: ir.Scalar) -> Code:
        if made.kind == "any":
            return self.module.use_typing("typing", "Any")
        if made.kind == "null":
            return "None"
        if made.kind in ("decimal", "decimal-text"):
            return self.module.use_typing("decimal", "Decimal")
        if made.kind == "binary" and self.files:
            return self.module.use_typing(WRITE, "FileContent")
        return self.module.type_name(_ANNOTATIONS[made.kind])

    def _literals(self, made: ir.Literals) -> list[Code]:
        exact = [value for value in made.values if isinstance(value, (str, int, bool))]
        parts: list[Code] = []
        if exact:
            listed = ", ".join(map(literal, exact))
            parts.append(f"{self.module.use_typing('typing', 'Literal')}[{listed}]")
        if not made.closed or len(exact) < len(made.values):
            for value in made.values:
                if not made.closed or value not in exact:
                    parts.append(self.module.type_name(type_of(value)))
        return parts

    def _named(self, made: ir.Named, given: bool) -> list[Code]:
        definition = self.definitions[made.key]
        name = definition.name
        if isinstance(definition, ir.Model) and definition.subtypes:
            name = names.longer(proven.name("Any"), name)
        shown = self.module.own(definition.home, name, called=False)
        if not isinstance(definition, ir.Enumeration):
            return [shown]
        parts: list[Code] = [shown]
        if given:
            values = names.longer(name, "Value")
            parts.append(self.module.own(definition.home, values, called=False))
        return [*parts, self.module.type_name("str")]

    @staticmethod
    def _keeps_unknown(made: ir.Union) -> bool:
        tagged = {index for _, index in made.tagged}
        untagged = [i for i, keys in enumerate(made.keys) if keys is not None and i not in tagged]
        return bool(tagged) and not untagged

    # ------------------------------------------------------------------------ readers

    def helper(self, name: Code, module: Code = WIRE) -> Code:
        """A function of the runtime; where ``qualified``, by way of its module."""
        if name in _IN_UNIONS:
            module = UNIONS
        if name in _IN_ITEMS:
            module = ITEMS
        if not self.qualified:
            return self.module.use(module, name)
        alias = self.module.use_module(module, f"_{module.rpartition('.')[2]}")
        return f"{alias}.{name}"

    def reader(self, made: ir.Type, hint: Name) -> Code:
        """An expression for a function that reads the type; ``hint`` names what is stored."""
        if isinstance(made, ir.Scalar):
            name = "floats" if made.kind == "any" and self.exact else _READERS[made.kind]
            reader = self.helper(name)
            in_form = made.kind == "binary" and self.files
            return self._annotated_constant(hint, made, reader) if in_form else reader
        if isinstance(made, ir.Named):
            return self._named_function(made, "decode")
        if isinstance(made, ir.Literals):
            return self._literal_reader(made, hint)
        if isinstance(made, ir.Union):
            return self._union_reader(made, hint)
        if isinstance(made, ir.TupleOf):
            readers: list[Code] = [
                self.reader(item, names.longer(hint, f"_{n}")) for n, item in enumerate(made.items)
            ]
            value = f"{self.helper('tuple_of')}({', '.join(readers)})"
            return self._annotated_constant(hint, made, value)
        if isinstance(made, (ir.ListOf, ir.MapOf)):
            whole = self._whole(made)
            if whole is not None:
                return self.helper(whole)
        return f"lambda value: {self.read('value', made, hint)}"

    def _whole(self, made: ir.ListOf | ir.MapOf) -> Code | None:
        """The helper that takes a container as it is, where anything may be in it."""
        if self.exact:
            return None
        if isinstance(made, ir.ListOf):
            return "array" if made.item == ir.Scalar("any") else None
        return "dictionary" if made.value == ir.Scalar("any") else None

    def read(self, value: Code, made: ir.Type, hint: Name) -> Code:
        """An expression that reads ``value`` (a name)."""
        if isinstance(made, ir.Nullable):
            return f"None if {value} is None else {self.read(value, made.inner, hint)}"
        if isinstance(made, (ir.ListOf, ir.MapOf)) and self._whole(made) is not None:
            return f"{self.reader(made, hint)}({value})"
        if isinstance(made, ir.ListOf):
            reader = self.reader(made.item, names.longer(hint, "_item"))
            return f"{self.helper('list_of')}({value}, {reader})"
        if isinstance(made, ir.MapOf):
            reader = self.reader(made.value, names.longer(hint, "_value"))
            return f"{self.helper('map_of')}({value}, {reader})"
        return f"{self.reader(made, hint)}({value})"

    def _named_function(self, made: ir.Named, kind: Code) -> Code:
        definition = self.definitions[made.key]
        return self.module.own(definition.home, function_name(kind, definition.name), called=True)

    def _annotated_constant(self, hint: Name, made: ir.Type, value: Code) -> Code:
        reader = self.module.use_typing(WIRE, "Reader")
        return self.module.constant(hint, f"{reader}[{self.annotation(made)}]", value)

    def _literal_reader(self, made: ir.Literals, hint: Name) -> Code:
        if made.closed:
            listed = ", ".join(map(literal, made.values))
            return self._annotated_constant(hint, made, f"{self.helper('literal')}({listed})")
        kinds = dict.fromkeys(type(value) for value in made.values)
        by_type: dict[type, ir.ScalarKind] = {
            str: "string", int: "integer", float: "number", bool: "boolean"
        }  # fmt: skip
        scalars = tuple(ir.Scalar(by_type[kind]) for kind in kinds)
        if len(scalars) == 1:
            return self.reader(scalars[0], hint)
        return self._union_reader(ir.Union(scalars), hint)

    def _union_reader(self, made: ir.Union, hint: Name) -> Code:
        keys = made.keys or (None,) * len(made.variants)
        tagged = {index for _, index in made.tagged}
        readers: list[Code] = [
            self._variant_reader(variant, names.longer(hint, "_", self._word(variant)))
            for variant in made.variants
        ]
        others = sorted(
            (
                index
                for index, variant in enumerate(made.variants)
                if keys[index] is None or not self._is_object(variant)
            ),
            key=lambda index: self._precision(made.variants[index]),
        )
        expected = " or ".join(dict.fromkeys(self.described(v) for v in made.variants))
        arguments: list[Code] = [literal(expected)]
        if others:
            arguments.append(f"others=({''.join(f'{readers[index]}, ' for index in others)})")
        objects = [i for i, known in enumerate(keys) if known is not None and i not in tagged]
        known: dict[int, Code] = {
            index: f"({self._frozen(found or frozenset())}, {readers[index]}), "
            for index, found in enumerate(keys)
        }
        if objects:
            arguments.append(f"objects=({''.join(known[index] for index in objects)})")
        if made.tagged:
            table: dict[Code, list[int]] = {}
            for value, index in made.tagged:
                table.setdefault(literal(value), []).append(index)
            pairs = ", ".join(
                f"{value}: {self._one_of_these(made, found, readers, known)}"
                for value, found in table.items()
            )
            arguments.append(f"tag={literal(made.tag)}")
            arguments.append(f"tagged={{{pairs}}}")
        value = f"{self.helper('one_of')}({', '.join(arguments)})"
        return self._annotated_constant(hint, made, value)

    def _variant_reader(self, made: ir.Type, hint: Name) -> Code:
        """A reader beside others: a text is a time only if it is written as one."""
        strict = _STRICT.get(made.kind) if isinstance(made, ir.Scalar) else None
        return self.reader(made, hint) if strict is None else self.helper(strict, UNIONS)

    def _one_of_these(
        self, made: ir.Union, found: list[int], readers: list[Code], known: Mapping[int, Code]
    ) -> Code:
        """The reader of variants that have one tag in common: by their members where several."""
        found = list(dict.fromkeys(found))
        if len(found) == 1:
            return readers[found[0]]
        expected = " or ".join(self.described(made.variants[index]) for index in found)
        objects = "".join(known[index] for index in found)
        return f"{self.helper('one_of')}({literal(expected)}, objects=({objects}))"

    def _frozen(self, keys: frozenset[str]) -> Code:
        listed = "".join(f"{literal(key)}, " for key in sorted(keys))
        return f"{self.module.type_name('frozenset')}(({listed}))"

    def _word(self, made: ir.Type) -> Name:
        if isinstance(made, ir.Named):
            return names.snake(self.definitions[made.key].name)
        if isinstance(made, ir.Scalar):
            return names.snake(made.kind)
        return names.snake(type(made).__name__)

    def described(self, made: ir.Type) -> str:
        """The type in words, for error messages."""
        if isinstance(made, ir.Scalar):
            return _WORDS[made.kind]
        if isinstance(made, ir.Named):
            return self.definitions[made.key].name
        if isinstance(made, ir.Literals):
            return " or ".join(literal(value) for value in made.values[:4])
        if isinstance(made, ir.Nullable):
            return f"{self.described(made.inner)} or null"
        if isinstance(made, ir.Union):
            return " or ".join(self.described(variant) for variant in made.variants)
        return "an object" if isinstance(made, ir.MapOf) else "an array"

    def _is_object(self, made: ir.Type) -> bool:
        return isinstance(made, ir.Named) and isinstance(self.definitions[made.key], ir.Model)

    def _precision(self, made: ir.Type) -> int:
        if isinstance(made, ir.Scalar):
            return _PRECISE.get(made.kind, 1)
        if isinstance(made, ir.Literals):
            return 0 if made.closed else 6
        if isinstance(made, ir.Named):
            return 2 if isinstance(self.definitions[made.key], ir.Enumeration) else 3
        return 8 if isinstance(made, ir.MapOf) else 3

    # ------------------------------------------------------------------------ writers

    def is_trivial(self, made: ir.Type) -> bool:
        """Whether values of the type are JSON already."""
        if isinstance(made, ir.Scalar):
            return made.kind in _TRIVIAL or (made.kind == "binary" and self.files)
        if isinstance(made, ir.Literals):
            return True
        if isinstance(made, ir.Nullable):
            return self.is_trivial(made.inner)
        if isinstance(made, ir.ListOf):
            return self.is_trivial(made.item)
        if isinstance(made, ir.MapOf):
            return self.is_trivial(made.value)
        if isinstance(made, (ir.Union, ir.TupleOf)):
            parts = made.variants if isinstance(made, ir.Union) else made.items
            tuples = isinstance(made, ir.TupleOf)
            return not tuples and all(map(self.is_trivial, parts))
        definition = self.definitions[made.key]
        if not isinstance(definition, ir.Alias):
            return isinstance(definition, ir.Enumeration)
        if made.key not in self._trivial:
            self._trivial[made.key] = False  # for one that leads back to itself
            self._trivial[made.key] = self.is_trivial(definition.type)
        return self._trivial[made.key]

    def write(self, value: Code, made: ir.Type) -> Code:
        """An expression for the JSON form of ``value`` (an expression)."""
        if self.is_trivial(made):
            return value
        if isinstance(made, ir.Nullable):
            return f"None if {value} is None else {self.write(value, made.inner)}"
        if isinstance(made, ir.ListOf):
            return f"[{self.write('item', made.item)} for item in {value}]"
        if isinstance(made, ir.MapOf):
            return f"{{key: {self.write('item', made.value)} for key, item in {value}.items()}}"
        if isinstance(made, ir.Scalar):
            return self._write_scalar(value, made)
        if isinstance(made, ir.Named):
            definition = self.definitions[made.key]
            if isinstance(definition, ir.Model) and not definition.subtypes:
                return f"{self._named_function(made, 'encode')}({value})"
        return self.write_given(value, made)

    def write_given(self, value: Code, made: ir.Type) -> Code:
        """The same for what a caller may also give as dicts and lists instead of objects."""
        writers = self.leaf_writers(made)
        more = f", {writers}" if writers else ""
        tag, words = self._undeclared_tags(made)
        if words:
            more = f", {literal(tag)}, {literal(words)}{more}"
            return f"{self.helper('tagged', WRITE)}({value}{more})"
        return f"{self.helper('plain', WRITE)}({value}{more})"

    def _undeclared_tags(self, made: ir.Type) -> tuple[str | None, dict[str, Any]]:
        """A union's tag, and its value by class for those that have no field for it."""
        seen: set[str] = set()
        while isinstance(made, ir.Named) and made.key not in seen:
            seen.add(made.key)
            definition = self.definitions[made.key]
            if not isinstance(definition, ir.Alias):
                break
            made = ir.bare(definition.type)
        if not isinstance(made, ir.Union):
            return None, {}
        words: dict[str, Any] = {}
        for value, index in made.tagged:
            variant = made.variants[index]
            model = self.definitions[variant.key] if isinstance(variant, ir.Named) else None
            if isinstance(model, ir.Model) and made.tag not in {p.wire for p in model.properties}:
                words.setdefault(model.name, value)
        return made.tag, words

    def leaf_writers(self, made: ir.Type) -> Code:
        """How values are written whose type alone does not say it; empty where it does."""
        kinds = self._leaves(made, set())
        wanted = kinds & {"decimal-text"} if "base64" in kinds else kinds
        found: list[Code] = [name for kind, name in _LEAF_WRITERS.items() if kind in wanted]
        return " + ".join(self.helper(name, WRITE) for name in found)

    def _leaves(self, made: ir.Type, seen: set[str]) -> set[str]:
        """The scalars that values of the type are made of, those in classes left out."""
        if isinstance(made, ir.Scalar):
            return set() if made.kind == "binary" and self.files else {made.kind}
        if isinstance(made, ir.Named):
            definition = self.definitions[made.key]
            if not isinstance(definition, ir.Alias) or made.key in seen:
                return set()
            seen.add(made.key)
            return self._leaves(definition.type, seen)
        parts: tuple[ir.Type, ...] = ()
        if isinstance(made, ir.Nullable):
            parts = (made.inner,)
        elif isinstance(made, ir.ListOf):
            parts = (made.item,)
        elif isinstance(made, ir.MapOf):
            parts = (made.value,)
        elif isinstance(made, ir.TupleOf):
            parts = made.items
        elif isinstance(made, ir.Union):
            parts = made.variants
        return {kind for part in parts for kind in self._leaves(part, seen)}

    def _write_scalar(self, value: Code, made: ir.Scalar) -> Code:
        if made.kind == "datetime":
            return f"{self.helper('instant_text', WRITE)}({value})"
        if made.kind == "date":
            return f"{value}.isoformat()"
        if made.kind == "decimal":
            return f"{self.helper('decimal_number', WRITE)}({value})"
        if made.kind == "decimal-text":
            return f"{self.helper('decimal_digits', WRITE)}({value})"
        return f"{self.helper(_BYTES_WRITERS.get(made.kind, 'base64_text'), WRITE)}({value})"
