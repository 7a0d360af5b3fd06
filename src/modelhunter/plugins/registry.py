"""The installed plugins, found without importing them, and the models that they bring."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, frozen

from modelhunter.errors import InvalidInput, PluginError, UnknownModel, UnknownProvider
from modelhunter.plugins import hookspecs
from modelhunter.plugins.discovery import (
    Source,
    chosen,
    distribution_name,
    distribution_version,
    installed_sources,
    unmet,
)
from modelhunter.plugins.index import Index, conflicts_of, index_gap, indexed, only
from modelhunter.plugins.loading import Failed, Loaded, load
from modelhunter.plugins.messages import cut, hint, listed, nearest
from modelhunter.plugins.overrides import Changed, of_model, with_changes
from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from modelhunter.plugins.catalogue import Model, Provider
    from modelhunter.plugins.discovery import Chosen
    from modelhunter.plugins.overrides import ModelChange

_log = logging.getLogger("modelhunter")

PluginState = Literal["loaded", "not loaded", "failed", "conflict", "disabled"]


@frozen(kw_only=True)
class PluginInfo:
    """One plugin as ``modelhunter plugins`` lists it.

    ``kind`` is ``provider``, ``override``, ``gate`` or ``observer``.
    ``models`` are ids, and aliases where only the index was read; ``hooks`` and ``milliseconds``
    (the time the import took) are known once the plugin is loaded. ``error`` says what is wrong
    in the states ``failed`` and ``conflict``, and which models can't be found where the index
    lacks them.
    """

    name: str
    state: PluginState
    distribution: str | None = None
    version: str | None = None
    models: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    error: str | None = None
    milliseconds: float | None = None
    kind: str = "provider"


class _Entered(threading.local):
    """What a thread is in the middle of, so that a plugin that asks for all stops at itself.

    ``missed`` are plugins that were asked for while they were being loaded.
    """

    def __init__(self) -> None:
        self.sources: set[Source] = set()
        self.missed: set[Source] = set()
        self.additions: set[tuple[Source, str]] = set()
        self.changes: set[str] = set()


class Registry:
    """Finds providers and models among plugins, importing as few of them as can be.

    Nothing is read before the first question. Asking for a model imports the plugin that owns it
    and no other; a plugin that fails concerns only whoever asks for what it owns. A registry may
    be used from several threads, and after a fork.

    ``sources`` returns the plugins to choose from (default: those of the installed
    distributions), ``environment`` holds ``MODELHUNTER_PLUGINS`` and
    ``MODELHUNTER_DISABLE_PLUGINS`` (default: the process's own), ``clock`` measures imports.
    """

    # No lock is held while a plugin is imported: a lock taken before the import system's own
    # would deadlock with a plugin that uses the registry while it is imported, and one that is
    # held during a fork stays locked in the child. Two threads may therefore import the same
    # plugin at once, which Python's import system sorts out; dict.setdefault keeps one answer.

    def __init__(
        self,
        sources: Callable[[], Iterable[Source]] = installed_sources,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._sources = sources
        self._environment = environment
        self._clock = clock
        self._found: dict[str, tuple[list[Source], list[Source]]] = {}
        self._registered: tuple[Source, ...] = ()
        self._register_lock = threading.Lock()
        self._indexes: dict[tuple[Source, ...], Index] = {}
        self._outcomes: dict[Source, Loaded | Failed] = {}
        self._added: dict[tuple[Source, str], tuple[Model, ...]] = {}
        self._changed: dict[tuple[str, tuple[Source, ...]], Changed] = {}
        self._stated: dict[tuple[Source, str], list[ModelChange]] = {}
        self._complaints: dict[Source, str] = {}
        self._entered = _Entered()

    def provider(self, name: str) -> Provider:
        """The provider of this name, with the models of its own plugin, as others change them.

        Raises:
            UnknownProvider: no installed plugin brings it.
            PluginConflict: several do.
            PluginError: the plugin that does could not be used.
        """
        return self._with_changes(self._unchanged(name)).provider

    def _unchanged(self, name: str) -> Provider:
        index = self._index()
        sources = index.providers.get(name, ())
        if not sources:
            raise self._unknown_provider(name, index)
        provider = self._usable(only("provider", name, sources)).provider
        if provider is None or provider.name != name:
            raise PluginError(
                f"{sources[0].label} has an entry point for the provider {name!r}, but brings "
                f"{provider.name if provider else 'none'!r}"
            )
        return provider

    def model(self, name: str) -> tuple[Provider, Model]:
        """The model with this id or alias, and the provider through which it is used.

        Raises:
            UnknownModel: no installed plugin has it.
            PluginConflict: several have it, or its provider is claimed by several.
            PluginError: the plugin that owns it could not be used.
        """
        index = self._index()
        sources = [*index.models.get(name, ())]
        sources += [s for s in index.registered if s not in sources and self._has(s, name)]
        if not sources:
            sources = [source for source in index.unindexed if self._has(source, name)]
        if not sources:
            raise self._unknown_model(name, index)
        source = only("model", name, sources)
        found = self._find(self._usable(source), name)
        if found is None:
            raise PluginError(
                f"{source.label} promises the model {name!r} in its entry points and does not "
                "bring it; its index is out of date, or it adds to a provider that is not "
                "installed"
            )
        return found

    def model_of(self, provider: str, name: str) -> tuple[Provider, Model, bool]:
        """The model of a provider with this id or alias, and whether a plugin lists it.

        One that none lists has the provider's capabilities, each with the widest limits of them,
        and no price.

        Raises:
            InvalidInput: it is another provider's. UnknownProvider, PluginConflict, PluginError.
        """
        wanted = self.provider(provider)
        try:
            owner, found = self.model(name)
        except UnknownModel:
            from modelhunter.plugins.unlisted import unlisted_model  # only for these

            known = [model for _, model in self.models(provider)]
            return wanted, unlisted_model(name, known), False
        if owner.name != provider:
            message = (
                f"is a model of {owner.name}, not of {provider}; use client.{owner.name} or "
                "client.submit"
            )
            raise InvalidInput([Problem("model", message, repr(name))], model=found.id)
        return owner, found, True

    def notes(self, model: str) -> tuple[str, ...]:
        """What others than its provider's own plugin have changed about a model, and who.

        Raises:
            UnknownModel, PluginError: it can't be used.
        """
        owner, found = self.model(model)
        if not of_model(owner, found):
            return (f"brought by {self.label(found.id)}",)
        return self._with_changes(self._unchanged(owner.name)).notes.get(found.id, ())

    def providers(self) -> list[str]:
        """The names of all providers, sorted. Imports nothing."""
        return sorted(self._index().providers)

    def models(self, provider: str | None = None) -> list[tuple[Provider, Model]]:
        """Every model that can be used, or every one of a provider.

        Sorted by provider, its own models first, in its order. Imports every plugin, since any
        may add models; those that fail, and names that several claim, are left out
        (:meth:`plugins` lists them).

        Raises:
            UnknownProvider: no installed plugin brings the provider that was asked for.
            PluginError: its plugin could not be used, or several bring it.
        """
        names = self.providers() if provider is None else [self.provider(provider).name]
        found: list[tuple[Provider, Model]] = []
        for source in self._index().on:
            outcome = self._outcome(source)
            if isinstance(outcome, Loaded):
                found += self._brought(outcome, names)
        usable = [pair for pair in found if self._is_usable(pair[1])]
        return sorted(usable, key=_own_first)

    def label(self, model: str) -> str:
        """The plugin that brings a model, as messages name it: distribution and entry point."""
        index = self._index()
        for source in (*index.models.get(model, ()), *index.on):
            if self._has(source, model):
                return source.label
        return "a plugin"

    def provider_label(self, provider: str) -> str:
        """The plugin that brings a provider, as messages name it."""
        sources = self._index().providers.get(provider, ())
        return sources[0].label if sources else "a plugin"

    def plugins(self, *, load: bool = False) -> list[PluginInfo]:
        """Every plugin and its state; with ``load`` they are all imported first."""
        index = self._index()
        if load:
            for source in index.on:
                self._outcome(source)
            for name in self.providers():
                with suppress(PluginError):
                    self.provider(name)  # which tells whether what changes it can be used
        infos = [self._info(source, index) for source in index.on]
        infos += [_described(source, "disabled") for source in index.off]
        return sorted(infos, key=lambda info: info.name)

    def unmet_choices(self) -> list[str]:
        """What to say of names in ``MODELHUNTER_PLUGINS`` and ``MODELHUNTER_DISABLE_PLUGINS``.

        Of those, that is, which no plugin has: they were misspelt, or it is not installed.
        """
        index = self._index()
        environment = os.environ if self._environment is None else self._environment
        hooks: Sequence[Chosen] = ()
        if self._sources is installed_sources:
            from modelhunter.plugins.installed_hooks import installed_hooks  # it needs this module

            hooks = installed_hooks()
        return unmet((*index.on, *index.off, *hooks), environment)

    def register(self, plugin: Any, *, name: str | None = None) -> None:
        """Add a plugin that belongs to no distribution: an object or module with hooks.

        ``name`` is what messages call it. It takes part in conflicts like any other.

        Raises:
            PluginError: the plugin can't be used.
            ValueError: a plugin of this name is registered already.
        """
        name = name or str(getattr(plugin, "__name__", type(plugin).__name__))
        outcome = load(Source(target=name, plugin=plugin), self._clock)
        if isinstance(outcome, Failed):
            raise outcome.error()
        provider = outcome.provider
        source = evolve(
            outcome.source,
            providers=(provider.name,) if provider else (),
            models=frozenset(_names(provider.models) if provider else ()),
        )
        with self._register_lock:
            if any(other.target == name for other in self._registered):
                raise ValueError(f"a plugin named {name!r} is registered already")
            self._outcomes[source] = evolve(outcome, source=source)
            self._registered = (*self._registered, source)

    def override(self, provider: str, *changes: ModelChange) -> None:
        """Change models of a provider, as the application's last word.

        Raises:
            UnknownProvider; PluginError: a change is none of its models, or can't be right.
        """
        who = f"the application ({listed([one.model for one in changes], 'and')})"
        with_changes(self._with_changes(self._unchanged(provider)), changes, who, is_last_word=True)

        class Override:
            @hookspecs.hookimpl
            def modelhunter_changes(self, provider: str) -> Iterable[ModelChange]:
                return changes if provider == wanted else ()

        wanted = provider
        self.register(Override(), name=f"change {len(self._registered) + 1} of {provider}")

    # --------------------------------------------------------------- reading and loading

    def _index(self) -> Index:
        registered = self._registered
        index = self._indexes.get(registered)
        if index is not None:
            return index
        if "installed" not in self._found:
            environment = os.environ if self._environment is None else self._environment
            self._found.setdefault("installed", chosen(self._sources(), environment))
        on, off = self._found["installed"]
        return self._indexes.setdefault(registered, indexed(on, off, registered))

    def _outcome(self, source: Source) -> Loaded | Failed:
        outcome = self._outcomes.get(source)
        if outcome is not None:
            return outcome
        if source in self._entered.sources:  # it asks for itself while it is being loaded
            self._entered.missed.add(source)
            return Failed(source, f"{source.label} is still being loaded", None, 0.0)
        self._entered.sources.add(source)
        before, self._entered.missed = self._entered.missed, set()
        try:
            outcome = load(source, self._clock)
        finally:
            self._entered.sources.discard(source)
            missed, self._entered.missed = self._entered.missed - {source}, before
        self._entered.missed |= missed
        if isinstance(outcome, Failed) and missed:  # for want of one that is still being loaded
            return outcome
        return self._outcomes.setdefault(source, outcome)

    def _usable(self, source: Source) -> Loaded:
        outcome = self._outcome(source)
        if isinstance(outcome, Failed):
            raise outcome.error()
        return outcome

    # --------------------------------------------------------------- looking into plugins

    def _additions(self, loaded: Loaded, provider: str) -> tuple[Model, ...]:
        key = (loaded.source, provider)
        if key in self._added:
            return self._added[key]
        if key in self._entered.additions:  # its hook asks for what it is just asked for
            return ()
        self._entered.additions.add(key)
        try:
            return self._added.setdefault(key, loaded.additions(provider))
        finally:
            self._entered.additions.discard(key)

    def _with_changes(self, provider: Provider) -> Changed:
        """A provider as other plugins change it; one that fails at it changes nothing."""
        key = (provider.name, self._registered)
        known = self._changed.get(key)
        if known is not None:
            return known
        changed = Changed(provider, {})
        index = self._index()
        sources = [s for s in index.on if provider.name in s.changes or s in index.registered]
        if (
            not sources or provider.name in self._entered.changes
        ):  # its hook asks for what it changes
            return changed
        self._entered.changes.add(provider.name)
        try:
            for source in sources:
                changed = self._changed_by(source, changed, is_last_word=source.plugin is not None)
        finally:
            self._entered.changes.discard(provider.name)
        return self._changed.setdefault(key, changed)

    def _changed_by(self, source: Source, before: Changed, *, is_last_word: bool) -> Changed:
        outcome = self._outcome(source)
        if isinstance(outcome, Failed):
            return before
        try:
            key = (source, before.provider.name)
            changes = self._stated.setdefault(key, outcome.changes(before.provider.name))
            return with_changes(before, changes, source.label, is_last_word=is_last_word)
        except PluginError as error:
            self._complaints[source] = str(error)
            _log.warning("%s; it changes nothing", error)
            return before

    def _find(self, loaded: Loaded, name: str) -> tuple[Provider, Model] | None:
        own = loaded.provider
        if own is not None:
            provider = self.provider(own.name)
            if (model := provider.model(name)) is not None:
                return provider, model
        return self._found_elsewhere(loaded, name)

    def _found_elsewhere(self, loaded: Loaded, name: str) -> tuple[Provider, Model] | None:
        """The model of somebody else's provider that a plugin gives a name, or brings."""
        if "modelhunter_changes" in loaded.hooks and (found := self._renamed(loaded, name)):
            return found
        return self._found_among_added(loaded, name)

    def _renamed(self, loaded: Loaded, name: str) -> tuple[Provider, Model] | None:
        """The model that a plugin gives an alias, of somebody else's provider."""
        source = loaded.source
        for wanted in sorted(source.changes) or self.providers():
            with suppress(PluginError):
                provider = self.provider(wanted)
                changes = self._stated.get((source, provider.name), ())
                if any(name in one.aliases for one in changes) and (found := provider.model(name)):
                    return provider, found
        return None

    def _found_among_added(self, loaded: Loaded, name: str) -> tuple[Provider, Model] | None:
        for provider in self.providers():
            for model in self._additions(loaded, provider):
                if name in (model.id, *model.aliases):
                    return self.provider(provider), model
        return None

    def _has(self, source: Source, name: str) -> bool:
        outcome = self._outcome(source)
        if isinstance(outcome, Failed):
            return False
        if outcome.provider is not None and outcome.provider.model(name) is not None:
            return True
        try:
            return self._found_elsewhere(outcome, name) is not None
        except PluginError:
            return False

    def _brought(self, loaded: Loaded, providers: Iterable[str]) -> list[tuple[Provider, Model]]:
        pairs: list[tuple[Provider, Model]] = []
        for name in providers:
            try:
                if loaded.provider is not None and loaded.provider.name == name:
                    own = self._with_changes(loaded.provider).provider
                    pairs += [(own, model) for model in own.models]
                pairs += [(self.provider(name), m) for m in self._additions(loaded, name)]
            except PluginError:
                continue
        return pairs

    def _is_usable(self, model: Model) -> bool:
        try:
            return self.model(model.id)[1] is model
        except (PluginError, UnknownModel):
            return False

    # --------------------------------------------------------------- describing

    def _info(self, source: Source, index: Index) -> PluginInfo:
        outcome = self._outcomes.get(source)
        conflicts = conflicts_of(source, index)
        info = _described(source, "conflict" if conflicts else "not loaded")
        if conflicts:
            info = evolve(info, error="; ".join(conflicts))
        if outcome is None:
            return info
        info = evolve(info, milliseconds=outcome.milliseconds)
        if isinstance(outcome, Failed):
            return evolve(info, state="failed", error=outcome.message)
        models = [model.id for _, model in self._brought(outcome, self.providers())]
        state: PluginState = "conflict" if conflicts else "loaded"
        wrong = self._complaints.get(source) or index_gap(outcome)
        if wrong and not conflicts:
            info = evolve(info, error=wrong)
        if source in self._complaints and not source.providers:
            state = "failed"
        return evolve(info, state=state, models=tuple(models), hooks=outcome.hooks)

    def _unknown_provider(self, name: str, index: Index) -> UnknownProvider:
        suggestions = nearest(name, index.providers, 3)
        message = f"no installed plugin brings a provider named {cut(name)!r}"
        message += hint(suggestions) + _turned_off(s for s in index.off if name in s.providers)
        if not suggestions and index.providers:
            message += f"; there are {listed(sorted(index.providers), 'and')}"
        return UnknownProvider(message + _none_at_all(index), name=name, suggestions=suggestions)

    def _unknown_model(self, name: str, index: Index) -> UnknownModel:
        known = set(index.models)
        broken: list[str] = []
        for outcome in list(self._outcomes.values()):
            if isinstance(outcome, Loaded) and (gap := index_gap(outcome, name)):
                return UnknownModel(gap, name=name)
            if isinstance(outcome, Loaded):
                known.update(
                    m
                    for _, model in self._brought(outcome, index.providers)
                    for m in (model.id, *model.aliases)
                )
            elif outcome.source in index.unindexed:
                broken.append(outcome.source.origin)
        suggestions = nearest(name, known, 3)
        message = f"no installed plugin has a model named {cut(name)!r}"
        message += hint(suggestions) + _turned_off(s for s in index.off if name in s.models)
        offered = [m for source in index.providers.get(name, ()) for m in source.models]
        if offered:
            message += f"; it is a provider, with {listed(sorted(offered), 'and')}"
        if broken:
            message += f"; {listed(broken, 'and')} may have it, but could not be imported"
        if index.providers and not offered:
            message += " One" if message.endswith("?") else "; one"
            message += (
                " that is newer than its plugin is sent where provider and capability are named "
                "with it (provider=…, capability=…)"
            )
        return UnknownModel(message + _none_at_all(index), name=name, suggestions=suggestions)


def _described(source: Source, state: PluginState) -> PluginInfo:
    distribution = source.distribution
    return PluginInfo(
        name=source.name,
        state=state,
        distribution=distribution_name(distribution) if distribution else None,
        version=distribution_version(distribution) if distribution else None,
        models=tuple(sorted(source.models)),
        kind="override" if source.changes and not source.providers else "provider",
    )


def _own_first(pair: tuple[Provider, Model]) -> tuple[str, bool]:
    provider, model = pair
    return provider.name, all(model is not own for own in provider.models)


def _names(models: Iterable[Model]) -> Iterable[str]:
    return (name for model in models for name in (model.id, *model.aliases))


def _turned_off(sources: Iterable[Source]) -> str:
    names = listed([source.origin for source in sources], "and")
    if not names:
        return ""
    return f"; {names} has it, but MODELHUNTER_PLUGINS or MODELHUNTER_DISABLE_PLUGINS turns it off"


def _none_at_all(index: Index) -> str:
    if index.on or index.off:
        return ""
    return "; no provider plugin is installed at all, install one with pip (modelhunter-PROVIDER)"


_default: dict[str, Registry] = {}


def default_registry() -> Registry:
    """The registry of this process, over the plugins that are installed in it."""
    return _default.get("registry") or _default.setdefault("registry", Registry())
