"""The same job once more, from the record of a file that it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.errors import InvalidInput, NoRecord, UnknownModel
from modelhunter.flows.submit import Job, plan
from modelhunter.plugins.checking import choose_capability
from modelhunter.plugins.prices import estimate
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.plugins.catalogue import Model, Provider
    from modelhunter.plugins.registry import Registry
    from modelhunter.provenance.record import Record


def plan_again(
    registry: Registry, record: Record, changes: Mapping[str, Any], *, partial: bool = False
) -> Job:
    """The job of a record, its inputs as they were sent but for ``changes``.

    Without changes they are sent as they are. Otherwise they are checked like new ones.

    Raises:
        NoRecord: the record has no inputs. InvalidInput: what is not kept in it was not given
            again, or a change does not fit. UnknownModel, PluginError.
    """
    if record.inputs is None:
        raise NoRecord(
            f"the record of task {record.task_id} has no inputs: the program that downloaded the "
            "file did not know them"
        )
    provider, model, is_listed = owner_of(registry, record)
    capability = choose_capability(model, record.inputs, record.capability)
    changed = {field.name for name in changes if (field := capability.field(name)) is not None}
    lacking = [name for name in record.lacking if name not in changed]
    if lacking and not partial:
        message = "is not kept in the record, as it was a signed link or inline; give it again"
        problems = [Problem(name, message) for name in lacking]
        raise InvalidInput(problems, model=model.id, capability=capability.name)
    kept = {
        name: value
        for name, value in record.inputs.items()
        if name not in changed and name not in lacking
    }
    if changes or lacking:
        given = {**kept, **changes}
        owner = None if is_listed else record.provider
        return plan(
            registry, record.model, record.capability, given, provider=owner, partial=partial
        )
    price = None if model.price is None else estimate(model.price, capability.fields, kept)
    return Job(provider, model, capability, kept, price)


def owner_of(registry: Registry, record: Record) -> tuple[Provider, Model, bool]:
    """The provider and model of a record, and whether a plugin lists that.

    A model that none lists is its provider's all the same, where the record says what it did.
    """
    try:
        return (*registry.model(record.model), True)
    except UnknownModel:
        if record.capability is None or record.provider not in registry.providers():
            raise
    return registry.model_of(record.provider, record.model)
