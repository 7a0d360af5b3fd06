"""Writes typed Python packages from OpenAPI descriptions: ``modelhunter-codegen generate``."""

from modelhunter_codegen._version import __version__

__all__ = ["__version__"]
