"""Inputs as an author writes them: types with marks in ``Annotated``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define

from modelhunter_codegen import ir
from modelhunter_codegen.render.types import type_of
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.fields import InputField
    from modelhunter_codegen.provider.media import Media
    from modelhunter_codegen.render.module import Module

PLUGINS: Code = "modelhunter.plugins"
_PYTHON: dict[str, Code] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_LISTED = ("string", "integer", "boolean")
"""The types whose values a ``Literal`` can list."""
_KINDS: dict[str, Code] = {"image": "Image", "video": "Video", "audio": "Audio"}
_NUMBERS: tuple[Code, ...] = ("minimum", "maximum", "multiple_of")
_ATTRIBUTES = frozenset(
    (
        *("field", "type", "description", "required", "default", "choices", "pattern", *_NUMBERS),
        *("min_length", "max_length", "min_items", "max_items"),
    )
)
"""What of a field can be inferred."""


@define(eq=False)
class Annotations:
    """Writes annotations for one module.

    ``parts`` are the classes of objects that are parts of inputs, by the key of their definition;
    ``taken`` the names of all classes of the module.
    """

    module: Module
    definitions: Mapping[str, ir.Definition]
    parts: Mapping[str, Name]
    taken: frozenset[Code]

    def name(self, name: Code) -> Code:
        """A public name of the plugin API as this module may write it."""
        if name not in self.taken:
            return self.module.use(PLUGINS, name)
        self.module.use(PLUGINS, f"{name} as _{name}")
        return f"_{name}"

    def annotation(self, one: InputField, made: ir.Type | None, *extra: Code) -> Code:
        """The annotation of an attribute; ``made`` is the type of its values on the wire.

        ``extra`` are marks besides those that the input itself leads to.
        """
        optional: Code = "" if one.values.get("required") is True else " | None"
        return self._with_marks(f"{self._bare(one, made)}{optional}", [*self.marks(one), *extra])

    def _with_marks(self, annotation: Code, marks: list[Code]) -> Code:
        if not marks:
            return annotation
        return f"{self.module.use('typing', 'Annotated')}[{', '.join([annotation, *marks])}]"

    # ------------------------------------------------------------------------ types

    def _bare(self, one: InputField, made: ir.Type | None) -> Code:
        kind = one.values["type"]
        if one.media is not None:
            return self.name("Media")
        if _is_listed(one):
            listed = ", ".join([literal(choice) for choice in one.values["choices"]])
            literal_ = self.module.use("typing", "Literal")
            return f"{literal_}[{listed}] | {self.module.type_name(_PYTHON[kind])}"
        if kind in _PYTHON:
            return self.module.type_name(_PYTHON[kind])
        if kind == "array":
            return self._list(one, made)
        return self._object(made)

    def _list(self, one: InputField, made: ir.Type | None) -> Code:
        bare = ir.bare(made) if made is not None else None
        item = bare.item if isinstance(bare, ir.ListOf) else None
        if one.item is None:
            return f"{self.module.type_name('list')}[{self.module.use('typing', 'Any')}]"
        inner = self._bare(one.item, item)
        text = one.item.values.get("description")
        marks = self.marks(one.item)
        if text and text not in [self._words(key) for key in self._keys(item, ())]:
            marks.append(literal(text))
        if one.item.values["type"] == "object":
            sequence = self.module.use("collections.abc", "Sequence")
            return f"{sequence}[{self._with_marks(inner, marks)}]"
        return f"{self.module.type_name('list')}[{self._with_marks(inner, marks)}]"

    def _object(self, made: ir.Type | None) -> Code:
        """An object: one of the classes that the description has for it, or a dictionary."""
        names: list[Code] = [self.parts[key] for key in self._keys(made, ())]
        any_ = self.module.use("typing", "Any")
        names.append(f"{self.module.type_name('dict')}[{self.module.type_name('str')}, {any_}]")
        return " | ".join(names)

    def _keys(self, made: ir.Type | None, seen: tuple[str, ...]) -> list[str]:
        """The keys of the classes of which objects of a type may be."""
        return list(dict.fromkeys(self._found(made, seen)))

    def _found(self, made: ir.Type | None, seen: tuple[str, ...]) -> Iterator[str]:
        if isinstance(made, ir.Nullable):
            yield from self._found(made.inner, seen)
        elif isinstance(made, ir.Union):
            for variant in made.variants:
                yield from self._found(variant, seen)
        elif isinstance(made, ir.Named) and made.key not in seen:
            definition = self.definitions[made.key]
            if isinstance(definition, ir.Alias):
                yield from self._found(definition.type, (*seen, made.key))
            elif isinstance(definition, ir.Model):
                for _, subtype in definition.subtypes:
                    yield from self._found(subtype, (*seen, made.key))
                if made.key in self.parts:
                    yield made.key

    def several(self, made: ir.Type) -> Code:
        """The annotation of a member that has several types."""
        if isinstance(made, ir.Nullable):
            return self.several(made.inner)
        if isinstance(made, ir.Union):
            variants: list[Code] = [self.several(variant) for variant in made.variants]
            return " | ".join(dict.fromkeys(variants))
        if isinstance(made, ir.Scalar) and made.kind in _PYTHON:
            return self.module.type_name(_PYTHON[made.kind])
        if isinstance(made, ir.Literals):
            kinds: list[Code] = [self.module.type_name(type_of(value)) for value in made.values]
            return " | ".join(dict.fromkeys(kinds))
        return self.module.use("typing", "Any")

    def _words(self, key: str) -> str:
        return part_words(self.definitions[key])

    # ------------------------------------------------------------------------ marks

    def marks(self, one: InputField) -> list[Code]:
        """What an annotation says of an input beside its type."""
        found: list[Code] = [] if one.media is None else [self.media(one.media)]
        if one.values.get("choices") and not _is_listed(one):
            found.append(self.one_of(one.values["choices"]))
        found += self.limits(one, one.values)
        if one.pixels is not None:
            found.append(self.pixels(one.pixels))
        if _is_listed(one) and not _is_open(one):
            found.append(self.name("Closed"))
        if one.values.get("former"):
            listed = ", ".join([literal(name) for name in one.values["former"]])
            found.append(f"{self.name('Formerly')}({listed})")
        inferred = one.unverified
        if _is_listed(one) and _is_open(one):
            inferred = tuple(mark for mark in inferred if mark != "choices")
        return [*found, *self.inferred(inferred)]

    def limits(self, one: InputField, said: Mapping[Code, Any]) -> list[Code]:
        """The marks for limits; ``said`` are attributes of a Field."""
        kind = one.values["type"]
        found: list[Code] = []
        if kind in ("integer", "number"):
            found += self._range("Between", [said.get(name) for name in _NUMBERS])
        if kind == "string":
            found += self._range("Length", [said.get("min_length"), said.get("max_length")])
            if said.get("pattern") is not None:
                found.append(f"{self.name('Matches')}({literal(said['pattern'])})")
        if kind == "array":
            found += self._range("Length", [said.get("min_items"), said.get("max_items")])
        return found

    def _range(self, name: Code, limits: list[Any]) -> list[Code]:
        least, most, step = (*limits, None)[:3]
        if least is None and most is None and step is None:
            return []
        given: list[Code] = [literal(least)] if least is not None else []
        if most is not None:
            given.append(literal(most) if given else f"most={literal(most)}")
        if step is not None:
            given.append(f"step={literal(step)}")
        return [f"{self.name(name)}({', '.join(given)})"]

    def one_of(self, choices: Iterable[Any]) -> Code:
        """The values that an input may have."""
        listed = ", ".join([literal(choice) for choice in choices])
        return f"{self.name('OneOf')}({listed})"

    def default(self, value: Any) -> Code:
        """What the API takes where the input is not given."""
        return f"{self.name('Default')}({literal(value)})"

    def media(self, media: Media) -> Code:
        """What media an input takes."""
        values = dict(media.values)
        known = _KINDS.get(str(values.get("kind")))
        if known is not None:
            del values["kind"]
        given: list[Code] = [f"{key}={literal(value)}" for key, value in values.items()]
        if media.unverified:
            listed = ", ".join([literal(name) for name in sorted(media.unverified)])
            given.append(f"unverified={{{listed}}}")
        return f"{self.name(known or 'MediaRule')}({', '.join(given)})"

    def pixels(self, pixels: Mapping[Code, Any]) -> Code:
        """Which sizes in pixels an input takes."""
        given = ", ".join([f"{key}={literal(value)}" for key, value in pixels.items()])
        return f"{self.name('Pixels')}({given})"

    def inferred(self, attributes: Iterable[str]) -> list[Code]:
        """The mark for what is inferred, if anything is."""
        listed = [one for one in attributes if one in _ATTRIBUTES]
        if not listed:
            return []
        named: list[Code] = [] if listed == ["field"] else [literal(name) for name in listed]
        return [f"{self.name('Inferred')}({', '.join(named)})"]


def part_words(definition: ir.Definition) -> str:
    """What describes the class of an object that is a part of inputs."""
    text = definition.node.get("description") if isinstance(definition.node, Map) else None
    return one_line(text) if isinstance(text, str) and text.strip() else f"{definition.name}."


def _is_listed(one: InputField) -> bool:
    """Whether the choices of an input are such that a ``Literal`` can list them."""
    kind, choices = one.values["type"], one.values.get("choices") or ()
    python = {"string": str, "integer": int, "boolean": bool}.get(kind)
    return bool(choices) and all(type(value) is python for value in choices)


def _is_open(one: InputField) -> bool:
    return not {"field", "choices"}.isdisjoint(one.unverified)
