"""What of a capability differs by model, as an author says it beside the typed input class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, fields

from modelhunter.plugins.catalogue import Capability, Output, Role, Rule
from modelhunter.plugins.limits import Absent
from modelhunter.plugins.marks import changed
from modelhunter.plugins.rule_reduction import in_words, without
from modelhunter.plugins.rules import faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class OnlyFor:
    """What holds for some models only; see :func:`only_for`."""

    __slots__ = ("inputs", "models", "rules")

    def __init__(
        self,
        models: frozenset[str],
        inputs: Mapping[str, tuple[Any, ...]],
        rules: tuple[Rule, ...] = (),
    ) -> None:
        self.models: frozenset[str] = models
        self.inputs: Mapping[str, tuple[Any, ...]] = inputs
        self.rules: tuple[Rule, ...] = rules


def only_for(*models: str | Rule, **inputs: Any) -> OnlyFor:
    """What holds for some models of a capability only.

    It stands as ``limits`` in the input class::

        limits = (
            only_for("acme-1", "acme-2", duration=Between(1, 10), audio=Absent),
            only_for("acme-3", image=(Required, Inferred("required"))),
        )

    Args:
        models: the ids of the models, and rules across the inputs that only they have.
        inputs: for each attribute of the class what is otherwise: the marks of an annotation, one
            or several in a tuple, ``Default``, ``Required``, ``Each(…)`` for the items of a list,
            or ``Absent`` where the models have no such input. What is not said stays as the
            annotation has it. A media rule is given whole.

    Raises:
        TypeError: no model is named.
    """
    ids = frozenset(one for one in models if isinstance(one, str))
    if not ids:
        raise TypeError("only_for: name the models first, as in only_for('acme-1', …)")
    return OnlyFor(
        models=ids,
        inputs={
            name: tuple(marks) if isinstance(marks, (tuple, list)) else (marks,)
            for name, marks in inputs.items()
        },
        rules=tuple(one for one in models if isinstance(one, Rule)),
    )


def narrowed(capability: Capability, model: str) -> Capability:
    """A capability as it is for one model, where it has not been narrowed yet.

    Raises:
        TypeError: what is said for the model does not go with its inputs.
    """
    if not capability.differences:
        return capability
    mine = [one for one in capability.differences if model in one.models]
    table = {field.keyword: field for field in capability.fields}
    absent: set[str] = set()
    for name, marks in ((name, marks) for one in mine for name, marks in one.inputs.items()):
        field = table.get(name)
        if Absent in marks:
            table.pop(name, None)
            absent.update(() if field is None else (field.name,))
        elif field is not None:
            table[name] = changed(field, marks, f"{capability.name} of {model}, {name}")
    rules = [*(rule for one in mine for rule in one.rules), *capability.rules]
    return evolve(
        capability,
        fields=tuple(table.values()),
        rules=tuple(_reduced(rules, frozenset(absent))),
        output=_of_inputs(capability.output, absent),
        differences=(),
        general=capability,
    )


def _reduced(rules: Sequence[Rule], absent: frozenset[str]) -> Iterator[Rule]:
    """The rules without what they say about inputs that are not there."""
    for rule in rules:
        usable = absent and next(faults(rule.schema), None) is None
        left = without(rule.schema, absent) if usable else rule.schema
        if left is True:
            continue
        if not isinstance(left, dict) or left == rule.schema:
            yield rule
        else:
            yield evolve(rule, schema=left, message=in_words(left) or rule.message)


def _of_inputs(output: Output, absent: set[str]) -> Output:
    """The output without roles of inputs that are not there."""
    roles = {one.name: getattr(output, one.name) for one in fields(Output)}
    idle: dict[str, Any] = {
        name: Role()
        for name, role in roles.items()
        if isinstance(role, Role) and role.field in absent
    }
    return evolve(output, **idle) if idle else output
