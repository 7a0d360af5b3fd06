"""The event loop that async clients run on."""

from __future__ import annotations

import asyncio

from modelhunter.errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """The asyncio event loop that is running here.

    Raises:
        ConfigurationError: there is none, as under trio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "the async client runs on asyncio, and no event loop of asyncio is running here; use "
            "asyncio.run(...), or, under trio or without a loop, the blocking ModelHunter (in a "
            "thread, such as trio.to_thread.run_sync)"
        ) from None
