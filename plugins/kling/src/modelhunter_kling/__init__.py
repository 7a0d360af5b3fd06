"""Kling's typed inputs: give one to ``ModelHunter.submit``, ``generate`` or ``estimate``.

Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter_kling.api.inputs import (
        ImageToVideo,
        TextToVideo,
    )
    from modelhunter_kling.api.models.element import Element
    from modelhunter_kling.api.models.segment import Segment
    from modelhunter_kling.api.models.voice import Voice

_HOMES = {
    "ImageToVideo": "inputs",
    "TextToVideo": "inputs",
    "Element": "models.element",
    "Segment": "models.segment",
    "Voice": "models.voice",
}

__all__ = ["Element", "ImageToVideo", "Segment", "TextToVideo", "Voice"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.api.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
