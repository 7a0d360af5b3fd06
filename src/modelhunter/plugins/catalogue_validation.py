"""What must hold of the data that a plugin brings, checked once when it is loaded.

A mistake in a catalogue would otherwise show up as a strange problem with somebody's input.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from modelhunter.plugins.catalogue import Capability, Field, Model, Provider, Role
from modelhunter.plugins.catalogue_types import wrong_types
from modelhunter.plugins.messages import listed, shown
from modelhunter.plugins.patterns import BadPattern, compiled
from modelhunter.plugins.quantities import factors_of
from modelhunter.plugins.rules import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelhunter.plugins.media import MediaRule
    from modelhunter.plugins.prices import Factor, Price, Rate

_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_ROLES = (
    "format",
    "duration",
    "resolution",
    "aspect_ratio",
    "size",
    "width",
    "height",
    "audio",
    "seed",
    "count",
    "last_frame",
)


def provider_faults(provider: Provider) -> list[str]:
    """Every mistake in a provider's data, each with the place where it is."""
    if not _is_name(provider.name):
        return ["the provider has no name"]
    if odd := list(wrong_types("the provider", provider)):
        return odd
    if odd := list(wrong_types("the backend", provider.backend)):
        return odd
    return model_faults(provider.models)


def model_faults(models: Iterable[Any]) -> list[str]:
    """Every mistake in models that belong to one provider."""
    models = list(models)
    found = list(_faults(models))
    return found or list(_role_faults(models))


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name)


def _faults(models: Iterable[Any]) -> Iterator[str]:
    names: set[str] = set()
    for model in models:
        if not isinstance(model, Model):
            yield f"a {type(model).__name__} where a Model belongs"
            continue
        if odd := list(wrong_types(f"model {model.id!r}", model)):
            yield from odd
            continue
        for name in (model.id, *model.aliases):
            if not _is_name(name):
                yield f"model {model.id!r}: {name!r} is no name"
            elif name in names:
                yield f"the name {name!r} stands for two models"
            names.add(name)
        if not model.capabilities:
            yield f"model {model.id}: no capability"
        yield from _repeated(
            f"model {model.id}", "capability", [c.name for c in model.capabilities]
        )
        for capability in model.capabilities:
            yield from _capability_faults(f"model {model.id}, {capability.name}", capability)
        if model.price is not None:
            yield from _price_faults(f"model {model.id}, price", model, model.price)


