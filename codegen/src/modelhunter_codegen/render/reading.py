"""The statements that read one field of a model, straight where its type allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter_codegen import ir, names
from modelhunter_codegen.render.types import WIRE, function_name
from modelhunter_codegen.source_literals import literal

if TYPE_CHECKING:
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.render.module import Module
    from modelhunter_codegen.render.types import Types


def keeps_null(prop: ir.Property, model: ir.Model) -> bool:
    """Whether absent and null are told apart in a field: where it can be sent and may be null."""
    is_open = prop.nullable or prop.type == ir.Scalar("any")
    return is_open and model.in_request and not is_required(prop, model)


def is_required(prop: ir.Property, model: ir.Model) -> bool:
    """Whether the constructor must be given the field."""
    if prop.read_only and model.in_request:
        return False
    if prop.write_only and model.in_response:
        return False
    return prop.required


@frozen
class PropertyReader:
    """Writes the statements that read one field, straight where its type allows it."""

    module: Module
    types: Types
    model: ir.Model
    prop: ir.Property

    @property
    def item(self) -> Code:
        """The local name that holds the value."""
        return f"{self.prop.python}_" if is_required(self.prop, self.model) else "item"

    def lines(self) -> list[Code]:
        """The statements."""
        prop, item = self.prop, self.item
        required = is_required(prop, self.model)
        unset = keeps_null(prop, self.model)
        lines: list[Code] = []
        if not required:
            lines.append(f"    item = value.get({literal(prop.wire)}{', UNSET' if unset else ''})")
        guards: list[Code] = [f"{item} is not UNSET"] if unset else []
        if prop.nullable or not required:
            guards.append(f"{item} is not None")
        store = f"    made.{prop.python} = {item}"
        if prop.type == ir.Scalar("any") and not self.types.exact:
            return [*lines, store]
        whole = prop.type in (ir.MapOf(ir.Scalar("any")), ir.ListOf(ir.Scalar("any")))
        check = None if whole and self.types.exact else _inline_check(item, prop.type)
        if check is not None:
            condition, expected = check
            return [*lines, *self._refuse([*guards, condition], expected), store]
        body = self._conversion(guards)
        return [*lines, *body, store]

    def _refuse(self, conditions: list[Code], expected: str) -> list[Code]:
        return [f"    if {' and '.join(conditions)}:", f"        {self._misfit(literal(expected))}"]

    def _misfit(self, why: Code) -> Code:
        """The statement for a value that does not fit."""
        misfit = self.module.use(WIRE, "misfit")
        return f"{self.item} = {misfit}(value, {literal(self.prop.wire)}, {why})"

    def _conversion(self, guards: list[Code]) -> list[Code]:
        made = self.prop.type
        if made in (ir.Scalar("integer"), ir.Scalar("number")):
            exact = "int" if made == ir.Scalar("integer") else "float"
            guards = [*guards, f"type({self.item}) is not {exact}"]
        if made == ir.Scalar("decimal") and self.types.exact:
            guards = [*guards, f"type({self.item}) is not {self.module.use('decimal', 'Decimal')}"]
        if made == ir.Scalar("number"):
            inner = self._anything_else() if self.types.exact else self._number()
        elif made == ir.Scalar("datetime"):
            inner = self._instant()
        elif made == ir.Scalar("decimal"):
            inner = self._decimal()
        elif isinstance(made, ir.Named) and self._is_enum(made):
            inner = self._enum(made)
        elif isinstance(made, ir.ListOf):
            inner = self._list(made)
        else:
            inner = self._anything_else()
        if not guards:
            return inner
        return [f"    if {' and '.join(guards)}:", *(f"    {line}" for line in inner)]

    def _is_enum(self, made: ir.Named) -> bool:
        return isinstance(self.types.definitions[made.key], ir.Enumeration)

    def _number(self) -> list[Code]:
        item = self.item
        refuse = self._misfit(literal("a number"))
        return [
            f"    if type({item}) is not int:",
            f"        {refuse}",
            "    else:",
            "        try:",
            f"            {item} = float({item})",
            "        except OverflowError:",
            f"            {refuse}",
        ]

    def _instant(self) -> list[Code]:
        item = self.item
        parse, utc = self.module.use(WIRE, "parse_instant"), self.module.use(WIRE, "UTC")
        odd, zoned = self.module.use(WIRE, "moment_of"), self.module.use(WIRE, "zoned")
        return [
            "    try:",
            f"        {item} = {parse}({item})",
            f"        if {item}.tzinfo is not {utc}:",
            f"            {item} = {zoned}({item})",
            "    except (TypeError, ValueError):",
            f"        {item} = {odd}(value, {literal(self.prop.wire)})",
        ]

    def _decimal(self) -> list[Code]:
        if self.types.exact:
            return self._anything_else()
        exact = self.module.use(WIRE, "exact")
        return [
            f"    if type({self.item}) is float:",
            f"        {self.item} = {exact}({self.item})",
            "    else:",
            *(f"    {line}" for line in self._anything_else()),
        ]

    def _enum(self, made: ir.Named) -> list[Code]:
        definition = self.types.definitions[made.key]
        find = function_name("find", definition.name)
        find = self.module.own(definition.home, find, called=True)
        return [
            *self._refuse([f"not isinstance({self.item}, str)"], "a string"),
            "    else:",
            f"        {self.item} = {find}({self.item}, {self.item})",
        ]

    def _list(self, made: ir.ListOf) -> list[Code]:
        hint = names.longer(self._hint(), "_item")
        reader = self.types.reader(made.item, hint)
        error, where = self.module.use(WIRE, "WireError"), self.module.use(WIRE, "in_list")
        item = self.item
        return [
            *self._refuse([f"not isinstance({item}, list)"], "an array"),
            "    else:",
            "        try:",
            f"            {item} = list(map({reader}, {item}))",
            f"        except {error}:",
            f"            {item} = {where}(value, {literal(self.prop.wire)}, {reader})",
        ]

    def _anything_else(self) -> list[Code]:
        error = self.module.use(WIRE, "WireError")
        return [
            "    try:",
            f"        {self.item} = {self.types.read(self.item, self.prop.type, self._hint())}",
            f"    except {error} as error:",
            f"        {self._misfit('error')}",
        ]

    def _hint(self) -> Name:
        return names.longer(names.snake(self.model.name), "_", self.prop.python)


def _inline_check(local: Code, made: ir.Type) -> tuple[Code, str] | None:
    """A condition that holds where the value is wrong, for types that need no conversion."""
    if made == ir.Scalar("string"):
        return f"not isinstance({local}, str)", "a string"
    if made == ir.Scalar("boolean"):
        return f"not isinstance({local}, bool)", "true or false"
    if made == ir.MapOf(ir.Scalar("any")):
        return f"not isinstance({local}, dict)", "an object"
    if made == ir.ListOf(ir.Scalar("any")):
        return f"not isinstance({local}, list)", "an array"
    if isinstance(made, ir.Literals) and all(isinstance(v, str) for v in made.values):
        if not made.closed:
            return f"not isinstance({local}, str)", "a string"
        if len(made.values) == 1:
            return f"{local} != {literal(made.values[0])}", literal(made.values[0])
    return None
