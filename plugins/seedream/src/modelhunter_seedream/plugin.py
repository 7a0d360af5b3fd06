"""The hooks of the seedream plugin, and what the description of the API can't say."""

from __future__ import annotations

from functools import partial

from modelhunter.plugins import Provider, hookimpl
from modelhunter_seedream.api.catalogue import PROVIDER
from modelhunter_seedream.sizes import check_size


@hookimpl
def modelhunter_provider() -> Provider:
    """Seedream and its models, each with its own limits on the size of a picture."""
    provider = PROVIDER
    for model in PROVIDER.models:
        for capability in model.capabilities:
            check = partial(check_size, capability.request_schema, model.id)
            provider = provider.refine(capability.name, model=model.id, check=check)
    return provider
