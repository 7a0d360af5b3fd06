"""The names of a function's arguments: its parameters, and its body or the fields of that.

Where two would share a name, that of the path has it, and the others say where they go.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.lock_names import chosen_name
from modelhunter_codegen.render.reading import is_required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import Name

_PLACES = ("path", "query", "header", "cookie")
_BODY = "body"
_BODY_NAMES: list[Name] = [proven.name(text) for text in ("body", "request_body", "request_body_")]


def name_arguments(
    endpoint: ir.Endpoint,
    definitions: Mapping[str, ir.Definition],
    kept: Mapping[str, Name],
    known: bool,
    report: Report,
) -> None:
    """Name the arguments of a function; ``kept`` are names from before, if it is ``known``."""
    model = _body_model(endpoint, definitions)
    own = _fields(model) if model is not None and not (known and _BODY in kept) else []
    texts = {_text(parameter): parameter for parameter in endpoint.parameters}
    chosen: dict[str, Name] = {}
    for text, parameter in texts.items():
        name = chosen_name(parameter.node, report)
        if name is not None:
            chosen[text] = name
    fixed = _different(names.first(chosen, {text: kept[text] for text in texts if text in kept}))
    held: set[Name] = set(own) if known else set()
    if _BODY in kept and not own:
        held.add(kept[_BODY])
    given = _parameter_names(texts, fixed, held)
    endpoint.parameters = tuple(
        evolve(parameter, python=given[text]) for text, parameter in texts.items()
    )
    used = set(given.values())
    if own and (known or used.isdisjoint(own)):
        endpoint.fields = _field_names(own, used, kept)
        return
    earlier = kept.get(_BODY)
    if earlier is not None and earlier not in used:
        endpoint.body_name = earlier
    else:
        free: list[Name] = [name for name in _BODY_NAMES if name not in used]
        endpoint.body_name = free[0]


def recorded_arguments(endpoint: ir.Endpoint) -> dict[str, Name]:
    """The names of arguments for the record; of fields those that the model calls otherwise."""
    found: dict[str, Name] = {
        _text(parameter): parameter.python for parameter in endpoint.parameters
    }
    if endpoint.fields is not None:
        found.update({f"{_BODY} {f}": name for f, name in endpoint.fields.items() if f != name})
    elif endpoint.body is not None:
        found[_BODY] = endpoint.body_name
    return found


def flat_model(endpoint: ir.Endpoint, definitions: Mapping[str, ir.Definition]) -> ir.Model | None:
    """The model whose fields are arguments; None where the body is one argument."""
    return None if endpoint.fields is None else _body_model(endpoint, definitions)


def _body_model(endpoint: ir.Endpoint, definitions: Mapping[str, ir.Definition]) -> ir.Model | None:
    """The model whose fields can be arguments."""
    body = endpoint.body
    if body is None or not isinstance(body.type, ir.Named):
        return None
    model = definitions[body.type.key]
    if not isinstance(model, ir.Model) or model.subtypes:
        return None
    if not body.required and any(is_required(prop, model) for prop in model.properties):
        return None
    return model


def _fields(model: ir.Model) -> list[Name]:
    own: list[Name] = [prop.python for prop in model.properties]
    return own if model.extra is None else [*own, model.extra_name]


def _text(parameter: ir.Parameter) -> str:
    return f"{parameter.place} {parameter.wire}"


def _different(fixed: Mapping[str, Name]) -> dict[str, Name]:
    """Of names that were fixed, the first of each."""
    found: dict[str, Name] = {}
    for text, name in fixed.items():
        if name not in found.values():
            found[text] = name
    return found


def _parameter_names(
    texts: Mapping[str, ir.Parameter], fixed: Mapping[str, Name], held: set[Name]
) -> dict[str, Name]:
    """A name for each parameter; none takes one that is ``held``."""
    given = dict(fixed)
    used = {*fixed.values(), *held}
    free = {text: one for text, one in texts.items() if text not in given}
    wanted: dict[str, Name] = {}
    for place in _PLACES:
        wires = {one.wire: text for text, one in free.items() if one.place == place}
        found = names.resolve(wires, names.snake)
        wanted |= {wires[wire]: name for wire, name in found.items()}
    times = Counter(wanted.values())
    for text, name in wanted.items():
        place = free[text].place
        shared = name in used or (times[name] > 1 and place != "path")
        python = names.longer(name, "_", place) if shared else name
        while python in used or (shared and python in times):
            python = names.longer(python, "_")
        given[text] = python
        used.add(python)
    return given


def _field_names(own: list[Name], used: set[Name], kept: Mapping[str, Name]) -> dict[Name, Name]:
    found: dict[Name, Name] = {}
    taken = {*used, *own}
    for name in own:
        python = kept.get(f"{_BODY} {name}", name)
        while python in used or (python != name and python in taken):
            python = names.longer(python, f"_{_BODY}" if python == name else "_")
        found[name] = python
        used.add(python)
    return found
