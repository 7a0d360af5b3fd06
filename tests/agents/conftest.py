"""A sandbox, and the tools of a server on it, called by the protocol's own client."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define

pytest.importorskip("mcp")

from mcp import Client

from modelhunter import AsyncModelHunter
from modelhunter.mcp.desk import Desk
from modelhunter.mcp.limits import Limits
from modelhunter.mcp.server import make_server
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@define
class Agent:
    """The client of an agent, and the desk that it reaches."""

    client: Client
    desk: Desk

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers, as data."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content[0].text
        assert result.structured_content is not None
        return result.structured_content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """What a tool says that refuses."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.structured_content
        return result.content[0].text

    async def tasks(self) -> list[str]:
        """The ids of all tasks of the account."""
        return [task["id"] for task in (await self.call("list_tasks", limit=100))["tasks"]]


Connect = Callable[..., AbstractAsyncContextManager[Agent]]
Play = Callable[[Callable[[Agent], Awaitable[None]]], None]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose tasks end at once."""
    with Sandbox(speed=math.inf, media="tiny") as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox: Sandbox, tmp_path: Path) -> Connect:
    """Connect an agent: ``async with connect(budget=1) as agent``."""

    @asynccontextmanager
    async def connect(
        *,
        budget: float | None = None,
        clock: Any = None,
        client_settings: dict[str, Any] | None = None,
        limits: dict[str, Any] | None = None,
        **settings: Any,
    ) -> AsyncIterator[Agent]:
        given = {"folders": (tmp_path,), **(limits or {})}
        async with AsyncModelHunter(sandbox=sandbox, budget=budget, clock=clock) as mh:
            desk = Desk(mh, tmp_path / "out", Limits(**given), **settings)
            async with Client(make_server(desk), **(client_settings or {})) as client:
                yield Agent(client, desk)
            await desk.aclose()

    return connect


@pytest.fixture
def play(connect: Connect) -> Play:
    """Run what an agent does, with the usual settings."""

    def play(act: Callable[[Agent], Awaitable[None]]) -> None:
        async def run() -> None:
            async with connect() as agent:
                await act(agent)

        asyncio.run(run())

    return play
