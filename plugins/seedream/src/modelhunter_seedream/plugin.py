"""The hooks of the seedream plugin. The description of the API says all there is to say."""

from __future__ import annotations

from modelhunter.plugins import Provider, hookimpl
from modelhunter_seedream.api.catalogue import PROVIDER


@hookimpl
def modelhunter_provider() -> Provider:
    """Seedream and its models, each with its own limits on the size of a picture."""
    return PROVIDER
