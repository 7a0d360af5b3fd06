# Made from client/aio/resources.py by codegen/shells.py: change that, then `nox -s codegen`.
"""The parts of the blocking client that have names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter import flows
from modelhunter.client import argument_checks as checks
from modelhunter.jobs import budget as budgets
from modelhunter.jobs.listings import TaskListing
from modelhunter.jobs.polling import DEFAULT_WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from modelhunter.api.models import ApiKey, TaskStatus, Webhook, WebhookEventType
    from modelhunter.client.base import Amount
    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.client.blocking.task import Task
    from modelhunter.jobs.polling import Polling
    from modelhunter.plugins.media import Media, UploadedFile


class Tasks:
    """``client.tasks``."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client

    def get(self, task_id: str) -> Task:
        """Read one task.

        Raises:
            NotFound: there is no such task.
        """
        checks.check_id(task_id)
        task: Task = self._client.run(flows.tasks.get(self._client.context, task_id))
        return task

    def list(
        self,
        *,
        status: TaskStatus | str | None = None,
        provider: str | None = None,
        model: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        id_prefix: str | None = None,
        limit: int | None = None,
    ) -> TaskListing[Task]:
        """The tasks that match, newest first; pages are read as the iterator gets to them.

        Listed tasks come without their outputs; :meth:`Task.download` reads them by itself.
        ``limit`` is how many tasks at most, in all. ``to_dicts()`` of the iterator gives rows for
        pandas, polars and others.
        """
        checks.check_filters(
            status=status,
            provider=provider,
            model=model,
            created_after=created_after,
            created_before=created_before,
            id_prefix=id_prefix,
            limit=limit,
        )
        found = self._client._driver.iterate(
            flows.tasks.listing(
                self._client.context,
                limit=limit,
                status=status,
                provider=provider,
                model=model,
                created_after=created_after,
                created_before=created_before,
                id_prefix=id_prefix,
            )
        )
        return TaskListing(found)

    def cancel(self, task: Task | str) -> Task:
        """Cancel a task that has not finished, by its id or itself.

        Raises:
            Conflict: it has finished already; NotFound: there is no such task.
        """
        checks.check_task(task)
        if not isinstance(task, str):
            return task.cancel()
        found: Task = self._client.run(flows.tasks.cancel_by_id(self._client.context, task))
        return found

    def wait(
        self,
        task: Task | str,
        timeout: float | None = DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
        cancel_if_left: bool = False,
    ) -> Task:
        """Wait until a task has finished; see :meth:`Task.wait`."""
        checks.check_task(task)
        if not isinstance(task, str):
            return task.wait(
                timeout, polling=polling, on_update=on_update, cancel_if_left=cancel_if_left
            )
        found: Task = self._client.run(
            flows.waiting.wait(
                self._client.context,
                task,
                timeout=timeout,
                polling=polling,
                on_update=on_update,
                cancel=cancel_if_left,
                webhook=None,
            )
        )
        return found

    def watch(
        self,
        watched: Iterable[Task | str],
        timeout: float | None = DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
    ) -> Iterator[Task]:
        """Each of several tasks as it finishes, however it ends: look at its ``status``.

        Raises:
            WaitTimeout: some have not finished in time; ``unfinished`` holds them.
        """
        checks.check_watched(watched)
        flows.waiting.check_waiting(timeout, polling, on_update)
        return self._client._driver.iterate(
            flows.watch.watch(
                self._client.context,
                watched,
                timeout=timeout,
                polling=polling,
                on_update=on_update,
            )
        )


class Files:
    """``client.files``."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client

    def upload(
        self,
        file: Media,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> UploadedFile:
        """Upload a local file, to be used as an input of jobs.

        ``file`` is a path, also of a pipe, bytes, an open binary file or a Pillow image; it is
        streamed, never read whole. Under asyncio an open file may have coroutines for methods, as
        those of aiofiles, anyio and Starlette have. Name and MIME type are taken from it unless
        given. Content that this client
        has uploaded in the last hour is not sent again. ``on_progress`` is called with the bytes
        sent so far and the bytes in all, under asyncio from another thread.

        Raises:
            UploadFailed: it can't be read or was refused; Unprocessable: it is over 100 MB, of
            which nothing was sent.
        """
        return self._client.run(
            flows.upload.upload(
                self._client.context,
                file,
                filename=filename,
                content_type=content_type,
                on_progress=on_progress,
            )
        )


class Webhooks:
    """``client.webhooks``."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client

    def create(
        self,
        url: str,
        events: Sequence[WebhookEventType | str] = ("task.completed", "task.failed"),
    ) -> Webhook:
        """Register an address for the events of all tasks.

        Keep the answer's ``secret``: it verifies deliveries.
        """
        from modelhunter.api import webhooks

        checks.check_webhook(url, events)
        return self._client.send(webhooks.create_webhook(url=url, events=list(events)))


class ApiKeys:
    """``client.api_keys``."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client

    def create(
        self,
        name: str,
        *,
        spend_limit: Amount | None = None,
        expires_at: datetime | None = None,
        permissions: Mapping[str, bool] | None = None,
        ip_whitelist: Sequence[str] | None = None,
    ) -> ApiKey:
        """Create a key. The answer's ``key`` is shown this once; ``spend_limit`` is in USD."""
        from modelhunter.api import api_keys

        checks.check_new_key(name, expires_at, permissions, ip_whitelist)
        return self._client.send(
            api_keys.create_api_key(
                name=name,
                spend_limit=budgets.amount(spend_limit, "spend_limit"),
                expires_at=expires_at,
                permissions=dict(permissions) if permissions is not None else None,
                ip_whitelist=list(ip_whitelist) if ip_whitelist is not None else None,
            )
        )

    def delete(self, key_id: str) -> None:
        """Delete a key by its id (not the key itself). Calls with it are refused from then on."""
        from modelhunter.api import api_keys

        checks.check_id(key_id, "key_id", "the id of a key")
        self._client.send(api_keys.delete_api_key(key_id))
