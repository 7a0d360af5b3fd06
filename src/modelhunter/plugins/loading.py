"""Importing one plugin and asking its hooks, so that whatever goes wrong stays its own affair."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, redirect_stdout
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pluggy
from attrs import field, frozen

from modelhunter._version import __version__
from modelhunter.errors import PluginError
from modelhunter.plugins import hookspecs
from modelhunter.plugins.catalogue import Model, Provider
from modelhunter.plugins.catalogue_validation import model_faults, provider_faults
from modelhunter.plugins.messages import summary
from modelhunter.plugins.overrides import changes_in
from modelhunter.printable import STDOUT_IS_TAKEN

if TYPE_CHECKING:
    from modelhunter.plugins.discovery import Source
    from modelhunter.plugins.overrides import ModelChange


@frozen(eq=False)
class Loaded:
    """A plugin that was imported: the provider it brings (or None) and the hooks it implements."""

    source: Source
    provider: Provider | None
    hooks: tuple[str, ...]
    milliseconds: float
    _manager: pluggy.PluginManager = field(repr=False)

    def additions(self, provider: str) -> tuple[Model, ...]:
        """The models that the plugin adds to somebody else's provider.

        Raises:
            PluginError: the hook failed, or returned something else than models.
        """
        if "modelhunter_models" not in self.hooks:
            return ()
        answers = _asked(self.source, self._manager.hook.modelhunter_models, provider=provider)
        models = [model for answer in answers for model in _models_in(self.source, answer)]
        _no_faults(self.source, lambda: model_faults(models))
        return tuple(models)

    def changes(self, provider: str) -> list[ModelChange]:
        """What the plugin changes about the models of somebody else's provider.

        Raises:
            PluginError: the hook failed, or returned something else than changes.
        """
        if "modelhunter_changes" not in self.hooks:
            return []
        answers = _asked(self.source, self._manager.hook.modelhunter_changes, provider=provider)
        return [change for one in answers for change in changes_in(one, self.source.label)]


@frozen(eq=False)
class Failed:
    """A plugin that can't be used: what to say and what caused it."""

    source: Source
    message: str
    cause: BaseException | None
    milliseconds: float

    def error(self) -> PluginError:
        """A fresh error that says so."""
        error = PluginError(self.message)
        error.__cause__ = self.cause
        return error


def load(source: Source, clock: Callable[[], float] = time.perf_counter) -> Loaded | Failed:
    """Import a plugin and ask for its provider.

    A failure is returned, not raised: it concerns only whoever asks for this plugin. Whatever an
    import can raise is caught, ``SystemExit`` too; only a ``KeyboardInterrupt`` is passed on.
    """
    start = clock()
    try:
        with redirect_stdout(sys.stderr) if STDOUT_IS_TAKEN.get() else nullcontext():
            plugin = _imported(source)
            manager = _registered(source, plugin)
            hooks = tuple(sorted(caller.name for caller in manager.get_hookcallers(plugin) or ()))
            provider = _provider(source, manager)
    except PluginError as error:
        return Failed(source, str(error), error.__cause__, (clock() - start) * 1000)
    return Loaded(source, provider, hooks, (clock() - start) * 1000, manager)


def _imported(source: Source) -> Any:
    if source.distribution is not None and not EntryPoint.pattern.match(source.target):
        raise PluginError(
            f"{source.label} refers to nothing: it must be package.module or package.module:name. "
            "Correct its pyproject.toml and install it again"
        )
    try:
        return source.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(
            f"{source.label} could not be imported: {summary(error)}{_needs(source, error)}. "
            "Repair, update or uninstall it; MODELHUNTER_DISABLE_PLUGINS turns it off meanwhile"
        ) from error


def _needs(source: Source, error: BaseException) -> str:
    """Which version of this library a plugin asks for that misses something in it."""
    missing = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if missing != "modelhunter" or source.distribution is None:
        return ""
    wanted = [one for one in source.distribution.requires or () if _OURS.match(one)]
    asks = f", the plugin asks for {wanted[0]}" if wanted else ""
    return f" (this is modelhunter {__version__}{asks})"


_OURS = re.compile(r"modelhunter\s*(?![-\w.])")


def _registered(source: Source, plugin: Any) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, name=source.target)
        manager.check_pending()
    except Exception as error:
        raise PluginError(f"{source.label} has a hook that does not fit: {error}") from error
    return manager


def _provider(source: Source, manager: pluggy.PluginManager) -> Provider | None:
    answer = _asked(source, manager.hook.modelhunter_provider)
    if answer is None:
        if source.providers:
            raise PluginError(
                f"{source.label} brings no provider: its modelhunter_provider hook returned "
                "nothing, or there is none that is marked with @hookimpl"
            )
        return None
    if not isinstance(answer, Provider):
        raise PluginError(
            f"{source.label}: the hook modelhunter_provider returned "
            f"{_a(answer)}, not a modelhunter.plugins.Provider"
        )
    if source.distribution is not None and answer.name not in source.providers:
        claimed = " and ".join(map(repr, source.providers)) or "nothing"
        raise PluginError(
            f"{source.label} brings the provider {answer.name!r}, but its entry points in "
            f"{hookspecs.PROVIDERS_GROUP} name {claimed}; both must be the same"
        )
    _no_faults(source, lambda: provider_faults(answer))
    return answer


def _asked(source: Source, hook: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return hook(**arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        name = getattr(hook, "name", "a hook")
        raise PluginError(f"{source.label}: its hook {name} failed: {summary(error)}") from error


def _models_in(source: Source, answer: object) -> list[Model]:
    if isinstance(answer, (str, bytes, Mapping)) or not isinstance(answer, Iterable):
        raise PluginError(
            f"{source.label}: the hook modelhunter_models returned {_a(answer)}, not models"
        )
    try:
        return list(answer)
    except Exception as error:
        raise PluginError(
            f"{source.label}: its hook modelhunter_models failed: {summary(error)}"
        ) from error


def _no_faults(source: Source, find: Callable[[], list[str]]) -> None:
    try:
        faults = find()
    except Exception as error:
        raise PluginError(
            f"{source.label} brings data of the wrong kind: {summary(error)}"
        ) from error
    if faults:
        lines = "".join(f"\n  - {fault}" for fault in faults)
        raise PluginError(f"{source.label} brings data that can't be right:{lines}")


def _a(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
