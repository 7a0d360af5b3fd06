"""What the tools do, for any protocol: jobs within limits, paid once, with their files saved.

Nothing that a caller waits for takes longer than :data:`LONGEST`: what does goes on by itself, and
whoever asks again joins it.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from modelhunter import errors, flows
from modelhunter.flows.submit import plan
from modelhunter.jobs.tokens import is_token
from modelhunter.mcp.journal import Journal, key_of
from modelhunter.mcp.limits import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from modelhunter import AsyncModelHunter, AsyncTask
    from modelhunter.batch import Counts
    from modelhunter.estimates import Estimate
    from modelhunter.mcp.journal import Entry
    from modelhunter.mcp.limits import Limits
    from modelhunter.plugins.catalogue import Model, Provider
    from modelhunter.plugins.media import UploadedFile

T = TypeVar("T")

LONGEST = 45.0
"""Seconds that a caller waits at most."""
WINDOW = 600.0
"""Seconds within which the same call means the same job."""
SETTLED = 120.0
"""Seconds after which another process is not about to send a job any more."""
LINK_SECONDS = 15 * 60
"""How long a link is good after the task was read."""
JOURNAL = ".modelhunter-mcp.db"
_BATCH = re.compile(r"[0-9a-f]{12}")


class StillGoing(errors.ModelHunterError):
    """It takes longer than a caller waits; it goes on."""

    def __init__(self, what: str, then: str) -> None:
        super().__init__(f"{what} takes longer than {LONGEST:g} s and goes on; {then}")


class Desk:
    """Jobs of one client, for agents.

    ``out`` is the folder of the files, ``window`` how many seconds the same call means the same
    job (0: never), ``longest`` what a caller waits at most.
    """

    def __init__(
        self,
        client: AsyncModelHunter,
        out: Path,
        limits: Limits,
        *,
        window: float = WINDOW,
        longest: float = LONGEST,
    ) -> None:
        self.client = client
        self.limits = limits
        self.out: Path = out.expanduser().absolute()
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self.journal: Journal = Journal(self.out / JOURNAL)
        except OSError as error:
            raise errors.ConfigurationError(
                f"the folder {self.out} can't be used: {error.strerror}"
            ) from None
        self._window = window
        self._longest = longest
        self._going: dict[Hashable, asyncio.Task[Any]] = {}
        self._stopped: dict[str, str] = {}

    # ------------------------------------------------------------------- models

    def models(self, provider: str | None = None) -> list[tuple[Provider, Model]]:
        """The models that jobs may be started of."""
        found = self.client.context.registry().models(provider)
        return [(owner, model) for owner, model in found if self.limits.allows_model(model)]

    def model(self, name: str) -> tuple[Provider, Model]:
        """One of them.

        Raises:
            UnknownModel: there is none; NotAllowed: it is not among them.
        """
        owner, model = self.client.context.registry().model(name)
        self.limits.check_model(model)
        return owner, model

    async def estimate(
        self, name: str, capability: str | None, inputs: Mapping[str, Any]
    ) -> Estimate:
        """What a job would cost; only some of its inputs may be given.

        Raises:
            InvalidInput, UnknownModel, NotAllowed; Unsupported: its price is not known.
        """
        _, model = self.model(name)
        self.limits.check_files(model, inputs)
        registry = self.client.context.registry()
        job = await asyncio.to_thread(plan, registry, model.id, capability, inputs, partial=True)
        if job.estimate is None:
            raise errors.Unsupported(f"the price of {model.id} is not known to its plugin")
        return job.estimate

    # ------------------------------------------------------------------- jobs

    async def generate(
        self,
        name: str,
        capability: str | None,
        inputs: Mapping[str, Any],
        *,
        max_cost: Decimal | None = None,
        again: bool = False,
    ) -> tuple[AsyncTask, bool]:
        """Start a job, or find the one that the same call started; says also whether it was found.

        Raises:
            InvalidInput, UnknownModel, NotAllowed, OverBudget: nothing was sent. SubmissionUnknown:
            it can't be told yet whether it was started; the same call finds out.
        """
        self.limits.check_writing("starting jobs")
        _, model = self.model(name)
        files = self.limits.check_files(model, inputs)
        where = f"{self.client.context.session.origin} {model.id}"
        key = await asyncio.to_thread(key_of, where, capability, inputs, files)
        now = self._now()
        since = float("inf") if again or self._window <= 0 else now - self._window
        going = object() if again or self._window <= 0 else key
        return await self._joined(
            going,
            lambda: self._start(
                key, model.id, capability, inputs, self.limits.lower(max_cost), since
            ),
            f"starting a job of {model.id}",
            "list_tasks shows it, and the same call again returns its task",
        )

    async def _start(
        self,
        key: str,
        model: str,
        capability: str | None,
        inputs: Mapping[str, Any],
        max_cost: Decimal | None,
        since: float,
    ) -> tuple[AsyncTask, bool]:
        entry = self.journal.find(key, since)
        if entry is not None:
            task = await self._known(entry)
            if task is not None:
                return task, True
            since = float("inf")
        registry = self.client.context.registry()
        job = await asyncio.to_thread(plan, registry, model, capability, inputs)
        prepared = await self.client.run(
            flows.submit.prepare(
                self.client.context, job, webhook_url=None, metadata=None, max_cost=max_cost
            )
        )
        other = self.journal.claim(key, prepared.token, self._now(), since)
        task = None if other is None else await self._known(other)
        if task is not None:
            return task, True
        try:
            task = await self.client.submit(prepared.token, max_cost=max_cost)
        except errors.SubmissionUnknown:
            raise
        except errors.ModelHunterError:
            self.journal.forget(prepared.token)
            raise
        self.journal.started(prepared.token, name_of(task))
        return task, False

    async def _known(self, entry: Entry) -> AsyncTask | None:
        """The task of a job that was begun before; None where it came to nothing."""
        if entry.task is None:
            over = self._now() - entry.at > SETTLED
            task = await self.client.resume(entry.token, resubmit=over)
            self.journal.started(entry.token, name_of(task))
        else:
            try:
                task = await self._read(entry.task)
            except errors.NotFound:
                return None
        return None if task.status in ("failed", "cancelled") else task

    async def task(self, name: str, wait: float = 0) -> AsyncTask:
        """A task as it is, or as it is when it has ended or ``wait`` seconds are over.

        Raises:
            NotFound: there is no such task.
        """
        task = await self._in_time(self._read(name), "reading the task")
        seconds = min(wait, self._longest)
        if seconds > 0 and not task.done:
            try:
                await task.wait(seconds)
            except (errors.WaitTimeout, errors.TaskFailed, errors.TaskCancelled):
                return task
        return task

    async def tasks(
        self, *, status: str | None, provider: str | None, model: str | None, limit: int
    ) -> list[AsyncTask]:
        """The newest tasks that match."""
        listing = self.client.tasks.list(status=status, provider=provider, model=model, limit=limit)

        async def read() -> list[AsyncTask]:
            return [task async for task in listing]

        return await self._in_time(read(), "reading the list of tasks")

    async def cancel(self, name: str) -> AsyncTask:
        """Cancel a task.

        Raises:
            NotFound: there is no such task; Conflict: it has ended already; NotAllowed.
        """
        self.limits.check_writing("cancelling tasks")

        async def cancel() -> AsyncTask:
            return await (await self._read(name)).cancel()

        return await self._in_time(cancel(), "cancelling the task")

    async def files(self, task: AsyncTask) -> list[str]:
        """The paths of a task's files, which are downloaded unless they are there already.

        Raises:
            StillGoing: they are large; asked again, they are there some time later. NoResult,
            DownloadFailed: there are none, or they could not be had.
        """
        kept = self.journal.files(task.id)
        if kept and all(Path(path).is_file() for path in kept):
            return kept

        async def download() -> list[str]:
            paths = await task.download(f"{self.out}/")
            self.journal.saved(task.id, paths)
            return [str(path) for path in paths]

        then = "get_task has the files when they are there"
        return await self._joined(("files", task.id), download, "saving the files", then)

    def link_ends(self) -> datetime:
        """When the links of a task that was read now lapse."""
        return self.client.context.session.clock.now() + timedelta(seconds=LINK_SECONDS)

    # ------------------------------------------------------------------- the account

    async def upload(self, file: Path | bytes, filename: str | None) -> UploadedFile:
        """Upload a file, to be used by several jobs.

        Raises:
            NotAllowed, UploadFailed.
        """
        self.limits.check_writing("uploading")
        given = self.limits.check_file(str(file)) if isinstance(file, Path) else file
        return await self._joined(
            ("upload", given, filename),
            lambda: self.client.files.upload(given, filename=filename),
            "uploading",
            "the same call again has its address when it is done",
        )

    async def balance(self) -> Any:
        """What the account can spend."""
        return await self._in_time(self.client.balance(), "reading the balance")

    # ------------------------------------------------------------------- batches

    async def start_batch(
        self, jobs: Sequence[Mapping[str, Any]], name: str | None
    ) -> tuple[str, Counts]:
        """Begin or go on with many jobs; the same jobs under the same name are made once.

        Raises:
            BadRows: with every mistake; NotAllowed. Nothing was sent.
        """
        self.limits.check_writing("starting jobs")
        files = []
        for row in jobs:
            if not isinstance(row.get("model"), str):
                raise NotAllowed("each job of a batch names its model: {'model': …, 'prompt': …}")
            files += self.limits.check_files(self.model(row["model"])[1], row)
        where = self.client.context.session.origin
        key = await asyncio.to_thread(key_of, where, name, {"jobs": list(jobs)}, files)
        return await self._work_on(key[:12], jobs)

    async def batch(self, batch_id: str) -> tuple[Counts, str | None]:
        """How far a batch is, and what stopped it; its work goes on unless the server may not.

        Raises:
            NotAllowed: there is no such batch in the folder of this server.
        """
        if not _BATCH.fullmatch(batch_id) or not (self._folder(batch_id) / "batch.db").is_file():
            raise NotAllowed(f"there is no batch {batch_id!r} in {self.out}")
        made = self._batch(batch_id)
        counts = made.counts()
        stopped = self._stopped.get(batch_id)
        if counts.open and stopped is None and not self.limits.read_only:
            await self._work_on(batch_id, None)
        return counts, stopped

    async def finished(self, batch_id: str) -> None:
        """Wait until the work on a batch has ended here."""
        going = self._going.get(("batch", batch_id))
        if going is not None:
            await asyncio.wait({going})

    async def _work_on(
        self, batch_id: str, jobs: Sequence[Mapping[str, Any]] | None
    ) -> tuple[str, Counts]:
        made = self._batch(batch_id)
        if jobs is not None:
            await asyncio.to_thread(made.add, jobs)
        self._stopped.pop(batch_id, None)

        async def work() -> None:
            try:
                await made.run()
            except errors.ModelHunterError as error:
                self._stopped[batch_id] = str(error)

        self._once(("batch", batch_id), work)
        return batch_id, made.counts()

    def _batch(self, batch_id: str) -> Any:
        folder = self._folder(batch_id)
        folder.mkdir(exist_ok=True)
        return self.client.batch(
            folder / "batch.db", out=str(folder), max_cost=self.limits.max_cost
        )

    def _folder(self, batch_id: str) -> Path:
        return self.out / f"batch-{batch_id}"

    # ------------------------------------------------------------------- waiting

    async def aclose(self) -> None:
        """Leave what is still going; a journal and ledgers know how it goes on."""
        for task in self._going.values():
            task.cancel()
        await asyncio.gather(*self._going.values(), return_exceptions=True)

    def _once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        going = self._going.get(key)
        if going is None:

            async def run() -> T:
                return await make()

            going = self._going[key] = asyncio.create_task(run())

            def ended(task: asyncio.Task[T]) -> None:
                del self._going[key]
                if not task.cancelled():
                    task.exception()  # so that asyncio does not report what nobody waited for

            going.add_done_callback(ended)
        return going

    async def _joined(
        self, key: Hashable, make: Callable[[], Awaitable[T]], what: str, then: str
    ) -> T:
        """Do what may take long, together with all who ask for the same."""
        going = self._once(key, make)
        done, _ = await asyncio.wait({going}, timeout=self._longest)
        if not done:
            raise StillGoing(what, then)
        return going.result()

    async def _in_time(self, work: Awaitable[T], what: str) -> T:
        """Do what should not take long, and leave it where it does."""
        try:
            async with asyncio.timeout(self._longest):
                return await work
        except TimeoutError:
            message = f"{what} took longer than {self._longest:g} s"
            raise errors.TimedOut(message, delivered="maybe") from None

    async def _read(self, name: str) -> AsyncTask:
        if is_token(name):
            return await self.client.resume(name)
        return await self.client.tasks.get(name)

    def _now(self) -> float:
        return self.client.context.session.clock.now().timestamp()


def name_of(task: AsyncTask) -> str:
    """What a task is found by: the API's id, or a token where it lives on another API."""
    return task.id if task.via is None else task.resume_token()
