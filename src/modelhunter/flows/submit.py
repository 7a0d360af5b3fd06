"""From a model's name and some inputs to a task: plan, price, upload, send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from modelhunter.errors import BadToken, InvalidInput, NotFound
from modelhunter.flows import backends, tasks
from modelhunter.flows.finding import Search, kept
from modelhunter.flows.gating import passed
from modelhunter.flows.media_inputs import with_uploads
from modelhunter.flows.submit_once import ONCE, find, new_token, not_found, start, start_again
from modelhunter.jobs import tokens
from modelhunter.jobs.metadata import metadata_problems, plain_metadata, webhook_url_problems
from modelhunter.jobs.prepared import Prepared
from modelhunter.plugins.blame import blamed
from modelhunter.plugins.catalogue import Capability, Model, Provider, Submission
from modelhunter.plugins.checking import checked, choose_capability
from modelhunter.plugins.doubts import warn_of_model
from modelhunter.plugins.messages import hint, nearest
from modelhunter.plugins.prices import estimate
from modelhunter.plugins.renames import under_present_names
from modelhunter.printable import printable
from modelhunter.runtime.argument_checks import check_callable, check_seconds
from modelhunter.runtime.flow import Callback, Gather

if TYPE_CHECKING:
    from decimal import Decimal

    from modelhunter.estimates import Estimate
    from modelhunter.flows.context import Context
    from modelhunter.jobs.tokens import SubmissionToken, TaskToken
    from modelhunter.plugins.registry import Registry
    from modelhunter.runtime.flow import Flow

OnToken = Callable[[str], object] | None

_AT_ONCE = 8


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
    provider: str | None = None,
    partial: bool = False,
) -> Job:
    """Check inputs and price the job; with ``partial`` required inputs may be missing.

    With a ``provider``, a model that no plugin lists is one of that provider's, with a warning.

    Raises:
        UnknownModel, InvalidInput, PluginError.
    """
    if provider is None:
        owner, found = registry.model(model)
    else:
        owner, found, is_listed = registry.model_of(provider, model)
        if not is_listed:
            known = [
                name for _, one in registry.models(provider) for name in (one.id, *one.aliases)
            ]
            warn_of_model(
                f"no installed plugin lists {printable(model)}; it is sent to {provider} as it is, "
                "checked against the widest limits of the capability, and its price is unknown"
                + hint(nearest(model, known))
            )
    given = under_present_names(found, given)
    chosen = choose_capability(found, given, capability, partial=partial)
    with blamed(registry, found.id):
        inputs = checked(found, chosen, given, provider=owner, partial=partial)
        price = _price(found, chosen, inputs)
    return Job(owner, found, chosen, inputs, price)


def _price(model: Model, capability: Capability, inputs: Mapping[str, Any]) -> Estimate | None:
    return None if model.price is None else estimate(model.price, capability.fields, inputs)


def prepare(
    context: Context,
    job: Job,
    *,
    webhook_url: str | None,
    metadata: Mapping[str, Any] | None,
    max_cost: Decimal | None,
    allow_unpriced: bool = False,
) -> Flow[Prepared]:
    """Upload what is local, and make the token that the job is sent with. Nothing is set aside.

    Raises:
        OverBudget: it may cost more than is allowed. Refused: a gate refuses it. Nothing was
        uploaded then.
    """
    metadata = _checked(job, webhook_url, metadata)
    job = yield from _passed(context, job, metadata)
    reserved = context.budget.reserve(
        job.estimate, max_cost, str(job), allow_unpriced=allow_unpriced
    )
    context.budget.hand_back(reserved)
    token, _ = yield from _prepared(context.bounded(), job, webhook_url, metadata)
    return Prepared(
        tokens.write(token), job.model.id, job.capability.name, token.input or {}, job.estimate
    )


def submit(
    context: Context,
    job: Job,
    *,
    webhook_url: str | None,
    metadata: Mapping[str, Any] | None,
    max_cost: Decimal | None,
    allow_unpriced: bool,
    resubmit: bool,
    on_token: OnToken,
    look_for: float,
) -> Flow[Any]:
    """Upload what is local, tell ``on_token``, start the job, and return the task.

    Raises:
        OverBudget: it may cost more than is allowed. Refused: a gate refuses it. Nothing was
        uploaded or sent then.
        SubmissionUnknown: it can't be told whether it was started.
    """
    metadata = _checked(job, webhook_url, metadata)
    check_callable(on_token, "on_token")
    check_seconds(look_for, "look_for")
    sending = context.bounded()
    job = yield from _passed(context, job, metadata)
    reserved = context.budget.reserve(
        job.estimate, max_cost, str(job), allow_unpriced=allow_unpriced
    )
    with context.budget.until_sent(reserved):
        token, capability = yield from _prepared(sending, job, webhook_url, metadata)
        if on_token is not None:
            yield Callback(on_token, tokens.write(token))
        context.sent.markers.add(token.marker)
    with context.budget.until_refused(reserved) as way:
        task = yield from start(
            context, sending, capability, token, way, resubmit=resubmit, look_for=look_for
        )
    context.budget.assign(reserved, task.id)
    context.settle(task)
    return task


def submit_token(
    context: Context,
    text: str,
    *,
    max_cost: Decimal | None,
    allow_unpriced: bool,
    resubmit: bool,
    on_token: OnToken,
    look_for: float,
) -> Flow[Any]:
    """Send what was prepared; see :meth:`modelhunter.ModelHunter.submit`.

    It is taken for unsent, and sent at once, but where this client has begun it before: then it is
    looked for first.

    Raises:
        BadToken: it leads to a task, or has none of the inputs.
    """
    check_callable(on_token, "on_token")
    check_seconds(look_for, "look_for")
    token = tokens.read(text)
    if isinstance(token, tokens.TaskToken):
        raise BadToken(
            "this token leads to a task, which was started already; client.resume(token) goes on "
            "with it"
        )
    sending = context.bounded()
    capability, token, price = _read_again(context, token)
    if not context.sent.markers.add(token.marker):
        return (yield from resume(context, text, resubmit=resubmit, look_for=look_for))
    try:
        what = f"{token.model} ({token.capability})"
        reserved = context.budget.reserve(price, max_cost, what, allow_unpriced=allow_unpriced)
        with context.budget.until_sent(reserved):
            if on_token is not None:
                yield Callback(on_token, text)
    except BaseException:
        context.sent.markers.discard(token.marker)
        raise
    with context.budget.until_refused(reserved) as way:
        task = yield from start(
            context, sending, capability, token, way, resubmit=resubmit, look_for=look_for
        )
    context.budget.assign(reserved, task.id)
    context.settle(task)
    return task


def resume(context: Context, text: str, *, resubmit: bool, look_for: float) -> Flow[Any]:
    """The task that a token leads back to; see :meth:`modelhunter.ModelHunter.resume`."""
    check_seconds(look_for, "look_for")
    token = tokens.read(text)
    if isinstance(token, tokens.TaskToken):
        return (yield from _resumed(context.bounded(), token))
    found = yield from find(context, token, look_for)
    if found is not None:
        return found
    if not resubmit:
        raise not_found(token)
    capability, token, price = _read_again(context, token)
    reserved = context.budget.reserve(price, None, f"{token.model} ({token.capability})")
    with context.budget.until_refused(reserved) as way:
        task = yield from start_again(
            context, capability, token, way, look_for=look_for, pauses=ONCE
        )
    context.budget.assign(reserved, task.id)
    context.settle(task)
    return task


def recover(context: Context, texts: Iterable[str]) -> Flow[dict[str, Any]]:
    """The task of each token; see :meth:`modelhunter.ModelHunter.recover`."""
    read = {text: tokens.read(text) for text in texts}
    within = context.bounded()
    sent = {text: one for text, one in read.items() if isinstance(one, tokens.SubmissionToken)}
    twins = yield from Search(within, list(sent.values())).look()
    found: dict[str, Any] = dict.fromkeys(read)
    found |= {text: kept(twins[token.marker]) for text, token in sent.items()}
    started = {text: one for text, one in read.items() if isinstance(one, tokens.TaskToken)}
    if started:
        flows = [_resumed_if_there(within, token) for token in started.values()]
        found |= zip(started, (yield Gather(flows, _AT_ONCE)), strict=True)
    return found


def _resumed(context: Context, token: TaskToken) -> Flow[Any]:
    if token.via is not None:
        return (yield from backends.found_again(context, token))
    return (yield from tasks.get(context, token.id))


def _resumed_if_there(context: Context, token: TaskToken) -> Flow[Any]:
    try:
        return (yield from _resumed(context, token))
    except NotFound:
        return None


def _passed(context: Context, job: Job, metadata: Mapping[str, Any] | None) -> Flow[Job]:
    """The job as gates let it pass, with the price of that."""
    job = yield from passed(context, job, metadata)
    context.priced(job.provider, job.model, job.capability, job.estimate)
    return job


def _checked(
    job: Job, webhook_url: str | None, metadata: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The metadata of a job as JSON has them.

    Raises:
        InvalidInput: they can't be sent, or nothing can be sent to the address.
    """
    problems = [*metadata_problems(metadata), *webhook_url_problems(webhook_url)]
    if problems:
        raise InvalidInput(problems, model=job.model.id, capability=job.capability.name)
    return plain_metadata(metadata)


