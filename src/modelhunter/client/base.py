"""What both clients are made of: settings, plans, providers as attributes. Nothing here waits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from modelhunter.client import settings
from modelhunter.client.argument_checks import explained
from modelhunter.errors import (
    ConfigurationError,
    InvalidArgument,
    InvalidInput,
    UnknownProvider,
)
from modelhunter.flows.context import Context
from modelhunter.hook_groups import are_declared, are_off
from modelhunter.jobs import budget as budgets
from modelhunter.jobs.error_envelope import read_error
from modelhunter.jobs.polling import Polling
from modelhunter.runtime.address import without_password
from modelhunter.runtime.argument_checks import (
    check_able,
    check_flag,
    check_kind,
    check_seconds,
    check_text,
    given,
    refused,
)
from modelhunter.runtime.clock import Clock, SystemClock
from modelhunter.runtime.message import Secret, unseen
from modelhunter.runtime.retry import Retry
from modelhunter.runtime.session import Session, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from modelhunter.api.models import Task as TaskState
    from modelhunter.estimates import Estimate
    from modelhunter.flows.backends import Route
    from modelhunter.flows.submit import Job
    from modelhunter.jobs.prepared import Prepared
    from modelhunter.jobs.stand_ins import EventSource, LocalServer
    from modelhunter.plugins.catalogue import Model
    from modelhunter.plugins.gates import Gate
    from modelhunter.plugins.inputs import Input
    from modelhunter.plugins.model_list import ModelList
    from modelhunter.plugins.registry import Registry
    from modelhunter.provenance.record import Record
    from modelhunter.runtime.auth import Auth
    from modelhunter.runtime.events import Observer
    from modelhunter.runtime.flow import Flow

Transport = TypeVar("Transport")
Started = TypeVar("Started")
Amount = Decimal | int | float | str
"""USD."""

_NO_ADDRESS = " (the address of a server is base_url)"
_BY_KEYWORD = "; inputs are given by keyword, as in prompt=…"
SANDBOX_SPEED = 10.0
"""How much faster than the API the sandbox of ``sandbox=True`` works."""


class BaseClient(ABC, Generic[Transport]):
    """A client of ModelHunter.AI.

    Use it as a context manager, or close it, to close its connections.

    Threads (or the tasks of a loop) share one client; a child of ``fork`` may go on using it.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        sandbox: bool | LocalServer = False,
        timeout: Timeouts | float | None = None,
        retries: Retry | None = None,
        budget: Amount | None = None,
        polling: Polling | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
        registry: Registry | None = None,
        observers: Sequence[object] = (),
        gates: Sequence[object] = (),
        installed_hooks: bool = True,
        clock: Clock | None = None,
    ) -> None:
        """Set up a client; nothing is sent yet.

        Args:
            api_key: the key; by default the environment variable ``MODELHUNTER_KEY``. It may be
                missing until a call to ModelHunter is made, which raises MissingKey then.
            base_url: where the API is; by default ``MODELHUNTER_BASE_URL``, then the public
                address.
            sandbox: start a local server that behaves like the API, costs nothing and needs no key
                (the extra ``sandbox``), and talk to that; or talk to the one that is given.
            timeout: limits in seconds, or a number for the total: what a method may take from its
                call to its end, all its requests and retries together (waiting for a task has a
                time of its own).
            retries: how often calls that may be repeated are sent again.
            budget: USD that all jobs of this client may cost together; a job that may exceed it is
                refused before anything is sent.
            polling: the rhythm of waiting for tasks.
            allow_http: allow an unencrypted ``base_url`` that is not on this machine, and links to
                unencrypted addresses.
            transport: what sends requests; by default urllib3, or aiohttp in the async client.
            registry: where models come from; by default the installed plugins.
            observers: objects that hear of calls, retries, tasks, transfers and prices
                (:mod:`modelhunter.plugins.observing`).
            gates: objects that see each job before it is priced and sent, and may change its inputs
                or refuse it (:mod:`modelhunter.plugins.gates`).
            installed_hooks: False leaves out the observers and gates that are installed, as the
                environment variable ``MODELHUNTER_NO_HOOKS`` does.
            clock: time and chance.

        Raises:
            ConfigurationError: a setting can't work.
        """
        api_key, base_url = unseen(api_key), without_password(base_url)
        limit = budgets.amount(budget, "budget")
        check_kind(retries, Retry, "retries")
        check_kind(polling, Polling, "polling")
        check_flag(allow_http, "allow_http")
        check_flag(installed_hooks, "installed_hooks")
        check_able(registry, ("model", "models", "provider"), "registry", "a plugins.Registry")
        check_able(transport, ("send",), "transport", "what sends requests")
        check_able(clock, ("monotonic", "now", "sleep", "random"), "clock", "a clock")
        self._given_registry = registry
        self._sandbox: LocalServer | None = None
        self._routes: dict[str, Route] = {}
        self._allow_http = allow_http
        listening, gates = _listed(observers, "observers"), _listed(gates, "gates")
        installed_hooks = installed_hooks and not are_off() and are_declared()
        if sandbox:
            if api_key is not None or base_url is not None:
                raise ConfigurationError(
                    "sandbox=True brings its own key and address; leave api_key and base_url out"
                )
            if sandbox is True:
                self._sandbox = sandbox = _start_sandbox(registry)
            if not isinstance(getattr(sandbox, "key", None), str):
                raise refused("sandbox", "True or a sandbox.Sandbox", sandbox, _NO_ADDRESS)
            api_key, base_url = sandbox.key, sandbox.url
            polling = polling or Polling(0.2, 1.0, 30.0)
        origin, base_path = settings.find_address(base_url, allow_http=allow_http)
        key = settings.find_key(api_key)
        self.context: Context = Context(
            session=Session(
                origin=origin,
                base_path=base_path,
                headers=settings.headers() | _authorization(key),
                auth=_no_key() if key is None else None,
                timeouts=_timeouts(timeout),
                retry=retries or Retry(),
                clock=clock or SystemClock(),
                read_error=read_error,
                allow_http=allow_http,
                observer=_observer(listening, installed=installed_hooks),
            ),
            polling=polling or Polling(),
            budget=budgets.Budget(limit),
            registry=self._registry,
            make_task=self._bind,
            route=self._route,
            gates=_gates(gates, installed=installed_hooks),
            in_sandbox=bool(sandbox),
        )
        self._connect(transport)

    @abstractmethod
    def _connect(self, transport: Transport | None) -> None:
        """Make the driver that runs this client's flows."""

    @abstractmethod
    def _bind(self, state: TaskState, via: str | None) -> Any:
        """Make this client's task object of what an API said about a task."""

    def estimate(
        self,
        model: str | Input | Record,
        capability: str | None = None,
        *,
        provider: str | None = None,
        **inputs: Any,
    ) -> Estimate:
        """What a job would cost, in USD; sends nothing, and may be given only some of the inputs.

        ``low`` and ``high`` rest on documented prices, ``likely`` also on inferred ones.

        Raises:
            InvalidInput: an input does not fit the model; UnknownModel; LookupError: the model's
            price is not known.
        """
        job = self._plan(model, capability, inputs, provider=provider, partial=True)
        if job.estimate is None:
            raise LookupError(f"the price of {job.model.id} is not known to its plugin")
        self.context.priced(job.provider, job.model, job.capability, job.estimate)
        return job.estimate

    @property
    def spent(self) -> Decimal:
        """What the jobs of this client cost so far, in USD, running ones at their highest price.

        What a job that has ended cost is known once its task was read. One that failed or was
        cancelled counts nothing, unless the API says that it cost something. Counted are jobs
        that were submitted with a ``budget`` or ``max_cost``.
        """
        return self.context.budget.spent

    def models(self, provider: str | None = None) -> ModelList:
        """The models of all installed plugins, or of one provider.

        A list, which a notebook shows as a table; ``to_dicts()`` gives rows for one of your own.
        """
        from modelhunter.plugins.model_list import ModelList

        check_text(provider, "provider", "the name of one", none=True)
        return ModelList(self._registry().models(provider))

    def __getattr__(self, name: str) -> ProviderModels[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            self._registry().provider(name)
        except UnknownProvider as error:
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r}: {error}"
            ) from None
        return ProviderModels(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._registry().providers()})

    def __repr__(self) -> str:
        context = vars(self).get("context")  # not there where the constructor failed
        where = "that could not be set up" if context is None else context.session.origin
        return f"<{type(self).__name__} {where}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds connections and a key and can't be pickled; make one "
            "in each process, and send task ids or tasks between them"
        )

    def _registry(self) -> Registry:
        if self._given_registry is not None:
            return self._given_registry
        from modelhunter.plugins.registry import default_registry

        return default_registry()

    def _route(self, provider: str) -> Route:
        """The way to a provider's own API."""
        if provider not in self._routes:
            from modelhunter.flows.backends import route_to

            found = self._registry().provider(provider)
            route = route_to(found, self.context.session, allow_http=self._allow_http)
            self._routes.setdefault(provider, route)
        return self._routes[provider]

    def _plan(
        self,
        model: str | Input | Record,
        capability: str | None,
        inputs: Mapping[str, Any],
        *,
        provider: str | None = None,
        partial: bool = False,
    ) -> Job:
        from modelhunter.flows.submit import plan
        from modelhunter.plugins.inputs import Input, input_values
        from modelhunter.provenance.record import Record

        if isinstance(model, Record):
            from modelhunter.flows.replay import plan_again

            return plan_again(self._registry(), model, inputs, partial=partial)
        check_text(capability, "capability", "the name of one", none=True, more=_BY_KEYWORD)
        if isinstance(model, Input):
            inputs, capability = {**input_values(model), **inputs}, model.capability
            model = model.model
        check_text(model, "model", "the id of one, a typed input of a plugin or a file's record")
        check_text(provider, "provider", "the name of one", none=True)
        try:
            return plan(
                self._registry(), model, capability, inputs, provider=provider, partial=partial
            )
        except InvalidInput as error:
            raise explained(error) from None

    def _starting(
        self,
        model: str | Input | Prepared | Record,
        capability: str | None,
        inputs: Mapping[str, Any],
        webhook_url: str | None,
        metadata: Mapping[str, Any] | None,
        max_cost: Amount | None,
        provider: str | None,
        allow_unpriced: bool,
        webhook: EventSource | None = None,
    ) -> Callable[..., Flow[Any]]:
        """The flow that starts a job, which still wants to know how it is sent."""
        from modelhunter.flows.submit import submit, submit_token
        from modelhunter.flows.waiting import teach
        from modelhunter.jobs.prepared import Prepared
        from modelhunter.jobs.tokens import is_token

        most = budgets.amount(max_cost, "max_cost")
        check_flag(allow_unpriced, "allow_unpriced")
        if isinstance(model, Prepared):
            model = model.token
        if isinstance(model, str) and is_token(model):
            if inputs or (capability, webhook_url, metadata) != (None, None, None):
                raise TypeError(
                    "a token has all of its job: model, inputs, webhook_url and metadata are given "
                    "to prepare, and not once more with the token"
                )
            return partial(
                submit_token, self.context, model, max_cost=most, allow_unpriced=allow_unpriced
            )
        job = self._plan(model, capability, inputs, provider=provider)
        if webhook is not None:
            teach(webhook, job.provider)
        return partial(
            submit,
            self.context,
            job,
            webhook_url=webhook_url,
            metadata=metadata,
            max_cost=most,
            allow_unpriced=allow_unpriced,
        )

    def _stop_sandbox(self) -> None:
        if self._sandbox is not None:
            self._sandbox.stop()


