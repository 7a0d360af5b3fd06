"""Waiting that a cancellation does not cut short."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


async def outlast(future: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Wait until a future is done, with whatever outcome.

    Returns the cancellation that came meanwhile, if one did; who waits owes it to its canceller
    to raise it in the end.
    """
    cancelled = None
    while not future.done():
        try:
            with nullcontext() if cancelled is None else _out_of_reach():
                await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


def _out_of_reach() -> AbstractContextManager[object]:
    """Keeps anyio from cancelling once more on every turn of the loop, which would never rest.

    Its scopes, and so Starlette and MCP servers, repeat a cancellation until it has its way.
    """
    anyio = sys.modules.get("anyio")  # without it there is no such scope
    if anyio is None:
        return nullcontext()
    shield: AbstractContextManager[object] = anyio.CancelScope(shield=True)
    return shield
