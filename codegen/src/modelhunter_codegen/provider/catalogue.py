"""The module ``catalogue``: a provider's models and prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen import names, proven
from modelhunter_codegen.provider.facts import ROLES, CapabilityFacts, ModelFacts, ProviderFacts
from modelhunter_codegen.provider.inputs import class_names
from modelhunter_codegen.provider.marks import Marks
from modelhunter_codegen.provider.quantities import CLASSES, Counted, quantities
from modelhunter_codegen.render.module import Module
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import docstring, literal, one_line

if TYPE_CHECKING:
    from modelhunter_codegen import ir
    from modelhunter_codegen.proven import Code, Name

PLUGINS: Code = "modelhunter.plugins"
_READ: Code = "READ"
_TEXTS: tuple[Code, ...] = ("title", "description", "documentation")
_MODEL_TEXTS: tuple[Code, ...] = ("title", "description", "status")
_TABLES: tuple[tuple[Code, Code, Code], ...] = (
    ("rates", "Rate", "amount"),
    ("factors", "Factor", "factor"),
)
_USUAL: dict[str, Code] = {"prompt": 'Role(field="prompt")'}
"""What an Output has where nothing is said."""


@define(eq=False)
class CatalogueRenderer:
    """Renders the module."""

    facts: ProviderFacts
    package: ir.Package
    module: Module = field(init=False)
    _constants: dict[str, Name] = field(init=False)

    def __attrs_post_init__(self) -> None:
        doc = (f"The models of {self.facts.name}, and what they cost.",)
        self.module = Module(self.package.name, proven.module("catalogue"), doc)
        taken = ("PROVIDER", _READ)
        self._constants = names.resolve(self.facts.capabilities, names.constant, taken=taken)

    def render(self) -> Code:
        """The module's source."""
        used: tuple[Code, ...] = ("Model", "Output", "Provider", "Role", "capability_from")
        for public in used:
            self.module.use(PLUGINS, public)
        add = self.module.add
        read = self.facts.prices_read
        if read is not None:
            self.module.use("datetime", "date")
            parts = ", ".join([literal(part) for part in (read.year, read.month, read.day)])
            add("", f"{_READ} = date({parts})", docstring(("When the prices were read.",)))
        classes = class_names(self.facts)
        for name, capability in self.facts.capabilities.items():
            add("", self._capability(self._constants[name], classes[name], capability))
        node = self.facts.node
        arguments: list[Code] = [f"name={literal(self.facts.name)}"]
        for key in _TEXTS:
            text = node.text(key)
            if text is not None:
                arguments.append(f"{key}={literal(one_line(text))}")
        models = "".join([f"{self._model(model)}, " for model in self.facts.models])
        arguments.append(f"models=({models})")
        add("", f"PROVIDER = Provider({', '.join(arguments)})")
        add(docstring(("The provider as its API description has it.",)))
        return self.module.source()

    def _capability(self, constant: Name, class_name: Name, facts: CapabilityFacts) -> Code:
        module = facts.endpoint.module
        self.module.use(".", "inputs")
        if module == "date":
            self.module.use(".", "date as date_")
            module = names.longer(module, "_")
        else:
            self.module.use(".", module)
        arguments: list[Code] = [
            f"inputs.{class_name}",
            f"makes={self._output(facts)}",
            f"call={module}.{facts.endpoint.python}",
        ]
        if facts.typical_seconds is not None:
            arguments.append(f"typical_seconds={literal(facts.typical_seconds)}")
        if facts.documentation is not None:
            arguments.append(f"documentation={literal(facts.documentation)}")
        return f"{constant} = capability_from({', '.join(arguments)})"

    # ------------------------------------------------------------------------ models

    def _model(self, model: ModelFacts) -> Code:
        node = model.node
        arguments: list[Code] = [f"id={literal(model.id)}"]
        for key in _MODEL_TEXTS:
            text = node.text(key)
            if text is not None and (key, text) != ("status", "current"):
                arguments.append(f"{key}={literal(one_line(text))}")
        aliases = node.sequence("aliases")
        if aliases:
            arguments.append(f"aliases={literal(tuple(aliases))}")
        capabilities = "".join([f"{self._constants[name]}, " for name in model.capabilities])
        arguments.append(f"capabilities=({capabilities})")
        price = node.mapping("price")
        if price is not None:
            arguments.append(f"price={self._price(price)}")
        return f"Model({', '.join(arguments)})"

    def _output(self, facts: CapabilityFacts) -> Code:
        node = facts.output
        has = {one.name for one in facts.inputs.base.values()}
        arguments: list[Code] = [f"media={literal(str(node.get('media')))}"]
        for role in ROLES:
            shown = _role(role, node[role], has) if role in node else None
            if shown is not None and shown != _USUAL.get(role):
                arguments.append(f"{role}={shown}")
        if "prompt" not in node or _role("prompt", node["prompt"], has) is None:
            arguments.append("prompt=Role()")
        return f"Output({', '.join(arguments)})"

    def _price(self, price: Map) -> Code:
        self.module.use(PLUGINS, "Price")
        self.module.use("decimal", "Decimal")
        arguments: list[Code] = [
            f"unit={literal(str(price['unit']))}",
            f"low={_decimal(price['low'])}",
            f"high={_decimal(price['high'])}",
        ]
        arguments.append(f"as_of={_READ}")
        counted: list[Code] = [self._quantity(one) for one in quantities(price)]
        if counted:
            shown = counted[0] if len(counted) == 1 else f"({', '.join(counted)})"
            arguments.append(f"quantity={shown}")
        depends = price.get("depends_on")
        if isinstance(depends, Seq) and depends:
            arguments.append(f"depends_on={literal(tuple(map(str, depends)))}")
        for key, cls, amount in _TABLES:
            rows = price.get(key)
            if isinstance(rows, Seq) and rows:
                self.module.use(PLUGINS, cls)
                shown = "".join(f"{self._row(cls, amount, row)}, " for row in rows.maps())
                arguments.append(f"{key}=({shown})")
        extra = price.get("extra_quantity")
        if isinstance(extra, Map):
            self.module.use(PLUGINS, "ExtraQuantity")
            mark = _mark(extra, "field", "low", "high")
            arguments.append(
                f"extra_quantity=ExtraQuantity(field={literal(str(extra['field']))}, "
                f"low={_decimal(extra['low'])}, high={_decimal(extra['high'])}{mark})"
            )
        return f"Price({', '.join(arguments)})"

    def _quantity(self, counted: Counted) -> Code:
        """What a price counts; a plain number is named by its input alone."""
        if counted == Counted(paths=counted.paths):
            return literal(counted.paths[0])
        cls = CLASSES[counted.kind]
        self.module.use(PLUGINS, cls)
        names: list[Code] = [literal(path) for path in counted.paths]
        arguments: list[Code]
        if counted.kind == "megapixels":
            sides = (
                f"size={names[0]}" if len(names) == 1 else f"width={names[0]}, height={names[1]}"
            )
            arguments = [sides]
        else:
            arguments = [names[0] if len(names) == 1 else f"({', '.join(names)})"]
        if counted.per != 1:
            arguments.append(f"per={literal(counted.per)}")
        if counted.rounded_up:
            arguments.append("rounded_up=True")
        return f"{cls}({', '.join(arguments)})"

    def _row(self, cls: Code, amount: Code, row: Map) -> Code:
        when = row.get("when")
        pairs: list[Code] = []
        for name, wanted in when.items() if isinstance(when, Map) else ():
            if isinstance(wanted, Map):
                self.module.use(PLUGINS, "Present")
                pairs.append(
                    f"{literal(name)}: Present({literal(wanted.get('present') is not False)})"
                )
            else:
                pairs.append(f"{literal(name)}: {literal(wanted)}")
        mark = _mark(row, "when", amount)
        return f"{cls}(when={{{', '.join(pairs)}}}, {amount}={_decimal(row[amount])}{mark})"


def _mark(node: Map, *keywords: str) -> Code:
    marks = Marks.of(node)
    return ", unverified=True" if any(map(marks.has, keywords)) else ""


def _role(role: str, given: Any, has: set[str]) -> Code | None:
    """How a property of the result comes about; None where its field is not there."""
    if isinstance(given, Mapping):
        if "field" not in given:
            return f"Role(value={literal(given.get('value'))})"
        if given["field"] not in has:
            return None
        values = given.get("values")
        shown = f", values={literal(dict(values))}" if isinstance(values, Mapping) else ""
        return f"Role(field={literal(given['field'])}{shown})"
    if role == "format" or not isinstance(given, str):
        return f"Role(value={literal(given)})"
    return f"Role(field={literal(given)})" if given in has else None


def _decimal(amount: Any) -> Code:
    return f"Decimal({literal(str(amount))})"
