"""Who claims which provider and model, and what to say when several do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter.errors import PluginConflict
from modelhunter.plugins.hookspecs import MODELS_GROUP
from modelhunter.plugins.messages import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter.plugins.discovery import Source
    from modelhunter.plugins.loading import Loaded


@frozen(eq=False)
class Index:
    """Who claims which name. ``unindexed`` are plugins that don't say what models they have."""

    on: tuple[Source, ...]
    off: tuple[Source, ...]
    providers: Mapping[str, Sequence[Source]]
    models: Mapping[str, Sequence[Source]]
    unindexed: tuple[Source, ...]
    registered: tuple[Source, ...]


def indexed(on: Sequence[Source], off: Sequence[Source], registered: tuple[Source, ...]) -> Index:
    """The index over plugins that are turned on, turned off, and registered in this process."""
    providers: dict[str, list[Source]] = {}
    models: dict[str, list[Source]] = {}
    for source in (*on, *registered):
        for name in source.providers:
            providers.setdefault(name, []).append(source)
        for name in source.models:
            models.setdefault(name, []).append(source)
    return Index(
        on=(*on, *registered),
        off=tuple(off),
        providers=providers,
        models=models,
        unindexed=tuple(source for source in on if not source.models),
        registered=registered,
    )


def only(what: str, name: str, sources: Sequence[Source]) -> Source:
    """The one source that claims a name.

    Raises:
        PluginConflict: there are several.
    """
    if len(sources) > 1:
        raise PluginConflict(_conflict(what, name, sources))
    return sources[0]


def _conflict(what: str, name: str, sources: Sequence[Source]) -> str:
    claimants = listed(sorted(source.origin for source in sources), "and")
    return (
        f"the {what} {name!r} is claimed by {claimants}; uninstall one of them, or turn one off "
        "with MODELHUNTER_DISABLE_PLUGINS and the name of its distribution"
    )


def conflicts_of(source: Source, index: Index) -> list[str]:
    """What to say of each name that a source shares with another."""
    claims = [("provider", name, index.providers) for name in source.providers]
    claims += [("model", name, index.models) for name in sorted(source.models)]
    return [
        _conflict(what, name, sources[name])
        for what, name, sources in claims
        if len(sources[name]) > 1
    ]


def index_gap(loaded: Loaded, name: str | None = None) -> str:
    """What to say of models that a plugin brings and its index lacks; nothing if there are none.

    With ``name`` only that model or alias is meant. They can't be used, as nobody would find them
    without importing every plugin.
    """
    source, provider = loaded.source, loaded.provider
    if provider is None or not source.models or source.distribution is None:
        return ""
    brought = {one for model in provider.models for one in (model.id, *model.aliases)}
    lacking = sorted(brought - source.models)
    if not lacking or (name is not None and name not in lacking):
        return ""
    names = listed([repr(one) for one in ([name] if name else lacking)], "and")
    return (
        f"{source.label} brings {names} and does not say so in its entry points in "
        f"{MODELS_GROUP}; add that to its pyproject.toml and install it again"
    )
