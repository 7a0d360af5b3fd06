"""Which plugins are installed, read from their entry points without importing any of them.

``importlib.metadata.entry_points()`` is not used: it takes several times as long, and one malformed
``entry_points.txt`` anywhere in the environment makes it fail for everybody. Folders are read
directly; what else may stand on ``sys.path`` (a zip file, an egg) is left to
``importlib.metadata``.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from functools import partial
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from modelhunter.plugins.hookspecs import MODELS_GROUP, OVERRIDES_GROUP, PROVIDERS_GROUP
from modelhunter.plugins.messages import cut, hint, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_FILE = "entry_points.txt"
_GROUPS = (PROVIDERS_GROUP, MODELS_GROUP, OVERRIDES_GROUP)


@frozen(eq=False, kw_only=True)
class Source:
    """One plugin that can be loaded: what its entry points say about it.

    ``target`` is what they refer to (``"modelhunter_acme.plugin"``), ``providers`` and ``models``
    the names that they claim for it, ``changes`` the providers of others whose models it changes.
    ``plugin`` is the object itself where an application
    registered it, and ``distribution`` is None then.
    """

    target: str
    providers: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    distribution: Distribution | None = field(default=None, repr=False)
    plugin: Any = None

    @property
    def name(self) -> str:
        """The provider's name; for a plugin that only adds models, what its entries refer to."""
        return self.providers[0] if self.providers else self.target

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        if self.distribution is None:
            return f"{self.target} (registered by the application)"
        version = distribution_version(self.distribution) or "(without a version)"
        return f"{distribution_name(self.distribution)} {version}"

    @property
    def label(self) -> str:
        """The plugin as messages name it: its distribution and entry point."""
        if self.distribution is None:
            return f"plugin {self.origin}"
        group, name = OVERRIDES_GROUP, min(self.changes, default="")
        if self.providers:
            group, name = PROVIDERS_GROUP, self.providers[0]
        elif self.models:
            group, name = MODELS_GROUP, min(self.models)
        return f"plugin {self.origin} (entry point {name} = {self.target} in {group})"

    def load(self) -> Any:
        """The plugin, imported now. Whatever its import raises is passed on."""
        if self.distribution is None:
            return self.plugin
        return EntryPoint(name=self.name, value=self.target, group=PROVIDERS_GROUP).load()

    @property
    def called(self) -> tuple[str, ...]:
        """The names by which it can be chosen: its providers, else what it is, and its package."""
        names = self.providers or (self.target,)
        if self.distribution is None:
            return names
        return (*names, distribution_name(self.distribution))

    def is_named(self, names: Iterable[str]) -> bool:
        """Whether one of ``names`` is this plugin's provider, target or distribution."""
        wanted = set(names)
        if wanted.intersection((*self.providers, self.target)):
            return True
        if self.distribution is None:
            return False
        return canonical(distribution_name(self.distribution)) in map(canonical, wanted)


def distribution_name(distribution: Distribution) -> str:
    """The name of a distribution, also where its metadata lack one."""
    return _stated(distribution, "Name") or "(distribution without a name)"


def distribution_version(distribution: Distribution) -> str | None:
    """The version of a distribution, if its metadata state one."""
    return _stated(distribution, "Version")


def _stated(distribution: Distribution, field: str) -> str | None:
    metadata = distribution.metadata
    return metadata[field] if field in metadata else None  # noqa: SIM401 - there is no get


