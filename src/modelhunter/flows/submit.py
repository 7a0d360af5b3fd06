"""From a model's name and some inputs to a task: plan, price, upload, send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from modelhunter.errors import BadToken
from modelhunter.flows import backends, tasks
from modelhunter.flows.submit_once import look, new_token, not_found, start, start_again
from modelhunter.flows.upload import upload
from modelhunter.jobs import tokens
from modelhunter.plugins.catalogue import Capability, Field, Model, Provider, Submission
from modelhunter.plugins.checking import checked, choose_capability
from modelhunter.plugins.media import classify_media
from modelhunter.plugins.prices import estimate
from modelhunter.plugins.renames import under_present_names
from modelhunter.runtime.flow import Callback

if TYPE_CHECKING:
    from decimal import Decimal

    from modelhunter.estimates import Estimate
    from modelhunter.flows.context import Context
    from modelhunter.plugins.registry import Registry
    from modelhunter.runtime.flow import Flow


@frozen
class Job:
    """What is about to be submitted: checked inputs (wire names, media still local) and a price."""

    provider: Provider
    model: Model
    capability: Capability
    inputs: Mapping[str, Any]
    estimate: Estimate | None

    def __str__(self) -> str:
        return f"{self.model.id} ({self.capability.name})"


def plan(
    registry: Registry,
    model: str,
    capability: str | None,
    given: Mapping[str, Any],
    *,
    partial: bool = False,
) -> Job:
    """Check inputs and price the job; with ``partial`` required inputs may be missing.

    Raises:
        UnknownModel, InvalidInput, PluginError.
    """
    provider, found = registry.model(model)
    given = under_present_names(found, given)
    chosen = choose_capability(found, given, capability, partial=partial)
    inputs = checked(found, chosen, given, provider=provider, partial=partial)
    price = None if found.price is None else estimate(found.price, chosen.fields, inputs)
    return Job(provider, found, chosen, inputs, price)


def submit(
    context: Context,
    job: Job,
    *,
    webhook_url: str | None,
    metadata: Mapping[str, Any] | None,
    max_cost: Decimal | None,
    resubmit: bool,
    on_token: Callable[[str], object] | None,
) -> Flow[Any]:
    """Upload what is local, tell ``on_token``, start the job, and return the task.

    Raises:
        OverBudget: it may cost more than is allowed. Nothing was uploaded or sent then.
        SubmissionUnknown: it can't be told whether it was started.
    """
    capability, via = backends.chosen(context, job.provider, job.capability)
    reserved = context.budget.reserve(job.estimate, max_cost, str(job))
    with context.budget.until_sent(reserved):
        inputs = yield from _with_uploads(context, job)
        submission = Submission(
            model=job.model.id, input=inputs, webhook_url=webhook_url, metadata=metadata
        )
        token = new_token(context, capability, job.provider.name, submission, via)
        if on_token is not None:
            yield Callback(on_token, tokens.write(token))
    with context.budget.until_refused(reserved):
        task = yield from start(context, capability, token, resubmit=resubmit)
    context.budget.assign(reserved, task.id)
    return task


def resume(context: Context, text: str, *, resubmit: bool) -> Flow[Any]:
    """The task that a token leads back to; see :meth:`modelhunter.ModelHunter.resume`."""
    token = tokens.read(text)
    if isinstance(token, tokens.TaskToken):
        if token.via is not None:
            return (yield from backends.found_again(context, token))
        return (yield from tasks.get(context, token.id))
    found = yield from look(context, token)
    if found is not None:
        return found
    if not resubmit:
        raise not_found(token)
    if token.input is None:
        raise BadToken(
            "this token has none of the inputs: its job can be looked for and not started again; "
            "use the error's resume_token, or submit the job anew"
        )
    provider, model = context.registry().model(token.model)
    meant = choose_capability(model, token.input, token.capability)
    capability, via = backends.chosen(context, provider, meant)
    price = None if model.price is None else estimate(model.price, capability.fields, token.input)
    reserved = context.budget.reserve(price, None, f"{model.id} ({capability.name})")
    with context.budget.until_refused(reserved):
        task = yield from start_again(context, capability, evolve(token, via=via))
    context.budget.assign(reserved, task.id)
    return task


def _with_uploads(context: Context, job: Job) -> Flow[dict[str, Any]]:
    """The inputs with every local file replaced by the address it was uploaded to."""
    inputs = dict(job.inputs)
    done: dict[int, str] = {}
    for field in job.capability.fields:
        if field.name in inputs:
            inputs[field.name] = yield from _uploaded(context, field, inputs[field.name], done)
    return inputs


def _uploaded(context: Context, field: Field, value: Any, done: dict[int, str]) -> Flow[Any]:
    if field.media is not None and not isinstance(value, (list, tuple)):
        form = classify_media(value)
        if form in ("url", "data"):
            return value
        if form == "uploaded":
            return value.url
        if id(value) not in done:
            file = yield from upload(context, value)
            done[id(value)] = file.url
        return done[id(value)]
    if field.item is not None and isinstance(value, (list, tuple)):
        items = []
        for entry in value:
            items.append((yield from _uploaded(context, field.item, entry, done)))
        return items
    if field.properties and isinstance(value, Mapping):
        members = dict(value)
        for member in field.properties:
            if member.name in members:
                members[member.name] = yield from _uploaded(
                    context, member, members[member.name], done
                )
        return members
    return value
