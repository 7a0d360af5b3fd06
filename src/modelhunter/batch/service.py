"""What the runner needs of a client, awaited, whether the client blocks or not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from modelhunter.client.aio.client import AsyncModelHunter
    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.jobs.prepared import Prepared
    from modelhunter.jobs.task_base import TaskView

T = TypeVar("T")


class Service(Protocol):
    """The calls of a client that a batch makes."""

    client: Any

    async def prepare(self, model: str, capability: str | None, **inputs: Any) -> Prepared:
        """Check, price and upload a job; see the client's ``prepare``."""
        ...

    async def submit(self, token: str, on_token: Callable[[str], object]) -> TaskView:
        """Send what was prepared; ``on_token`` is called right before."""
        ...

    async def resume(self, token: str) -> TaskView:
        """The task that a token leads to."""
        ...

    async def send_again(self, token: str) -> TaskView:
        """Send what was looked for and not found; should it turn up, the older one is kept."""
        ...

    async def recover(self, tokens: list[str]) -> dict[str, Any]:
        """The tasks that tokens lead to, by one sweep."""
        ...

    def newest(self) -> AsyncIterator[TaskView]:
        """The tasks of the account, newest first."""
        ...

    async def refresh(self, task: TaskView) -> None:
        """Read a task again."""
        ...

    async def download(self, task: TaskView, to: str) -> list[Any]:
        """Download a task's outputs; the files written."""
        ...

    def close(self) -> None:
        """Let go of threads."""
        ...


class AsyncService:
    """Over an async client."""

    def __init__(self, client: AsyncModelHunter) -> None:
        self.client: Any = client

    async def prepare(self, model: str, capability: str | None, **inputs: Any) -> Prepared:
        """See :class:`Service`."""
        made: Prepared = await self.client.prepare(model, capability, **inputs)
        return made

    async def submit(self, token: str, on_token: Callable[[str], object]) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self.client.submit(token, on_token=on_token)
        return task

    async def resume(self, token: str) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self.client.resume(token)
        return task

    async def send_again(self, token: str) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self.client.resume(token, resubmit=True, look_for=0)
        return task

    async def recover(self, tokens: list[str]) -> dict[str, Any]:
        """See :class:`Service`."""
        found: dict[str, Any] = await self.client.recover(tokens)
        return found

    async def newest(self) -> AsyncIterator[TaskView]:
        """See :class:`Service`."""
        async for task in self.client.tasks.list():
            yield task

    async def refresh(self, task: Any) -> None:
        """See :class:`Service`."""
        await task.refresh()

    async def download(self, task: Any, to: str) -> list[Any]:
        """See :class:`Service`."""
        files: list[Any] = await task.download(to)
        return files

    def close(self) -> None:
        """See :class:`Service`."""


class ThreadService:
    """Over a blocking client, whose calls run in threads."""

    def __init__(self, client: ModelHunter, threads: int) -> None:
        self.client: Any = client
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="modelhunter-batch")

    async def _call(self, function: Callable[..., T], *given: Any, **more: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, *given, **more))

    async def prepare(self, model: str, capability: str | None, **inputs: Any) -> Prepared:
        """See :class:`Service`."""
        made: Prepared = await self._call(self.client.prepare, model, capability, **inputs)
        return made

    async def submit(self, token: str, on_token: Callable[[str], object]) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self._call(self.client.submit, token, on_token=on_token)
        return task

    async def resume(self, token: str) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self._call(self.client.resume, token)
        return task

    async def send_again(self, token: str) -> TaskView:
        """See :class:`Service`."""
        task: TaskView = await self._call(self.client.resume, token, resubmit=True, look_for=0)
        return task

    async def recover(self, tokens: list[str]) -> dict[str, Any]:
        """See :class:`Service`."""
        found: dict[str, Any] = await self._call(self.client.recover, tokens)
        return found

    async def newest(self) -> AsyncIterator[TaskView]:
        """See :class:`Service`."""
        listed = iter(self.client.tasks.list())
        while page := await self._call(lambda: list(islice(listed, 100))):
            for task in page:
                yield task

    async def refresh(self, task: Any) -> None:
        """See :class:`Service`."""
        await self._call(task.refresh)

    async def download(self, task: Any, to: str) -> list[Any]:
        """See :class:`Service`."""
        files: list[Any] = await self._call(task.download, to)
        return files

    def close(self) -> None:
        """See :class:`Service`."""
        self._threads.shutdown(wait=False, cancel_futures=True)
