"""From a description to the files of a package: every stage in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from modelhunter_codegen import ir, names, proven
from modelhunter_codegen.client import client_module
from modelhunter_codegen.deprecated_names import check_former, renamed_classes
from modelhunter_codegen.documents import Workspace
from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.lower import Lowerer
from modelhunter_codegen.naming import name_all
from modelhunter_codegen.operations import Operations
from modelhunter_codegen.proven import FilePath, python_file
from modelhunter_codegen.provider import render_provider
from modelhunter_codegen.provider.facts import FactReader
from modelhunter_codegen.render.endpoints import render_endpoints
from modelhunter_codegen.render.models import render_home
from modelhunter_codegen.render.package import render_init, render_models_init, render_plain_init
from modelhunter_codegen.servers import servers_of
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line, paragraphs
from modelhunter_codegen.usage import check_circles, check_depth, mark

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import Code, ModuleName, Name
    from modelhunter_codegen.provider.facts import ProviderFacts

_MODELS = FilePath("models/__init__.py")
RESERVED_MODULES = frozenset({"models", "inline", "catalogue", "inputs", "schemas", "client"})


@frozen
class Built:
    """What a description gives: files by path (POSIX, below the package folder), not formatted."""

    files: dict[FilePath, Code]
    digest: str
    package: ir.Package


@frozen(eq=False)
class Described:
    """A description in its typed form, before anything is rendered."""

    workspace: Workspace
    lowerer: Lowerer
    package: ir.Package
    provider: ProviderFacts | None
    """What its ``x-catalogue`` says, if it has one."""


def describe(
    spec: Path,
    package: ModuleName | None,
    report: Report,
    kept: Kept | None = None,
    root: Path | None = None,
) -> Described:
    """Read and check a description; ``package`` is by default the name that it gives itself.

    Raises:
        DescriptionError: it can't be read, or has problems that are not allowed.
    """
    workspace = Workspace.load(spec, report, root)
    lowerer = Lowerer(workspace, kept or Kept())
    name = package or workspace.root.package or proven.module("api")
    made = lower(workspace, lowerer, name)
    report.stop_if_any()
    _forget_notes_of_others(workspace)
    facts = None
    catalogue = workspace.root.root.get("x-catalogue")
    if isinstance(catalogue, Map):
        facts = FactReader(lowerer, made, catalogue).read()
        report.stop_if_any()
    return Described(workspace, lowerer, made, facts)


def build(
    spec: Path,
    package: ModuleName,
    report: Report,
    kept: Kept | None = None,
    overlay: Path | None = None,
    root: Path | None = None,
) -> Built:
    """Read, check and render a description.

    ``kept`` are the names that the package has already. ``overlay`` is a file that says how lists
    are paged. ``root`` is the folder in which all documents are, by default the description's own.

    Raises:
        DescriptionError: it can't be read, or has problems that are not allowed.
    """
    return sources(describe(spec, package, report, kept, root), overlay)


def sources(described: Described, overlay: Path | None = None) -> Built:
    """Render a description.

    Raises:
        DescriptionError: there is something in it that can't be rendered.
    """
    workspace, lowerer, made = described.workspace, described.lowerer, described.package
    provider_files: dict[FilePath, Code] = {}
    if described.provider is not None:
        provider_files, made = render_provider(lowerer, made, described.provider)
        workspace.report.stop_if_any()
    files = render(made) | provider_files
    client, overlaid = client_module(workspace, made, overlay, lowerer.kept_names)
    files |= client
    others: list[Code] = []
    for name in map(proven.module, ("catalogue", "client", "inputs")):
        if python_file(name) in files:
            others.append(name)
    if _MODELS in files:
        others.append("models")
    files[FilePath("__init__.py")] = render_init(made, others)
    return Built(files, workspace.digest() + overlaid, made)


def _forget_notes_of_others(workspace: Workspace) -> None:
    """Leave out what is only told about documents that make a package of their own."""
    others = {
        document.shown
        for document in workspace.documents.values()
        if document is not workspace.root and document.package is not None
    }
    notes = workspace.report.notes
    notes[:] = [note for note in notes if note.location.file not in others]


def lower(workspace: Workspace, lowerer: Lowerer, package: ModuleName) -> ir.Package:
    """The typed form of a description."""
    root = workspace.root.root
    _check_members(root, workspace.report)
    lowerer.lower_components()
    operations = Operations(workspace, lowerer)
    endpoints: dict[Name, list[ir.Endpoint]] = {
        _module_name(module): [evolve(endpoint, module=_module_name(module)) for endpoint in found]
        for module, found in operations.endpoints().items()
    }
    info = root.get("info")
    info = info if isinstance(info, Map) else root.like({})
    made = ir.Package(
        package,
        one_line(str(info.get("title", package))),
        one_line(str(info.get("version", ""))),
        _package_doc(info),
        tuple(servers_of(root, workspace.report) or ()),
        lowerer.definitions,
        endpoints,
        _tag_docs(root),
    )
    if not workspace.report.problems:  # where there are some, references may lead nowhere
        mark(made)
        check_circles(made, workspace.report)
        check_depth(made, workspace.report)
        made.kept = name_all(lowerer.homes, made.definitions, made.endpoints, workspace.report)
    check_former(made, workspace.report)
    return made


_MEMBERS: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("info", "components"), (Map, "a mapping")),
    "tags": (Seq, "a list"),
}


def _check_members(root: Map, report: Report) -> None:
    """Report what the whole description has in another form than is read."""
    for name, (kind, words) in _MEMBERS.items():
        value = root.get(name)
        if value is not None and not isinstance(value, kind):
            report.add("malformed", root.where(name), f"{name!r} must be {words}")
    components = root.mapping("components") or root.like({})
    for name, held in components.items():
        if held is not None and not isinstance(held, Map) and not name.startswith("x-"):
            report.add("malformed", components.where(name), f"{name!r} must be a mapping")


def _module_name(module: Name) -> Name:
    return names.longer(module, "_") if module in RESERVED_MODULES else module


def _package_doc(info: Map) -> tuple[str, ...]:
    lines = [one_line(str(info.get("title", "The API")))]
    for keyword in ("summary", "description"):
        text = info.text(keyword) or ""
        if text.strip():
            lines += ["", *paragraphs(text)]
    return tuple(lines)


def _tag_docs(root: Map) -> dict[Name, tuple[str, ...]]:
    tags = root.get("tags")
    found: dict[Name, tuple[str, ...]] = {}
    for tag in tags.maps() if isinstance(tags, Seq) else ():
        name, text = tag.get("name"), tag.get("description")
        if isinstance(name, str) and isinstance(text, str) and text.strip():
            found[_module_name(names.snake(name, "default"))] = tuple(paragraphs(text))
    return found


def render(package: ir.Package) -> dict[FilePath, Code]:
    """The source of every module, by path."""
    homes: dict[ir.Home, list[ir.Definition]] = {}
    for definition in package.definitions.values():
        if definition.home.package is None:
            homes.setdefault(definition.home, []).append(definition)
    files: dict[FilePath, Code] = {
        python_file(home.module): render_home(package.name, home, found, package.definitions)
        for home, found in homes.items()
    }
    for module, endpoints in package.endpoints.items():
        doc = package.module_docs.get(module) or (f"Endpoints of {module}.",)
        files[python_file(proven.module(module))] = render_endpoints(
            package.name, module, doc, endpoints, package.definitions
        )
    if any(home.module.startswith("inline.") for home in homes):
        files[FilePath("inline/__init__.py")] = render_plain_init(
            "Types that have no name in the description."
        )
    starts_jobs = (one.input_class for found in package.endpoints.values() for one in found)
    if any(home.module.startswith("models.") for home in homes) or not any(starts_jobs):
        renamed = renamed_classes(package.definitions.values())
        files[_MODELS] = render_models_init(homes, renamed)
    return files