def _repeated(place: str, what: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{place}: the {what} {name!r} is there twice"


def _capability_faults(place: str, capability: Capability) -> Iterator[str]:
    if odd := list(wrong_types(place, capability)):
        yield from odd
        return
    if capability.typical_seconds is not None and not capability.typical_seconds >= 0:
        yield f"{place}: typical_seconds is {capability.typical_seconds}, and must not be below 0"
    called = [name for f in capability.fields for name in {f.name, f.keyword}]
    yield from _repeated(place, "input", called)
    for field in capability.fields:
        yield from _field_faults(f"{place}, {field.name}", field)
    for number, rule in enumerate(capability.rules):
        for fault in faults(rule.schema):
            yield f"{place}, rule {number} ({rule.message}): {fault}"


def _role_faults(models: Iterable[Model]) -> Iterator[str]:
    """Roles of an output that no model's capability of that name has an input for."""
    inputs: dict[str, set[str]] = {}
    wanted: dict[tuple[str, str, str], None] = {}
    for capability in (c for model in models for c in model.capabilities):
        inputs.setdefault(capability.name, set()).update(f.name for f in capability.fields)
        for name in _ROLES:
            role: Role = getattr(capability.output, name)
            if role.field is not None:
                wanted[capability.name, name, role.field] = None
    for capability_name, name, field in wanted:
        if field not in inputs[capability_name]:
            yield f"{capability_name}: its output takes {name} from {field!r}, which is no input"


def _field_faults(place: str, field: Field) -> Iterator[str]:
    if odd := list(wrong_types(place, field)):
        yield from odd
        return
    if field.type not in _TYPES:
        yield f"{place}: the type {field.type!r} is none of {', '.join(_TYPES)}"
    if not field.keyword.isidentifier():
        yield f"{place}: the keyword {field.keyword!r} is no Python name"
    for least, most in _LIMITS:
        yield from _crossed(place, field, least, most)
    if field.media is not None:
        yield from _media_faults(place, field.media)
    if field.multiple_of is not None and field.multiple_of <= 0:
        yield f"{place}: multiple_of must be above 0"
    if field.pattern is not None:
        try:
            compiled(field.pattern)
        except BadPattern as error:
            yield f"{place}: the pattern can't be used: {error}"
    if field.item is not None:
        yield from _field_faults(f"{place}[]", field.item)
    yield from _repeated(place, "property", [inner.name for inner in field.properties])
    for inner in field.properties:
        yield from _field_faults(f"{place}.{inner.name}", inner)


_LIMITS = (("minimum", "maximum"), ("min_length", "max_length"), ("min_items", "max_items"))
_FOREIGN = {"image": ("video/", "audio/"), "video": ("audio/",), "audio": ("image/",)}
_MEDIA_LIMITS = (("min_side", "max_side"), ("min_ratio", "max_ratio"))


def _crossed(place: str, limited: Field | MediaRule, least: str, most: str) -> Iterator[str]:
    """A least that is above the most, so that nothing fits."""
    low, high = getattr(limited, least), getattr(limited, most)
    if low is not None and high is not None and low > high:
        yield f"{place}: {least} is {low} and {most} is {high}, so nothing fits"


def _media_faults(place: str, rule: MediaRule) -> Iterator[str]:
    for least, most in _MEDIA_LIMITS:
        yield from _crossed(place, rule, least, most)
    for one in rule.formats:
        if "/" not in one:
            yield f"{place}: the format {one!r} is no MIME type, such as image/png"
        elif one.startswith(_FOREIGN.get(rule.kind, ())):
            yield f"{place}: it takes media of the kind {rule.kind}, which {one!r} is not"


def _price_faults(place: str, model: Model, price: Price) -> Iterator[str]:
    if odd := list(wrong_types(place, price)):
        yield from odd
        return
    amounts: list[Any] = [price.low, price.high, *(rate.amount for rate in price.rates)]
    amounts += [factor.factor for factor in price.factors]
    inexact = [one for one in amounts if not isinstance(one, Decimal)]
    for one in inexact:
        yield f'{place}: {one!r} is no Decimal; write Decimal("{one}")'
    endless = [one for one in amounts if isinstance(one, Decimal) and not one.is_finite()]
    for one in endless:
        yield f"{place}: {one} is no amount"
    if not inexact and not endless and not 0 <= price.low <= price.high:
        yield f"{place}: low {price.low} and high {price.high} are no range"
    inputs = {field.name for capability in model.capabilities for field in capability.fields}
    quantities = factors_of(price.quantity)
    named = {name for quantity in quantities for name in quantity.names()}
    if price.extra_quantity is not None:
        named.add(price.extra_quantity.field)
    rows: list[Rate | Factor] = [*price.rates, *price.factors]
    for row in rows:
        named.update(row.when)
    named.update(price.depends_on)
    for name in sorted(named - inputs):
        yield f"{place}: depends on {name!r}, which no capability of the model takes"
    for quantity in quantities:
        per: object = quantity.per
        if not isinstance(per, int) or isinstance(per, bool) or per < 1:
            yield f"{place}: its quantity is per {shown(per)}, which is no whole number from 1"
    for capability, quantity in product(model.capabilities, quantities):
        for why in quantity.faults(capability):
            yield (
                f"{place}: its quantity counts nothing in {capability.name}, as {why}; name an "
                "input that is one"
            )
    idle = [name for name in _UNUSED_WITH_COST if getattr(price, name)]
    if price.cost is not None and idle:
        yield f"{place}: it has a function, cost, so that {listed(idle, 'and')} would say nothing"


_UNUSED_WITH_COST = ("quantity", "rates", "factors", "extra_quantity")
