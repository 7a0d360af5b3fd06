"""Typed inputs of the queue: give one to ``ModelHunter.submit`` or ``generate``."""

from modelhunter_queueapi.plugin import SpeechToText, TextToImage

__all__ = ["SpeechToText", "TextToImage"]
