"""What is generated for a provider beside models and endpoints: its catalogue and typed inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from modelhunter_codegen.proven import FilePath
from modelhunter_codegen.provider.catalogue import CatalogueRenderer
from modelhunter_codegen.provider.facts import FactReader
from modelhunter_codegen.provider.inputs import render_inputs

if TYPE_CHECKING:
    from modelhunter_codegen import ir
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.proven import Code
    from modelhunter_codegen.source import Map


def render_provider(
    lowerer: Lowerer, package: ir.Package, catalogue: Map
) -> tuple[dict[FilePath, Code], dict[FilePath, str]]:
    """Modules and data files of a provider, by path; mistakes land in the report."""
    report = lowerer.workspace.report
    facts = FactReader(lowerer, package, catalogue).read()
    if report.problems:
        return {}, {}
    schemas = {name: one.schema for name, one in facts.capabilities.items()}
    files: dict[FilePath, Code] = {
        FilePath("catalogue.py"): CatalogueRenderer(facts, package).render(),
        FilePath("inputs.py"): render_inputs(facts, package, lowerer),
    }
    data = json.dumps(schemas, ensure_ascii=True, indent=1) + "\n"
    return files, {FilePath("schemas.json"): data}
