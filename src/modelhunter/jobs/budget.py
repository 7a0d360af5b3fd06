"""What one client has spent and may still spend."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from modelhunter.errors import (
    ConfigurationError,
    ModelHunterError,
    OverBudget,
    SubmissionUnknown,
)
from modelhunter.runtime.argument_checks import given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter.estimates import Estimate


def amount(usd: Decimal | int | float | str | None, name: str) -> Decimal | None:
    """An amount of USD as a user gives it.

    Raises:
        ConfigurationError: it is no amount.
    """
    if usd is None:
        return None
    try:
        value = Decimal(str(usd))
    except (ArithmeticError, ValueError):  # the second: a number of thousands of digits
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise ConfigurationError(
            f"{name}={given(usd)} is no amount of USD; give a number such as 2.50"
        )
    return value


class Way:
    """How far a submission has got: whether any of it may have been sent."""

    was_sent: bool = False

    def sent(self) -> None:
        """It is handed to the transport now."""
        self.was_sent = True


class Budget:
    """Keeps the jobs of one client within a limit in USD; threads share it.

    A job counts with the highest price it may have until its real cost is known. A job that did
    not come about counts nothing.
    """

    def __init__(self, limit: Decimal | None) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._reserved = Decimal(0)
        self._by_task: dict[str, Decimal] = {}

    @property
    def spent(self) -> Decimal:
        """What the jobs so far cost, or may cost at most, in USD."""
        with self._lock:
            return self._reserved + sum(self._by_task.values(), Decimal(0))

    def reserve(
        self,
        estimate: Estimate | None,
        max_cost: Decimal | None,
        what: str,
        *,
        allow_unpriced: bool = False,
    ) -> Decimal:
        """Set aside what a job may cost; returns the amount, to be handed back or settled.

        With ``allow_unpriced`` one of an unknown price is let through, and counts nothing until
        its cost is known.

        Raises:
            OverBudget: it may cost more than ``max_cost``, or than is left.
        """
        if max_cost is None and self.limit is None:
            return Decimal(0)
        if estimate is None:
            if allow_unpriced:
                return Decimal(0)
            raise OverBudget(
                f"{what} has no known price, so it can't be kept within a limit; nothing was sent. "
                "Give allow_unpriced=True if you accept that",
                estimate=None,
                limit=max_cost if max_cost is not None else self.limit or Decimal(0),
            )
        if max_cost is not None and estimate.high > max_cost:
            raise OverBudget(
                f"{what} may cost {estimate} and max_cost is ${max_cost}; nothing was sent",
                estimate=estimate,
                limit=max_cost,
            )
        with self._lock:
            so_far = self._reserved + sum(self._by_task.values(), Decimal(0))
            if self.limit is not None and so_far + estimate.high > self.limit:
                raise OverBudget(
                    f"{what} may cost {estimate}; ${so_far} of this client's budget of "
                    f"${self.limit} are spoken for; nothing was sent",
                    estimate=estimate,
                    limit=self.limit,
                )
            self._reserved += estimate.high
        return estimate.high

    @contextmanager
    def until_sent(self, reserved: Decimal) -> Iterator[None]:
        """While nothing is sent: hand the amount back, whatever goes wrong."""
        try:
            yield
        except BaseException:
            self.hand_back(reserved)
            raise

    @contextmanager
    def until_refused(self, reserved: Decimal) -> Iterator[Way]:
        """While the job is sent: hand the amount back where it is known not to have been begun.

        That is where nothing was sent yet (the :class:`Way` learns of that), and where an error of
        the API's says so. Ctrl-C, a cancellation and bugs say nothing.
        """
        way = Way()
        try:
            yield way
        except BaseException as error:
            said = isinstance(error, ModelHunterError) and not isinstance(error, SubmissionUnknown)
            if said or not way.was_sent:
                self.hand_back(reserved)
            raise

    def hand_back(self, reserved: Decimal) -> None:
        """The job did not come about."""
        with self._lock:
            self._reserved -= reserved

    def assign(self, reserved: Decimal, task_id: str) -> None:
        """The job came about as this task, which counts anew once its cost is known."""
        if self.limit is None and not reserved:
            return
        with self._lock:
            self._reserved -= reserved
            self._by_task[task_id] = reserved

    def settle(self, task_id: str, cost: Decimal) -> None:
        """What the task really cost."""
        with self._lock:
            if task_id in self._by_task:
                self._by_task[task_id] = cost