class ProviderModels(Generic[Started]):
    """A provider of a client, ``client.NAME``.

    Each capability is a method, such as ``client.vidu.text_to_video("viduq3-turbo", prompt=…)``,
    and starts a task like ``submit``.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    @property
    def models(self) -> ModelList:
        """The provider's models."""
        models: ModelList = self._client.models(self._name)
        return models

    def __getattr__(self, name: str) -> Callable[..., Started]:
        if name.startswith("_"):
            raise AttributeError(name)
        # the provider's own plugin first: any other might add models, and is imported only then
        own = self._client._registry().provider(self._name).models
        found = _capability_named(name, own) or _capability_named(name, self.models)
        if found is None:
            raise AttributeError(
                f"provider {self._name} has no capability {name!r}; it has: "
                + ", ".join(sorted(_method_names(self.models)))
            )
        capability = found

        def start(model: str | Input | None = None, *misplaced: Any, **options: Any) -> Started:
            if misplaced:
                what = f"{self._name}.{name} takes the model alone by position"
                raise InvalidArgument(f"{what}, not {given(misplaced[0])}{_BY_KEYWORD}")
            if model is None:
                model = self._only_one(capability)
            wanted: Any = getattr(model, "model", model)
            check_text(
                wanted, "model", "the id of one, a typed input of a plugin or a file's record"
            )
            options["provider"] = self._name
            started: Started = self._client.submit(model, capability, **options)
            return started

        start.__name__ = name
        start.__doc__ = (
            f"Start {capability} with one of the provider's models that can do it. Takes what the "
            "client's submit takes."
        )
        return start

    def __dir__(self) -> list[str]:
        return sorted({"models", *_method_names(self.models)})

    def __repr__(self) -> str:
        return f"<provider {self._name} of {self._client!r}>"

    def _only_one(self, capability: str) -> str:
        able = [model.id for model in self.models if model.capability(capability)]
        if len(able) == 1:
            return able[0]
        raise TypeError(
            f"{self._name}.{_method_name(capability)} needs a model, as prices differ; give one "
            f"of: {', '.join(able)}"
        )