def canonical(name: str) -> str:
    """The name of a distribution as comparisons have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_sources(path: Sequence[str] | None = None) -> list[Source]:
    """Every plugin among the distributions in these folders, or on ``sys.path``, in its order."""
    found: list[tuple[Distribution, list[Source]]] = []
    for folder in dict.fromkeys(sys.path if path is None else path):
        for text, distribution in declarations_in(folder):
            if any(group in text for group in _GROUPS):
                installed = distribution()
                found.append((installed, _sources_of(installed, text)))
    return _without_copies(found)


def declarations_in(folder: str) -> Iterator[tuple[str, Callable[[], Distribution]]]:
    """The entry points of each distribution in a folder as text, and what makes the object."""
    if folder.endswith(".egg") or os.path.isfile(folder):
        for other in distributions(path=[folder]):
            with suppress(OSError, ValueError):
                yield other.read_text(_FILE) or "", partial(_itself, other)
        return
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            place = os.path.join(folder, name)
            try:
                with open(os.path.join(place, _FILE), encoding="utf-8") as file:
                    text = file.read()
            except (OSError, ValueError):
                continue
            yield text, partial(Distribution.at, place)


def _itself(distribution: Distribution) -> Distribution:
    return distribution


def _sources_of(distribution: Distribution, text: str) -> list[Source]:
    found: dict[str, dict[str, list[str]]] = {group: {} for group in _GROUPS}
    for group, name, target in entries(text):
        if group in found:
            found[group].setdefault(target, []).append(name)
    providers, models, changes = (found[group] for group in _GROUPS)
    return [
        Source(
            target=target,
            providers=tuple(dict.fromkeys(providers.get(target, ()))),
            models=frozenset(models.get(target, ())),
            changes=frozenset(changes.get(target, ())),
            distribution=distribution,
        )
        for target in dict.fromkeys((*providers, *models, *changes))
    ]


def entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Group, name and reference of each entry point. Lines that are none are passed over."""
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip().strip("[]").strip()
            continue
        name, separator, target = line.partition("=")
        name, target = name.strip(), target.strip()
        if separator and name and target and name[0] not in "#;":
            yield group, name, target


def _without_copies(found: list[tuple[Distribution, list[Source]]]) -> list[Source]:
    """The sources, without distributions that ``sys.path`` holds twice.

    An editable install beside stale metadata is one. Python imports from the first, so the first
    counts. Names are compared only where two distributions claim the same thing, because reading
    a name means parsing its metadata.
    """
    owners: dict[tuple[str, str], Distribution] = {}
    kept: list[Source] = []
    for distribution, sources in found:
        claims = [("provider", name) for source in sources for name in source.providers]
        claims += [("model", name) for source in sources for name in source.models]
        claims += [("change", source.target) for source in sources if source.changes]
        rivals = {id(owners[claim]): owners[claim] for claim in claims if claim in owners}
        if any(_same_name(rival, distribution) for rival in rivals.values()):
            continue
        kept += sources
        for claim in claims:
            owners.setdefault(claim, distribution)
    return kept


def _same_name(one: Distribution, other: Distribution) -> bool:
    return canonical(distribution_name(one)) == canonical(distribution_name(other))


def chosen(
    sources: Iterable[Source], environment: Mapping[str, str]
) -> tuple[list[Source], list[Source]]:
    """The sources that the environment leaves on, and those that it turns off.

    ``MODELHUNTER_PLUGINS`` and ``MODELHUNTER_DISABLE_PLUGINS`` hold comma-separated names of
    providers or distributions: the first keeps only these, the second drops these.
    """
    only, never = (names_in(environment.get(variable, "")) for variable in CHOICES)
    on: list[Source] = []
    off: list[Source] = []
    for source in sources:
        wanted = (not only or source.is_named(only)) and not (never and source.is_named(never))
        (on if wanted else off).append(source)
    return on, off


class Chosen(Protocol):
    """What the environment may turn on or off by a name: a plugin, an observer, a gate."""

    @property
    def called(self) -> tuple[str, ...]:
        """Its names."""
        ...

    def is_named(self, names: Iterable[str]) -> bool:
        """Whether one of these is among them."""
        ...


def unmet(sources: Iterable[Chosen], environment: Mapping[str, str]) -> list[str]:
    """What to say of each name in those variables that no plugin has."""
    sources = list(sources)
    known = {name for source in sources for name in source.called}
    return [
        f"{variable} names {cut(name)!r}, which is no installed plugin"
        + hint(nearest(name, known, 2))
        for variable in CHOICES
        for name in names_in(environment.get(variable, ""))
        if not any(source.is_named((name,)) for source in sources)
    ]


CHOICES = ("MODELHUNTER_PLUGINS", "MODELHUNTER_DISABLE_PLUGINS")
"""The environment variables that keep only some plugins, and that drop some."""


def names_in(text: str) -> list[str]:
    """The names in a list that is separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
