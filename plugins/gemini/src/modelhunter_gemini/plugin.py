"""The hooks of the gemini plugin. The description of the API says all there is to say."""

from __future__ import annotations

from modelhunter.plugins import Provider, hookimpl
from modelhunter_gemini.api.catalogue import PROVIDER


@hookimpl
def modelhunter_provider() -> Provider:
    """Gemini and its models."""
    return PROVIDER
