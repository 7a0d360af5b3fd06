"""What is wrong with a plugin though it can be loaded: what its author has to be told in words."""

from __future__ import annotations

from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.errors import PluginError
from modelhunter.plugins import Present, Submission, estimate
from modelhunter.plugins.rules import same
from modelhunter.runtime.call import Call, JsonBody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modelhunter.plugins import Capability, Factor, Model, Price, Provider, Rate

_HOOK = "https://example.com/hook"
_METADATA = {"mine": 1}


@frozen
class Offer:
    """One capability of one model."""

    model: Model
    capability: Capability

    def __str__(self) -> str:
        return f"{self.model.id} {self.capability.name}"


def request_mistakes(
    provider: Provider, offer: Offer, inputs: Mapping[str, Any], path: str | None
) -> Iterator[str]:
    """What a capability's ``call`` does wrong with these inputs (wire names).

    ``path`` is where the author says that it goes. Where nothing is said, a description is
    believed, and what is written by hand goes to the usual place.
    """
    capability = offer.capability
    given = Submission(
        model=offer.model.id, input=inputs, webhook_url=_HOOK, metadata=_METADATA, marker="marker"
    )
    call: object = capability.call(given)
    if not isinstance(call, Call):
        yield f"its call returns {type(call).__name__}, not a modelhunter.runtime.call.Call"
        return
    if path is None and capability.request_schema is None:
        path = f"/api/v1/{provider.name}/{capability.name}"
    if call.method != "POST" or path not in (None, call.target):
        yield (
            f"it is sent as {call.method} {call.target}, not as POST {path}; if that is right, "
            f"say so in the test: paths = {{{capability.name!r}: {call.target!r}}}"
        )
    if call.safety != "unsafe":
        yield (
            f'its operation is marked as "{call.safety}", so a lost answer would have it sent '
            'again, and paid twice; it is "unsafe"'
        )
    yield from _body_mistakes(call, given)
    yield from _answer_mistakes(call, provider, given, capability)
    yield from _shared_path(call, provider, given, capability.name)
    yield from _keyword_mistakes(capability)


def _body_mistakes(call: Call[Any], given: Submission) -> Iterator[str]:
    if not isinstance(call.body, JsonBody) or not isinstance(call.body.value, dict):
        yield "its body is no JsonBody of an object"
        return
    body = call.body.value
    wanted = {
        "model": given.model,
        "input": given.input,
        "webhookUrl": given.webhook_url,
        "metadata": given.metadata,
    }
    for name, value in wanted.items():
        if body.get(name) != value:
            hint = ", by which a lost submission is found again" if name == "metadata" else ""
            yield f"its body has {name} = {body.get(name)!r} where {value!r} was given{hint}"


def _answer_mistakes(
    call: Call[Any], provider: Provider, given: Submission, capability: Capability
) -> Iterator[str]:
    answer = call.operation.answer(202)
    if answer is None:
        yield "it does not say how the answer 202 is read"
        return
    data = {
        "id": "task_1",
        "status": "pending",
        "type": capability.name,
        "provider": provider.name,
        "model": given.model,
        "created_at": "2026-03-02T08:15:00Z",
        "estimated_seconds": 30,
    }
    read = answer.decode({"success": True, "data": data})
    if getattr(read, "id", None) != "task_1":
        yield (
            f"what it reads from the answer ({type(read).__name__}) has no id of the task; the "
            "task is the member data (x-unwrap: data in a description)"
        )


def _shared_path(
    call: Call[Any], provider: Provider, given: Submission, name: str
) -> Iterator[str]:
    """Other capabilities that are sent to the same place, where the API can't tell them apart."""
    others = {c.name: c for model in provider.models for c in model.capabilities if c.name != name}
    for other in others.values():
        with suppress(Exception):  # its own test says what is wrong with it
            if other.call(given).target == call.target:
                yield f"{other.name} is sent to {call.target} too"


def _keyword_mistakes(capability: Capability) -> Iterator[str]:
    """Inputs that can't be given as keywords, since the client's methods take those themselves."""
    from modelhunter import ModelHunter

    taken = {*signature(ModelHunter.submit).parameters}
    taken |= {*signature(ModelHunter.generate).parameters}
    for field in capability.fields:
        if field.keyword in taken:
            yield (
                f"the input {field.name!r} can't be given by keyword, as submit and generate have "
                f"an argument {field.keyword!r} of their own; name the attribute otherwise, with "
                f'metadata={{"wire": {field.name!r}}} (x-python-name in a description)'
            )


def price_mistakes(offer: Offer) -> Iterator[str]:
    """What in a model's price can't be meant."""
    price, capability = offer.model.price, offer.capability
    if price is None:
        return
    timed = capability.output.duration.field
    if price.quantity is not None and price.quantity == timed and price.unit not in _TIMES:
        yield (
            f"it is priced per {price.unit}, but counted by {timed!r}, which is the length of the "
            'result: the unit is "second", or another input counts'
        )
    if price.unit == "second" and price.quantity is None and price.cost is None:
        yield "it is priced per second, but no quantity says which input counts them"
    for rate in price.rates:
        if not price.low <= rate.amount <= price.high:
            yield (
                f"the rate of {rate.amount} is outside of the range that the price states, "
                f"{price.low} to {price.high}"
            )
    if price.cost is not None:
        try:
            estimate(price, capability.fields, {})
        except PluginError as error:
            yield f"where no input is given yet, {error}; take inputs.get(…), and return a range"
    yield from _idle_rows(price, offer.model)


_TIMES = ("second", "minute", "hour")


def _idle_rows(price: Price, model: Model) -> Iterator[str]:
    """Rows on a value that no capability of the model takes."""
    rows: list[Rate | Factor] = [*price.rates, *price.factors]
    for name, wanted in (condition for row in rows for condition in row.when.items()):
        found = [field for c in model.capabilities if (field := c.field(name)) is not None]
        choices = [choice for field in found for choice in field.choices]
        closed = all(field.choices and not field.is_inferred("choices") for field in found)
        if isinstance(wanted, Present) or not closed:
            continue
        if not any(same(choice, wanted) for choice in choices):
            yield (
                f"a row of the price holds where {name} is {wanted!r}, which it never is; "
                f"{model.id} takes {', '.join(map(repr, choices))}"
            )


def rule_mistakes(capabilities: Iterable[Capability]) -> Iterator[str]:
    """Rules on inputs that none of these capabilities has."""
    capabilities = list(capabilities)
    inputs = {field.name for capability in capabilities for field in capability.fields}
    told = set()
    for rule in (rule for capability in capabilities for rule in capability.rules):
        for name in sorted(set(_named(rule.schema)) - inputs):
            if (name, rule.message) not in told:
                told.add((name, rule.message))
                yield f"the rule {rule.message!r} speaks of {name!r}, which is no input"


def _named(schema: Any) -> Iterator[str]:
    """The inputs that a rule's schema speaks of."""
    if not isinstance(schema, dict):
        return
    yield from schema.get("required", ())
    yield from schema.get("properties", ())
    for key in ("dependentRequired", "dependentSchemas"):
        yield from schema.get(key, ())
    for names in schema.get("dependentRequired", {}).values():
        yield from names
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _named(part)
    for key in ("not", "if", "then", "else"):
        yield from _named(schema.get(key))
    for part in schema.get("dependentSchemas", {}).values():
        yield from _named(part)
