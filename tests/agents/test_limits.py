"""What whoever starts the server allows holds, whatever is asked for."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agents.conftest import Agent, Connect

JOB: dict[str, Any] = {"model": "viduq3-turbo", "inputs": {"prompt": "a sunset", "duration": 4}}
ROW = {"model": "viduq3-turbo", "prompt": "a sunset", "duration": 4}


def run(connect: Connect, act: Any, **settings: Any) -> None:
    async def play() -> None:
        async with connect(**settings) as agent:
            await act(agent)

    asyncio.run(play())


def test_a_job_may_not_cost_more_than_allowed(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        for asked in ({}, {"max_cost": 1000}, {"again": True}):
            assert "max_cost" in await agent.refused("generate", **JOB, **asked)
        assert "$0.01" in await agent.refused("batch", jobs=[ROW])
        assert await agent.tasks() == []

    run(connect, act, limits={"max_cost": Decimal("0.01")})


def test_a_call_may_allow_less(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        assert "max_cost" in await agent.refused("generate", **JOB, max_cost=0.01)
        assert await agent.tasks() == []

    run(connect, act)


def test_all_jobs_together_stay_within_the_budget_those_of_batches_too(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        price = (await agent.call("estimate", **JOB))["high"]
        assert price <= 0.4 < 2 * price
        await agent.call("generate", **JOB)
        assert "budget" in await agent.refused("generate", **JOB, again=True)
        begun = await agent.call("batch", jobs=[ROW])
        await agent.desk.finished(begun["batch_id"])
        assert len(await agent.tasks()) == 1

    run(connect, act, budget=0.4)


def test_only_the_models_that_are_allowed_are_there(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        models = {model["id"] for model in (await agent.call("list_models"))["models"]}
        assert models
        assert all(name.startswith("viduq2") for name in models)
        for tool in ("generate", "estimate"):
            assert "does not allow" in await agent.refused(tool, **JOB)
        assert "does not allow" in await agent.refused("describe_model", model=JOB["model"])
        assert "does not allow" in await agent.refused("batch", jobs=[ROW])
        assert await agent.tasks() == []

    run(connect, act, limits={"models": ("viduq2*",)})


def test_a_read_only_server_changes_nothing(connect: Connect) -> None:
    async def act(agent: Agent) -> None:
        listed = {tool.name for tool in (await agent.client.list_tools()).tools}
        assert {"list_models", "estimate", "get_task", "balance", "batch"} <= listed
        assert not {"generate", "cancel_task", "upload"} & listed
        for tool, arguments in (
            ("generate", JOB),
            ("cancel_task", {"task_id": "task_1"}),
            ("upload", {"content": "AAAA"}),
            ("batch", {"jobs": [ROW]}),
        ):
            assert "read-only" in await agent.refused(tool, **arguments)
        assert await agent.tasks() == []

    run(connect, act, limits={"read_only": True})


@pytest.mark.parametrize("way", ["direct", "dots", "link", "home"])
def test_only_files_of_the_folders_that_are_allowed_are_read(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    allowed.mkdir()
    outside.mkdir()
    Image.new("RGB", (400, 400)).save(outside / "secret.png")
    Image.new("RGB", (400, 400)).save(allowed / "open.png")
    (allowed / "link.png").symlink_to(outside / "secret.png")
    monkeypatch.setenv("HOME", str(outside))
    monkeypatch.setenv("USERPROFILE", str(outside))
    path = {
        "direct": str(outside / "secret.png"),
        "dots": str(allowed / ".." / "outside" / "secret.png"),
        "link": str(allowed / "link.png"),
        "home": "~/secret.png",
    }[way]

    async def act(agent: Agent) -> None:
        inputs = {"prompt": "it waves", "image": path}
        job = {"model": "viduq3-turbo", "inputs": inputs}
        for tool, arguments in (
            ("generate", job),
            ("estimate", job),
            ("upload", {"path": path}),
            ("batch", {"jobs": [{"model": "viduq3-turbo", **inputs}]}),
        ):
            assert "outside of the folders" in await agent.refused(tool, **arguments)
        assert await agent.tasks() == []
        await agent.call("upload", path=str(allowed / "open.png"))

    run(connect, act, limits={"folders": (allowed,)})


def test_files_inside_lists_are_seen_too(connect: Connect, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    Image.new("RGB", (400, 400)).save(outside)

    async def act(agent: Agent) -> None:
        inputs = {"prompt": "together", "images": [str(outside)]}
        said = await agent.refused("generate", model="seedream-4-5", inputs=inputs)
        assert "outside of the folders" in said

    run(connect, act, limits={"folders": (tmp_path / "allowed",)})
