"""Transports: each sends one HTTP request over one library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.runtime.transports.aiohttp import AiohttpTransport


def load_aiohttp_transport() -> type[AiohttpTransport]:
    """The async transport's class.

    Raises:
        ConfigurationError: aiohttp is not installed.
    """
    try:
        from modelhunter.runtime.transports.aiohttp import AiohttpTransport
    except ModuleNotFoundError as error:
        from modelhunter.errors import ConfigurationError

        raise ConfigurationError(
            f"async clients need more packages ({error.name} is missing): "
            "pip install 'modelhunter[async]'"
        ) from error
    return AiohttpTransport
