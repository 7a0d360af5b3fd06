"""A job that is asked for twice is paid once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from modelhunter import errors
from modelhunter.mcp.desk import SETTLED, WINDOW
from modelhunter.mcp.journal import Journal
from modelhunter.sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agents.conftest import Agent, Connect, Play
    from tests.conftest import ManualClock

    from modelhunter.sandbox import Sandbox

JOB: dict[str, Any] = {"model": "viduq3-turbo", "inputs": {"prompt": "a sunset", "duration": 4}}


def test_calls_at_the_same_time_and_later_are_one_job(play: Play) -> None:
    async def act(agent: Agent) -> None:
        answers = await asyncio.gather(*(agent.call("generate", **JOB) for _ in range(5)))
        answers.append(await agent.call("generate", **JOB))
        assert len({answer["id"] for answer in answers}) == 1
        assert len(await agent.tasks()) == 1
        assert "nothing was sent" in answers[-1]["note"]

    play(act)


def test_the_order_of_inputs_does_not_matter_and_their_values_do(play: Play) -> None:
    async def act(agent: Agent) -> None:
        first = await agent.call("generate", **JOB)
        turned = dict(reversed(JOB["inputs"].items()))
        assert (await agent.call("generate", model=JOB["model"], inputs=turned))["id"] == first[
            "id"
        ]
        other = {**JOB["inputs"], "duration": 5}
        assert (await agent.call("generate", model=JOB["model"], inputs=other))["id"] != first["id"]

    play(act)


def test_another_is_made_when_that_is_asked_for(play: Play) -> None:
    async def act(agent: Agent) -> None:
        first = await agent.call("generate", **JOB)
        second = await agent.call("generate", **JOB, again=True)
        assert second["id"] != first["id"]
        assert (await agent.call("generate", **JOB))["id"] == second["id"]

    play(act)


def test_a_job_that_failed_is_made_anew(play: Play, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("failed_task"))

    async def act(agent: Agent) -> None:
        first = await agent.call("generate", **JOB)
        assert (await agent.call("get_task", task_id=first["id"], wait_seconds=45))["error"]
        assert (await agent.call("generate", **JOB))["id"] != first["id"]

    play(act)


def test_a_file_counts_with_what_is_in_it(play: Play, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    job = {"model": "viduq3-turbo", "inputs": {"prompt": "it waves", "image": str(picture)}}

    async def act(agent: Agent) -> None:
        ids = []
        for colour in ("red", "red", "blue"):
            Image.new("RGB", (400, 400), colour).save(picture)
            ids.append((await agent.call("generate", **job))["id"])
        assert ids[0] == ids[1] != ids[2]

    play(act)


def test_it_holds_over_a_restart_and_until_the_window_is_over(
    connect: Connect, clock: ManualClock
) -> None:
    async def generate() -> str:
        async with connect(clock=clock) as agent:
            found: str = (await agent.call("generate", **JOB))["id"]
            return found

    first = asyncio.run(generate())
    assert asyncio.run(generate()) == first
    clock.seconds += WINDOW + 1
    assert asyncio.run(generate()) != first


def test_the_window_can_be_switched_off(connect: Connect) -> None:
    async def run() -> None:
        async with connect(window=0) as agent:
            ids = {(await agent.call("generate", **JOB))["id"] for _ in range(2)}
            assert len(ids) == 2

    asyncio.run(run())


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_server_that_died_while_it_sent_is_followed_by_one_that_finds_out(
    connect: Connect, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, was_sent: bool
) -> None:
    """What is written down before sending leads to the task, or to sending it after all."""

    async def dies() -> None:
        async with connect(clock=clock) as agent:
            submit = agent.desk.client.submit

            async def killed(token: str, **settings: Any) -> Any:
                if was_sent:
                    await submit(token, **settings)
                raise KeyError("killed")

            monkeypatch.setattr(agent.desk.client, "submit", killed)
            await agent.refused("generate", **JOB)

    async def follows() -> tuple[str, list[str]]:
        async with connect(clock=clock) as agent:
            started: str = (await agent.call("generate", **JOB))["id"]
            return started, await agent.tasks()

    asyncio.run(dies())
    clock.seconds += SETTLED + 1
    started, tasks = asyncio.run(follows())
    assert tasks == [started]


def test_a_job_that_was_refused_leaves_nothing(play: Play, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("status", status=402, code="INSUFFICIENT_BALANCE"))

    async def act(agent: Agent) -> None:
        await agent.refused("generate", **JOB)
        await agent.call("generate", **JOB)
        assert len(await agent.tasks()) == 1

    play(act)


def test_two_processes_that_claim_a_job_agree_on_one(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "journal"), Journal(tmp_path / "journal")
    assert one.claim("key", "token 1", 10.0, 0.0) is None
    entry = other.claim("key", "token 2", 11.0, 0.0)
    assert entry is not None
    assert entry.token == "token 1"
    assert other.claim("key", "token 3", 12.0, 11.0) is None


def test_nobody_waits_longer_than_allowed_and_who_asks_again_joins(connect: Connect) -> None:
    async def run() -> None:
        async with connect(longest=0.01) as agent:
            go_on = asyncio.Event()
            submit = agent.desk.client.submit

            async def slow(token: str, **settings: Any) -> Any:
                await go_on.wait()
                return await submit(token, **settings)

            agent.desk.client.submit = slow  # type: ignore[method-assign, assignment]
            with pytest.raises(errors.ModelHunterError, match="goes on"):
                await agent.desk.generate(JOB["model"], None, JOB["inputs"])
            go_on.set()
            agent.desk._longest = 45.0
            await agent.call("generate", **JOB)
            assert len(await agent.tasks()) == 1

    asyncio.run(run())
