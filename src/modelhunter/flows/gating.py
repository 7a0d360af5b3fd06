"""Passing a job through the gates before it is priced and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from modelhunter.plugins.blame import blamed
from modelhunter.plugins.checking import checked
from modelhunter.plugins.gates import PlannedJob
from modelhunter.plugins.prices import estimate
from modelhunter.runtime.flow import RunInThread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.flows.context import Context
    from modelhunter.flows.submit import Job
    from modelhunter.runtime.flow import Flow


def passed(context: Context, job: Job, metadata: Mapping[str, Any] | None) -> Flow[Job]:
    """The job as all gates let it pass, each seeing what the one before has made of it.

    What they changed is checked and priced anew.

    Raises:
        Refused: one refuses it. PluginError: one failed. InvalidInput: what it made does not fit.
    """
    inputs: Mapping[str, Any] = job.inputs
    for gate in context.gates():
        planned = PlannedJob(
            provider=job.provider.name,
            model=job.model.id,
            capability=job.capability.name,
            inputs=inputs,
            metadata=metadata or {},
        )
        wanted: Mapping[str, Any] | None = yield RunInThread(lambda: gate.ask(planned))  # noqa: B023 - called at once
        inputs = inputs if wanted is None else wanted
    if inputs is job.inputs:
        return job
    with blamed(context.registry(), job.model.id):
        once = evolve(job.capability, prepare=None)  # which has seen them already
        fit = checked(job.model, once, inputs, provider=job.provider)
        price = job.model.price
        cost = None if price is None else estimate(price, job.capability.fields, fit)
    return evolve(job, inputs=fit, estimate=cost)
