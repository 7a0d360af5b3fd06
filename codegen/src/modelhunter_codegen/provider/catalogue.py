"""The module ``catalogue``: a provider's models, their inputs, rules and prices as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.provider.facts import ROLES, CapabilityFacts, ModelFacts, ProviderFacts
from modelhunter_codegen.provider.marks import Marks
from modelhunter_codegen.render.endpoints import operation_name
from modelhunter_codegen.render.module import Module
from modelhunter_codegen.render.types import Types
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import docstring, literal, one_line

if TYPE_CHECKING:
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.fields import InputField, InputRule, Media

CATALOGUE: Code = "modelhunter.plugins.catalogue"
PRICES: Code = "modelhunter.plugins.prices"
_TEXTS: tuple[Code, ...] = ("title", "description", "documentation")
_MODEL_TEXTS: tuple[Code, ...] = ("title", "description", "status")
_TABLES: tuple[tuple[Code, Code, Code], ...] = (
    ("rates", "Rate", "amount"),
    ("factors", "Factor", "factor"),
)


@define(eq=False)
class CatalogueRenderer:
    """Renders the module; equal fields and rules are written once."""

    facts: ProviderFacts
    package: ir.Package
    module: Module = field(init=False)
    _constants: dict[Code, Name] = field(factory=dict)
    _lines: list[Code] = field(factory=list)
    _taken: set[Name] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        doc = (f"The catalogue of {self.facts.name}: models, inputs, limits and prices.",)
        self.module = Module(self.package.name, proven.module("catalogue"), doc)

    def render(self) -> Code:
        """The module's source."""
        used: tuple[Code, ...] = ("Capability", "Model", "Output", "Provider", "Role")
        for name in used:
            self.module.use(CATALOGUE, name)
        models: list[Code] = [self._model(model) for model in self.facts.models]
        body = self.module.body
        body.extend(self._schema_loader())
        for capability in self.facts.capabilities.values():
            body.extend(self._call(capability))
        body.extend(("", *self._lines))
        node = self.facts.node
        arguments: list[Code] = [f"name={literal(self.facts.name)}"]
        for key in _TEXTS:
            text = node.text(key)
            if text is not None:
                arguments.append(f"{key}={literal(one_line(text))}")
        listed = "".join([f"{model}, " for model in models])
        arguments.append(f"models=({listed})")
        body += [
            "",
            f"PROVIDER = Provider({', '.join(arguments)})",
            docstring(("The provider as its API description has it.",)),
        ]
        return self.module.source()

    # ------------------------------------------------------------------------ functions

    def _schema_loader(self) -> list[Code]:
        self.module.use("collections.abc", "Mapping")
        self.module.use("functools", "cache")
        self.module.use("functools", "partial")
        self.module.use("typing", "Any")
        return [
            "",
            "",
            "@cache",
            "def _schemas() -> dict[str, Mapping[str, Any]]:",
            "    import json",
            "    from importlib.resources import files",
            "",
            f"    file = files({literal(self.package.name)}).joinpath('schemas.json')",
            "    schemas: dict[str, Mapping[str, Any]] = json.loads(file.read_text('utf-8'))",
            "    return schemas",
            "",
            "",
            "def _request_schema(capability: str) -> Mapping[str, Any]:",
            docstring(("The JSON Schema of the request body of a capability.",), "    "),
            "    return _schemas()[capability]",
        ]

    def _call(self, facts: CapabilityFacts) -> list[Code]:
        self.module.use(CATALOGUE, "Submission")
        self.module.use("modelhunter.runtime.call", "Call")
        self.module.use("modelhunter.runtime.call", "JsonBody")
        endpoint = facts.endpoint
        operation = operation_name(endpoint)
        types = Types(self.module, self.package.definitions)
        result = " | ".join(types.annotation(answer.type) for answer in endpoint.answers)
        return [
            "",
            "",
            f"def {_function(facts.name)}(given: Submission) -> Call[{result}]:",
            f"    from .{endpoint.module} import {operation}",
            "",
            '    body: dict[str, Any] = {"model": given.model, "input": dict(given.input)}',
            "    if given.webhook_url is not None:",
            '        body["webhookUrl"] = given.webhook_url',
            "    if given.metadata is not None:",
            '        body["metadata"] = given.metadata',
            f"    return Call({operation}, body=JsonBody(body))",
        ]

    # ------------------------------------------------------------------------ data

    def _constant(self, words: str, value: Code, alternative: str) -> Name:
        known = self._constants.get(value)
        if known is not None:
            return known
        name = proven.name(f"_{names.constant(words)}")
        if name in self._taken:
            name = proven.name(f"_{names.constant(f'{words} {alternative}')}")
        while name in self._taken:
            name = names.longer(name, "_", names.short_hash(value).upper())
        self._taken.add(name)
        self._constants[value] = name
        self._lines.append(f"{name} = {value}")
        return name

    def _model(self, model: ModelFacts) -> Code:
        node = model.node
        arguments: list[Code] = [f"id={literal(model.id)}"]
        for key in _MODEL_TEXTS:
            text = node.text(key)
            if text is not None:
                arguments.append(f"{key}={literal(one_line(text))}")
        aliases = node.get("aliases")
        if isinstance(aliases, Seq) and aliases:
            arguments.append(f"aliases={literal(tuple(aliases))}")
        capabilities = "".join(
            f"{self._capability(name, model, fields, rules)}, "
            for name, (fields, rules) in model.capabilities.items()
        )
        arguments.append(f"capabilities=({capabilities})")
        price = node.mapping("price")
        if price is not None:
            arguments.append(f"price={self._price(price)}")
        return f"Model({', '.join(arguments)})"

    def _capability(
        self, name: str, model: ModelFacts, fields: list[InputField], rules: list[InputRule]
    ) -> Code:
        facts = self.facts.capabilities[name]
        shown = "".join(
            f"{self._constant(f'{name} {one.keyword}', self._field(one), model.id)}, "
            for one in fields
        )
        arguments: list[Code] = [
            f"name={literal(name)}",
            f"title={literal(facts.title)}",
            f"fields=({shown})",
        ]
        if rules:
            self.module.use(CATALOGUE, "Rule")
            words = (f"{name} rule {' '.join(names.words(rule.message)[:6])}" for rule in rules)
            listed = "".join(
                f"{self._constant(word, _rule(rule), model.id)}, "
                for word, rule in zip(words, rules, strict=True)
            )
            arguments.append(f"rules=({listed})")
        has = {one.name for one in fields}
        arguments.append(f"output={self._output(facts, has)}")
        if facts.typical_seconds is not None:
            arguments.append(f"typical_seconds={literal(facts.typical_seconds)}")
        input_class = f"{self.package.name}.inputs:{names.pascal(name)}"
        arguments.append(f"input_class={literal(input_class)}")
        arguments.append(f"request_schema=partial(_request_schema, {literal(name)})")
        arguments.append(f"call={_function(name)}")
        return f"Capability({', '.join(arguments)})"

    def _field(self, one: InputField) -> Code:
        self.module.use(CATALOGUE, "Field")
        values = dict(one.values)
        arguments: list[Code] = [f"name={literal(one.name)}", f"type={literal(values.pop('type'))}"]
        if one.keyword != one.name:
            arguments.append(f"keyword={literal(one.keyword)}")
        for key, value in values.items():
            if value not in ((), None):
                arguments.append(f"{key}={literal(value)}")
        if one.item is not None:
            arguments.append(f"item={self._field(one.item)}")
        if one.properties:
            inner = "".join(f"{self._field(part)}, " for part in one.properties)
            arguments.append(f"properties=({inner})")
        if one.media is not None:
            arguments.append(f"media={self._media(one.media)}")
        if one.unverified:
            arguments.append(f"unverified={_frozen(one.unverified)}")
        return f"Field({', '.join(arguments)})"

    def _media(self, media: Media) -> Code:
        self.module.use("modelhunter.plugins.media", "MediaRule")
        arguments: list[Code] = [f"{key}={literal(value)}" for key, value in media.values.items()]
        if media.unverified:
            arguments.append(f"unverified={_frozen(media.unverified)}")
        return f"MediaRule({', '.join(arguments)})"

    def _output(self, facts: CapabilityFacts, has: set[str]) -> Code:
        node = facts.output
        arguments: list[Code] = [f"media={literal(str(node.get('media')))}"]
        for role in ROLES:
            if role in node:
                shown = _role(role, node[role], has)
                if shown is not None:
                    arguments.append(f"{role}={shown}")
        if "prompt" not in node or _role("prompt", node["prompt"], has) is None:
            arguments.append("prompt=Role()")
        return f"Output({', '.join(arguments)})"

    def _price(self, price: Map) -> Code:
        self.module.use(PRICES, "Price")
        self.module.use("decimal", "Decimal")
        self.module.use("datetime", "date")
        read = self.facts.prices_read
        arguments: list[Code] = [
            f"unit={literal(str(price['unit']))}",
            f"low={_decimal(price['low'])}",
            f"high={_decimal(price['high'])}",
        ]
        day: Code = "date.min"
        if read is not None:
            day = f"date({literal(read.year)}, {literal(read.month)}, {literal(read.day)})"
        arguments.append(f"as_of={day}")
        if "quantity" in price:
            arguments.append(f"quantity={literal(str(price['quantity']))}")
        depends = price.get("depends_on")
        if isinstance(depends, Seq) and depends:
            arguments.append(f"depends_on={literal(tuple(map(str, depends)))}")
        for key, cls, amount in _TABLES:
            rows = price.get(key)
            if isinstance(rows, Seq) and rows:
                self.module.use(PRICES, cls)
                shown = "".join(f"{self._row(cls, amount, row)}, " for row in rows.maps())
                arguments.append(f"{key}=({shown})")
        extra = price.get("extra_quantity")
        if isinstance(extra, Map):
            self.module.use(PRICES, "ExtraQuantity")
            mark = _mark(extra, "field", "low", "high")
            arguments.append(
                f"extra_quantity=ExtraQuantity(field={literal(str(extra['field']))}, "
                f"low={_decimal(extra['low'])}, high={_decimal(extra['high'])}{mark})"
            )
        return f"Price({', '.join(arguments)})"

    def _row(self, cls: Code, amount: Code, row: Map) -> Code:
        when = row.get("when")
        pairs: list[Code] = []
        for name, wanted in when.items() if isinstance(when, Map) else ():
            if isinstance(wanted, Map):
                self.module.use(PRICES, "Present")
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


def _function(capability: str) -> Code:
    return f"_{names.snake(capability)}"


def _rule(rule: InputRule) -> Code:
    mark = ", unverified=True" if rule.unverified else ""
    return f"Rule(schema={literal(rule.schema)}, message={literal(rule.message)}{mark})"


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


def _frozen(marks: tuple[str, ...]) -> Code:
    return f"frozenset({{{', '.join(literal(mark) for mark in sorted(marks))}}})"
