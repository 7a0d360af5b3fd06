"""What ``x-catalogue`` says about a provider, read and checked."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from modelhunter_codegen import ir
from modelhunter_codegen.problems import quoted
from modelhunter_codegen.provider.fields import InputField, InputRule, Inputs
from modelhunter_codegen.provider.quantities import FORMS, quantities
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.problems import Location
    from modelhunter_codegen.proven import Code

_AMOUNT = re.compile(r"\d+(\.\d+)?")
ROLES: tuple[Code, ...] = (
    "format", "duration", "resolution", "aspect_ratio", "size", "width", "height", "audio",
    "seed", "count", "last_frame", "prompt",
)  # fmt: skip


@frozen(kw_only=True)
class CapabilityFacts:
    """A capability: its endpoint, its inputs and what it makes of them."""

    name: str
    title: str
    endpoint: ir.Endpoint
    inputs: Inputs
    typical_seconds: float | None
    output: Map
    documentation: str | None = None


@frozen(kw_only=True)
class ModelFacts:
    """A model with the fields and rules of each of its capabilities."""

    node: Map
    id: str
    capabilities: Mapping[str, tuple[list[InputField], list[InputRule]]]


@frozen(kw_only=True)
class ProviderFacts:
    """All that the catalogue module says."""

    node: Map
    name: str
    prices_read: dt.date | None
    capabilities: Mapping[str, CapabilityFacts]
    models: tuple[ModelFacts, ...]


@define(eq=False)
class FactReader:
    """Reads ``x-catalogue``; what is wrong with it lands in the report."""

    lowerer: Lowerer
    package: ir.Package
    catalogue: Map
    _operations: dict[str, Map] = field(factory=dict)

    def read(self) -> ProviderFacts:
        """The facts, as far as they can be read."""
        self._operations = _operations(self.lowerer)
        capabilities: dict[str, CapabilityFacts] = {}
        for name, node in self._maps(self.catalogue, "capabilities").items():
            found = self._capability(name, node)
            if found is not None:
                capabilities[name] = found
        models = []
        for node in self._seq(self.catalogue, "models"):
            models.append(self._model(node, capabilities))
        self._check_model_ids(models, capabilities)
        return ProviderFacts(
            node=self.catalogue,
            name=self._text(self.catalogue, "provider"),
            prices_read=self._date(),
            capabilities=capabilities,
            models=tuple(models),
        )

    def bad(self, at: Location, message: str, hint: str = "") -> None:
        """Record a mistake in the catalogue."""
        self.lowerer.workspace.report.add("bad-catalogue", at, message, hint)

    def _maps(self, node: Map, key: str) -> dict[str, Map]:
        given = node.get(key)
        if not isinstance(given, Map):
            self.bad(node.where(key), f"x-catalogue needs a mapping {key!r}")
            return {}
        return {name: value for name, value in given.items() if isinstance(value, Map)}

    def _seq(self, node: Map, key: str) -> list[Map]:
        given = node.get(key)
        if not isinstance(given, Seq):
            self.bad(node.where(key), f"x-catalogue needs a list {key!r}")
            return []
        return list(given.maps())

    def _text(self, node: Map, key: str) -> str:
        text = node.get(key)
        if not isinstance(text, str) or not text:
            self.bad(node.where(key), f"{key!r} is needed, as text")
            return ""
        return text

    def _date(self) -> dt.date | None:
        text = self.catalogue.get("prices_read")
        try:
            return dt.date.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            self.bad(self.catalogue.where("prices_read"), "prices_read is a date (YYYY-MM-DD)")
            return None

    def _capability(self, name: str, node: Map) -> CapabilityFacts | None:
        operation_id = self._text(node, "operation")
        operation = self._operations.get(operation_id)
        endpoint = next(
            (
                e
                for es in self.package.endpoints.values()
                for e in es
                if e.operation_id == operation_id
            ),
            None,
        )
        if operation is None or endpoint is None:
            self.bad(node.where("operation"), f"no operation has the operationId {operation_id!r}")
            return None
        request = self._request(operation)
        shape = self.lowerer.shape(request) if request is not None else None
        if request is None or shape is None or not {"model", "input"} <= shape.properties.keys():
            self.bad(
                operation.where("requestBody"),
                "the request body of a capability is JSON with `model` and `input`",
            )
            return None
        given = shape.properties["input"][0]
        target = self.lowerer.workspace.follow(given) if isinstance(given, Map) else None
        if target is None:
            return None
        lacking = [n for n in ("webhookUrl", "metadata") if n not in shape.properties]
        if lacking and shape.closed:
            self.bad(
                request.where(),
                f"the request body lets no {' and no '.join(lacking)} through",
                "every generation takes both; metadata is how a lost submission is found again",
            )
        self._check_answers(operation, endpoint)
        seconds = node.get("typical_seconds")
        page = operation.mapping("externalDocs")
        output = node.get("output")
        if not isinstance(output, Map):
            self.bad(node.where("output"), "a capability needs an `output`")
            output = node.like({"media": "file"})
        self._check_output(output)
        return CapabilityFacts(
            name=name,
            title=one_line(str(operation.get("summary", name))),
            endpoint=endpoint,
            inputs=Inputs.read(self.lowerer, request, target),
            typical_seconds=seconds if isinstance(seconds, (int, float)) else None,
            output=output,
            documentation=None if page is None else page.text("url"),
        )

    def _check_output(self, output: Map) -> None:
        self._text(output, "media")
        for role in ROLES:
            given = output.get(role)
            named = given.get("field", "") if isinstance(given, Map) else ""
            if isinstance(given, Seq) or not isinstance(named, str):
                self.bad(
                    output.where(role),
                    f"{role} is the name of an input, a value, or a mapping with `field`",
                )

    def _check_answers(self, operation: Map, endpoint: ir.Endpoint) -> None:
        """The answer to a submission names the task, whatever else it says."""
        for answer in endpoint.answers:
            found = (
                self.lowerer.definitions.get(answer.type.key)
                if isinstance(answer.type, ir.Named)
                else None
            )
            if isinstance(found, ir.Model) and all(one.wire != "id" for one in found.properties):
                self.bad(
                    operation.where("responses"),
                    f"the answer {answer.status} of a capability has no `id` of a task",
                    "where the task is the member `data`, put `x-unwrap: data` beside `content`",
                )

    def _request(self, operation: Map) -> Map | None:
        body = operation.get("requestBody")
        body = self.lowerer.workspace.follow(body) if isinstance(body, Map) else None
        content = body.get("content") if body is not None else None
        held = content.get("application/json") if isinstance(content, Map) else None
        schema = held.get("schema") if isinstance(held, Map) else None
        return self.lowerer.workspace.follow(schema) if isinstance(schema, Map) else None

    def _model(self, node: Map, capabilities: Mapping[str, CapabilityFacts]) -> ModelFacts:
        model_id = self._text(node, "id")
        listed = node.get("capabilities")
        found = {}
        for name in listed if isinstance(listed, Seq) else ():
            if not isinstance(name, str) or name not in capabilities:
                self.bad(node.where("capabilities"), f"there is no capability {quoted(name)}")
            else:
                found[name] = capabilities[name].inputs.for_model(model_id)
        self._check_price(node, {f.name for fields, _ in found.values() for f in fields})
        return ModelFacts(node=node, id=model_id, capabilities=found)

    def _check_price(self, model: Map, fields: set[str]) -> None:
        price = model.get("price")
        if price is None:
            return
        if not isinstance(price, Map):
            self.bad(model.where("price"), "a price is a mapping")
            return
        self._text(price, "unit")
        if self.catalogue.get("prices_read") is None:
            self.bad(self.catalogue.where(), "prices need `prices_read`, the date they were read")
        for key in ("low", "high"):
            self._check_amount(price, key)
        named: list[object] = []
        for counted in quantities(price):
            if counted.wrong is not None:
                self.bad(price.where("quantity"), f"the quantity {counted.wrong}", FORMS)
            named += counted.inputs
        named += price.sequence("depends_on") or ()
        for table, key in (("rates", "amount"), ("factors", "factor")):
            rows = price.sequence(table)
            for row in rows.maps() if rows is not None else ():
                self._check_amount(row, key)
                when = row.get("when")
                named += list(when) if isinstance(when, Map) else []
        extra = price.get("extra_quantity")
        if isinstance(extra, Map):
            named.append(extra.get("field"))
        for name in named:
            if not isinstance(name, str) or name not in fields:
                words = f"the price depends on {quoted(name)}, which is no input of it"
                self.bad(price.where(), words)

    def _check_amount(self, node: Map, key: str) -> None:
        amount = node.get(key)
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            self.bad(node.where(key), f'{key} is an amount in quotes, such as "0.42"')

    def _check_model_ids(
        self, models: list[ModelFacts], capabilities: Mapping[str, CapabilityFacts]
    ) -> None:
        """A request's enum of models and the models that claim the capability must agree."""
        for name, facts in capabilities.items():
            shape = self.lowerer.shape(facts.inputs.request)
            schema = shape.properties["model"][0]
            listed = schema.sequence("enum") if isinstance(schema, Map) else None
            if listed is None or not isinstance(schema, Map):
                continue
            claimed = {model.id for model in models if name in model.capabilities}
            texts = {str(value) for value in listed}
            if texts != claimed:
                different = ", ".join(sorted(texts ^ claimed))
                self.bad(
                    schema.where("enum"),
                    f"the models of {name} differ here and in x-catalogue: {different}",
                    "list the same models in both",
                )


def _operations(lowerer: Lowerer) -> dict[str, Map]:
    paths = lowerer.workspace.root.root.get("paths")
    found: dict[str, Map] = {}
    for item in paths.values() if isinstance(paths, Map) else ():
        item = lowerer.workspace.follow(item) if isinstance(item, Map) else None
        for operation in item.values() if item is not None else ():
            name = operation.text("operationId") if isinstance(operation, Map) else None
            if name is not None and isinstance(operation, Map):
                found[name] = operation
    return found
