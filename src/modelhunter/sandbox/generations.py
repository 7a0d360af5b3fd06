"""Submitting a generation: which model, is the request right, what does it cost, is it paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from modelhunter.errors import PluginError, UnknownModel, UnknownProvider
from modelhunter.plugins.catalogue import Submission
from modelhunter.plugins.prices import estimate
from modelhunter.plugins.unlisted import unlisted_model
from modelhunter.sandbox.accounts import allow, random_id
from modelhunter.sandbox.answers import WEB_ADDRESS, Refusal, not_there, refused_field, success
from modelhunter.sandbox.checking import schema_of
from modelhunter.sandbox.clock import to_text
from modelhunter.sandbox.media.shape import shapes_of
from modelhunter.sandbox.service import Catalogue, Service, finite_seconds, parse_json
from modelhunter.sandbox.tasks import NewTask, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from modelhunter.plugins.catalogue import Capability, Model, Provider
    from modelhunter.sandbox.faults import Fault
    from modelhunter.sandbox.store import Row

_USUAL_SECONDS: Mapping[str, float] = {"video": 60.0, "image": 10.0}
_OTHER_SECONDS = 30.0
_FAILURE = "The provider refused this request"

_FRAME: Mapping[str, Any] = {
    "type": "object",
    "required": ["model", "input"],
    "properties": {
        "model": {"type": "string", "minLength": 1},
        "input": {"type": "object"},
        "webhookUrl": {"type": "string", "format": "uri", "pattern": WEB_ADDRESS},
        "metadata": {"type": "object"},
    },
}
"""What all generations have in common; the model's own schema says the rest."""


async def submit(request: Request) -> Response:
    """``POST /api/v1/{provider}/{capability}``: check, charge, and answer with a new task.

    A plugin whose own call goes to another path below the provider is served there.
    """
    service: Service = request.app.state.service
    key = service.authenticate(request)
    provider = _provider(service.load_catalogue(), request.path_params["provider"])
    body = parse_json(await request.body())
    service.checker.check("any generation", lambda: _FRAME, body)
    path = request.scope["path"]
    model, capability = _called(service.load_catalogue(), provider.name, path, body) or _ability(
        service, provider, request.path_params["capability"], body["model"]
    )
    return _begin(service, key, provider, model, capability, body)


async def submit_elsewhere(request: Request) -> Response:
    """``POST`` to a path that a plugin's own call makes; any other is not there."""
    service: Service = request.app.state.service
    text = await request.body()
    try:
        body = parse_json(text)
        service.checker.check("any generation", lambda: _FRAME, body)
        provider, _ = service.load_catalogue().model(body["model"])
    except (Refusal, UnknownModel, PluginError):
        raise not_there(request) from None
    path = request.scope["path"]
    found = _called(service.load_catalogue(), provider.name, path, body)
    if found is None:
        raise not_there(request)
    return _begin(service, service.authenticate(request), provider, *found, body)


def paths(catalogue: Catalogue) -> list[str]:
    """Where generations are submitted, for each capability of each installed model."""
    found = {
        f"/api/v1/{provider.name}/{capability.name}": None
        for provider, model in catalogue.models()
        for capability in model.capabilities
    }
    return [*found]


def _begin(
    service: Service,
    key: Row,
    provider: Provider,
    model: Model,
    capability: Capability,
    body: Mapping[str, Any],
) -> Response:
    allow(key, f"{capability.output.media}:create")
    service.checker.check(
        (provider.name, model.id, capability.name),
        lambda: schema_of(capability, model.id),
        {**body, "model": model.id},
    )
    task = _make(service, key, provider, model, capability, body)
    return success(
        {
            "id": task["id"],
            "status": "pending",
            "type": capability.name,
            "provider": provider.name,
            "model": model.id,
            "created_at": to_text(task["created_at"]),
            "estimated_seconds": finite_seconds(_typical_seconds(capability), service.speed),
        },
        status=202,
    )


