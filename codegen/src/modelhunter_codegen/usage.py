"""Which definitions are sent, which are received, and which travel as parts of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.source import Map

_DEEPEST = 40
"""So deep types may be nested without a name; Python reads twice as many parentheses."""


def parts_of(made: ir.Type) -> Iterator[str]:
    """The keys of the definitions that a type refers to."""
    if isinstance(made, ir.Named):
        yield made.key
    for part in _inner(made):
        yield from parts_of(part)


def parts_of_definition(definition: ir.Definition) -> Iterator[str]:
    """The keys of the definitions that a definition refers to."""
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
            waiting.extend(parts_of_definition(package.definitions[key]))
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


def check_depth(package: ir.Package, report: Report) -> None:
    """Report types that are nested deeper than Python can read them."""
    for definition in package.definitions.values():
        if definition.node is not None and any(_is_deep(one) for one in _types_of(definition)):
            _too_deep(definition.node, report)
    for endpoints in package.endpoints.values():
        for one in endpoints:
            types = [part.type for part in one.parameters]
            types += [part.type for part in (*one.answers, *one.errors)]
            types += [one.body.type] if one.body is not None else []
            if any(map(_is_deep, types)):
                _too_deep(one.node, report)


def _too_deep(node: Map, report: Report) -> None:
    words = f"lists, dictionaries and choices are nested more than {_DEEPEST} times"
    report.add("too-deep", node.where(), words, "give the inner ones names in components/schemas")


def _is_deep(made: ir.Type) -> bool:
    level = [made]
    for _ in range(_DEEPEST):
        level = [part for one in level for part in _inner(one)]
    return bool(level)


def _has_decimals(made: ir.Type) -> bool:
    """Whether a type has a decimal that is a number, but for those in definitions."""
    return made == ir.Scalar("decimal") or any(map(_has_decimals, _inner(made)))


def _types_of(definition: ir.Definition) -> list[ir.Type]:
    if isinstance(definition, ir.Alias):
        return [definition.type]
    if isinstance(definition, ir.Model):
        types = [prop.type for prop in definition.properties]
        return types if definition.extra is None else [*types, definition.extra]
    return []


def _mark_exact(package: ir.Package) -> None:
    """Mark the answers that have decimals, and all definitions that come in those.

    Their numbers are read with every digit, so whatever has a number in it must expect that.
    """
    exact: list[str] = []
    for endpoints in package.endpoints.values():
        for endpoint in endpoints:
            for response in (*endpoint.answers, *endpoint.errors):
                keys = list(parts_of(response.type))
                found = reachable(keys, package)
                types = [response.type, *(made for one in found for made in _types_of(one))]
                if any(map(_has_decimals, types)):
                    response.exact = True
                    exact += keys
    for definition in reachable(exact, package):
        definition.exact = True


def mark(package: ir.Package) -> None:
    """Mark every definition by the ways it travels."""
    _mark_exact(package)
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
    _mark_whole(package)


def _mark_whole(package: ir.Package) -> None:
    """Mark the objects whose unknown members are kept, so that what is sent back lost nothing.

    Those are what is read and sent, and what is one of several kinds that only their members tell
    apart: an object may have those of two.
    """
    for definition in package.definitions.values():
        if isinstance(definition, ir.Model):
            both = definition.in_request and definition.in_response
            definition.whole = both and definition.extra is None
    responses = (
        response.type
        for endpoints in package.endpoints.values()
        for endpoint in endpoints
        for response in endpoint.answers
    )
    types = [made for one in package.definitions.values() for made in _types_of(one)]
    for union in (found for made in (*responses, *types) for found in _unions_in(made)):
        tagged = {index for _, index in union.tagged}
        alike = [
            definition
            for index, made in enumerate(union.variants)
            if index not in tagged and isinstance(made, ir.Named)
            if isinstance(definition := package.definitions[made.key], ir.Model)
        ]
        if len(alike) > 1:
            for definition in alike:
                definition.whole = definition.in_response and definition.extra is None


def _unions_in(made: ir.Type) -> Iterator[ir.Union]:
    """The unions in a type, but for those in definitions."""
    if isinstance(made, ir.Union):
        yield made
    for part in _inner(made):
        yield from _unions_in(part)


def _inner(made: ir.Type) -> tuple[ir.Type, ...]:
    if isinstance(made, ir.Nullable):
        return (made.inner,)
    if isinstance(made, (ir.ListOf, ir.MapOf)):
        return (made.item if isinstance(made, ir.ListOf) else made.value,)
    if isinstance(made, (ir.Union, ir.TupleOf)):
        return made.variants if isinstance(made, ir.Union) else made.items
    return ()
