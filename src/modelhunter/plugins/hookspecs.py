"""The hooks that a plugin may implement.

A plugin is an installed distribution with an entry point in the group ``modelhunter.providers``.
The entry point's name is the provider's name; it refers to a module (or any object) whose
functions marked with :data:`hookimpl` implement what is specified here::

    [project.entry-points."modelhunter.providers"]
    acme = "modelhunter_acme.plugin"

    [project.entry-points."modelhunter.models"]     # optional: which model ids this plugin owns
    "acme-1" = "modelhunter_acme.plugin"

The second group is the plugin's index: it lets the registry find the owner of a model without
importing anything. It names every model id and every alias, or is left out; a plugin without it
is imported whenever a model is asked for that no index names. A plugin that only adds models to
somebody else's provider has this group alone. One that changes the models of another's provider has
an entry point of that provider's name in the group ``modelhunter.overrides``, and its aliases in
``modelhunter.models``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter.plugins.catalogue import Model, Provider
    from modelhunter.plugins.overrides import ModelChange

PROJECT: Final = "modelhunter"
PROVIDERS_GROUP = "modelhunter.providers"
MODELS_GROUP = "modelhunter.models"
OVERRIDES_GROUP = "modelhunter.overrides"

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)
hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def modelhunter_provider() -> Provider | None:
    """The provider that this plugin brings; its name must be the entry point's name.

    Asked once, when one of its models or the provider itself is first wanted. None where the
    plugin only adds models to other providers.
    """


@hookspec
def modelhunter_models(provider: str) -> Iterable[Model]:  # type: ignore[empty-body]
    """Models that this plugin adds to another plugin's provider, whose name is given.

    Asked once for every provider that is installed; return nothing for those that don't concern
    you. The provider itself is not changed: the models are found by their names, and listed
    among the provider's.
    """


@hookspec
def modelhunter_changes(provider: str) -> Iterable[ModelChange]:  # type: ignore[empty-body]
    """Aliases and prices for the models of another plugin's provider, whose name is given.

    Asked once for each provider that the plugin's entry points in ``modelhunter.overrides`` name,
    and for every provider where an application has registered it.
    """
