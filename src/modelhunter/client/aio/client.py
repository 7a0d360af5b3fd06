"""The async client."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from modelhunter import flows
from modelhunter.client import argument_checks as checks
from modelhunter.client.aio.resources import AsyncApiKeys, AsyncFiles, AsyncTasks, AsyncWebhooks
from modelhunter.client.aio.task import AsyncTask
from modelhunter.client.aio.transport_defaults import (
    AsyncDriver,
    AsyncTransport,
    Awaited,
    default_transport,
)
from modelhunter.client.base import Amount, BaseClient, ProviderModels
from modelhunter.jobs import budget as budgets
from modelhunter.jobs.polling import DEFAULT_WAIT, LOOK_FOR
from modelhunter.runtime.argument_checks import check_flag, check_seconds, check_texts

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from modelhunter.api.models import Balance
    from modelhunter.api.models import Task as TaskState
    from modelhunter.batch.batches import AsyncBatch, BatchSettings
    from modelhunter.batch.ledger import Ledger
    from modelhunter.jobs.prepared import Prepared
    from modelhunter.jobs.stand_ins import EventSource
    from modelhunter.plugins.inputs import Input
    from modelhunter.provenance.record import Record
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.flow import Flow

T = TypeVar("T")
_NO_WAIT = "; submit starts a job without waiting for it"


class AsyncModelHunter(BaseClient[AsyncTransport]):
    """The async client of ModelHunter.AI, as in ``async with AsyncModelHunter() as mh: ...``."""

    # ------------------------------------------------------------------- jobs

    @overload
    async def submit(
        self,
        model: Prepared,
        /,
        *,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
    ) -> AsyncTask: ...

    @overload
    async def submit(
        self,
        model: Input,
        /,
        *,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
    ) -> AsyncTask: ...

    @overload
    async def submit(
        self,
        model: str | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
        **inputs: Any,
    ) -> AsyncTask: ...

    async def submit(
        self,
        model: str | Input | Prepared | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
        **inputs: Any,
    ) -> AsyncTask:
        """Start a job and return its task at once.

        Give a model's id and its inputs by keyword, or one typed input object of a plugin, or what
        :meth:`prepare` made, itself or its token: that is taken for unsent and sent at once (where
        it may have been sent, use :meth:`resume`, which looks for it first). The record of a file
        (:class:`modelhunter.provenance.Record`) starts its job once more, with the inputs that are
        given beside it in place of its own. The
        capability follows from the inputs (an ``image`` makes it image-to-video). Local files in
        media inputs (a path, bytes, an open file, a Pillow image) are uploaded first.

        Args:
            model: the model's id, a typed input, what was prepared, or a record.
            capability: which of the model's capabilities, where the inputs fit several.
            provider: whose model it is; then it may be one that no installed plugin lists, which
                is sent with the widest limits of the capability and :class:`UnlistedModel` as a
                warning.
            webhook_url: an address that is told when this task has ended (not signed).
            metadata: free data, stored on the task and echoed with it.
            max_cost: refuse before sending if the job may cost more than this, in USD.
            allow_unpriced: send it also where its price is not known and there is a ``max_cost``
                or a budget, of which it then takes nothing.
            resubmit: where it can't be told whether the job was started, send it once more
                instead of raising; a twin that turns up is cancelled.
            on_token: called with a token before the job is sent; whatever happens then,
                :meth:`resume` finds the job again by it, in any process.
            look_for: where it can't be told whether the job was started, it is looked for in the
                list of tasks, for so many seconds beyond the client's ``timeout``; 0: not at all.
            **inputs: the inputs, as ``modelhunter models show MODEL`` lists them.

        Raises:
            InvalidInput: the inputs don't fit the model, with every problem listed; UnknownModel;
            OverBudget: it may cost more than is allowed. In these cases nothing was sent.
            APIError, TransportError: the job was not started. SubmissionUnknown: that can't be
            told; the error has a token.
        """
        check_flag(resubmit, "resubmit")
        start = self._starting(
            model, capability, inputs, webhook_url, metadata, max_cost, provider, allow_unpriced
        )
        task: AsyncTask = await self.run(
            start(resubmit=resubmit, on_token=on_token, look_for=look_for)
        )
        return task

    async def prepare(
        self,
        model: str | Input | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        **inputs: Any,
    ) -> Prepared:
        """Do everything for a job but start it: check it, price it, upload its local files.

        Takes what :meth:`submit` takes, and returns a token to keep, with the price. Whoever
        writes the token down and then calls :meth:`submit` with it never pays twice: a token that
        was written down and not sent is sent, one that may have been sent is looked for
        (:meth:`resume`, or :meth:`recover` for many). No part of the budget is set aside yet.

        Raises:
            InvalidInput, UnknownModel, OverBudget: as :meth:`submit`, before anything is uploaded;
            UploadFailed, APIError, TransportError: a file could not be uploaded.
        """
        job = self._plan(model, capability, inputs, provider=provider)
        return await self.run(
            flows.submit.prepare(
                self.context,
                job,
                webhook_url=webhook_url,
                metadata=metadata,
                max_cost=budgets.amount(max_cost, "max_cost"),
                allow_unpriced=allow_unpriced,
            )
        )

    @overload
    async def generate(
        self,
        model: Input,
        /,
        *,
        timeout: float | None = DEFAULT_WAIT,
        on_update: Callable[[AsyncTask], object] | None = None,
        cancel_if_left: bool = False,
        webhook: EventSource | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
    ) -> AsyncTask: ...

    @overload
    async def generate(
        self,
        model: str | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        timeout: float | None = DEFAULT_WAIT,
        on_update: Callable[[AsyncTask], object] | None = None,
        cancel_if_left: bool = False,
        webhook: EventSource | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
        **inputs: Any,
    ) -> AsyncTask: ...

    async def generate(
        self,
        model: str | Input | Prepared | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        timeout: float | None = DEFAULT_WAIT,
        on_update: Callable[[AsyncTask], object] | None = None,
        cancel_if_left: bool = False,
        webhook: EventSource | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        allow_unpriced: bool = False,
        resubmit: bool = False,
        on_token: Callable[[str], object] | None = None,
        look_for: float = LOOK_FOR,
        **inputs: Any,
    ) -> AsyncTask:
        """Start a job, wait for it, and return the finished task.

        Takes what :meth:`submit` takes, and ``timeout``, ``on_update`` and
        ``cancel_if_left`` as :meth:`AsyncTask.wait` does. With a ``webhook``
        (:class:`modelhunter.webhooks.Receiver`) the task's event is sent there, which ends the
        wait; looking at the task is the net beneath it.

        Raises:
            TaskFailed, TaskCancelled, WaitTimeout: each carries the task; and what
            :meth:`submit` raises.
        """
        flows.waiting.check_waiting(timeout, None, on_update, webhook)
        check_seconds(timeout, "timeout", none="no limit", endless=True, some=True, more=_NO_WAIT)
        check_flag(cancel_if_left, "cancel_if_left")
        if webhook is not None:
            webhook_url = webhook.url
        check_flag(resubmit, "resubmit")
        start = self._starting(
            model,
            capability,
            inputs,
            webhook_url,
            metadata,
            max_cost,
            provider,
            allow_unpriced,
            webhook,
        )
        task: AsyncTask = await self.run(
            start(resubmit=resubmit, on_token=on_token, look_for=look_for)
        )
        return await task.wait(
            timeout, on_update=on_update, cancel_if_left=cancel_if_left, webhook=webhook
        )

    async def resume(
        self, token: str, *, resubmit: bool = False, look_for: float = LOOK_FOR
    ) -> AsyncTask:
        """The task that a token leads back to, in this or any other process.

        Takes what :meth:`AsyncTask.resume_token` returned, what an error carries as
        ``resume_token`` or ``token``, what ``on_token`` was told, or what :meth:`prepare` made. A
        submission is looked for in the list of tasks, for at most ``look_for`` seconds. With
        ``resubmit``, one of which no task can be found is sent once more; should that make two,
        the older is kept and the other cancelled.

        Raises:
            BadToken: it is no token; NotFound: there is no such task; SubmissionUnknown: no task
            of the submission can be found.
        """
        check_flag(resubmit, "resubmit")
        task: AsyncTask = await self.run(
            flows.submit.resume(self.context, token, resubmit=resubmit, look_for=look_for)
        )
        return task

    async def recover(self, tokens: Iterable[str]) -> dict[str, AsyncTask | None]:
        """The tasks that many tokens lead back to, by token; None where there is none.

        Submissions are found by one sweep through the list of tasks, newest first, back to the
        oldest of them: 100 tasks a request, however many tokens there are. A task that was
        submitted within the last seconds may not be in the list yet, so what a process that was
        killed just now has left is recovered after a pause, or is looked for with :meth:`resume`.

        Raises:
            BadToken: one of them is no token.
        """
        tokens = check_texts(tokens, "tokens", "a list of tokens")
        found: dict[str, AsyncTask | None] = await self.run(
            flows.submit.recover(self.context, tokens)
        )
        return found

    def batch(
        self, ledger: str | os.PathLike[str] | Ledger, **settings: Unpack[BatchSettings]
    ) -> AsyncBatch:
        """Many jobs, each made once however often it is begun: ``batch.run("jobs.csv")``.

        Args:
            ledger: where it is kept what was asked for, sent and paid: the path of a SQLite file,
                or the URL of a database that several machines share (the extra ``batch``).
            **settings: ``out``, the folder or address of the files (by default the ledger's);
                ``name``, a template for theirs; ``at_once``, how many jobs at most run together;
                ``budget`` in USD for all of them, also over restarts and machines; ``max_cost`` for
                each; ``lease``, seconds after which a silent process's jobs are taken over;
                ``webhook_url``, told of each job's end.

        Raises:
            LedgerError: it can't be opened; ConfigurationError: a setting can't work.
        """
        from modelhunter.batch.batches import AsyncBatch

        return AsyncBatch(self, ledger, **settings)

    # ------------------------------------------------------------------- the rest of the API

    @cached_property
    def tasks(self) -> AsyncTasks:
        """Read, list, cancel and wait for tasks."""
        return AsyncTasks(self)

    @cached_property
    def files(self) -> AsyncFiles:
        """Upload files."""
        return AsyncFiles(self)

    @cached_property
    def webhooks(self) -> AsyncWebhooks:
        """Register webhooks."""
        return AsyncWebhooks(self)

    @cached_property
    def api_keys(self) -> AsyncApiKeys:
        """Create and delete API keys."""
        return AsyncApiKeys(self)

    async def balance(self) -> Balance:
        """The account's balance, in USD."""
        from modelhunter.api import billing

        return await self.send(billing.get_balance())

    async def send(self, call: Call[T], *, timeout: float | None = None) -> T:
        """Send any call of :mod:`modelhunter.api` or of a plugin's ``api``.

        ``timeout`` is the total in seconds for this call, retries included.
        """
        from modelhunter.runtime.send import send

        checks.check_call(call)
        check_seconds(timeout, "timeout", none="the client's own", endless=True)
        return await self.run(send(call, self.context.session, seconds=timeout))

    # ------------------------------------------------------------------- its life

    async def aclose(self) -> None:
        """Close the connections, and the sandbox if this client started one."""
        await self._driver.transport.close()
        self._stop_sandbox()

    async def __aenter__(self) -> AsyncModelHunter:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> ProviderModels[Awaited[AsyncTask]]: ...

    def _connect(self, transport: AsyncTransport | None) -> None:
        self._driver = AsyncDriver(transport or default_transport(), self.context.session.clock)

    def _bind(self, state: TaskState, via: str | None) -> AsyncTask:
        return AsyncTask(state, self, via=via)

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow of your own (:mod:`modelhunter.runtime.flow`) and return its result."""
        result: T = await self._driver.run(flow)
        return result
