"""Hooks for observers: programs that want to know what a client does, such as tracing.

An observer is any object with methods marked :data:`~modelhunter.plugins.hookimpl`, given to a
client with ``ModelHunter(observers=[…])`` or installed by an entry point in the group
``modelhunter.observers``. What it raises is logged and goes no further:
the job goes on, and the other observers hear of it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

import pluggy
from attrs import frozen

from modelhunter.plugins.gates import GateHooks
from modelhunter.plugins.hookspecs import PROJECT, hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from modelhunter.api.models import TaskError
    from modelhunter.estimates import Estimate
    from modelhunter.runtime.events import CallEvent, TransferEvent

_log = logging.getLogger("modelhunter")


class ObservedTask(Protocol):
    """What an observer may read of a task; the client's own task object has it all."""

    @property
    def id(self) -> str:
        """The task's id."""
        ...

    @property
    def status(self) -> str:
        """Where it stands, such as ``running``."""
        ...

    @property
    def done(self) -> bool:
        """Whether it has reached a final state."""
        ...

    @property
    def type(self) -> str:
        """The kind of media it makes."""
        ...

    @property
    def provider(self) -> str:
        """The provider's name."""
        ...

    @property
    def model(self) -> str:
        """The model's id."""
        ...

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD, where the API says."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        ...

    @property
    def error(self) -> TaskError | None:
        """Why it failed."""
        ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was given as metadata on submission."""
        ...


@frozen(kw_only=True)
class EstimateEvent:
    """A job that was priced, to be sent or only to know; ``estimate`` is None without a price."""

    provider: str
    model: str
    capability: str
    estimate: Estimate | None


class ObserverHooks:
    """What an observer may implement, each with as few of the arguments as it wants."""

    @hookspec
    def modelhunter_call_started(self, event: CallEvent) -> None:
        """A call is about to be sent for the first time."""

    @hookspec
    def modelhunter_call_retrying(self, event: CallEvent, wait: float) -> None:
        """An attempt failed with ``event.error``; another follows after ``wait`` seconds."""

    @hookspec
    def modelhunter_call_ended(self, event: CallEvent) -> None:
        """The call has its answer, or ``event.error`` for good."""

    @hookspec
    def modelhunter_task_changed(self, task: ObservedTask, before: str | None) -> None:
        """A task's status is no longer ``before``; None where it was submitted just now."""

    @hookspec
    def modelhunter_transfer_ended(self, event: TransferEvent) -> None:
        """A file was uploaded or downloaded, or ``event.error`` says why not.

        What was uploaded within the hour already is not sent again, and not told of.
        """

    @hookspec
    def modelhunter_estimated(self, event: EstimateEvent) -> None:
        """A job was priced: by ``estimate``, or before it is submitted or prepared."""


class Observers:
    """Passes events on to observers (see :class:`modelhunter.runtime.events.Observer`)."""

    def __init__(self, observers: Iterable[object]) -> None:
        # each has a manager of its own, as one that raises would silence those behind it
        self._hooks = [_hooks_of(observer) for observer in observers]

    def call_started(self, event: CallEvent) -> None:
        """Pass on that a call begins."""
        self._tell("modelhunter_call_started", event=event)

    def call_retrying(self, event: CallEvent, wait: float) -> None:
        """Pass on that a call is tried again."""
        self._tell("modelhunter_call_retrying", event=event, wait=wait)

    def call_ended(self, event: CallEvent) -> None:
        """Pass on that a call has ended."""
        self._tell("modelhunter_call_ended", event=event)

    def task_changed(self, task: Any, before: str | None) -> None:
        """Pass on that a task has changed."""
        self._tell("modelhunter_task_changed", task=task, before=before)

    def transfer_ended(self, event: TransferEvent) -> None:
        """Pass on that a file was moved."""
        self._tell("modelhunter_transfer_ended", event=event)

    def estimated(self, event: EstimateEvent) -> None:
        """Pass on that a job was priced."""
        self._tell("modelhunter_estimated", event=event)

    def _tell(self, hook: str, **what: Any) -> None:
        for hooks in self._hooks:
            try:
                getattr(hooks, hook)(**what)
            except Exception:
                _log.exception("an observer failed in %s", hook)


def _hooks_of(observer: object) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(ObserverHooks)
    manager.add_hookspecs(GateHooks)  # an object may be both
    manager.register(observer)
    manager.check_pending()
    return manager.hook
