"""The hooks of the vidu plugin. The description of the API says all there is to say."""

from __future__ import annotations

from modelhunter.plugins import Provider, hookimpl
from modelhunter_vidu.api.catalogue import PROVIDER


@hookimpl
def modelhunter_provider() -> Provider:
    """Vidu and its models."""
    return PROVIDER
