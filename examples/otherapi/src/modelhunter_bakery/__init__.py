"""Typed inputs of the bakery: give one to ``ModelHunter.submit`` or ``generate``."""

from modelhunter_bakery.plugin import TextTo3D

__all__ = ["TextTo3D"]
