"""Which definitions are sent, which are received, and which travel as parts of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter_codegen.problems import Report


def parts_of(made: ir.Type) -> Iterator[str]:
    """The keys of the definitions that a type refers to."""
    if isinstance(made, ir.Named):
        yield made.key
    elif isinstance(made, ir.ListOf):
        yield from parts_of(made.item)
    elif isinstance(made, ir.MapOf):
        yield from parts_of(made.value)
    elif isinstance(made, ir.Nullable):
        yield from parts_of(made.inner)
    elif isinstance(made, (ir.Union, ir.TupleOf)):
        for part in made.variants if isinstance(made, ir.Union) else made.items:
            yield from parts_of(part)


def _parts_of_definition(definition: ir.Definition) -> Iterator[str]:
    if isinstance(definition, ir.Alias):
        yield from parts_of(definition.type)
    elif isinstance(definition, ir.Model):
        for prop in definition.properties:
            yield from parts_of(prop.type)
        if definition.extra is not None:
            yield from parts_of(definition.extra)
        for _, made in definition.subtypes:
            yield from parts_of(made)


def reachable(start: Iterator[str] | list[str], package: ir.Package) -> list[ir.Definition]:
    """The definitions that these keys lead to, themselves included."""
    waiting = list(start)
    seen: dict[str, None] = {}
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen[key] = None
            waiting.extend(_parts_of_definition(package.definitions[key]))
    return [package.definitions[key] for key in seen]


def _alternatives(made: ir.Type) -> Iterator[str]:
    """The keys of the definitions of which a value of this type may be one."""
    if isinstance(made, ir.Named):
        yield made.key
    elif isinstance(made, ir.Nullable):
        yield from _alternatives(made.inner)
    elif isinstance(made, ir.Union):
        for variant in made.variants:
            yield from _alternatives(variant)


def check_circles(package: ir.Package, report: Report) -> None:
    """Report choices that lead back to themselves, and take them for anything.

    No reader of such a value would ever end.
    """
    ends: list[ir.Alias] = []
    for start, definition in package.definitions.items():
        if not isinstance(definition, ir.Alias):
            continue
        waiting: list[ir.Definition] = [definition]
        seen: set[str] = set()
        while waiting:
            one = waiting.pop()
            keys = set(_alternatives(one.type)) - seen if isinstance(one, ir.Alias) else set()
            if start in keys and definition.node is not None:
                words = f"{definition.name} is a choice that has itself among its alternatives"
                report.add("cyclic-ref", definition.node.where(), words)
                ends.append(definition)
                break
            seen |= keys
            waiting += [package.definitions[key] for key in keys]
    for definition in ends:
        definition.type = ir.ANY


def mark(package: ir.Package) -> None:
    """Mark every definition by the ways it travels."""
    sent: list[str] = []
    received: list[str] = []
    forms: list[str] = []
    for endpoints in package.endpoints.values():
        for endpoint in endpoints:
            for parameter in endpoint.parameters:
                sent += parts_of(parameter.type)
            if endpoint.body is not None:
                keys = list(parts_of(endpoint.body.type))
                sent += keys
                if endpoint.body.kind == "multipart":
                    forms += keys
            for response in (*endpoint.answers, *endpoint.errors):
                received += parts_of(response.type)
    for definition in reachable(sent, package):
        definition.in_request = True
    for definition in reachable(received, package):
        definition.in_response = True
    for definition in reachable(forms, package):
        definition.in_multipart = True
