"""Capabilities made of typed input classes, which is how every plugin has them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import fields, fields_dict, has

from modelhunter.plugins.by_model import OnlyFor
from modelhunter.plugins.catalogue import Capability, Field, Output, Role, Rule, Submission
from modelhunter.plugins.class_source import first_paragraph
from modelhunter.plugins.field_tables import known_models, table_of
from modelhunter.plugins.inputs import request_body
from modelhunter.plugins.limits import Absent
from modelhunter.plugins.marks import changed
from modelhunter.plugins.messages import hint, nearest
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from modelhunter.api.models.submitted_task import SubmittedTask
    from modelhunter.plugins.inputs import Input
    from modelhunter.problem import Problem

T = TypeVar("T")

_ROLES = (
    *("format", "duration", "resolution", "aspect_ratio", "size", "width", "height"),
    *("audio", "seed", "prompt", "count", "last_frame"),
)
_ALSO = {
    "count": ("n", "num_images", "num_outputs", "num_videos", "number_of_images"),
    "last_frame": ("return_last_frame",),
}
"""Names that many APIs have for what roles mean."""


def capability_from(
    input_class: type[Input],
    *,
    makes: str | Output,
    call: Callable[[Submission], Call[Any]] | None = None,
    rules: tuple[Rule, ...] = (),
    typical_seconds: float | None = None,
    documentation: str | None = None,
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], Iterable[Problem]] | None = None,
) -> Capability:
    """The capability that a typed input class describes.

    The class is an attrs class (keyword-only) with ``provider``, ``capability`` and ``model``.
    Every other attribute is an input: its type, the limits in its annotation
    (:class:`Between`, :class:`Length`, :class:`Matches`, a :class:`MediaRule` such as
    :class:`Image`), the values of a ``Literal`` or an enum, its attrs validators, its default, its
    docstring (or a text in the annotation). ``Literal["a", "b"] | str`` is a list that may have
    grown: other values are let through with a warning, unless :data:`Closed` stands beside it.
    :class:`Inferred` says what was not read in documentation. An attribute whose wire name differs
    carries it as ``metadata={"wire": name}``. The class variables ``limits`` and ``rules`` say
    what differs by model (:func:`only_for`) and what holds across inputs.

    Args:
        input_class: the class; the first paragraph of its docstring is the capability's title.
        makes: the kind of media that comes out (``"video"``, ``"image"``, ``"audio"``, ``"3d"``,
            …), shaped by inputs named as :class:`Output` names its roles; or the whole Output.
        call: makes the request; by default :func:`standard_call`.
        rules: further rules across the inputs.
        typical_seconds: how long a job takes.
        documentation: the address of its page.
        prepare: rewrites inputs, as :class:`Capability` says.
        check: finds further problems, as :class:`Capability` says.

    Raises:
        TypeError: an annotation means nothing as an input; the message names the attribute.
    """
    if not _has_a_model(input_class):
        raise TypeError(
            f"{input_class.__name__} must be an attrs class with an attribute model; put "
            "@define(kw_only=True) above it, and model: str in it"
        )
    attributes = [a for a in fields(input_class) if a.name != "model"]
    table, validated = table_of(input_class, attributes)
    checks = [check] if check is not None else []
    if validated:
        from modelhunter.plugins.validators import checking  # here, as few have any

        checks.insert(0, checking(input_class, attributes, validated))
    return Capability(
        name=input_class.capability,
        title=first_paragraph(input_class).rstrip("."),
        fields=table,
        output=makes if isinstance(makes, Output) else _output(makes, table),
        call=call or standard_call(input_class.provider, input_class.capability),
        rules=(*_listed(input_class, "rules", Rule), *rules),
        typical_seconds=typical_seconds,
        documentation=documentation,
        input_class=input_class,
        prepare=prepare,
        check=_all(checks) if len(checks) > 1 else next(iter(checks), None),
        differences=_differences(input_class, table),
    )


def _has_a_model(cls: type) -> bool:
    return has(cls) and "model" in fields_dict(cls)


def _listed(cls: type, name: str, kind: type[T]) -> tuple[T, ...]:
    """What a class variable holds; nothing where an input is called so."""
    if name in fields_dict(cls):
        return ()
    given = getattr(cls, name, ())
    found = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(f"{cls.__name__}.{name}: {one!r} is no {kind.__name__}")
    return found


def _differences(cls: type[Input], table: Sequence[Field]) -> tuple[OnlyFor, ...]:
    """What the class says of some models, all of which it knows."""
    found = _listed(cls, "limits", OnlyFor)
    models = known_models(cls) if found else ()
    inputs = [field.keyword for field in table]
    for one in found:
        for name, known in (
            *((name, inputs) for name in one.inputs),
            *((name, models) for name in sorted(one.models) if models),
        ):
            if name not in known:
                raise TypeError(
                    f"{cls.__name__}.limits: only_for names {name!r}, which is no input and no "
                    f"model of the class{hint(nearest(name, known))}"
                )
        for name, marks in one.inputs.items():
            if Absent not in marks:
                field = next(field for field in table if field.keyword == name)
                changed(field, marks, f"{cls.__name__}.limits, {name}")
    return found


def standard_call(provider: str, capability: str) -> Callable[[Submission], Call[SubmittedTask]]:
    """What makes the request ``POST /api/v1/{provider}/{capability}`` of a submission."""

    def call(given: Submission) -> Call[SubmittedTask]:
        names = {"provider": provider, "capability": capability}
        return Call(_submit(), path_params=names, body=JsonBody(request_body(given)))

    return call


@cache
def _submit() -> Operation[SubmittedTask]:
    from modelhunter.api.models.submitted_task import decode_submitted_task
    from modelhunter.runtime.decode import member

    return Operation(
        "submit",
        "POST",
        "/api/v1/{provider}/{capability}",
        "unsafe",
        {"2XX": ResponseDecoder("json", member("data", decode_submitted_task))},
    )


def _all(
    checks: Sequence[Callable[[Mapping[str, Any]], Iterable[Problem]]],
) -> Callable[[Mapping[str, Any]], Iterable[Problem]]:
    return lambda values: [problem for check in checks for problem in check(values)]


def _output(media: str, table: Sequence[Field]) -> Output:
    names = {field.keyword: field.name for field in table}
    roles = {}
    for role in _ROLES:
        found = next((name for name in (role, *_ALSO.get(role, ())) if name in names), None)
        if found is not None:
            roles[role] = Role(field=names[found])
    return Output(media=media, **roles)
