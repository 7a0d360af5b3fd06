"""The server: its tools, described for whoever reads them without having read more."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable  # noqa: TC003 - the library reads annotations
from contextlib import suppress
from decimal import Decimal
from functools import wraps
from inspect import getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ImageContent, TextContent, Tool, ToolAnnotations
from pydantic import Field

from modelhunter import documents, errors
from modelhunter._version import __version__
from modelhunter.integrations.schemas import input_schema
from modelhunter.mcp.desk import name_of
from modelhunter.mcp.limits import NotAllowed
from modelhunter.mcp.tasks_extension import TasksExtension
from modelhunter.mcp.thumbnails import thumbnail

if TYPE_CHECKING:
    from mcp.server.extension import Extension

    from modelhunter import AsyncTask
    from modelhunter.batch import Counts
    from modelhunter.mcp.desk import Desk

P = ParamSpec("P")
Inputs = Annotated[
    dict[str, Any], Field(description="The model's inputs, as describe_model has them")
]
Model = Annotated[str, Field(description="A model's id, as list_models has it")]
Capability = Annotated[
    str | None, Field(description="Only where the inputs fit several of the model's capabilities")
]
TaskId = Annotated[str, Field(description="The id that generate or list_tasks gave")]

WRITING = ("generate", "cancel_task", "upload")
"""Tools that only change something; a read-only server does not list them."""

PICTURES = 4
"""How many thumbnails an answer has at most."""

INSTRUCTIONS = """\
Images, videos and sound from many generative models. Look up a model with list_models and its \
inputs with describe_model, ask estimate what it costs, start it with generate, and call get_task \
with wait_seconds until it has ended: then the files are saved on the machine of the server and \
their paths are in the answer. A repeated identical call of generate returns the job that runs \
already, so repeat it freely when an answer was lost."""


def make_server(desk: Desk) -> MCPServer[Any]:
    """The server of a desk."""
    tools = Tools(desk)
    server = _Server(desk, [TasksExtension(desk, tools.result)])
    reading = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    spending = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
    )
    cancelling = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True)
    for tool, hints in (
        (tools.list_models, reading),
        (tools.describe_model, reading),
        (tools.estimate, reading),
        (tools.generate, spending),
        (tools.get_task, reading),
        (tools.list_tasks, reading),
        (tools.cancel_task, cancelling),
        (tools.upload, spending),
        (tools.balance, reading),
        (tools.batch, spending),
    ):
        server.add_tool(tool, description=getdoc(tool), annotations=hints)
    return server


class _Server(MCPServer[Any]):
    """Lists what can be used."""

    def __init__(self, desk: Desk, extensions: list[Extension]) -> None:
        self._desk = desk
        super().__init__(
            "modelhunter",
            title="ModelHunter.AI",
            version=__version__,
            instructions=INSTRUCTIONS,
            extensions=extensions,
            log_level="WARNING",
        )

    async def list_tools(self) -> list[Tool]:
        tools = await super().list_tools()
        hidden = WRITING if self._desk.limits.read_only else ()
        return [tool for tool in tools if tool.name not in hidden]


def told(tool: Callable[P, Awaitable[CallToolResult]]) -> Callable[P, Awaitable[CallToolResult]]:
    """Errors of ours as the tool's answer, with what leads on."""

    @wraps(tool)
    async def run(*arguments: P.args, **named: P.kwargs) -> CallToolResult:
        try:
            return await tool(*arguments, **named)
        except errors.InvalidInput as error:
            text = f"{error}\ndescribe_model({error.model!r}) has what it takes"
            raise ToolError(text) from error
        except errors.UnknownName as error:
            raise ToolError(f"{error}\nlist_models has what there is") from error
        except errors.ModelHunterError as error:
            raise ToolError(str(error)) from error

    return run


