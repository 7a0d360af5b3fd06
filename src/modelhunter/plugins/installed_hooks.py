"""Observers and gates that are installed: found by their entry points, and loaded for a client."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from importlib.metadata import Distribution, EntryPoint
from typing import TYPE_CHECKING, Any

import pluggy
from attrs import field, frozen

from modelhunter.errors import PluginError
from modelhunter.hook_groups import GATES_GROUP, OBSERVERS_GROUP, are_off
from modelhunter.plugins.discovery import (
    canonical,
    declarations_in,
    distribution_name,
    distribution_version,
    entries,
    names_in,
)
from modelhunter.plugins.gates import GateHooks
from modelhunter.plugins.hookspecs import PROJECT
from modelhunter.plugins.messages import summary
from modelhunter.plugins.observing import ObserverHooks
from modelhunter.plugins.registry import PluginInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_log = logging.getLogger("modelhunter")
_KINDS = {OBSERVERS_GROUP: ("observer", ObserverHooks), GATES_GROUP: ("gate", GateHooks)}


@frozen(eq=False)
class InstalledHook:
    """One entry point: ``kind`` is ``observer`` or ``gate``, ``target`` what it refers to."""

    kind: str
    group: str
    name: str
    target: str
    distribution: Distribution = field(repr=False)

    @property
    def label(self) -> str:
        """How messages name it: distribution and entry point."""
        version = distribution_version(self.distribution) or "(without a version)"
        return (
            f"plugin {distribution_name(self.distribution)} {version} (entry point {self.name} = "
            f"{self.target} in {self.group})"
        )

    @property
    def called(self) -> tuple[str, ...]:
        """The names by which it can be turned off: its own, and its distribution's."""
        return self.name, distribution_name(self.distribution)

    def is_named(self, names: Iterable[str]) -> bool:
        """Whether one of ``names`` is this entry point's or its distribution's."""
        wanted = set(names)
        mine = canonical(distribution_name(self.distribution))
        return self.name in wanted or mine in map(canonical, wanted)

    def load(self) -> Any:
        """The object with the hooks; of a class one that is made now.

        Raises:
            PluginError: it can't be used.
        """
        try:
            found = EntryPoint(name=self.name, value=self.target, group=self.group).load()
            made = found() if inspect.isclass(found) else found
            hooks = hooks_in(made, _KINDS[self.group][1])
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(
                f"{self.label} could not be loaded: {summary(error)}. Repair or uninstall it; "
                f"MODELHUNTER_DISABLE_PLUGINS={self.name} turns it off meanwhile"
            ) from error
        if not hooks:
            raise PluginError(f"{self.label} has none of the hooks of {self.group}")
        return made


def hooks_in(thing: object, specifications: type) -> tuple[str, ...]:
    """The names of the hooks that an object implements, of some specifications."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specifications)
    manager.register(thing)
    known = {name for name in vars(specifications) if name.startswith("modelhunter_")}
    return tuple(
        sorted(one.name for one in manager.get_hookcallers(thing) or () if one.name in known)
    )


def installed_hooks(path: Sequence[str] | None = None) -> list[InstalledHook]:
    """Every installed observer and gate, sorted by name. Imports none."""
    found: dict[tuple[str, str, str], InstalledHook] = {}
    for folder in dict.fromkeys(sys.path if path is None else path):
        for text, distribution in declarations_in(folder):
            if not any(group in text for group in _KINDS):
                continue
            installed = distribution()
            for group, name, target in entries(text):
                if group in _KINDS:
                    hook = InstalledHook(_KINDS[group][0], group, name, target, installed)
                    key = (group, name, canonical(distribution_name(installed)))
                    found.setdefault(key, hook)
    return sorted(found.values(), key=lambda hook: (hook.kind, hook.name))


def those_on(environment: Mapping[str, str] | None = None) -> Iterator[InstalledHook]:
    """Those that the environment leaves on."""
    settings = os.environ if environment is None else environment
    if are_off(settings):
        return
    never = names_in(settings.get("MODELHUNTER_DISABLE_PLUGINS", ""))
    yield from (hook for hook in installed_hooks() if not hook.is_named(never))


def installed_observers() -> list[object]:
    """The installed observers. One that can't be used is logged: it must not stop a job."""
    found: list[object] = []
    for hook in those_on():
        if hook.kind == "observer":
            try:
                found.append(hook.load())
            except PluginError as error:
                _log.warning("%s", error)
    return found


def installed_gates() -> list[tuple[str, object]]:
    """The installed gates, each with what messages call it.

    Raises:
        PluginError: one can't be used; what it would have refused must not pass.
    """
    return [(hook.label, hook.load()) for hook in those_on() if hook.kind == "gate"]


def hook_infos() -> list[PluginInfo]:
    """Every installed observer and gate and its state; those that are on are imported."""
    on = {(hook.kind, hook.name) for hook in those_on()}
    return [_info(hook, is_on=(hook.kind, hook.name) in on) for hook in installed_hooks()]


def _info(hook: InstalledHook, *, is_on: bool) -> PluginInfo:
    hooks: tuple[str, ...] = ()
    error: str | None = None
    if is_on:
        try:
            hooks = hooks_in(hook.load(), _KINDS[hook.group][1])
        except PluginError as failed:
            error = str(failed)
    return PluginInfo(
        name=hook.name,
        kind=hook.kind,
        state="disabled" if not is_on else "failed" if error else "loaded",
        distribution=distribution_name(hook.distribution),
        version=distribution_version(hook.distribution),
        hooks=hooks,
        error=error,
    )
