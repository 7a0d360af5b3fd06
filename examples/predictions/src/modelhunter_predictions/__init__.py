"""Typed inputs of the predictions: give one to ``ModelHunter.submit`` or ``generate``."""

from modelhunter_predictions.plugin import TextToImage

__all__ = ["TextToImage"]