def _make(
    service: Service,
    key: Row,
    provider: Provider,
    model: Model,
    capability: Capability,
    body: Mapping[str, Any],
) -> Row:
    inputs, webhook_url = body["input"], body.get("webhookUrl")
    cost = _cost(model, capability, inputs)
    shapes = [service.reshape(shape) for shape in shapes_of(model, capability, inputs)]
    path = f"/api/v1/{provider.name}/{capability.name}"
    with service.store.transaction():
        now = service.now()
        service.accounts.charge(key["id"], cost, now)
        outcome, error = _outcome(service.faults.take("task", "submit", "POST", path))
        new = NewTask(
            id=random_id("task_"),
            key_id=key["id"],
            provider=provider.name,
            model=model.id,
            capability=capability.name,
            input=inputs,
            metadata=body.get("metadata"),
            webhook_url=webhook_url,
            cost=cost,
            seconds=finite_seconds(_typical_seconds(capability), service.speed),
            outcome=outcome,
            error=error,
            shapes=shapes,
        )
        quiet = webhook_url is None and not service.deliveries.wanted()
        task = service.tasks.add(new, now, announced=quiet)
    if outcome == "succeeded":
        service.start_media(new.id, shapes)
    if not quiet:
        service.deliveries.wake()
    return task


def _provider(catalogue: Catalogue, name: str) -> Provider:
    try:
        return catalogue.provider(name)
    except UnknownProvider as error:
        raise Refusal("PROVIDER_NOT_FOUND", str(error)) from None


def _called(
    catalogue: Catalogue, provider: str, path: str, body: Mapping[str, Any]
) -> tuple[Model, Capability] | None:
    """The capability of the model whose own call goes to this path, if there is one."""
    try:
        owner, model = catalogue.model(body["model"])
    except UnknownModel:
        return None
    if owner.name != provider:
        return None
    given = Submission(model=model.id, input=body["input"], metadata=body.get("metadata"))
    for capability in model.capabilities:
        try:
            target = capability.call(given).target
        except Exception:  # noqa: S112 - code of a plugin, and its own tests say what is wrong
            continue
        if unquote(target.partition("?")[0]) == path:
            return model, capability
    return None


def _ability(
    service: Service, provider: Provider, name: str, model_id: str
) -> tuple[Model, Capability]:
    catalogue = service.load_catalogue()
    try:
        owner, model = catalogue.model(model_id)
    except UnknownModel as error:
        known = [model for of, model in catalogue.models() if of.name == provider.name]
        model = unlisted_model(model_id, known)
        if service.unlisted_models and (capability := model.capability(name)) is not None:
            return model, capability
        raise Refusal("MODEL_NOT_FOUND", str(error)) from None
    capability = model.capability(name)
    if owner.name == provider.name and capability is not None:
        return model, capability
    if not any(
        other.capability(name) for of, other in catalogue.models() if of.name == provider.name
    ):
        raise Refusal("NOT_FOUND", f"{provider.name} has no {name}")
    if owner.name != provider.name:
        raise Refusal("MODEL_NOT_FOUND", f"{provider.name} has no model {model_id}")
    can = ", ".join(c.name for c in model.capabilities)
    reason = f"{model_id} does not do {name}; it does {can}"
    raise refused_field("INVALID_PARAMETER", "model", reason)


def _cost(model: Model, capability: Capability, inputs: Mapping[str, Any]) -> Decimal:
    if model.price is None:
        return Decimal(0)
    price = estimate(model.price, capability.fields, inputs)
    return price.high if price.likely is None else price.likely


def _outcome(struck: Sequence[Fault]) -> tuple[Outcome, Mapping[str, str] | None]:
    for fault in struck:
        if fault.kind == "stuck_task":
            return "stuck", None
        return "failed", {
            "code": fault.code or "PROVIDER_ERROR",
            "message": fault.message or _FAILURE,
        }
    return "succeeded", None


def _typical_seconds(capability: Capability) -> float:
    if capability.typical_seconds is not None:
        return capability.typical_seconds
    return _USUAL_SECONDS.get(capability.output.media, _OTHER_SECONDS)
