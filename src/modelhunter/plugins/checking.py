"""Checking the inputs of a job before anything is sent: every problem at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.errors import InvalidInput, PluginError
from modelhunter.plugins.doubts import Doubt, inferred, warn_of
from modelhunter.plugins.field_validation import allowed, value_findings
from modelhunter.plugins.inputs import prepare
from modelhunter.plugins.messages import listed, name_shown, nearest, shown, summary
from modelhunter.plugins.patterns import TextTooLong
from modelhunter.plugins.pixels import side_problems
from modelhunter.plugins.rules import fields_named, holds
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from modelhunter.plugins.catalogue import Capability, Field, Model, Provider

__all__ = ["Problem", "check", "checked", "choose_capability"]

_MOST_UNKNOWN = 20
_MOST_NAMES = 100


def check(
    model: Model,
    capability: Capability,
    inputs: Mapping[str, Any],
    *,
    provider: Provider | None = None,
    partial: bool = False,
) -> list[Problem]:
    """Every problem of these inputs with one capability of a model; an empty list if there is none.

    ``inputs`` are as the user gave them: by wire name or Python keyword, None for "not given",
    media in any form. They are not changed. ``provider`` lets a message say which other model has
    an input that this one lacks. With ``partial``, inputs that are needed may be missing, and then
    only what was given is judged. Where all is right, values outside choices that are only
    inferred are warned of (:class:`UnverifiedInput`).

    Raises:
        PluginError: the plugin's own check or preparation failed on inputs that are otherwise
            right.
    """
    return _examined(model, capability, inputs, provider, partial=partial)[0]


def _examined(
    model: Model,
    capability: Capability,
    inputs: Mapping[str, Any],
    provider: Provider | None,
    *,
    partial: bool,
) -> tuple[list[Problem], dict[str, Any]]:
    """The problems, and the inputs as they were prepared: once, as that need not be repeatable.

    ``partial`` excuses what is missing; where nothing that is needed is, all is judged.
    """
    given = {name: value for name, value in inputs.items() if value is not None}
    problems = list(_twice(capability, given))
    try:
        values = prepare(capability, given)
    except ValueError as error:
        return [*problems, Problem(None, f"the inputs can't be meant: {error}")], {}
    partial = partial and any(
        field.required and field.name not in values for field in capability.fields
    )
    problems += _unknown(model, capability, values, provider)
    doubts: list[Doubt] = []
    misspelt = {problem.suggestion for problem in problems}
    for field in capability.fields:
        if field.name in values:
            for finding in value_findings(field, values[field.name], field.name, model.id):
                if isinstance(finding, Doubt):
                    doubts.append(finding)
                else:
                    problems.append(finding)
        elif field.required and not partial and field.keyword not in misspelt:
            problems.append(_missing(field))
    wrong = {_root(problem) for problem in problems}
    problems += _broken_rules(capability, values, wrong, partial=partial)
    problems += side_problems(capability, {n: v for n, v in values.items() if n not in wrong})
    if not partial:
        problems += _own_check(capability, values, wrong)
    if not problems:
        warn_of(doubts)
    return problems, values


def checked(
    model: Model,
    capability: Capability,
    inputs: Mapping[str, Any],
    *,
    provider: Provider | None = None,
    partial: bool = False,
) -> dict[str, Any]:
    """The inputs by wire name and as plain values, media aside, once :func:`check` is content.

    Raises:
        InvalidInput: with every problem that was found.
        PluginError: as :func:`check`.
    """
    problems, values = _examined(model, capability, inputs, provider, partial=partial)
    if problems:
        raise InvalidInput(problems, model=model.id, capability=capability.name)
    return values


def _twice(capability: Capability, given: Mapping[Any, Any]) -> Iterator[Problem]:
    for field in capability.fields:
        if field.keyword != field.name and field.keyword in given and field.name in given:
            yield Problem(field.name, f"given twice, as {field.name} and as {field.keyword}")


def _missing(field: Field) -> Problem:
    message = inferred("is needed and was not given", field.is_inferred("required"))
    return Problem(field.name, message, None, allowed(field))


def _unknown(
    model: Model, capability: Capability, values: Mapping[Any, Any], provider: Provider | None
) -> Iterator[Problem]:
    known = {field.name for field in capability.fields}
    unknown = [name for name in values if name not in known]
    for name in unknown[:_MOST_UNKNOWN]:
        if not isinstance(name, str):
            yield Problem(None, f"the name of an input must be a string, not {shown(name)}")
            continue
        elsewhere = _elsewhere(name, model, capability, provider)
        message = f"{model.id} has no such input for {capability.name}"
        if elsewhere:
            yield Problem(name_shown(name), f"{message}, only {elsewhere}")
            continue
        free = [field.keyword for field in capability.fields if field.name not in values]
        close = nearest(name, free) or nearest(name, [f.keyword for f in capability.fields])
        listing = None if close else listed([f.keyword for f in capability.fields], "and")
        yield Problem(name_shown(name), message, None, listing, close[0] if close else None)
    if len(unknown) > _MOST_UNKNOWN:
        yield Problem(None, f"{len(unknown) - _MOST_UNKNOWN:,} more inputs are unknown")


def _elsewhere(
    name: str, model: Model, capability: Capability, provider: Provider | None
) -> str | None:
    """Who does have an input of this name: other capabilities of the model, or other models."""
    others = [c.name for c in model.capabilities if c is not capability and c.field(name)]
    if others:
        return f"for {listed(others)}"
    models = [
        other.id
        for other in (provider.models if provider else ())
        if (same := other.capability(capability.name)) is not None and same.field(name)
    ]
    return f"{listed(models, 'and')} {'has' if len(models) == 1 else 'have'} it" if models else None


def _root(problem: Problem) -> str | None:
    return None if problem.field is None else problem.field.partition(".")[0].partition("[")[0]


def _broken_rules(
    capability: Capability, values: Mapping[str, Any], wrong: set[str | None], *, partial: bool
) -> Iterator[Problem]:
    """Rules that don't hold, but for those about inputs that are wrong in themselves.

    While inputs may be missing, a rule counts only where everything it speaks about was given.
    """
    for rule in capability.rules:
        named = fields_named(rule.schema)
        if named & wrong or (partial and not named <= values.keys()):
            continue
        try:
            if holds(rule.schema, values):
                continue
        except TextTooLong:
            words = "a text in the inputs is too long to see whether a rule holds"
            yield Problem(None, f"{words}: {rule.message}")
            continue
        concerned = [name for name in values if name in named]
        field = concerned[0] if len(concerned) == 1 else None
        yield Problem(field, inferred(rule.message, rule.unverified))


def _own_check(
    capability: Capability, values: Mapping[str, Any], wrong: set[str | None]
) -> list[Problem]:
    """The problems that the plugin's own check finds, but for those of inputs wrong already."""
    if capability.check is None:
        return []
    try:
        given: list[Any] = list(capability.check(values))
        if odd := [one for one in given if not isinstance(one, Problem)]:
            raise TypeError(f"it gave {shown(odd[0])} where a Problem belongs")
    except Exception as error:
        if wrong:
            return []
        raise PluginError(
            f"checking inputs for {capability.name} failed in the plugin: {summary(error)}"
        ) from error
    return [problem for problem in given if problem.field is None or _root(problem) not in wrong]


