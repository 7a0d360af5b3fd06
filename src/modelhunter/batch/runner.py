"""Runs the jobs of a ledger: sends, watches and fetches them, and survives being killed.

The order that makes it safe: the token of a job is committed before the request goes out, so that
a job left ``sending`` by whoever was killed is looked for in the task list – all of them by one
sweep, twice, as what was sent last may not be listed yet – and only then sent again, with the same
token.
A lease is longer than any request may take, and is looked at right before one goes out: who was
stopped in between finds the request's time over when it goes on.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from glob import escape as glob_escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field, frozen

from modelhunter.batch.naming import USUAL, file_name
from modelhunter.batch.owners import Owner
from modelhunter.batch.pace import Pace, PaceObserver
from modelhunter.errors import (
    APIError,
    ConfigurationError,
    DownloadFailed,
    InsufficientBalance,
    InvalidInput,
    ModelHunterError,
    NoResult,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    SubmissionUnknown,
    TransportError,
    Unauthorized,
    UnexpectedResponse,
    UploadFailed,
    WriteFailed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from decimal import Decimal

    from modelhunter.batch.ledger import Counts, Ledger, LedgerJob
    from modelhunter.batch.service import Service
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.runtime.clock import Clock

T = TypeVar("T")

ATTEMPTS = 5
"""How often a job is sent that was turned away, and a file fetched that could not be."""

_SWEEP = 2.0
"""Seconds between two looks for jobs that others have left."""
_DOWNLOADS = 8
_UNLISTED = 10.0
"""Seconds after which a task that no page shows is read by itself."""

_PASSING = (TransportError, RateLimited, ServerError, UnexpectedResponse, UploadFailed)
_STOPPING = (InsufficientBalance, Unauthorized, PermissionDenied, ConfigurationError)


@frozen
class Event:
    """What happened to a job: ``sent``, ``ended``, ``saved``, ``failed`` or ``retried``."""

    kind: str
    job: LedgerJob
    task: TaskView | None = None
    files: tuple[str, ...] = ()
    error: str | None = None


@frozen(kw_only=True)
class Settings:
    """How a batch is run.

    ``out`` is a folder, or an address that fsspec can write to. ``lease`` are the seconds that a
    job stays with a process that says nothing any more; more than a request may take.
    """

    out: str
    name: str = USUAL
    at_once: int = 20
    budget: Decimal | None = None
    max_cost: Decimal | None = None
    lease: float | None = None
    recovery_pause: float = 15.0
    webhook_url: str | None = None


@define(eq=False)
class _Active:
    """A job whose task is under way."""

    job: LedgerJob
    task: TaskView
    seen_at: float


class Stopped(ModelHunterError):
    """The batch can't go on, as a job met what all would meet; nothing is lost."""


