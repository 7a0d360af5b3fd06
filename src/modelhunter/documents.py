"""Tasks, models and prices as JSON documents."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import asdict

if TYPE_CHECKING:
    from datetime import datetime

    from modelhunter.api.models import Balance
    from modelhunter.estimates import Estimate
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.plugins.catalogue import Capability, Field, Model, Provider
    from modelhunter.plugins.prices import Price, When
    from modelhunter.plugins.registry import PluginInfo

_OUTPUT = ("url", "format", "duration", "size_bytes")
_LIMITS = (
    "default",
    "choices",
    "minimum",
    "maximum",
    "multiple_of",
    "min_length",
    "max_length",
    "pattern",
    "min_items",
    "max_items",
)
_MEDIA = (
    "kind",
    "formats",
    "max_bytes",
    "min_side",
    "max_side",
    "min_ratio",
    "max_ratio",
    "data_uri",
)

_PIXELS = (
    *("presets", "multiple_of", "min_side", "max_side", "min_pixels", "max_pixels"),
    *("min_ratio", "max_ratio"),
)


def of_task(task: TaskView) -> dict[str, Any]:
    """A task; its links are good for some minutes only."""
    error = task.error
    return {
        "id": task.id,
        "status": str(task.status),
        "type": task.type,
        "provider": task.provider,
        "model": task.model,
        "progress": number(task.progress),
        "cost": number(task.cost),
        "error": None if error is None else {"code": error.code, "message": error.message},
        "outputs": [
            {name: number(getattr(output, name)) for name in _OUTPUT} for output in task.outputs
        ],
        "metadata": dict(task.metadata),
        "created_at": _moment(task.created_at),
        "started_at": _moment(task.started_at),
        "completed_at": _moment(task.completed_at),
    }


def of_estimate(estimate: Estimate) -> dict[str, Any]:
    """What a job will cost, in USD; ``high`` is null where nothing bounds it."""
    return {
        "low": number(estimate.low),
        "high": number(estimate.high),
        "likely": number(estimate.likely),
        "as_of": estimate.as_of.isoformat(),
        "notes": list(estimate.notes),
    }


def of_model(provider: Provider, model: Model) -> dict[str, Any]:
    """A model as a list shows it."""
    return {
        "id": model.id,
        "provider": provider.name,
        "title": model.title,
        "description": model.description,
        "status": model.status,
        "aliases": list(model.aliases),
        "capabilities": [capability.name for capability in model.capabilities],
        "price": None if model.price is None else _price(model.price),
    }


def of_model_in_full(provider: Provider, model: Model) -> dict[str, Any]:
    """A model with everything that is known of its inputs."""
    return of_model(provider, model) | {
        "capabilities": [_capability(capability) for capability in model.capabilities]
    }


def _capability(capability: Capability) -> dict[str, Any]:
    return {
        "name": capability.name,
        "media": capability.output.media,
        "typical_seconds": capability.typical_seconds,
        "inputs": [_field(field) for field in capability.fields],
        "rules": [
            {"message": rule.message, "inferred": rule.unverified} for rule in capability.rules
        ],
    }


def _field(field: Field) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": field.keyword,
        "type": field.type,
        "required": field.required,
        "description": field.description,
    }
    document |= _given(field, _LIMITS)
    if field.media is not None:
        document["media"] = _given(field.media, _MEDIA)
    if field.pixels is not None:
        document["pixels"] = _given(field.pixels, _PIXELS)
    if field.item is not None:
        document["item"] = _field(field.item)
    if field.properties:
        document["properties"] = [_field(inner) for inner in field.properties]
    if field.unverified:
        document["inferred"] = sorted(field.unverified)
    return document


def _given(holder: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(holder, name) for name in names}
    return {name: number(value) for name, value in values.items() if value not in (None, ())}


def _price(price: Price) -> dict[str, Any]:
    """What a unit costs, in USD, and what that depends on."""
    from modelhunter.plugins.quantities import in_words

    return {
        "unit": price.unit,
        "low": number(price.low),
        "high": number(price.high),
        "as_of": price.as_of.isoformat(),
        "counted_by": None if price.quantity is None else in_words(price.quantity),
        "depends_on": list(price.depends_on),
        "rates": [
            {
                "when": _when(rate.when),
                "amount": number(rate.amount),
                "inferred": rate.unverified,
            }
            for rate in price.rates
        ],
        "factors": [
            {
                "when": _when(factor.when),
                "factor": number(factor.factor),
                "inferred": factor.unverified,
            }
            for factor in price.factors
        ],
    }


def _when(when: When) -> dict[str, Any]:
    """The conditions of a price; whether a field is given reads ``{"given": true}``."""
    from modelhunter.plugins.prices import Present

    return {
        name: {"given": wanted.given} if isinstance(wanted, Present) else wanted
        for name, wanted in when.items()
    }


def of_balance(balance: Balance) -> dict[str, Any]:
    """What the account can spend, in USD."""
    return {
        name: str(value) if isinstance(value, StrEnum) else number(value)
        for name, value in asdict(balance, recurse=False).items()
    }


def of_plugin(info: PluginInfo) -> dict[str, Any]:
    """An installed plugin, and what is wrong with it."""
    return asdict(info)


def number(value: Any) -> Any:
    """A value as JSON has it: decimals as numbers, what is infinite as null."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
