"""What is generated for a provider beside endpoints: its typed inputs and its catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.proven import FilePath
from modelhunter_codegen.provider.catalogue import CatalogueRenderer
from modelhunter_codegen.provider.inputs import class_names, part_names, render_inputs
from modelhunter_codegen.usage import parts_of, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter_codegen import ir
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.provider.facts import ProviderFacts


def render_provider(
    lowerer: Lowerer, package: ir.Package, facts: ProviderFacts
) -> tuple[dict[FilePath, Code], ir.Package]:
    """Modules of a provider by path, and what is left of the package for the other renderers.

    The endpoints of capabilities take the typed inputs, so no definition is rendered that is only
    there for their bodies. What can't be rendered lands in the report.
    """
    files: dict[FilePath, Code] = {
        FilePath("catalogue.py"): CatalogueRenderer(facts, package).render(),
        FilePath("inputs.py"): render_inputs(facts, package, lowerer),
    }
    return files, _without_bodies(facts, package)


def _without_bodies(facts: ProviderFacts, package: ir.Package) -> ir.Package:
    classes = class_names(facts)
    takes = {one.endpoint.place: classes[name] for name, one in facts.capabilities.items()}
    endpoints: dict[Name, list[ir.Endpoint]] = {
        module: [evolve(one, input_class=takes.get(one.place)) for one in found]
        for module, found in package.endpoints.items()
    }
    bodies = {
        definition.key
        for one in facts.capabilities.values()
        for definition in reachable(list(_in_body(one.endpoint)), package)
    }
    in_use = [key for found in endpoints.values() for one in found for key in _in_use(one)]
    others = [key for key in package.definitions if key not in bodies]
    kept = {definition.key for definition in reachable([*in_use, *others], package)}
    gone = bodies - kept
    return evolve(
        package,
        definitions={key: one for key, one in package.definitions.items() if key not in gone},
        endpoints=endpoints,
        kept=_kept_names(facts, package, gone),
    )


def _in_body(endpoint: ir.Endpoint) -> Iterator[str]:
    if endpoint.body is not None:
        yield from parts_of(endpoint.body.type)


def _in_use(endpoint: ir.Endpoint) -> Iterator[str]:
    """What the code of an endpoint needs."""
    if endpoint.input_class is None:
        yield from _in_body(endpoint)
    for parameter in endpoint.parameters:
        yield from parts_of(parameter.type)
    for response in (*endpoint.answers, *endpoint.errors):
        yield from parts_of(response.type)


def _kept_names(facts: ProviderFacts, package: ir.Package, gone: set[str]) -> Kept:
    """The names for the lock: of what is gone, those of inputs and of their parts."""
    parts = part_names(facts, package)
    inputs = [one.inputs.input for one in facts.capabilities.values()]
    keys: dict[str, str] = {}
    for key in gone:
        definition = package.definitions[key]
        keys[f"{definition.home.module}.{definition.name}"] = key
    names: dict[str, str] = {}
    fields = dict(package.kept.parts)
    for place, name in package.kept.names.items():
        found = keys.get(name)
        if found is None:
            names[place] = name
        elif found in parts:
            names[place] = f"inputs.{parts[found]}"
        elif not any(package.definitions[found].node is one for one in inputs):
            fields.pop(place, None)
    return Kept(names, fields)
