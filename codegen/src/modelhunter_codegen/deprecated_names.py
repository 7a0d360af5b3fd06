"""Names that a description gave up (``x-renamed-from``, ``x-renamed-values``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.proven import Name
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter_codegen.problems import Report

Renamed = dict[Name, Name]
"""Old names and the present ones."""


def former_names(node: object) -> tuple[str, ...]:
    """The names, as on the wire, that something had before."""
    return _texts(node.get("x-renamed-from")) if isinstance(node, Map) else ()


def former_values(node: object) -> dict[str, str]:
    """The values of an enumeration that went, with those that took their place."""
    given = node.get("x-renamed-values") if isinstance(node, Map) else None
    if not isinstance(given, Map):
        return {}
    return {old: new for new, former in given.items() for old in _texts(former)}


def _texts(given: Any) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else given
    return tuple(n for n in listed if isinstance(n, str)) if isinstance(listed, list) else ()


def renamed_fields(properties: Iterable[ir.Property]) -> Renamed:
    """Old names of fields that are given or read by another now."""
    found: Renamed = {}
    for prop in properties:
        for text in former_names(prop.node):
            old = names.snake(text)
            if old != prop.python:
                found[old] = prop.python
    return found


def renamed_arguments(endpoint: ir.Endpoint, model: ir.Model | None) -> Renamed:
    """Old names of a function's arguments; ``model`` is the one whose fields they are."""
    found: Renamed = {}
    if model is not None and endpoint.fields is not None:
        own = renamed_fields(prop for prop in model.properties if not prop.read_only)
        found.update({old: endpoint.fields[new] for old, new in own.items()})
    for parameter in endpoint.parameters:
        for text in former_names(parameter.node):
            old = names.snake(text)
            if old != parameter.python:
                found[old] = parameter.python
    return found


def renamed_functions(endpoints: Iterable[ir.Endpoint]) -> Renamed:
    """Old names of the functions of a module."""
    found: Renamed = {}
    for endpoint in endpoints:
        for old in former_names(endpoint.node):
            found[names.longer(names.snake(old), endpoint.suffix)] = endpoint.python
    return found


def renamed_classes(definitions: Iterable[ir.Definition]) -> Renamed:
    """Old names of the classes of schemas that have a name of their own."""
    found: Renamed = {}
    for one in definitions:
        if one.home == ir.Home(proven.module("models", names.snake(one.name))):
            for old in former_names(one.node):
                found[names.pascal(old)] = one.name
    return found


def check_former(package: ir.Package, report: Report) -> None:
    """Report old names that something else has now: they can't lead to both."""
    own = [one for one in package.definitions.values() if one.home.package is None]
    taken: set[Name] = {one.name for one in own}
    _check(renamed_classes(own), taken, own, report)
    for definition in own:
        if isinstance(definition, ir.Model):
            properties = definition.properties
            taken = {prop.python for prop in properties}
            _check(renamed_fields(properties), taken, properties, report)
    for endpoints in package.endpoints.values():
        taken = {endpoint.python for endpoint in endpoints}
        _check(renamed_functions(endpoints), taken, endpoints, report)
        for endpoint in endpoints:
            taken = {parameter.python for parameter in endpoint.parameters}
            _check(renamed_arguments(endpoint, None), taken, endpoint.parameters, report)


def _check(renamed: Renamed, taken: set[Name], things: Iterable[Any], report: Report) -> None:
    for old in renamed.keys() & taken:
        node = next(
            thing.node
            for thing in things
            if renamed[old] in (getattr(thing, "python", ""), getattr(thing, "name", ""))
        )
        report.add(
            "taken-name",
            node.where("x-renamed-from"),
            f"{old} is the name of something else now, so it can't lead to {renamed[old]} too",
            "leave it out of x-renamed-from",
        )
