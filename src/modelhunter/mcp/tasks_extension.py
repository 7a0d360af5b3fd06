"""Long work by the protocol's own means: the extension ``io.modelcontextprotocol/tasks``.

A client that declares it gets a task for ``generate``, which it follows by ``tasks/get``; the
task's id is the API's, so nothing is kept here, and any client finds the task after a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    RequestParams,
    Result,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from modelhunter import errors
from modelhunter.mcp.desk import name_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp_types import CallToolRequestParams

    from modelhunter import AsyncTask
    from modelhunter.mcp.desk import Desk

    RequestContext = ServerRequestContext[Any, Any]

IDENTIFIER = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)
POLL_MS = 2000
_STATUS = {"succeeded": "completed", "failed": "failed", "cancelled": "cancelled"}

Status = Literal["working", "completed", "failed", "cancelled"]


class TaskIdParams(RequestParams):
    """The parameters of all methods of the extension, but for what ``tasks/update`` adds."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore"
    )
    task_id: str


class TaskResult(Result):
    """A task of the protocol, in place of a tool's result or as the answer of ``tasks/get``."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    result_type: Literal["task", "complete"] = "complete"
    task_id: str
    status: Status
    status_message: str | None = None
    created_at: str
    last_updated_at: str
    ttl_ms: int | None = None
    poll_interval_ms: int = POLL_MS
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    def wire(self) -> dict[str, Any]:
        """As it is sent, without what is not known; a lifetime of null means for ever."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return found | {"ttlMs": self.ttl_ms}


class TasksExtension(Extension):
    """The extension for the jobs of a desk; ``result`` makes a finished task's tool result."""

    identifier = IDENTIFIER

    def __init__(
        self, desk: Desk, result: Callable[[AsyncTask], Awaitable[CallToolResult]]
    ) -> None:
        self._desk = desk
        self._result = result

    def methods(self) -> Sequence[MethodBinding]:
        """``tasks/get``, ``tasks/update`` and ``tasks/cancel``."""
        return [
            MethodBinding("tasks/get", TaskIdParams, self._get, VERSIONS),
            MethodBinding("tasks/update", TaskIdParams, self._update, VERSIONS),
            MethodBinding("tasks/cancel", TaskIdParams, self._cancel, VERSIONS),
        ]

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: RequestContext,
        call_next: CallNext,
    ) -> HandlerResult:
        """Answer ``generate`` with a task, where the client knows what that is."""
        result = await call_next(ctx)
        if params.name != "generate" or not _declared(ctx):
            return result
        if not isinstance(result, CallToolResult) or result.is_error:
            return result
        document: dict[str, Any] = result.structured_content or {}
        task = await self._read(document["id"])
        return _of_task(task, "task").wire()

    async def _get(self, ctx: RequestContext, params: TaskIdParams) -> HandlerResult:
        _check_declared(ctx)
        task = await self._read(params.task_id)
        found = _of_task(task, "complete")
        if found.status == "completed":
            result = await self._result(task)
            found.result = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        if found.status == "failed":
            error = task.error
            message = "the job failed" if error is None else f"{error.code}: {error.message}"
            found.error = {"code": -32000, "message": message}
        return found.wire()

    async def _update(self, ctx: RequestContext, params: TaskIdParams) -> HandlerResult:
        """Jobs ask for nothing on their way: what comes is acknowledged."""
        _check_declared(ctx)
        await self._read(params.task_id)
        return {}

    async def _cancel(self, ctx: RequestContext, params: TaskIdParams) -> HandlerResult:
        _check_declared(ctx)
        try:
            await self._desk.cancel(params.task_id)
        except errors.Conflict:  # it has ended, which tasks/get says
            return {}
        except errors.ModelHunterError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        return {}

    async def _read(self, name: str) -> AsyncTask:
        try:
            return await self._desk.task(name)
        except errors.ModelHunterError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error


def _of_task(task: AsyncTask, result_type: Literal["task", "complete"]) -> TaskResult:
    latest = task.completed_at or task.started_at or task.created_at
    status: Any = "working" if not task.done else _STATUS.get(str(task.status), "completed")
    return TaskResult(
        result_type=result_type,
        task_id=name_of(task),
        status=status,
        status_message=str(task.status),
        created_at=task.created_at.isoformat(),
        last_updated_at=latest.isoformat(),
    )


def _declared(ctx: RequestContext) -> bool:
    capabilities = ctx.session.client_capabilities
    extensions = (capabilities.extensions if capabilities else None) or {}
    return ctx.protocol_version in VERSIONS and IDENTIFIER in extensions


def _check_declared(ctx: RequestContext) -> None:
    if not _declared(ctx):
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            f"this needs a client that declares the extension {IDENTIFIER}",
            {"requiredCapabilities": {"extensions": {IDENTIFIER: {}}}},
        )
