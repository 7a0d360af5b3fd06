"""The blocking client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from modelhunter.client import settings, spending
from modelhunter.client.envelope import read_error
from modelhunter.client.settings import Polling, Timeouts
from modelhunter.client.task import Task
from modelhunter.errors import ConfigurationError, UnknownProvider
from modelhunter.flows import submit, tasks, upload
from modelhunter.flows.core import Core
from modelhunter.plugins.inputs import Input, input_values
from modelhunter.runtime.call import Call
from modelhunter.runtime.clock import Clock, SystemClock
from modelhunter.runtime.drive import Driver
from modelhunter.runtime.flow import Flow
from modelhunter.runtime.retry import Retry
from modelhunter.runtime.send import send
from modelhunter.runtime.session import Session
from modelhunter.runtime.transport import Transport

if TYPE_CHECKING:
    from modelhunter.api.models import (
        ApiKey,
        Balance,
        TaskStatus,
        Webhook,
        WebhookEventType,
    )
    from modelhunter.plugins.catalogue import Model
    from modelhunter.plugins.media import Media, UploadedFile
    from modelhunter.plugins.prices import Estimate
    from modelhunter.plugins.registry import Registry
    from modelhunter.sandbox import Sandbox

T = TypeVar("T")
Amount = Decimal | int | float | str
"""USD."""


class ModelHunter:
    """A client of ModelHunter.AI that blocks until an answer is there.

    Threads share one client; a child of ``fork`` may go on using it. Use it as a context manager,
    or call :meth:`close`, to close its connections.

    Args:
        api_key: the key; by default the environment variable ``MODELHUNTER_KEY``.
        base_url: where the API is; by default ``MODELHUNTER_BASE_URL``, then the public address.
        sandbox: start a local server that behaves like the API, costs nothing and needs no key
            (the extra ``sandbox``), and talk to that.
        timeout: limits in seconds, or a number for the total of one call.
        retries: how often calls that may be repeated are sent again.
        budget: USD that all jobs of this client may cost together; a job that may exceed it is
            refused before anything is sent.
        polling: the rhythm of waiting for tasks.
        allow_http: allow an unencrypted ``base_url`` that is not on this machine.
        transport: what sends requests; by default urllib3.
        registry: where models come from; by default the installed plugins.
        clock: time and chance.

    Raises:
        ConfigurationError: there is no key, or a setting can't work.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        sandbox: bool = False,
        timeout: Timeouts | float | None = None,
        retries: Retry | None = None,
        budget: Amount | None = None,
        polling: Polling | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
        registry: Registry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._sandbox: Sandbox | None = None
        if sandbox:
            if api_key is not None or base_url is not None:
                raise ConfigurationError(
                    "sandbox=True brings its own key and address; leave api_key and base_url out"
                )
            self._sandbox = _start_sandbox(registry)
            api_key, base_url = self._sandbox.key, self._sandbox.url
            polling = polling or Polling(0.2, 1.0, 30.0)
        origin, base_path = settings.find_address(base_url, allow_http=allow_http)
        clock = clock or SystemClock()
        self._given_registry = registry
        self._core = Core(
            session=Session(
                origin=origin,
                base_path=base_path,
                headers=settings.headers(settings.find_key(api_key)),
                timeouts=_timeouts(timeout),
                retry=retries or Retry(),
                clock=clock,
                read_error=read_error,
            ),
            polling=polling or Polling(),
            budget=spending.Budget(spending.amount(budget, "budget")),
            registry=self._registry,
            bind=lambda state: Task(state, self),
        )
        self._driver = Driver(transport or _default_transport(), clock)

    # ------------------------------------------------------------------- jobs

    @overload
    def submit(
        self,
        model: Input,
        /,
        *,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
    ) -> Task: ...

    @overload
    def submit(
        self,
        model: str,
        capability: str | None = None,
        *,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        **inputs: Any,
    ) -> Task: ...

    def submit(
        self,
        model: str | Input,
        capability: str | None = None,
        *,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        **inputs: Any,
    ) -> Task:
        """Start a job and return its task at once.

        Give a model's id and its inputs by keyword, or one typed input object of a plugin. The
        capability follows from the inputs (an ``image`` makes it image-to-video). Local files in
        media inputs (a path, bytes, an open file, a Pillow image) are uploaded first.

        Args:
            model: the model's id, or a typed input.
            capability: which of the model's capabilities, where the inputs fit several.
            webhook_url: an address that is told when this task has ended (not signed).
            metadata: free data, stored on the task and echoed with it.
            max_cost: refuse before sending if the job may cost more than this, in USD.
            **inputs: the inputs, as ``modelhunter models show MODEL`` lists them.

        Raises:
            InvalidInput: the inputs don't fit the model, with every problem listed; UnknownModel;
            OverBudget: it may cost more than is allowed. In these cases nothing was sent.
            APIError, TransportError: as the API or the network will have it.
        """
        job = self._plan(model, capability, inputs)
        return self._start(job, webhook_url, metadata, max_cost)

    @overload
    def generate(
        self,
        model: Input,
        /,
        *,
        timeout: float | None = tasks.DEFAULT_WAIT,
        on_update: Callable[[Task], object] | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
    ) -> Task: ...

    @overload
    def generate(
        self,
        model: str,
        capability: str | None = None,
        *,
        timeout: float | None = tasks.DEFAULT_WAIT,
        on_update: Callable[[Task], object] | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        **inputs: Any,
    ) -> Task: ...

    def generate(
        self,
        model: str | Input,
        capability: str | None = None,
        *,
        timeout: float | None = tasks.DEFAULT_WAIT,
        on_update: Callable[[Task], object] | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        max_cost: Amount | None = None,
        **inputs: Any,
    ) -> Task:
        """Start a job, wait for it, and return the finished task.

        Takes what :meth:`submit` takes, and ``timeout`` and ``on_update`` of :meth:`Task.wait`.

        Raises:
            TaskFailed, TaskCancelled, WaitTimeout: each carries the task; and what
            :meth:`submit` raises.
        """
        job = self._plan(model, capability, inputs)
        return self._start(job, webhook_url, metadata, max_cost).wait(timeout, on_update=on_update)

    def estimate(
        self, model: str | Input, capability: str | None = None, **inputs: Any
    ) -> Estimate:
        """What a job would cost, in USD; sends nothing, and may be given only some of the inputs.

        ``low`` and ``high`` rest on documented prices, ``likely`` also on inferred ones.

        Raises:
            InvalidInput: an input does not fit the model; UnknownModel; LookupError: the model's
            price is not known.
        """
        job = self._plan(model, capability, inputs, partial=True)
        if job.estimate is None:
            raise LookupError(f"the price of {job.model.id} is not known to its plugin")
        return job.estimate

    @property
    def spent(self) -> Decimal:
        """What the jobs of this client cost so far, in USD, running ones at their highest price.

        Counted for jobs submitted with a ``budget`` or ``max_cost``.
        """
        return self._core.budget.spent

    # ------------------------------------------------------------------- the rest of the API

    @cached_property
    def tasks(self) -> Tasks:
        """Read, list, cancel and wait for tasks."""
        return Tasks(self)

    @cached_property
    def files(self) -> Files:
        """Upload files."""
        return Files(self)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Register webhooks."""
        return Webhooks(self)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Create and delete API keys."""
        return ApiKeys(self)

    def balance(self) -> Balance:
        """The account's balance, in USD."""
        from modelhunter.api import billing

        return self.send(billing.get_balance())

    def send(self, call: Call[T], *, timeout: float | None = None) -> T:
        """Send any call of :mod:`modelhunter.api` or of a plugin's ``api``.

        ``timeout`` is the total in seconds for this call, retries included.
        """
        return self._run(send(call, self._core.session, seconds=timeout))

    def models(self, provider: str | None = None) -> Sequence[Model]:
        """The models of all installed plugins, or of one provider."""
        return [model for _, model in self._registry().models(provider)]

    # ------------------------------------------------------------------- its life

    def close(self) -> None:
        """Close the connections, and the sandbox if this client started one."""
        self._driver.transport.close()
        if self._sandbox is not None:
            self._sandbox.stop()

    def __enter__(self) -> ModelHunter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> ProviderModels:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            self._registry().provider(name)
        except UnknownProvider as error:
            raise AttributeError(f"ModelHunter has no attribute {name!r}; {error}") from None
        return ProviderModels(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._registry().providers()})

    def __repr__(self) -> str:
        return f"<ModelHunter {self._core.session.origin}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a ModelHunter client holds connections and a key and can't be pickled; make one in "
            "each process, and send task ids or tasks between them"
        )

    def _registry(self) -> Registry:
        if self._given_registry is not None:
            return self._given_registry
        from modelhunter.plugins.registry import default_registry

        return default_registry()

    def _plan(
        self,
        model: str | Input,
        capability: str | None,
        inputs: Mapping[str, Any],
        *,
        partial: bool = False,
    ) -> submit.Job:
        if isinstance(model, str):
            return submit.plan(self._core, model, capability, inputs, partial=partial)
        given = {**input_values(model), **inputs}
        return submit.plan(self._core, model.model, model.capability, given, partial=partial)

    def _start(
        self,
        job: submit.Job,
        webhook_url: str | None,
        metadata: Mapping[str, Any] | None,
        max_cost: Amount | None,
    ) -> Task:
        task: Task = self._run(
            submit.submit(
                self._core,
                job,
                webhook_url=webhook_url,
                metadata=metadata,
                max_cost=spending.amount(max_cost, "max_cost"),
            )
        )
        return task

    def _run(self, flow: Flow[T]) -> T:
        return self._driver.run(flow)


