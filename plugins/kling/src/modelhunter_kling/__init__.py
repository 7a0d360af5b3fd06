"""Kling's typed inputs: give one to ``ModelHunter.submit``, ``generate`` or ``estimate``.

Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from .api.inputs import Element as Element
    from .api.inputs import ImageToVideo as ImageToVideo
    from .api.inputs import Segment as Segment
    from .api.inputs import TextToVideo as TextToVideo
    from .api.inputs import Voice as Voice
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            ".api.inputs": ("Element", "ImageToVideo", "Segment", "TextToVideo", "Voice"),
        },
    )
