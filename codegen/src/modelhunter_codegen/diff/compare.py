"""One description, or a folder of them, against another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir
from modelhunter_codegen.arguments import flat_model
from modelhunter_codegen.deprecated_names import former_names
from modelhunter_codegen.diff.catalogue import compare_catalogues
from modelhunter_codegen.diff.changes import IMPACTS, Change, Changes
from modelhunter_codegen.diff.endpoints import EndpointComparison, functions
from modelhunter_codegen.diff.facts import plain_changes
from modelhunter_codegen.diff.fitting import Fitting
from modelhunter_codegen.diff.models import ModelComparison, subject
from modelhunter_codegen.diff.reading import (
    Description,
    descriptions,
    location,
    read_description,
)
from modelhunter_codegen.diff.renames import Rename, find_renames
from modelhunter_codegen.diff.untold import untold
from modelhunter_codegen.names import snake
from modelhunter_codegen.problems import Location

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from modelhunter_codegen.diff.changes import Impact


def compare(old: Path, new: Path, allowed: Collection[str] = ()) -> list[Change]:
    """What changed between two descriptions or two folders of them, the worst first.

    Files of folders belong together when they have the same place in them. ``allowed`` are kinds of
    problems that may pass.

    Raises:
        DescriptionError: one can't be read or used.
    """
    before, after = descriptions(old), descriptions(new)
    if len(before) == len(after) == 1:
        after = dict(zip(before, after.values(), strict=True))
    changes = Changes()
    for place in sorted(before.keys() | after.keys()):
        if place not in after:
            _document(changes, read_description(before[place], allowed), gone=True)
        elif place not in before:
            _document(changes, read_description(after[place], allowed), gone=False)
        else:
            earlier = read_description(before[place], allowed)
            later = read_description(after[place], allowed, earlier.package.kept)
            compare_descriptions(earlier, later, changes)
    return sorted(changes.found, key=_order)


def _order(change: Change) -> tuple[int, str, str, str]:
    return IMPACTS.index(change.impact), change.subject, change.kind, change.message


def _document(changes: Changes, description: Description, *, gone: bool) -> None:
    """A whole description that went or came."""
    package = description.package
    at = Location(description.root.file, 1, "")
    provider = description.provider
    what, name = ("provider", provider.name) if provider else ("package", package.name)
    if gone:
        changes.add("breaking", f"{what}-removed", name, f"the {what} is gone", (at, None))
        return
    has = f"{len(functions(description))} functions"
    if provider is not None:
        has = f"models {', '.join(model.id for model in provider.models)}"
    words = f"the {what} is new: {has}"
    changes.add("safe", f"{what}-added", name, words, (None, at), adds=True)


def compare_descriptions(old: Description, new: Description, changes: Changes) -> None:
    """Record how one description changed."""
    _package(old, new, changes)
    before, after = old.own(), new.own()
    pairs = _same_names(before, after)
    renames = _definition_renames(old, new, pairs)
    pairs |= {rename.old: rename.new for rename in renames}
    fitting = Fitting(old.package.definitions, new.package.definitions, pairs)
    models = ModelComparison(old, new, fitting, changes, _arguments(new))
    if old.provider is not None and new.provider is not None:
        compare_catalogues(models, old.provider, new.provider)
    EndpointComparison(models).compare()
    for rename in renames:
        _renamed(changes, before[rename.old], after[rename.new], rename)
    for key, other in pairs.items():
        models.compare(before[key], after[other])
    modules = {one.home for one in after.values()}
    for key, one in before.items():
        if key not in pairs and (_is_component(one) or one.home in modules):
            where = location(one.node)
            changes.add(
                "breaking", "class-removed", subject(one), "the class is gone", (where, None)
            )
    for key, one in after.items():
        if key not in pairs.values() and _is_component(one):
            where = location(one.node)
            changes.add(
                "safe", "class-added", subject(one), "the class is new", (None, where), adds=True
            )
    _rest(old, new, changes)


def _rest(old: Description, new: Description, changes: Changes) -> None:
    """What reads otherwise and was not told yet."""
    at = (location(old.root), location(new.root))
    for one in list(untold(old.files, new.files, changes.found)):
        if one.text:
            words = "its documentation says something else"
            changes.add("safe", "documentation-changed", one.subject, words, at)
        else:
            words = f"its code differs ({one.path})"
            changes.add("possibly", "code-changed", one.subject, words, at)


def _package(old: Description, new: Description, changes: Changes) -> None:
    at = (location(old.root), location(new.root))
    if old.package.name != new.package.name:
        words = f"the package is called {new.package.name} now"
        changes.add("breaking", "package-renamed", old.package.name, words, at)
    for impact, kind, words in plain_changes(old.package, new.package):
        changes.add(impact, kind, new.package.name, words, at)
    if old.package.servers != new.package.servers:
        words = f"it is served at {', '.join(new.package.servers) or 'no known address'}"
        words += f", was {', '.join(old.package.servers) or 'no known address'}"
        at = (location(old.root, "servers"), location(new.root, "servers"))
        changes.add("possibly", "servers-changed", new.package.name, words, at)


def _is_component(one: ir.Definition) -> bool:
    """Whether a definition is a schema with a name of its own, not a part of one."""
    return one.home.module == f"models.{snake(one.name)}"


def _arguments(description: Description) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, endpoint in functions(description).items():
        typed = endpoint.input_class is not None
        model = None if typed else flat_model(endpoint, description.package.definitions)
        if model is not None:
            found.setdefault(model.key, []).append(name)
    return found


# ------------------------------------------------------------------------------- renamed classes


def _same_names(
    before: dict[str, ir.Definition], after: dict[str, ir.Definition]
) -> dict[str, str]:
    """The keys of the classes that are called the same, old and new."""
    keys = {(one.home, one.name): key for key, one in after.items()}
    names = {key: (one.home, one.name) for key, one in before.items()}
    return {key: keys[name] for key, name in names.items() if name in keys}


def _definition_renames(old: Description, new: Description, pairs: dict[str, str]) -> list[Rename]:
    gone = {key: one for key, one in old.own().items() if key not in pairs}
    known = set(pairs.values())
    come = {key: one for key, one in new.own().items() if key not in known}
    same = Fitting(old.package.definitions, new.package.definitions, dict(pairs))

    def former(one: ir.Definition) -> list[str]:
        schemas = former_names(one.node) if _is_component(one) else ()
        modules = {f"models.{snake(name)}" for name in schemas}
        return [
            key for key, old_one in gone.items()
            if old_one.home.module in modules and _is_component(old_one)
        ]  # fmt: skip

    def equal(one: ir.Definition, other: ir.Definition) -> bool:
        return _same_shape(one, other, same)

    return find_renames(gone, come, former=former, equal=equal, telling=_is_telling)


def _same_shape(one: ir.Definition, other: ir.Definition, fitting: Fitting) -> bool:
    if isinstance(one, ir.Enumeration) and isinstance(other, ir.Enumeration):
        return one.members == other.members
    if isinstance(one, ir.Alias) and isinstance(other, ir.Alias):
        return fitting.relation(one.type, other.type) == "same"
    if not isinstance(one, ir.Model) or not isinstance(other, ir.Model):
        return False
    mine = {prop.wire: prop for prop in one.properties}
    theirs = {prop.wire: prop for prop in other.properties}
    return mine.keys() == theirs.keys() and all(
        (prop.required, prop.nullable) == (theirs[wire].required, theirs[wire].nullable)
        and fitting.relation(prop.type, theirs[wire].type) == "same"
        for wire, prop in mine.items()
    )


def _is_telling(one: ir.Definition) -> bool:
    """Whether two definitions of this shape are hardly alike by chance."""
    if isinstance(one, ir.Model):
        return len(one.properties) > 2
    return isinstance(one, ir.Enumeration)


def _renamed(changes: Changes, old: ir.Definition, new: ir.Definition, rename: Rename) -> None:
    words = f"the class is called {subject(new)} now"
    impact: Impact = "breaking"
    if rename.declared:
        words += "; the old name works for one release and warns"
        impact = "possibly"
    at = (location(old.node), location(new.node))
    changes.add(impact, "class-renamed", subject(old), words, at)
