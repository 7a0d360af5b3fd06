"""The final names of classes, modules and functions: given in one place, when all is known.

What has a name in the package already keeps it. Of the others that would share one, the first by
its place gets it; the rest get a longer one that follows from their own place.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from modelhunter_codegen import ir, media, names, proven
from modelhunter_codegen.arguments import name_arguments, recorded_arguments
from modelhunter_codegen.deprecated_names import former_names
from modelhunter_codegen.lock_names import Kept, chosen_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modelhunter_codegen.module_placement import Candidate, Homes
    from modelhunter_codegen.problems import Report
    from modelhunter_codegen.proven import ModuleName, Name

_KINDS: dict[type[ir.Definition], str] = {
    ir.Model: "Object", ir.Enumeration: "Choice", ir.Alias: "Type"
}  # fmt: skip
"""What tells a class from another of the same words."""

Placed = tuple[ir.Definition, "Candidate"]


def name_all(
    homes: Homes,
    definitions: Mapping[str, ir.Definition],
    endpoints: Mapping[Name, list[ir.Endpoint]],
    report: Report,
) -> Kept:
    """Give everything its name; returns the names for the lock."""
    kept = homes.kept
    named: dict[str, str] = {}
    parts: dict[str, Mapping[str, str]] = {}
    for definition, place in _name_definitions(homes, definitions, kept):
        if definition.home.package is None:
            named[place] = f"{definition.home.module}.{definition.name}"
            if isinstance(definition, ir.Model) and definition.extra is not None:
                named[f"{place}/*"] = definition.extra_name
            parts[place] = _parts(definition)
    for module, found in endpoints.items():
        _name_functions(found, kept, report)
        for endpoint in found:
            known = kept.known(endpoint.place) in kept.names
            name_arguments(endpoint, definitions, kept.variables(endpoint.place), known, report)
            named[endpoint.place] = f"{module}.{endpoint.python}"
            parts[endpoint.place] = recorded_arguments(endpoint)
    return Kept(
        dict(sorted(named.items())),
        {place: found for place, found in sorted(parts.items()) if found},
    )


def _parts(definition: ir.Definition) -> dict[str, str]:
    """The names of fields and members that are not the words of the wire themselves."""
    if isinstance(definition, ir.Model):
        fields = {prop.wire: prop.python for prop in definition.properties}
        return {wire: name for wire, name in fields.items() if wire != name}
    if isinstance(definition, ir.Enumeration):
        return {value: name for name, value in definition.members if value != name}
    return {}


# ------------------------------------------------------------------------------- classes


def _name_definitions(
    homes: Homes, definitions: Mapping[str, ir.Definition], kept: Kept
) -> list[tuple[ir.Definition, str]]:
    """Give definitions their homes and names; returns each with its place."""
    own = {names.snake(name) for name, _ in homes.names_of(homes.workspace.root).values()}
    by_home: dict[ir.Home, list[ir.Definition]] = {}
    for definition in definitions.values():
        by_home.setdefault(definition.home, []).append(definition)
    referred = {home: one for home, one in homes.modules.items() if _is_claim(home)}
    unnamed = {home: one for home, one in homes.modules.items() if not _is_claim(home)}
    claimed = _claims(referred, own, kept)
    modules = _modules(unnamed, by_home, homes, kept)
    placed: list[tuple[ir.Definition, str]] = []
    for home, found in by_home.items():
        name = claimed.get(home)
        module = modules.get(home, home.module)
        if name is not None:
            module = proven.module("models", names.snake(name))
        inner: list[Placed] = []
        outer: list[str] = []
        used: set[str] = set()
        for definition in found:
            candidate = homes.inner.get((home, definition.name))
            if candidate is not None:
                inner.append((definition, candidate))
            else:
                outer.append(homes.places[home, definition.name])
                placed.append((definition, outer[-1]))
                definition.name = name or definition.name
                used |= _taking(definition, definition.name)
        placed += _name_inner(inner, outer, used, kept if home.package is None else Kept())
        for definition in found:
            definition.home = ir.Home(module, home.package)
    return placed


def _is_claim(home: ir.Home) -> bool:
    return home.module.startswith("models.")


def _claims(
    referred: Mapping[ir.Home, Candidate], own: Iterable[str], kept: Kept
) -> dict[ir.Home, Name]:
    """Class names for what references lead to though it is no component schema of the root."""
    used = set(own)
    found: dict[ir.Home, Name] = {}
    for home, one in referred.items():
        name = kept.class_name(one.place)
        if name is not None and names.snake(name) not in used:
            found[home] = name
            used.add(names.snake(name))
    for home, one in sorted(referred.items(), key=lambda item: item[1].place):
        if home in found:
            continue
        given = one.name if names.snake(one.name) not in used else one.others[0]
        while names.snake(given) in used:
            given = names.longer(given, names.short_hash(one.telling))
        found[home] = given
        used.add(names.snake(given))
    return found


def _modules(
    unnamed: Mapping[ir.Home, Candidate],
    by_home: Mapping[ir.Home, list[ir.Definition]],
    homes: Homes,
    kept: Kept,
) -> dict[ir.Home, ModuleName]:
    """Modules for the inner schemas of operations."""
    candidates: dict[str, tuple[ir.Home, Name]] = {}
    earlier: dict[str, Name] = {}
    for home, one in unnamed.items():
        if home not in by_home:
            continue
        candidates[one.place] = (home, one.name)
        for definition in by_home[home]:
            module = kept.module(homes.inner[home, definition.name].place)
            if module is not None:
                earlier[one.place] = module
                break
    given = _distinct({place: name for place, (_, name) in candidates.items()}, earlier, set())
    return {home: proven.module("inline", given[place]) for place, (home, _) in candidates.items()}


def _distinct(
    wanted: Mapping[str, Name], earlier: Mapping[str, Name], used: set[Name]
) -> dict[str, Name]:
    """A name for each place: an earlier one, or the wanted one, longer where it is taken."""
    given: dict[str, Name] = {}
    for place, name in sorted(earlier.items()):
        if name not in used:
            given[place] = name
            used.add(name)
    for place in sorted(wanted.keys() - given.keys()):
        name = wanted[place]
        while name in used:
            name = names.longer(name, "_", names.short_hash(place))
        given[place] = name
        used.add(name)
    return given


def _name_inner(
    inner: list[Placed], outer: list[str], used: set[str], kept: Kept
) -> list[tuple[ir.Definition, str]]:
    """Name the classes of the inner schemas of a module; returns each with its place.

    ``outer`` are the places of the module's other classes, which no inner one may share.
    """
    times = Counter([*outer, *(candidate.place for _, candidate in inner)])
    placed = [
        (definition, one.place if times[one.place] == 1 else f"{one.place}@{one.telling}", one)
        for definition, one in inner
    ]
    placed.sort(key=lambda item: (item[1].count("/"), item[1], item[2].telling))
    free = []
    for definition, place, one in placed:
        name = kept.class_name(place)
        if name is not None and used.isdisjoint(_taking(definition, name)):
            definition.name = name
            used |= _taking(definition, name)
        else:
            free.append((definition, place, one))
    for definition, place, one in free:
        definition.name = next(
            name
            for name in _tries(one.name, _KINDS[type(definition)], place)
            if name not in names.CLASS_RESERVED and used.isdisjoint(_taking(definition, name))
        )
        used |= _taking(definition, definition.name)
    return [(definition, place) for definition, place, _ in placed]


def _tries(name: Name, kind: str, place: str) -> Iterator[Name]:
    """Names for a class, the readable ones first."""
    yield name
    yield names.longer(name, kind)
    for salt in count():
        yield names.longer(name, kind, names.short_hash(f"{place} {salt}"))


def _taking(definition: ir.Definition, name: str) -> set[str]:
    """What a class takes in its module: the names that come with it, as functions spell them."""
    if isinstance(definition, ir.Enumeration):
        return {names.snake(name), names.snake(f"{name}Value")}
    if isinstance(definition, ir.Model) and definition.subtypes:
        return {names.snake(name), names.snake(f"Any{name}")}
    return {names.snake(name)}


# ------------------------------------------------------------------------------- functions


def _name_functions(endpoints: list[ir.Endpoint], kept: Kept, report: Report) -> None:
    """Name the functions of a module, all different."""
    used: set[Name] = set()
    free = endpoints
    for given in (_chosen, _kept):
        waiting, free = free, []
        for endpoint in waiting:
            name = given(endpoint, kept, report)
            if name is not None and name not in used:
                endpoint.python = name
                used.add(name)
            else:
                free.append(endpoint)
    by_name: dict[Name, list[ir.Endpoint]] = {}
    for endpoint in free:
        by_name.setdefault(endpoint.python, []).append(endpoint)
    late: list[ir.Endpoint] = []
    for name, same in by_name.items():
        exact = [endpoint for endpoint in same if endpoint.operation_id == name]
        alone = exact if len(same) > 1 else same
        winner = alone[0] if len(alone) == 1 and name not in used else None
        late += [endpoint for endpoint in same if endpoint is not winner]
    _tell_apart(late, used | by_name.keys(), endpoints)


def _chosen(endpoint: ir.Endpoint, _: Kept, report: Report) -> Name | None:
    name = chosen_name(endpoint.node, report)
    return None if name is None else names.longer(name, endpoint.suffix)


def _kept(endpoint: ir.Endpoint, kept: Kept, _: Report) -> Name | None:
    """The name from the lock; an operation that says that it was renamed gets a new one."""
    return None if former_names(endpoint.node) else kept.function(endpoint.place)


def _tell_apart(late: list[ir.Endpoint], taken: set[Name], endpoints: list[ir.Endpoint]) -> None:
    """Add to the names of functions where they lead, or what they send where that is the same."""
    places = Counter((one.method, one.path) for one in late)
    waiting = set(map(id, late))
    settled = {
        (one.python, one.method, one.path): one for one in endpoints if id(one) not in waiting
    }
    texts = []
    for one in late:
        text = f"{one.python} {one.method} {one.path}"
        sent = one.body.media_type if one.body is not None else ""
        sibling = settled.get((one.python, one.method, one.path))
        if sibling is not None and sibling.body != one.body and sent:
            text = f"{one.python} {media.suffix(sent)}"
        elif sibling is not None:
            text = f"{one.python} as {media.suffix(one.accept or 'application/json')}"
        elif places[one.method, one.path] > 1:
            text = f"{text} {sent} {one.accept or ''}"
        texts.append(text)
    found = names.resolve(texts, names.snake, taken=taken)
    for one, text in zip(late, texts, strict=True):
        one.python = found[text]
