"""Each tool, called by the protocol's own client."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from PIL import Image

from modelhunter.sandbox import Fault

if TYPE_CHECKING:
    from tests.agents.conftest import Agent, Play

    from modelhunter.sandbox import Sandbox

JOB = {"model": "viduq3-turbo", "inputs": {"prompt": "a sunset", "duration": 4}}


def test_what_there_is_is_listed_and_described(play: Play) -> None:
    async def act(agent: Agent) -> None:
        models = (await agent.call("list_models", provider="vidu"))["models"]
        assert {model["provider"] for model in models} == {"vidu"}
        assert all({"id", "description", "capabilities"} <= model.keys() for model in models)
        assert any("price" in model for model in models)
        described = await agent.call("describe_model", model=JOB["model"])
        schemas = {each["name"]: each["input_schema"] for each in described["capabilities"]}
        checked = Draft202012Validator(schemas["text-to-video"])
        checked.check_schema(checked.schema)
        assert checked.is_valid(JOB["inputs"])
        assert not checked.is_valid({**JOB["inputs"], "duration": 4000})
        assert not checked.is_valid({"duration": 4})
        assert not checked.is_valid({**JOB["inputs"], "durration": 4})
        assert "image" in schemas["image-to-video"]["properties"]

    play(act)


def test_every_model_has_a_schema_that_is_one(play: Play) -> None:
    async def act(agent: Agent) -> None:
        for model in (await agent.call("list_models"))["models"]:
            described = await agent.call("describe_model", model=model["id"])
            for capability in described["capabilities"]:
                Draft202012Validator.check_schema(capability["input_schema"])

    play(act)


def test_a_job_is_priced_started_and_comes_with_its_files(play: Play) -> None:
    async def act(agent: Agent) -> None:
        price = await agent.call("estimate", **JOB)
        assert 0 < price["low"] <= price["high"]
        started = await agent.call("generate", **JOB, max_cost=price["high"])
        result = await agent.client.call_tool(
            "get_task", {"task_id": started["id"], "wait_seconds": 45}
        )
        task = result.structured_content
        assert task is not None
        assert task["status"] == "succeeded"
        (file,) = task["files"]
        assert Path(file).stat().st_size == task["outputs"][0]["size_bytes"]
        ends = datetime.fromisoformat(task["outputs"][0]["url_expires_at"])
        assert ends > datetime.fromisoformat(task["completed_at"])
        (picture,) = [part for part in result.content if part.type == "image"]
        assert Image.open(io.BytesIO(base64.b64decode(picture.data))).format == "JPEG"
        again = await agent.call("get_task", task_id=started["id"])
        assert again["files"] == task["files"]
        (listed,) = (await agent.call("list_tasks", status="succeeded"))["tasks"]
        assert listed["id"] == started["id"]

    play(act)


def test_a_task_is_cancelled_once(play: Play, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("stuck_task"))

    async def act(agent: Agent) -> None:
        started = await agent.call("generate", **JOB)
        assert (await agent.call("cancel_task", task_id=started["id"]))["status"] == "cancelled"
        assert (await agent.call("get_task", task_id=started["id"]))["status"] == "cancelled"

    play(act)


def test_a_file_is_uploaded_from_a_path_or_as_content(play: Play, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    Image.new("RGB", (400, 400)).save(picture)

    async def act(agent: Agent) -> None:
        by_path = await agent.call("upload", path=str(picture))
        content = base64.b64encode(picture.read_bytes()).decode()
        by_content = await agent.call("upload", content=content, filename="cat.png")
        for uploaded in (by_path, by_content):
            inputs = {"prompt": "the cat waves", "image": uploaded["url"]}
            await agent.call("estimate", model="viduq3-turbo", inputs=inputs)
        assert "base64" in await agent.refused("upload", content="no!")
        assert "either" in await agent.refused("upload")

    play(act)


def test_the_balance_is_said(play: Play) -> None:
    async def act(agent: Agent) -> None:
        assert (await agent.call("balance"))["balance"] > 0

    play(act)


def test_a_batch_is_made_once_and_followed_by_its_id(play: Play) -> None:
    jobs = [{"model": "viduq3-turbo", "prompt": f"shot {n}", "duration": 4} for n in range(3)]

    async def act(agent: Agent) -> None:
        begun = await agent.call("batch", jobs=jobs)
        repeated = await agent.call("batch", jobs=jobs)
        assert repeated["batch_id"] == begun["batch_id"]
        await agent.desk.finished(begun["batch_id"])
        status = await agent.call("batch", batch_id=begun["batch_id"])
        assert status["states"] == {"done": 3}
        assert len(await agent.tasks()) == 3
        named = await agent.call("batch", jobs=jobs, name="another take")
        assert named["batch_id"] != begun["batch_id"]
        await agent.desk.finished(named["batch_id"])
        assert len(await agent.tasks()) == 6

    play(act)


def test_what_is_wrong_is_said_with_what_leads_on(play: Play) -> None:
    async def act(agent: Agent) -> None:
        said = await agent.refused("generate", model="viduq3-tubo", inputs={"prompt": "x"})
        assert "viduq3-turbo" in said
        assert "list_models" in said
        said = await agent.refused(
            "generate", model="viduq3-turbo", inputs={"prompt": "x" * 3000, "duration": 99}
        )
        assert "prompt" in said
        assert "duration" in said
        assert "describe_model" in said
        wrong = [{"model": "viduq3-turbo", "prompt": "x", "durration": 4}]
        assert "durration" in await agent.refused("batch", jobs=wrong)
        assert await agent.refused("get_task", task_id="task_none")
        assert "no batch" in await agent.refused("batch", batch_id="../../etc")
        assert "either" in await agent.refused("batch")
        assert await agent.tasks() == []

    play(act)


def test_inputs_are_inputs_even_where_the_client_has_options_of_that_name(play: Play) -> None:
    async def act(agent: Agent) -> None:
        for name in ("webhook_url", "metadata", "max_cost", "resubmit", "capability"):
            inputs = {**JOB["inputs"], name: "https://example.com"}
            said = await agent.refused("generate", model=JOB["model"], inputs=inputs)
            assert name in said
        assert await agent.tasks() == []

    play(act)