class Tools:
    """The tools of a desk; their docstrings are what a model reads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @told
    async def list_models(
        self,
        provider: Annotated[str | None, Field(description="Only the models of this one")] = None,
    ) -> CallToolResult:
        """List the models that can be used, with what they do and about what that costs (USD)."""
        rows = []
        for owner, model in self._desk.models(provider):
            row = documents.of_model(owner, model)
            price = row.pop("price")
            if price is not None:
                row["price"] = {name: price[name] for name in ("unit", "low", "high")}
            rows.append(row)
        return answer({"models": rows})

    @told
    async def describe_model(self, model: Model) -> CallToolResult:
        """Describe a model: for each capability the JSON Schema of its inputs, and its prices."""
        owner, found = self._desk.model(model)
        document = documents.of_model(owner, found)
        document["capabilities"] = [
            {
                "name": capability.name,
                "media": capability.output.media,
                "typical_seconds": capability.typical_seconds,
                "input_schema": input_schema(capability),
            }
            for capability in found.capabilities
        ]
        return answer(document)

    @told
    async def estimate(
        self, model: Model, inputs: Inputs, capability: Capability = None
    ) -> CallToolResult:
        """Say what a job would cost in USD; sends nothing. Some inputs may still be missing."""
        found = await self._desk.estimate(model, capability, inputs)
        return answer(documents.of_estimate(found) | {"text": str(found)})

    @told
    async def generate(
        self,
        model: Model,
        inputs: Inputs,
        capability: Capability = None,
        max_cost: Annotated[
            float | None, Field(ge=0, description="Refuse if it may cost more, in USD")
        ] = None,
        again: Annotated[
            bool, Field(description="Make a second one, though the same was asked for just now")
        ] = False,
    ) -> CallToolResult:
        """Start a job, which costs money, and return its id at once; get_task follows it.

        The same call again within some minutes returns the same job, unless that has failed.
        """
        most = None if max_cost is None else Decimal(str(max_cost))
        task, found = await self._desk.generate(
            model, capability, inputs, max_cost=most, again=again
        )
        document = of_task(task)
        if found:
            document["note"] = "the same call started this job before; nothing was sent"
        return answer(document)

    @told
    async def get_task(
        self,
        task_id: TaskId,
        wait_seconds: Annotated[
            float, Field(ge=0, le=45, description="Wait so long for its end, at most 45")
        ] = 0,
    ) -> CallToolResult:
        """Read a task. One that has succeeded comes with its files, saved, and a small picture."""
        return await self.result(await self._desk.task(task_id, wait_seconds))

    async def result(self, task: AsyncTask) -> CallToolResult:
        """A task, with its files and a thumbnail where it has succeeded."""
        document = of_task(task)
        if not task.outputs:
            return answer(document)
        ends = self._desk.link_ends().isoformat(timespec="seconds")
        for output in document["outputs"]:
            if output["url"] is not None:
                output["url_expires_at"] = ends
        try:
            files = await self._desk.files(task)
        except errors.ModelHunterError as error:
            document["note"] = str(error)
            return answer(document)
        document["files"] = files
        small = [await anyio.to_thread.run_sync(thumbnail, Path(file)) for file in files[:PICTURES]]
        return answer(document, *(each for each in small if each is not None))

    @told
    async def list_tasks(
        self,
        status: Annotated[
            str | None, Field(description="queued, running, succeeded, failed or cancelled")
        ] = None,
        provider: str | None = None,
        model: str | None = None,
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> CallToolResult:
        """List tasks of the account, newest first."""
        found = await self._desk.tasks(status=status, provider=provider, model=model, limit=limit)
        return answer({"tasks": [of_task(task) for task in found]})

    @told
    async def cancel_task(self, task_id: TaskId) -> CallToolResult:
        """Cancel a task that has not ended."""
        return answer(of_task(await self._desk.cancel(task_id)))

    @told
    async def upload(
        self,
        path: Annotated[
            str | None, Field(description="A file on the machine of the server")
        ] = None,
        content: Annotated[str | None, Field(description="Or its content, as base64")] = None,
        filename: Annotated[str | None, Field(description="Its name, with content")] = None,
    ) -> CallToolResult:
        """Upload a file that several jobs are to use, and return its address.

        For one job there is no need: generate uploads the paths among its inputs.
        """
        uploaded = await self._desk.upload(_file(path, content), filename)
        return answer({"id": uploaded.id, "url": uploaded.url})

    @told
    async def balance(self) -> CallToolResult:
        """Say what the account can spend, in USD."""
        return answer(documents.of_balance(await self._desk.balance()))

    @told
    async def batch(
        self,
        jobs: Annotated[
            list[dict[str, Any]] | None,
            Field(description="Each a model and its inputs: {'model': …, 'prompt': …}"),
        ] = None,
        name: Annotated[
            str | None, Field(description="The same jobs under another name are made anew")
        ] = None,
        batch_id: Annotated[
            str | None, Field(description="Say how far this batch is, instead of giving jobs")
        ] = None,
    ) -> CallToolResult:
        """Make many things, each once, or say how far a batch is. Returns its id at once."""
        if (jobs is None) == (batch_id is None):
            raise NotAllowed("give either jobs, to begin a batch, or the batch_id of one")
        stopped = None
        if batch_id is not None:
            counts, stopped = await self._desk.batch(batch_id)
        else:
            batch_id, counts = await self._desk.start_batch(jobs or [], name)
        return answer(_of_counts(batch_id, counts, stopped))


def of_task(task: AsyncTask) -> dict[str, Any]:
    """A task as the tools show it; ``id`` is what they take.

    An output that is its own address (``data:``) has none here: a model would read all of it.
    """
    document: dict[str, Any] = {**documents.of_task(task), "id": name_of(task)}
    for output in document["outputs"]:
        if output["url"][:5].lower() == "data:":
            output["url"] = None
    return document


def answer(document: dict[str, Any], *pictures: bytes) -> CallToolResult:
    """A result: a document, as data and as text, and JPEGs."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    shown = [
        ImageContent(type="image", data=base64.b64encode(each).decode(), mime_type="image/jpeg")
        for each in pictures
    ]
    content: list[Any] = [TextContent(type="text", text=text), *shown]
    return CallToolResult(content=content, structured_content=document)


def _file(path: str | None, content: str | None) -> Path | bytes:
    if path is not None and content is None:
        return Path(path)
    if content is not None and path is None:
        with suppress(binascii.Error, ValueError):
            return base64.b64decode(content, validate=True)
        raise NotAllowed("content is not base64")
    raise NotAllowed("give either the path of a file or its content as base64")


def _of_counts(batch_id: str, counts: Counts, stopped: str | None) -> dict[str, Any]:
    document = {
        "batch_id": batch_id,
        "total": counts.total,
        "states": dict(counts.jobs),
        "spent": float(counts.spent),
        "failures": dict(counts.failures),
    }
    return document if stopped is None else document | {"stopped": stopped}