# ------------------------------------------------------------------- which capability is meant


def choose_capability(
    model: Model,
    inputs: Mapping[Any, Any],
    capability: str | None = None,
    *,
    partial: bool = False,
) -> Capability:
    """The capability that is asked for, by name or else by the inputs that were given.

    An ``image`` leads to image-to-video where only that takes one. Where nothing fits entirely,
    the nearest capability is meant, so that its problems can be reported. With ``partial``,
    inputs may be missing, and the first capability that is near enough is taken.

    Raises:
        InvalidInput: the model lacks the named capability, or the inputs don't decide.
    """
    if capability is not None:
        return _named(model, capability)
    if len(model.capabilities) == 1:
        return model.capabilities[0]
    given = [name for name, value in inputs.items() if value is not None]
    meant = {_meant(model, name) for name in given[:_MOST_NAMES] if isinstance(name, str)}
    distances = [_distance(model, candidate, meant) for candidate in model.capabilities]
    least = min(distances)
    near = [c for c, d in zip(model.capabilities, distances, strict=True) if d == least]
    if len(near) == 1 or partial:
        return near[0]
    raise _undecided(model, near, meant)


def _named(model: Model, name: str) -> Capability:
    found = model.capability(name) or model.capability(name.replace("_", "-"))
    if found is not None:
        return found
    names = [capability.name for capability in model.capabilities]
    close = nearest(name, names)
    problem = Problem(
        "capability",
        f"{model.id} can't do this" + ("" if close else "; inputs, as prompt, go by keyword"),
        shown(name),
        listed(names),
        close[0] if close else None,
    )
    raise InvalidInput([problem], model=model.id)


def _meant(model: Model, name: str) -> str:
    """The input that a name stands for, by its name on the wire: the nearest one if misspelt."""
    for capability in model.capabilities:
        if (field := capability.field(name)) is not None:
            return field.name
    known = {field.keyword: field.name for c in model.capabilities for field in c.fields}
    close = nearest(name, known)
    return known[close[0]] if close else name


def _distance(model: Model, capability: Capability, meant: set[str]) -> int:
    """How far these inputs are from what a capability takes; 0 where they fit.

    A name that another capability requires says what is wanted, so not knowing it counts double.
    """
    telling = {field.name for c in model.capabilities for field in c.fields if field.required}
    unknown = meant - {field.name for field in capability.fields}
    missing = {field.name for field in capability.fields if field.required} - meant
    return len(unknown) + len(unknown & telling) + len(missing)


def _undecided(model: Model, near: Sequence[Capability], meant: set[str]) -> InvalidInput:
    choices = []
    for capability in near:
        needs = [f.keyword for f in capability.fields if f.required and f.name not in meant]
        missing = f" (needs {listed(needs, 'and')})" if needs else ""
        choices.append(f"{capability.name}{missing}")
    problem = Problem(
        "capability",
        "the inputs don't say which capability of the model is meant; name it",
        None,
        listed(choices),
    )
    return InvalidInput([problem], model=model.id)
