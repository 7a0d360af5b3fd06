"""What a plugin is written with, and what finds it.

A plugin brings a :class:`Provider` with models through the hooks in
:mod:`modelhunter.plugins.hookspecs`. Each :class:`Model` has capabilities; a :class:`Capability`
is made of fields, of rules across them, and of an :class:`Output`. The :class:`Registry` finds
what is installed. Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from modelhunter.errors import Refused as Refused
    from modelhunter.estimates import Estimate as Estimate
    from modelhunter.plugins.backend import Asked as Asked
    from modelhunter.plugins.backend import Backend as Backend
    from modelhunter.plugins.backend import FileToUpload as FileToUpload
    from modelhunter.plugins.backend import PutFile as PutFile
    from modelhunter.plugins.backend import Report as Report
    from modelhunter.plugins.backend import Steps as Steps
    from modelhunter.plugins.backend import ask as ask
    from modelhunter.plugins.backend import inline as inline
    from modelhunter.plugins.backend import inline_result as inline_result
    from modelhunter.plugins.backend import json_answer as json_answer
    from modelhunter.plugins.by_model import only_for as only_for
    from modelhunter.plugins.catalogue import Capability as Capability
    from modelhunter.plugins.catalogue import Field as Field
    from modelhunter.plugins.catalogue import Model as Model
    from modelhunter.plugins.catalogue import Output as Output
    from modelhunter.plugins.catalogue import Provider as Provider
    from modelhunter.plugins.catalogue import Role as Role
    from modelhunter.plugins.catalogue import Rule as Rule
    from modelhunter.plugins.catalogue import Submission as Submission
    from modelhunter.plugins.checking import check as check
    from modelhunter.plugins.checking import checked as checked
    from modelhunter.plugins.checking import choose_capability as choose_capability
    from modelhunter.plugins.doubts import UnlistedModel as UnlistedModel
    from modelhunter.plugins.doubts import UnverifiedInput as UnverifiedInput
    from modelhunter.plugins.from_annotations import capability_from as capability_from
    from modelhunter.plugins.from_annotations import standard_call as standard_call
    from modelhunter.plugins.gates import PlannedJob as PlannedJob
    from modelhunter.plugins.hookspecs import hookimpl as hookimpl
    from modelhunter.plugins.inputs import Input as Input
    from modelhunter.plugins.inputs import input_values as input_values
    from modelhunter.plugins.inputs import prepare as prepare
    from modelhunter.plugins.inputs import request_body as request_body
    from modelhunter.plugins.limits import Absent as Absent
    from modelhunter.plugins.limits import Audio as Audio
    from modelhunter.plugins.limits import Between as Between
    from modelhunter.plugins.limits import Closed as Closed
    from modelhunter.plugins.limits import Default as Default
    from modelhunter.plugins.limits import Each as Each
    from modelhunter.plugins.limits import Formerly as Formerly
    from modelhunter.plugins.limits import Image as Image
    from modelhunter.plugins.limits import Inferred as Inferred
    from modelhunter.plugins.limits import Length as Length
    from modelhunter.plugins.limits import Matches as Matches
    from modelhunter.plugins.limits import OneOf as OneOf
    from modelhunter.plugins.limits import Pixels as Pixels
    from modelhunter.plugins.limits import Required as Required
    from modelhunter.plugins.limits import Video as Video
    from modelhunter.plugins.media import Media as Media
    from modelhunter.plugins.media import MediaRule as MediaRule
    from modelhunter.plugins.media import UploadedFile as UploadedFile
    from modelhunter.plugins.media import classify_media as classify_media
    from modelhunter.plugins.media import media_type_of as media_type_of
    from modelhunter.plugins.overrides import ModelChange as ModelChange
    from modelhunter.plugins.prices import ExtraQuantity as ExtraQuantity
    from modelhunter.plugins.prices import Factor as Factor
    from modelhunter.plugins.prices import Present as Present
    from modelhunter.plugins.prices import Price as Price
    from modelhunter.plugins.prices import Rate as Rate
    from modelhunter.plugins.prices import estimate as estimate
    from modelhunter.plugins.quantities import Characters as Characters
    from modelhunter.plugins.quantities import Items as Items
    from modelhunter.plugins.quantities import Megapixels as Megapixels
    from modelhunter.plugins.quantities import Number as Number
    from modelhunter.plugins.registry import PluginInfo as PluginInfo
    from modelhunter.plugins.registry import Registry as Registry
    from modelhunter.plugins.registry import default_registry as default_registry
    from modelhunter.problem import Problem as Problem

    from . import hookspecs as hookspecs
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            ".": ("hookspecs",),
            "modelhunter.estimates": ("Estimate",),
            "modelhunter.plugins.backend": (
                "Asked",
                "Backend",
                "FileToUpload",
                "PutFile",
                "Report",
                "Steps",
                "ask",
                "inline",
                "inline_result",
                "json_answer",
            ),
            "modelhunter.plugins.by_model": ("only_for",),
            "modelhunter.plugins.catalogue": (
                "Capability",
                "Field",
                "Model",
                "Output",
                "Provider",
                "Role",
                "Rule",
                "Submission",
            ),
            "modelhunter.plugins.checking": ("check", "checked", "choose_capability"),
            "modelhunter.plugins.hookspecs": ("hookimpl",),
            "modelhunter.plugins.inputs": ("Input", "input_values", "prepare", "request_body"),
            "modelhunter.plugins.limits": (
                "Absent",
                "Audio",
                "Between",
                "Closed",
                "Default",
                "Each",
                "Formerly",
                "Image",
                "Inferred",
                "Length",
                "Matches",
                "OneOf",
                "Pixels",
                "Required",
                "Video",
            ),
            "modelhunter.plugins.media": (
                "Media",
                "MediaRule",
                "UploadedFile",
                "classify_media",
                "media_type_of",
            ),
            "modelhunter.plugins.from_annotations": ("capability_from", "standard_call"),
            "modelhunter.plugins.prices": (
                "ExtraQuantity",
                "Factor",
                "Present",
                "Price",
                "Rate",
                "estimate",
            ),
            "modelhunter.plugins.gates": ("PlannedJob",),
            "modelhunter.plugins.overrides": ("ModelChange",),
            "modelhunter.errors": ("Refused",),
            "modelhunter.plugins.quantities": ("Characters", "Items", "Megapixels", "Number"),
            "modelhunter.plugins.doubts": ("UnlistedModel", "UnverifiedInput"),
            "modelhunter.problem": ("Problem",),
            "modelhunter.plugins.registry": ("PluginInfo", "Registry", "default_registry"),
        },
    )
