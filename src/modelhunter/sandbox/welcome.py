"""What the sandbox answers to whoever opens its address: what it is and what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter._version import __version__
from modelhunter.sandbox.answers import success

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from modelhunter.sandbox.service import Service


async def welcome(request: Request) -> Response:
    """``GET /``."""
    service: Service = request.app.state.service
    models = service.load_catalogue().models()
    return success(
        {
            "name": "ModelHunter sandbox",
            "version": __version__,
            "description": (
                "A server on this machine that behaves like the ModelHunter API: it makes real "
                "files, costs nothing, and contacts nobody."
            ),
            "authorization": (
                "Authorization: Bearer KEY, with the key that the sandbox printed when it was "
                "started (in Python: sandbox.key)"
            ),
            "providers": [*dict.fromkeys(provider.name for provider, _ in models)],
            "paths": [*request.app.paths()],
        }
    )