class Tasks:
    """``client.tasks``."""

    def __init__(self, client: ModelHunter) -> None:
        self._client = client

    def get(self, task_id: str) -> Task:
        """Read one task.

        Raises:
            NotFound: there is no such task.
        """
        task: Task = self._client._run(tasks.get(self._client._core, task_id))
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
    ) -> Iterator[Task]:
        """The tasks that match, newest first; pages are read as the iterator gets to them.

        Listed tasks come without their outputs; :meth:`Task.download` reads them by itself.
        ``limit`` is how many tasks at most, in all.
        """
        return self._client._driver.iterate(
            tasks.listing(
                self._client._core,
                limit=limit,
                status=status,
                provider=provider,
                model=model,
                created_after=created_after,
                created_before=created_before,
                id_prefix=id_prefix,
            )
        )

    def cancel(self, task: Task | str) -> Task:
        """Cancel a task that has not finished, by its id or itself.

        Raises:
            Conflict: it has finished already; NotFound: there is no such task.
        """
        return self._task(task).cancel()

    def wait(
        self,
        task: Task | str,
        timeout: float | None = tasks.DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
    ) -> Task:
        """Wait until a task has finished; see :meth:`Task.wait`."""
        return self._task(task).wait(timeout, polling=polling, on_update=on_update)

    def watch(
        self,
        watched: Iterable[Task | str],
        timeout: float | None = tasks.DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
    ) -> Iterator[Task]:
        """Each of several tasks as it finishes, however it ends: look at its ``status``.

        Raises:
            WaitTimeout: some have not finished in time; ``unfinished`` holds them.
        """
        return self._client._driver.iterate(
            tasks.watch(
                self._client._core,
                [self._task(task) for task in watched],
                timeout=timeout,
                polling=polling,
                on_update=on_update,
            )
        )

    def _task(self, task: Task | str) -> Task:
        return self.get(task) if isinstance(task, str) else task


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

        ``file`` is a path, bytes, an open binary file or a Pillow image; it is streamed, never
        read whole. Name and MIME type are taken from it unless given. ``on_progress`` is called
        with the bytes sent so far and the bytes in all.

        Raises:
            UploadFailed: it can't be read or was refused; Unprocessable: it is over 100 MB.
        """
        return self._client._run(
            upload.upload(
                self._client._core,
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
        """Register an address for the events of all tasks. Keep the answer's ``secret``: it
        verifies deliveries.
        """
        from modelhunter.api import webhooks

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

        return self._client.send(
            api_keys.create_api_key(
                name=name,
                spend_limit=spending.amount(spend_limit, "spend_limit"),
                expires_at=expires_at,
                permissions=dict(permissions) if permissions is not None else None,
                ip_whitelist=list(ip_whitelist) if ip_whitelist is not None else None,
            )
        )

    def delete(self, key_id: str) -> None:
        """Delete a key by its id (not the key itself). Calls with it are refused from then on."""
        from modelhunter.api import api_keys

        self._client.send(api_keys.delete_api_key(key_id))


class ProviderModels:
    """A provider of a client, ``client.NAME``: each capability is a method, such as
    ``client.vidu.text_to_video("viduq3-turbo", prompt=…)``.
    """

    def __init__(self, client: ModelHunter, name: str) -> None:
        self._client = client
        self._name = name

    @property
    def models(self) -> Sequence[Model]:
        """The provider's models."""
        return self._client.models(self._name)

    def __getattr__(self, name: str) -> Callable[..., Task]:
        capabilities = self._capabilities()
        if name not in capabilities:
            raise AttributeError(
                f"provider {self._name} has no capability {name!r}; it has: "
                + ", ".join(sorted(capabilities))
            )
        models = capabilities[name]

        def start(model: str | None = None, **options: Any) -> Task:
            if model is None:
                model = self._only(models, name)
            return self._client.submit(model, name.replace("_", "-"), **options)

        start.__name__ = name
        start.__doc__ = (
            f"Start {name.replace('_', '-')}; takes a model ({', '.join(models)}) and what "
            "ModelHunter.submit takes."
        )
        return start

    def __dir__(self) -> list[str]:
        return sorted({"models", *self._capabilities()})

    def _capabilities(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for model in self.models:
            for capability in model.capabilities:
                found.setdefault(capability.name.replace("-", "_"), []).append(model.id)
        return found

    def _only(self, models: Sequence[str], name: str) -> str:
        if len(models) == 1:
            return models[0]
        raise TypeError(
            f"{self._name}.{name} needs a model, as prices differ; give one of: {', '.join(models)}"
        )


def _timeouts(given: Timeouts | float | None) -> Timeouts:
    if isinstance(given, Timeouts):
        return given
    return Timeouts() if given is None else Timeouts(total=float(given))


def _default_transport() -> Transport:
    from modelhunter.runtime.transports.urllib3 import Urllib3Transport

    return Urllib3Transport()


def _start_sandbox(registry: Registry | None) -> Sandbox:
    try:
        from modelhunter.sandbox import Sandbox
    except ImportError as error:
        raise ConfigurationError(
            f"the sandbox needs more packages ({error.name} is missing): "
            "pip install 'modelhunter[sandbox]'"
        ) from error
    sandbox = Sandbox(registry=registry, speed=10)
    sandbox.start()
    return sandbox