def _prepared(
    context: Context, job: Job, webhook_url: str | None, metadata: Mapping[str, Any] | None
) -> Flow[tuple[SubmissionToken, Capability]]:
    """The token of a job, its media uploaded, and the capability as this client starts it."""
    capability, via = backends.chosen(context, job.provider, job.capability)
    inputs = yield from with_uploads(context, job.model.id, job.capability, job.inputs, via)
    submission = Submission(
        model=job.model.id, input=inputs, webhook_url=webhook_url, metadata=metadata
    )
    return new_token(context, capability, job.provider.name, submission, via), capability


def _read_again(
    context: Context, token: SubmissionToken
) -> tuple[Capability, SubmissionToken, Estimate | None]:
    """The capability that a token is for, the token as this client sends it, and the price.

    Raises:
        BadToken: it has none of the inputs. UnknownModel: its plugin is not installed here.
    """
    if token.input is None:
        raise BadToken(
            "this token has none of the inputs: its job can be looked for and not started; use "
            "the error's resume_token, or submit the job anew"
        )
    provider, model, _ = context.registry().model_of(token.provider, token.model)
    meant = choose_capability(model, token.input, token.capability)
    capability, via = backends.chosen(context, provider, meant)
    with blamed(context.registry(), model.id):
        price = _price(model, capability, token.input)
    return capability, evolve(token, via=via), price
