"""Waiting that a cancellation does not cut short."""

from __future__ import annotations

import asyncio
from typing import Any


async def outlast(future: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Wait until a future is done, with whatever outcome.

    Returns the cancellation that came meanwhile, if one did; who waits owes it to its canceller
    to raise it in the end.
    """
    cancelled = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled
