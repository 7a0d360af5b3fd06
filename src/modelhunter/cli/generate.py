"""``modelhunter generate``: from a model and some inputs to a file."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from modelhunter import documents, errors
from modelhunter.cli import jobs, left, options, results
from modelhunter.cli.commands import Command, WrongUsage, line
from modelhunter.cli.failures import Stop
from modelhunter.cli.inputs import collect, pairs, read_inputs, with_own_prompt, with_piped_prompt
from modelhunter.cli.link import Link, Server, connected
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import Dollars, ProviderName
from modelhunter.plugins.messages import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from modelhunter import Task
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance
    from modelhunter.flows.submit import Job


class _Generate(Command):
    """Knows the inputs of the model, so that it can tell what was meant as one."""

    def unknown_option(
        self, ctx: click.Context, option: str, value: str | None, given: Sequence[str]
    ) -> WrongUsage:
        """What to say of an option that there is not: it may be an input of the model."""
        if option == "--model":
            what = f"{option} is no option: the model is the first word"
            return WrongUsage(what, ctx, hints=[line("generate", value or "MODEL", "PROMPT")])
        name = option.lstrip("-").replace("-", "_")
        known = _input_names(given)
        found = name if name in known else next(iter(nearest(name, known)), None)
        usual = super().unknown_option(ctx, option, value, given)
        if found is None or (found != name and "did you mean" in str(usual)):
            return usual
        shown = shlex.quote(f"{found}={value}") if value is not None else f"{found}=…"
        return WrongUsage(
            f"{option} is no option; inputs are given with -i", ctx, hints=[f"-i {shown}"]
        )

    def too_many(self, ctx: click.Context, further: Sequence[str]) -> WrongUsage:
        """What to say of words that are left over: inputs without ``-i``, or half a prompt."""
        words = [word for word in (ctx.params["prompt"], *further) if word is not None]
        known = _input_names([ctx.params["model"]])
        inputs = [word for word in words if "=" in word and word.partition("=")[0] in known]
        if inputs:
            hints = [f"-i {shlex.quote(word)}" for word in inputs]
            return WrongUsage("inputs are given with -i", ctx, hints=hints)
        prompt = shlex.quote(" ".join(words))
        return WrongUsage(f"the prompt is one argument; put it in quotes: {prompt}", ctx)


def _input_names(given: Sequence[str]) -> set[str]:
    """The names of all inputs of the model that a command line begins with."""
    from modelhunter.plugins.registry import default_registry

    model = next((word for word in given if not word.startswith("-")), "")
    try:
        capabilities = default_registry().model(model)[1].capabilities
    except errors.ModelHunterError:
        return set()
    fields = [field for capability in capabilities for field in capability.fields]
    return {name for field in fields for name in (field.name, field.keyword)}


@click.command(
    cls=_Generate,
    epilog="`modelhunter models show MODEL` lists the inputs of a model.",
    examples=(
        "{example} -o sunset/",
        "{example} --max-cost 0.50 --no-wait",
        "{example} --estimate",
        "{example} --sandbox",
    ),
)
@click.argument("model", shell_complete=options.completed("models"))
@click.argument("prompt", required=False)
@click.option(
    "-i",
    "--input",
    "given",
    callback=pairs,
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=options.completed("inputs"),
    help="An input, such as duration=4 or image=cat.png; local files are uploaded. For a list, "
    "repeat it or give JSON.",
)
@options.to
@options.force
@options.opened
@options.provenance
@click.option("--capability", metavar="C", help="What the model is to do, if inputs don't tell.")
@click.option(
    "--provider",
    type=ProviderName(),
    metavar="NAME",
    help="Whose model it is; with --capability, also one that no plugin lists yet.",
)
@click.option("--estimate", is_flag=True, help="Only say what it will cost; needs no key.")
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Send nothing if it may cost more.")
@click.option(
    "--allow-unpriced", is_flag=True, help="Send it with --max-cost, too, if its price is unknown."
)
@click.option(
    "--no-wait",
    is_flag=True,
    help="Print the task's id as soon as there is one, and leave it running.",
)
@options.timeout
@options.server
@options.output
@pass_screen
def generate(
    screen: Screen,
    *,
    model: str,
    prompt: str | None,
    given: Sequence[tuple[str, str]],
    to: str,
    force: bool,
    provenance: Provenance,
    capability: str | None,
    provider: str | None,
    estimate: bool,
    max_cost: Decimal | None,
    allow_unpriced: bool,
    no_wait: bool,
    timeout: float | None,
    server: Server,
) -> None:
    """Make something with MODEL, wait for it, and download it.

    Inputs are checked before anything is sent. The task's id is shown as soon as there is one.
    Ctrl-C asks the server to cancel the task.
    """
    if no_wait:
        check_no_wait(server)
    job, values = _planned(model, capability, collect(prompt, given), provider, partial=estimate)
    if estimate:
        show_estimate(screen, job, None if allow_unpriced and not job.estimate else max_cost)
        return
    wanted = jobs.Wanted(to, force, timeout, provenance)
    words = (job.model.id, job.capability.name)
    if provider is not None:
        values["provider"] = provider
    if allow_unpriced:
        values["allow_unpriced"] = True
    make(screen, server, job, words, values, max_cost, wanted, no_wait=no_wait)


def check_no_wait(server: Server) -> None:
    """See that what is not waited for goes on.

    Raises:
        WrongUsage: it ends with the sandbox of this command.
    """
    if server.sandbox:
        raise WrongUsage(
            "--no-wait leaves nothing behind with --sandbox, which ends with this command; run a "
            "sandbox in another terminal",
            click.get_current_context(),
            hints=["modelhunter sandbox"],
        )


def make(
    screen: Screen,
    server: Server,
    job: Job,
    what: Sequence[Any],
    values: Mapping[str, Any],
    max_cost: Decimal | None,
    wanted: jobs.Wanted,
    *,
    no_wait: bool,
) -> None:
    """Start a job, wait for it and fetch its results; ``what`` and ``values`` are for ``submit``.

    Raises:
        Stop: it did not come to its end. click.UsageError: its results have no place.
    """
    results.check_target(wanted.to, force=wanted.force)
    with connected(server) as link:
        if link.one_off:
            screen.note("A local sandbox stands in for the API: nothing is sent out or charged.")
        with left.Kept(screen, link, wanted) as kept:
            task = _submitted(screen, link, what, values, max_cost, kept)
            kept.leads_to(task)
            price = "" if job.estimate is None else f", {job.estimate}"
            charged = None if job.estimate is None else documents.of_estimate(job.estimate)
            introduction = f"{task.id}: {job}{price}"
            if no_wait:
                kept.leave()
                jobs.leave(screen, link, task, wanted, introduction=introduction, estimate=charged)
                return
            paths = jobs.finish(
                screen,
                link,
                task,
                wanted,
                introduction=introduction,
                expected=task.estimated_seconds or job.capability.typical_seconds,
            )
        results.show(screen, task, paths, estimate=charged)


def _planned(
    name: str,
    capability: str | None,
    texts: Mapping[str, Sequence[str]],
    provider: str | None,
    *,
    partial: bool,
) -> tuple[Job, dict[str, Any]]:
    from modelhunter.flows.submit import plan
    from modelhunter.plugins.checking import choose_capability
    from modelhunter.plugins.registry import default_registry

    registry = default_registry()
    model = registry.model(name)[1] if provider is None else registry.model_of(provider, name)[1]
    if not partial:
        texts = with_piped_prompt(model, texts, capability)
    texts = with_own_prompt(model, texts)
    chosen = choose_capability(model, texts, capability, partial=partial)
    read = read_inputs(chosen, texts)
    values = {
        name if (field := chosen.field(name)) is None else field.keyword: value
        for name, value in read.items()
    }
    job = plan(registry, model.id, chosen.name, values, provider=provider, partial=partial)
    return job, values


def show_estimate(screen: Screen, job: Job, max_cost: Decimal | None) -> None:
    """Show what a job will cost.

    Raises:
        OverBudget: it may cost more than it may. Stop: its price is not known.
    """
    from modelhunter.jobs.budget import Budget

    Budget(None).reserve(job.estimate, max_cost, str(job))
    if job.estimate is None:
        raise Stop(f"the price of {job.model.id} is not known to its plugin")
    estimate = job.estimate
    if screen.json:
        screen.document(
            {
                "model": job.model.id,
                "capability": job.capability.name,
                "estimate": documents.of_estimate(estimate),
            }
        )
        return
    screen.lines([f"{job}: {estimate}, by prices read {estimate.as_of}"])
    screen.lines(f"  {note}" for note in estimate.notes)


def _submitted(
    screen: Screen,
    link: Link,
    what: Sequence[Any],
    values: Mapping[str, Any],
    max_cost: Decimal | None,
    kept: left.Kept,
) -> Task:
    """Upload what is local, write down the token, and start the job.

    Raises:
        Stop: it can't be told whether the job was started, or Ctrl-C was pressed.
    """
    tokens: list[str] = []

    def keep(token: str) -> None:
        tokens.append(token)
        kept.begin(token)

    try:
        return link.client.submit(*what, max_cost=max_cost, on_token=keep, **values)
    except KeyboardInterrupt as error:
        if not tokens:
            raise Stop("interrupted before the job was sent", error=error) from error
        raise jobs.interrupted(screen, link, tokens[0], kept.wanted, error) from error
    except errors.SubmissionUnknown as error:
        why = error.__cause__ or error
        raise jobs.unknown(link, error.token, kept.wanted, why, error) from error
