"""Hooks for gates: what sees a job before it is priced and sent, changes its inputs or refuses it.

A gate is any object with a method marked :data:`~modelhunter.plugins.hookimpl`, given to a client
with ``ModelHunter(gates=[…])`` or installed by an entry point in the group ``modelhunter.gates``.
Gates fail closed: where one raises, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy
from attrs import field, frozen

from modelhunter.errors import ConfigurationError, PluginError, Refused
from modelhunter.plugins.hookspecs import PROJECT, hookspec
from modelhunter.plugins.messages import summary

if TYPE_CHECKING:
    from collections.abc import Iterable


def _read_only(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(given))


@frozen(kw_only=True)
class PlannedJob:
    """A job that is about to be priced and sent.

    ``provider``, ``model`` and ``capability`` are names. ``inputs`` are checked, by wire name;
    local media in them are still as the user gave them. ``metadata`` is what the user gave.
    """

    provider: str
    model: str
    capability: str
    inputs: Mapping[str, Any] = field(converter=_read_only)
    metadata: Mapping[str, Any] = field(factory=dict, converter=_read_only)


class GateHooks:
    """What a gate implements."""

    @hookspec(firstresult=True)
    def modelhunter_job(self, job: PlannedJob) -> Mapping[str, Any] | None:
        """All the inputs that are to be sent in place of ``job.inputs``; None: they are right.

        What is returned is checked like what a user gives, then priced. It is called in a thread by
        an async client, once for each job that is submitted or prepared, and not for an estimate.

        Raises:
            Refused: the job is not to be sent, with the reason.
        """


@frozen
class Gate:
    """One gate, and what messages call it."""

    label: str
    hooks: pluggy.HookRelay

    def ask(self, job: PlannedJob) -> Mapping[str, Any] | None:
        """The inputs that it wants sent; None: those that the job has.

        Raises:
            Refused: it refuses the job. PluginError: it failed, and nothing is sent.
        """
        try:
            answer: object = self.hooks.modelhunter_job(job=job)
        except Refused as error:
            raise Refused(
                error.reason, by=self.label, job=f"{job.model} ({job.capability})"
            ) from error
        except Exception as error:
            raise PluginError(
                f"{self.label}: the gate failed on {job.model} ({job.capability}): "
                f"{summary(error)}. Nothing was sent"
            ) from error
        if answer is None:
            return None
        if not isinstance(answer, Mapping) or not all(isinstance(name, str) for name in answer):
            raise PluginError(
                f"{self.label}: the gate returned {type(answer).__name__}, neither inputs by name "
                "nor None. Nothing was sent"
            )
        return answer


def gates_of(objects: Iterable[tuple[str, object]]) -> list[Gate]:
    """The gates in objects with hooks, in this order.

    Raises:
        ConfigurationError: one has no such hook, or one that does not exist.
    """
    return [Gate(label, _hooks_of(label, thing)) for label, thing in objects]


def _hooks_of(label: str, thing: object) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(GateHooks)
    manager.register(thing)
    callers = {one.name for one in manager.get_hookcallers(thing) or ()}
    if "modelhunter_job" not in callers:
        raise ConfigurationError(
            f"{label} is no gate: it needs a method modelhunter_job(job), marked with hookimpl"
        )
    return manager.hook
