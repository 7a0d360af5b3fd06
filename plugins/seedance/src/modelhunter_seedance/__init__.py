"""Seedance's typed inputs: give one to ``ModelHunter.submit``, ``generate`` or ``estimate``.

Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter_seedance.api.inputs import (
        ImageToVideo,
        MultimodalVideo,
        TextToVideo,
    )

_HOMES = {
    "ImageToVideo": "inputs",
    "MultimodalVideo": "inputs",
    "TextToVideo": "inputs",
}

__all__ = ["ImageToVideo", "MultimodalVideo", "TextToVideo"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.api.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
