"""The hooks that a plugin may implement.

A plugin is an installed distribution with an entry point in the group ``modelhunter.providers``.
The entry point's name is the provider's name; it refers to a module (or any object) whose
functions marked with :data:`hookimpl` implement what is specified here::

    [project.entry-points."modelhunter.providers"]
    acme = "modelhunter_acme.plugin"

    [project.entry-points."modelhunter.models"]     # optional: which model ids this plugin owns
    "acme-1" = "modelhunter_acme.plugin"

The second group lets the registry find the owner of a model without importing anything; a plugin
without it is imported when a model is asked for that no index names.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from modelhunter.plugins.catalogue import Model, Provider

PROJECT = "modelhunter"
PROVIDERS_GROUP = "modelhunter.providers"
MODELS_GROUP = "modelhunter.models"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def modelhunter_provider() -> Provider | None:  # type: ignore[empty-body]
    """The provider that this plugin brings; its name must be the entry point's name."""


@hookspec
def modelhunter_models(provider: str) -> Iterable[Model]:  # type: ignore[empty-body]
    """Models that this plugin adds to another plugin's provider, whose name is given."""