@define(eq=False)
class Runner:
    """One process at work on a ledger."""

    ledger: Ledger
    service: Service
    settings: Settings
    on_event: Callable[[Event], object] | None = None
    woken: asyncio.Event = field(factory=asyncio.Event)
    """Set by whoever knows that a task has ended, so that nobody sleeps until the next round."""

    owner: Owner = field(init=False)
    pace: Pace = field(init=False)
    _lease: float = field(init=False)
    _clock: Clock = field(init=False)
    _swept: float = field(init=False, default=float("-inf"))
    _renewed: float = field(init=False)
    _active: dict[str, _Active] = field(init=False, factory=dict)
    _busy: set[str] = field(init=False, factory=set)
    _work: set[asyncio.Task[None]] = field(init=False, factory=set)
    _lost: set[str] = field(init=False, factory=set)
    _full: bool = field(init=False, default=False)
    _stopped: ModelHunterError | None = field(init=False, default=None)
    _changed: asyncio.Event = field(init=False, factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        session = self.service.client.context.session
        total = session.timeouts.total
        if total is None:
            raise ConfigurationError(
                "a batch needs requests that end: give the client Timeouts(total=…)"
            )
        least = total * 1.1 + 1.0
        self._lease = least * 2 if self.settings.lease is None else self.settings.lease
        if self._lease < least:
            raise ConfigurationError(
                f"lease={self._lease:g} is too short: a request may take {total:g} s "
                f"(Timeouts.total), so a lease needs {least:g} s or more"
            )
        self._clock = session.clock
        self._renewed = self._clock.monotonic()
        self.owner = Owner(self.ledger)
        self.pace = Pace(self.settings.at_once, self._clock.monotonic)

    # ------------------------------------------------------------------- the whole

    async def run(self) -> Counts:
        """Work until nothing is left that this process could do; returns how far the batch is.

        Raises:
            Stopped: the account or the settings don't let any job through (no credit, a wrong
            key); LedgerError: the ledger can't be written.
        """
        session = self.service.client.context.session
        before, session.observer = session.observer, PaceObserver(self.pace, session.observer)
        heart = asyncio.create_task(self._keep_leases())
        watch = asyncio.create_task(self._watch())
        try:
            await self._feed(heart, watch)
        finally:
            for one in (heart, watch, *self._work):
                one.cancel()
            await asyncio.gather(heart, watch, *self._work, return_exceptions=True)
            session.observer = before
            self.owner.close()
            self.service.close()
        if self._stopped is not None:
            raise Stopped(
                f"the batch stopped: {self._stopped}. Nothing is lost; run it again once that is "
                "mended"
            ) from self._stopped
        return await self._ledger(self.ledger.counts)

    async def _feed(self, *guards: asyncio.Task[None]) -> None:
        """Take up jobs until none is left."""
        while True:
            for guard in guards:
                if guard.done():
                    guard.result()
            for done in [one for one in self._work if one.done()]:
                self._work.discard(done)
                done.result()
            took = await self._take_up()
            if took:
                continue
            if not self._busy:
                left = await self._ledger(self.ledger.seconds_until_free)
                if left is None or self._full or self._stopped is not None:
                    return
                await self._pause(min(max(left, 0.05), 5.0))
            else:
                await self._pause(0.5)

    async def _take_up(self) -> bool:
        """Lease what this process can work on now, and begin; whether there was any."""
        took = False
        now = self._clock.monotonic()
        if now - self._swept >= _SWEEP:
            self._swept = now
            took = await self._take_over()
        free = self.pace.free(len(self._busy))
        if free and not self._full and self._stopped is None:
            for job in await self._claim("ready", free):
                self._begin(job, self._send_new(job))
                took = True
        return took

    async def _take_over(self) -> bool:
        """Go on with what others, or this very batch in an earlier run, have left."""
        await self._ledger(self.owner.end_dead_leases)
        took = False
        for state, begin in (("succeeded", self._fetch_again), ("running", self._follow)):
            for job in await self._claim(state, 100):
                self._begin(job, begin(job))
                took = True
        lost = await self._claim("sending", 10_000)
        if lost:
            self._busy |= {job.key for job in lost}
            self._spawn(self._find(lost))
        return took or bool(lost)

    async def _claim(self, state: str, most: int) -> list[LedgerJob]:
        return await self._ledger(self.ledger.claim, self.owner.name, state, most, self._lease)

    def _begin(self, job: LedgerJob, work: Coroutine[Any, Any, None]) -> None:
        self._busy.add(job.key)
        self._spawn(work)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(lambda _: self._changed.set())

    async def _pause(self, seconds: float) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _ledger(self, function: Callable[..., T], *given: Any) -> T:
        """A transaction, beside the loop: a commit waits for the disk."""
        return await asyncio.to_thread(function, *given)

    async def _keep_leases(self) -> None:
        """Renew this process's leases, and note which it has lost."""
        while True:
            await asyncio.sleep(self._lease / 4)
            begun, mine = self._clock.monotonic(), set(self._busy)
            held = await self._ledger(self.ledger.renew, self.owner.name, self._lease)
            self._renewed = begun
            self._lost |= mine - held

    def _tell(self, kind: str, job: LedgerJob, **more: Any) -> None:
        if self.on_event is not None:
            self.on_event(Event(kind, job, **more))

    def _end(self, job: LedgerJob) -> None:
        self._active.pop(job.key, None)
        self._busy.discard(job.key)
        self._lost.discard(job.key)
        self._changed.set()

    async def _leave(self, job: LedgerJob) -> None:
        """Let go of a job whose lease is lost, or may be; whoever has it now is not disturbed."""
        await self._ledger(self.ledger.later, job, "LEASE_LOST", "the lease was over", 0.0)
        self._end(job)

    # ------------------------------------------------------------------- sending

    async def _send_new(self, job: LedgerJob) -> None:
        """Send a job that was never sent."""
        try:
            sent = await self._prepared_and_sent(job)
        except _LeaseLost:
            await self._leave(job)
            return
        if sent is None:
            self._end(job)
        else:
            self._watch_over(job, sent)

    async def _prepared_and_sent(self, job: LedgerJob) -> TaskView | None:
        try:
            high = self._price(job)
            if not await self._ledger(self.ledger.reserve, job, high, self.settings.budget):
                self._full = True
                await self._ledger(self.ledger.back, job, "OVER_BUDGET", "over the budget", 0.0)
                return None
            more: dict[str, Any] = {}
            if self.settings.webhook_url is not None:
                more["webhook_url"] = self.settings.webhook_url
            prepared = await self.service.prepare(job.model, job.capability, **job.inputs, **more)
        except ModelHunterError as error:
            await self._not_sent(job, error)
            return None
        return await self._sent(job, prepared.token)

    def _price(self, job: LedgerJob) -> Decimal:
        """What a job may cost at most.

        Raises:
            InvalidInput: its inputs don't fit. OverBudget: it costs too much, or nobody knows.
        """
        from modelhunter.batch.checking import highest_price

        registry = self.service.client.context.registry()
        limited = self.settings.budget is not None
        return highest_price(registry, job, self.settings.max_cost, limited=limited)

    async def _sent(self, job: LedgerJob, token: str) -> TaskView | None:
        """Commit a token and send it; None where it did not come about."""
        if not await self._ledger(self.ledger.sending, job, token):
            raise _LeaseLost
        return await self._send(job, self.service.submit(token, lambda _: self._last_look(job)))

    def _last_look(self, job: LedgerJob) -> None:
        """Right before the request: is the job still this process's?

        Raises:
            _LeaseLost: it is not, or that can't be known any more.
        """
        held_for = self._clock.monotonic() - self._renewed
        if held_for > self._lease or job.key in self._lost or not self.ledger.held(job):
            raise _LeaseLost

    async def _send(
        self, job: LedgerJob, sending: Coroutine[Any, Any, TaskView]
    ) -> TaskView | None:
        try:
            task = await sending
        except SubmissionUnknown as error:
            await self._ledger(self.ledger.later, job, "UNKNOWN", str(error), 5.0)
            return None
        except ModelHunterError as error:
            await self._not_sent(job, error)
            return None
        self.pace.went_well()
        if not await self._ledger(self.ledger.running, job, task.resume_token()):
            raise _LeaseLost  # whoever has the job now finds this very task by its token
        self._tell("sent", job, task=task)
        return task

    async def _not_sent(self, job: LedgerJob, error: ModelHunterError) -> None:
        """A job that did not come about: later, never, or a reason to stop."""
        code = code_of(error)
        if isinstance(error, _STOPPING):
            self._stopped = error
            await self._ledger(self.ledger.back, job, code, str(error), 0.0)
        elif isinstance(error, _PASSING) and job.attempts + 1 < ATTEMPTS:
            asked = error.retry_after if isinstance(error, APIError) else None
            wait = max(asked or 0.0, 2.0 ** (job.attempts + 1))
            await self._ledger(self.ledger.back, job, code, str(error), wait)
            self._tell("retried", job, error=str(error))
        else:
            await self._ledger(self.ledger.failed, job, code, str(error), None)
            self._tell("failed", job, error=str(error))

    # ------------------------------------------------------------------- finding again

    async def _find(self, jobs: list[LedgerJob]) -> None:
        """Look for jobs that may have been sent, all of them together; send those that were not."""
        left = {job.token or "": job for job in jobs}
        try:
            for pause in (0.0, self.settings.recovery_pause):
                await asyncio.sleep(pause)
                found = await self.service.recover(list(left))
                for token, task in found.items():
                    if task is None:
                        continue
                    job = left.pop(token)
                    if await self._ledger(self.ledger.running, job, task.resume_token()):
                        self._watch_over(job, task)
                    else:
                        self._end(job)
                if not left:
                    return
        except ModelHunterError as error:
            for job in left.values():
                await self._ledger(self.ledger.later, job, code_of(error), str(error), 5.0)
                self._end(job)
            return
        for token, job in left.items():
            self._spawn(self._send_again(job, token))

    async def _send_again(self, job: LedgerJob, token: str) -> None:
        """Send a job that is in no list, with the token it has; if it turns up, that is found."""
        try:
            await self._ledger(self._last_look, job)
            task = await self._send(job, self.service.send_again(token))
        except _LeaseLost:
            await self._leave(job)
            return
        if task is None:
            self._end(job)
        else:
            self._watch_over(job, task)

    async def _follow(self, job: LedgerJob) -> None:
        """Go on with a task that was begun before."""
        try:
            task = await self.service.resume(job.task or "")
        except NotFound as error:
            await self._ledger(self.ledger.failed, job, code_of(error), str(error), None)
            self._tell("failed", job, error=str(error))
            self._end(job)
        except ModelHunterError as error:
            await self._ledger(self.ledger.later, job, code_of(error), str(error), 5.0)
            self._end(job)
        else:
            self._watch_over(job, task)

    # ------------------------------------------------------------------- watching

    def _watch_over(self, job: LedgerJob, task: TaskView) -> None:
        self._active[job.key] = _Active(job, task, self._clock.monotonic())
        if task.done:
            self._spawn(self._ended(self._active.pop(job.key)))

    async def _watch(self) -> None:
        """Look at all tasks that run, by pages of the list, in the client's rhythm."""
        polling = self.service.client.context.polling
        while True:
            if self._active:
                with suppress(*_PASSING, NotFound):
                    await self._round()
            pause = polling.first if self.settings.webhook_url is None else 30.0
            self.woken.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), pause)

    async def _round(self) -> None:
        now = self._clock.monotonic()
        listed = {a.task.id: a for a in self._active.values() if a.task.via is None}
        missing = dict(listed)
        if listed:
            oldest = min(a.task.created_at for a in listed.values())
            async for task in self.service.newest():
                found = missing.pop(task.id, None)
                if found is not None:
                    found.seen_at = now
                    self._saw(found, task)
                if not missing or task.created_at < oldest:
                    break
        apart = [a for a in self._active.values() if a.task.via is not None]
        late = [a for a in missing.values() if now - a.seen_at > _UNLISTED]
        for one in (*apart, *late):
            await self.service.refresh(one.task)
            self._saw(one, one.task)

    def _saw(self, active: _Active, task: TaskView) -> None:
        active.task = task
        if task.done and self._active.pop(active.job.key, None) is not None:
            self._spawn(self._ended(active))

    async def _ended(self, active: _Active) -> None:
        job, task = active.job, active.task
        if task.status in ("succeeded", "expired"):
            if await self._ledger(self.ledger.succeeded, job, task.cost):
                self._tell("ended", job, task=task)
                await self._fetch(job, task)
            self._end(job)
            return
        if task.error is None and task.status == "failed":
            with suppress(ModelHunterError):
                await self.service.refresh(task)
        code = (task.error and task.error.code) or str(task.status).upper()
        error = (task.error and task.error.message) or f"the task is {task.status}"
        await self._ledger(self.ledger.failed, job, code, error, task.cost)
        self._tell("failed", job, task=task, error=f"{code}: {error}")
        self._end(job)

    # ------------------------------------------------------------------- fetching

    async def _fetch_again(self, job: LedgerJob) -> None:
        """Fetch the files of a task that was paid for before."""
        try:
            task = await self.service.resume(job.task or "")
        except ModelHunterError as error:
            await self._ledger(self.ledger.later, job, code_of(error), str(error), 5.0)
        else:
            await self._fetch(job, task)
        self._end(job)

    async def _fetch(self, job: LedgerJob, task: TaskView) -> None:
        try:
            if not task.outputs:
                await self.service.refresh(task)
            files = await self.service.download(task, self._target(job, task))
        except (DownloadFailed, WriteFailed, NoResult, *_PASSING, APIError) as error:
            wait = min(60.0, 2.0 ** (job.attempts + 1))
            held = await self._ledger(self.ledger.held, job)
            await self._ledger(self.ledger.later, job, code_of(error), str(error), wait)
            if held and isinstance(error, WriteFailed):  # the disk takes no other file either
                self._stopped = error
            self._tell("retried", job, task=task, error=str(error))
            return
        self._clear_away(job, task)
        names = tuple(map(str, files)) or (self._target(job, task),)
        if await self._ledger(self.ledger.done, job, names):
            self._tell("saved", job, task=task, files=names)

    def _clear_away(self, job: LedgerJob, task: TaskView) -> None:
        """Remove what a killed process left of the file."""
        if "://" not in self.settings.out:
            target = Path(self._target(job, task))
            for part in target.parent.glob(f".{glob_escape(target.name)}.*.part"):
                part.unlink(missing_ok=True)

    def _target(self, job: LedgerJob, task: TaskView) -> str:
        form = task.outputs[0].format if task.outputs else None
        name = file_name(self.settings.name, job, (form or "bin").lower())
        return f"{self.settings.out.rstrip('/')}/{name}"


class _LeaseLost(Exception):
    """Another process has the job now."""


def code_of(error: ModelHunterError) -> str:
    """A word for an error, by which failed jobs can be tried again."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and code:
        return code
    if isinstance(error, InvalidInput):
        return "INVALID_INPUT"
    name = type(error).__name__
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()
