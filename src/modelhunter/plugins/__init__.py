"""What a plugin is written with, and what finds it.

A plugin brings a :class:`Provider` with models through the hooks in
:mod:`modelhunter.plugins.hookspecs`. Each :class:`Model` has capabilities; a :class:`Capability`
is made of fields, of rules across them, and of an :class:`Output`. The :class:`Registry` finds
what is installed. Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.estimates import Estimate
    from modelhunter.plugins import hookspecs
    from modelhunter.plugins.backend import Backend, Report, json_answer
    from modelhunter.plugins.catalogue import (
        Capability,
        Field,
        Model,
        Output,
        Provider,
        Role,
        Rule,
        Submission,
    )
    from modelhunter.plugins.checking import check, checked, choose_capability
    from modelhunter.plugins.doubts import UnverifiedInput
    from modelhunter.plugins.from_annotations import capability_from, standard_call
    from modelhunter.plugins.hookspecs import hookimpl
    from modelhunter.plugins.inputs import Input, input_values, prepare
    from modelhunter.plugins.limits import Audio, Between, Image, Length, Matches, Video
    from modelhunter.plugins.media import (
        Media,
        MediaRule,
        UploadedFile,
        classify_media,
        media_type_of,
    )
    from modelhunter.plugins.prices import ExtraQuantity, Factor, Present, Price, Rate, estimate
    from modelhunter.plugins.registry import PluginInfo, Registry, default_registry
    from modelhunter.problem import Problem

_HOMES = {
    "backend": ("Backend", "Report", "json_answer"),
    "catalogue": (
        "Capability",
        "Field",
        "Model",
        "Output",
        "Provider",
        "Role",
        "Rule",
        "Submission",
    ),
    "checking": ("check", "checked", "choose_capability"),
    "hookspecs": ("hookimpl",),
    "inputs": ("Input", "input_values", "prepare"),
    "limits": ("Audio", "Between", "Image", "Length", "Matches", "Video"),
    "media": ("Media", "MediaRule", "UploadedFile", "classify_media", "media_type_of"),
    "from_annotations": ("capability_from", "standard_call"),
    "prices": ("ExtraQuantity", "Factor", "Present", "Price", "Rate", "estimate"),
    "doubts": ("UnverifiedInput",),
    "registry": ("PluginInfo", "Registry", "default_registry"),
}
_HOME_OF = {name: f"{__name__}.{module}" for module, names in _HOMES.items() for name in names}
_HOME_OF |= {"Estimate": "modelhunter.estimates", "Problem": "modelhunter.problem"}
__all__ = [
    "Audio",
    "Backend",
    "Between",
    "Capability",
    "Estimate",
    "ExtraQuantity",
    "Factor",
    "Field",
    "Image",
    "Input",
    "Length",
    "Matches",
    "Media",
    "MediaRule",
    "Model",
    "Output",
    "PluginInfo",
    "Present",
    "Price",
    "Problem",
    "Provider",
    "Rate",
    "Registry",
    "Report",
    "Role",
    "Rule",
    "Submission",
    "UnverifiedInput",
    "UploadedFile",
    "Video",
    "capability_from",
    "check",
    "checked",
    "choose_capability",
    "classify_media",
    "default_registry",
    "estimate",
    "hookimpl",
    "hookspecs",
    "input_values",
    "json_answer",
    "media_type_of",
    "prepare",
    "standard_call",
]


def __getattr__(name: str) -> object:
    if name == "hookspecs":
        return import_module(f"{__name__}.hookspecs")
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
