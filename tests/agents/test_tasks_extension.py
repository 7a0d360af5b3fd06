"""The extension for long work, by the protocol's own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import pytest
from mcp.client.extension import ClientExtension, ResultClaim, advertise
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Request, RequestParams, Result
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from modelhunter.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.agents.conftest import Agent, Connect

    from modelhunter.sandbox import Sandbox

NAME = "io.modelcontextprotocol/tasks"
JOB: dict[str, Any] = {"model": "viduq3-turbo", "inputs": {"prompt": "a sunset", "duration": 4}}


class TaskId(RequestParams):
    """The parameters of the extension's requests."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    task_id: str


class Created(Result):
    """A task in place of a tool's result."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    created_at: str
    last_updated_at: str
    ttl_ms: int | None
    poll_interval_ms: int


class Read(Created):
    """What ``tasks/get`` answers."""

    result_type: Literal["complete"] = "complete"  # type: ignore[assignment]
    result: CallToolResult | None = None
    error: dict[str, Any] | None = None


class WithTasks(ClientExtension):
    """A client that follows tasks by itself, as a host would."""

    identifier = NAME

    def __init__(self) -> None:
        self.created: list[Created] = []

    def claims(self) -> Sequence[ResultClaim[Any]]:
        async def follow(created: Created, ctx: Any) -> CallToolResult:
            self.created.append(created)
            while True:
                read = await ask(ctx.session, "get", created.task_id)
                if read.result is not None:
                    return read.result
                assert read.status == "working"

        return [ResultClaim(result_type="task", model=Created, resolve=follow)]


async def ask(session: Any, what: str, task_id: str, answer: Any = Read) -> Any:
    request = Request(method=f"tasks/{what}", params=TaskId(task_id=task_id))
    return await session.send_request(request, answer)


def run(connect: Connect, act: Any, *extensions: ClientExtension) -> None:
    async def play() -> None:
        async with connect(client_settings={"extensions": extensions}) as agent:
            await act(agent)

    asyncio.run(play())


def test_a_client_that_knows_tasks_gets_the_result_of_the_one_that_the_api_has(
    connect: Connect,
) -> None:
    extension = WithTasks()

    async def act(agent: Agent) -> None:
        result = await agent.client.call_tool("generate", JOB)
        (created,) = extension.created
        assert result.structured_content is not None
        assert result.structured_content["id"] == created.task_id
        assert result.structured_content["files"]
        assert await agent.tasks() == [created.task_id]

    run(connect, act, extension)


def test_any_client_follows_a_task_after_a_restart(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("stuck_task"))
    ids = []

    async def begins(agent: Agent) -> None:
        ids.append((await agent.call("generate", **JOB))["id"])

    async def follows(agent: Agent) -> None:
        session = agent.client.session
        read = await ask(session, "get", ids[0])
        assert (read.status, read.result) == ("working", None)
        await ask(session, "update", ids[0], Result)
        await ask(session, "cancel", ids[0], Result)
        assert (await ask(session, "get", ids[0])).status == "cancelled"
        await ask(session, "cancel", ids[0], Result)

    run(connect, begins)
    run(connect, follows, advertise(NAME))


def test_a_job_that_failed_is_a_task_that_failed(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("failed_task", message="the provider gave up"))

    async def act(agent: Agent) -> None:
        created = await agent.client.session.call_tool("generate", JOB, allow_claimed=True)
        await agent.call("get_task", task_id=created.task_id, wait_seconds=45)
        read = await ask(agent.client.session, "get", created.task_id)
        assert read.status == "failed"
        assert "gave up" in read.error["message"]

    run(connect, act, WithTasks())


def test_what_is_refused_is_no_task(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        assert "prompt" in await agent.refused("generate", model=JOB["model"], inputs={})
        with pytest.raises(MCPError, match="TASK_NOT_FOUND"):
            await ask(agent.client.session, "get", "task_none")

    run(connect, act, WithTasks())


def test_who_does_not_declare_the_extension_gets_ids_alone(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        started = await agent.call("generate", **JOB)
        assert started["id"].startswith("task_")
        with pytest.raises(MCPError, match=NAME):
            await ask(agent.client.session, "get", started["id"])

    run(connect, act)


def test_a_client_of_an_older_protocol_gets_ids_alone(connect: Connect) -> None:
    async def play() -> None:
        async with connect(client_settings={"mode": "legacy"}) as agent:
            assert (await agent.call("generate", **JOB))["id"].startswith("task_")

    asyncio.run(play())
