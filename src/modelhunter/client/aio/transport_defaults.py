"""What drives the async client."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from modelhunter.runtime.drivers.asyncio import AsyncDriver
from modelhunter.runtime.transport import AsyncTransport

__all__ = ["AsyncDriver", "AsyncTransport", "Awaited", "default_transport"]

T = TypeVar("T")
Awaited = Coroutine[Any, Any, T]


def default_transport() -> AsyncTransport:
    """Requests over aiohttp.

    Raises:
        ConfigurationError: the extra ``async`` is not installed.
    """
    from modelhunter.runtime.transports import load_aiohttp_transport

    return load_aiohttp_transport()()