def _method_name(capability: str) -> str:
    return capability.replace("-", "_")


def _method_names(models: Sequence[Model]) -> set[str]:
    return {_method_name(capability.name) for model in models for capability in model.capabilities}


def _capability_named(method: str, models: Sequence[Model]) -> str | None:
    """The capability, of any of these models, that a method is named after."""
    names = (capability.name for model in models for capability in model.capabilities)
    return next((name for name in names if _method_name(name) == method), None)


def _timeouts(limit: Timeouts | float | None) -> Timeouts:
    if isinstance(limit, Timeouts):
        return limit
    check_seconds(limit, "timeout", none="the usual limits", endless=True, some=True)
    return Timeouts() if limit is None else Timeouts(total=limit)


def _authorization(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": Secret(f"Bearer {key}")}


def _no_key() -> Auth:
    from modelhunter.client.keyless import NoKey

    return NoKey()


def _listed(given: Sequence[object], name: str) -> list[object]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise refused(name, "a list of objects", given, "; put it in a list")
    return [*given]


def _observer(listening: Sequence[object], *, installed: bool) -> Observer | None:
    """What hears for all observers. Of an installed kind that was also given, that one hears."""
    found = [*listening]
    if installed:
        from modelhunter.plugins.installed_hooks import installed_observers

        mine = {type(one) for one in listening}
        found += [one for one in installed_observers() if type(one) not in mine]
    if not found:
        return None
    from modelhunter.plugins.observing import Observers

    return Observers(found)


def _gates(passed: Sequence[object], *, installed: bool) -> Callable[[], Sequence[Gate]]:
    """What finds the gates when the first job comes: those given, then those installed."""
    if not passed and not installed:
        return tuple
    from modelhunter.plugins.gates import gates_of

    own = gates_of([(f"the gate {type(one).__name__}", one) for one in passed])
    if not installed:
        return lambda: own

    @cache
    def found() -> Sequence[Gate]:
        from modelhunter.plugins.installed_hooks import installed_gates

        mine = {type(one) for one in passed}
        return [*own, *gates_of((n, one) for n, one in installed_gates() if type(one) not in mine)]

    return found


def _start_sandbox(registry: Registry | None) -> LocalServer:
    try:
        from modelhunter.sandbox import Sandbox
    except ImportError as error:
        raise ConfigurationError(
            f"the sandbox needs more packages ({error.name} is missing): "
            "pip install 'modelhunter[sandbox]'"
        ) from error
    sandbox = Sandbox(registry=registry, speed=SANDBOX_SPEED, unlisted_models=True)
    sandbox.start()
    return sandbox
