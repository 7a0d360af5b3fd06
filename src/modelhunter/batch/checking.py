"""Checking and pricing all rows before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from modelhunter.batch.rows import BadRows, Mistake
from modelhunter.errors import InvalidInput, ModelHunterError, OverBudget
from modelhunter.flows.submit import plan
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelhunter.batch.rows import Row
    from modelhunter.flows.submit import Job
    from modelhunter.plugins.registry import Registry


class Asked(Protocol):
    """A job as a row or a ledger has it."""

    @property
    def model(self) -> str:
        """The model's id."""
        ...

    @property
    def capability(self) -> str | None:
        """What the model is to do, where it was said."""
        ...

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs."""
        ...


@frozen
class Price:
    """What all rows together cost, in USD; ``unknown`` counts those whose price nobody knows."""

    jobs: int
    low: Decimal
    high: Decimal
    likely: Decimal
    unknown: int


def check_rows(registry: Registry, rows: Iterable[Row], max_cost: Decimal | None) -> Price:
    """Check every row as a submission would, and price it.

    Raises:
        BadRows: with every mistake of every row.
    """
    mistakes: list[Mistake] = []
    low = high = likely = Decimal(0)
    jobs = unknown = 0
    for row in rows:
        jobs += 1
        try:
            estimate = _planned(registry, row).estimate
        except InvalidInput as error:
            mistakes += [Mistake(row.line, str(problem)) for problem in error.problems]
            continue
        except (ModelHunterError, TypeError, OSError) as error:
            mistakes.append(Mistake(row.line, str(error)))
            continue
        if estimate is None:
            unknown += 1
            if max_cost is not None:
                mistakes.append(Mistake(row.line, f"{row.model} has no known price"))
            continue
        if max_cost is not None and estimate.high > max_cost:
            mistakes.append(
                Mistake(row.line, f"it may cost {estimate}, and a job may cost ${max_cost}")
            )
        low, high = low + estimate.low, high + estimate.high
        likely += estimate.likely if estimate.likely is not None else estimate.high
    if mistakes:
        raise BadRows(mistakes, "the jobs")
    return Price(jobs, low, high, likely, unknown)


def _planned(registry: Registry, job: Asked) -> Job:
    """The job of a row. Its ``provider``, which is no input, is that of a model nobody lists.

    Raises:
        InvalidInput, UnknownModel, PluginError.
    """
    inputs = dict(job.inputs)
    provider = inputs.pop("provider", None)
    if provider is not None and not isinstance(provider, str):
        problem = Problem("provider", "is the name of one, a text")
        raise InvalidInput([problem], model=job.model, capability=job.capability or "")
    return plan(registry, job.model, job.capability, inputs, provider=provider or None)


def highest_price(
    registry: Registry, job: Asked, max_cost: Decimal | None, *, limited: bool
) -> Decimal:
    """What a job may cost at most, in USD; 0 where nobody knows and nothing is limited.

    Raises:
        InvalidInput: its inputs don't fit. OverBudget: it costs more than a job may, or has no
        known price though there is a limit.
    """
    estimate = _planned(registry, job).estimate
    if estimate is None:
        if limited or max_cost is not None:
            limit = max_cost if max_cost is not None else Decimal(0)
            raise OverBudget(
                f"{job.model} has no known price, so it can't be kept within a limit",
                estimate=None,
                limit=limit,
            )
        return Decimal(0)
    if max_cost is not None and estimate.high > max_cost:
        raise OverBudget(
            f"it may cost {estimate}, and a job may cost ${max_cost}",
            estimate=estimate,
            limit=max_cost,
        )
    return estimate.high if estimate.high.is_finite() else Decimal(0)
