"""The sandbox as a whole: what it is made of, how it starts and how it stops."""

from __future__ import annotations

import atexit
import ipaddress
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from concurrent.futures import wait
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field

from modelhunter.errors import ConfigurationError
from modelhunter.jobs import budget
from modelhunter.runtime.argument_checks import (
    check_able,
    check_callable,
    check_count,
    check_seconds,
    check_text,
    is_number,
    refused,
)
from modelhunter.sandbox.accounts import Accounts
from modelhunter.sandbox.app import App
from modelhunter.sandbox.clock import Clock, ManualClock, from_text
from modelhunter.sandbox.control import duplicates, leaks, snapshot
from modelhunter.sandbox.endpoints import full_task
from modelhunter.sandbox.faults import Faults
from modelhunter.sandbox.front import Front
from modelhunter.sandbox.guard import Guard, bracketed, host_name
from modelhunter.sandbox.links import Links, link_origin
from modelhunter.sandbox.listener import Listener, open_port
from modelhunter.sandbox.media.cache import MediaCache
from modelhunter.sandbox.media.shape import Shape, shapes_from_json, tiny
from modelhunter.sandbox.service import Catalogue, Seen, Service, finite_seconds
from modelhunter.sandbox.store import Store
from modelhunter.sandbox.tasks import Tasks
from modelhunter.sandbox.webhooks import RETRY_DELAYS, Deliveries, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

_SETTLING_SECONDS = 30.0


class Sandbox:
    """A server on this machine that behaves as the API's documentation says, in a thread.

    Args:
        host: the address to listen on; ``127.0.0.1`` or ``localhost`` keeps it on this machine.
        port: the port; 0 takes a free one.
        speed: how many times faster than the documented time tasks (and the retries of webhooks)
            go. ``math.inf`` finishes a task as soon as its file is written.
        database: a file to keep the state in, with media in a folder beside it, so that a
            sandbox that is started again knows its tasks. In memory where None.
        link_seconds: how long a link is good.
        balance: USD on the account of a new sandbox.
        media: ``"full"`` files have the size that was asked for; ``"tiny"`` ones are 64 pixels
            high or wide and are shared by all tasks of the same shape.
        registry: where models come from; the installed plugins where None.
        clock: seconds since 1970; a :class:`ManualClock` stands still until :meth:`advance`.
        retry_delays: seconds between the attempts to deliver a webhook, divided by ``speed``.
        webhooks_anywhere: deliver webhooks to other machines too.
        allow_hosts: further names by which it may be called. It answers to loopback names alone,
            and to any address where it listens beyond this machine, so that no web page reaches
            it under a name of its own. Links in events begin with the first of them.
        faults: the faults in place from the start, perhaps with a chance of their own.
        unlisted_models: serve also models that no plugin lists, with the widest limits that
            their provider's models have, and for nothing.

    Raises:
        ConfigurationError: the port is taken, or the database can't be used.
        ValueError: a speed or time that is not above zero, or a host that is no plain name.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        speed: float = 1.0,
        database: str | os.PathLike[str] | None = None,
        link_seconds: float = 900,
        balance: Decimal = Decimal(100),
        media: Literal["full", "tiny"] = "full",
        registry: Catalogue | None = None,
        clock: Clock = time.time,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        webhooks_anywhere: bool = False,
        allow_hosts: Sequence[str] = (),
        faults: Faults | None = None,
        unlisted_models: bool = False,
    ) -> None:
        check_text(host, "host", "an address to listen on")
        check_count(port, "port", "the number of a port, from 0", none=False)
        if not is_number(speed) or not speed > 0:
            raise refused("speed", "a number above 0", speed)
        check_seconds(link_seconds, "link_seconds", some=True, endless=True)
        if media not in ("full", "tiny"):
            raise refused("media", "'full' or 'tiny'", media)
        check_able(registry, ("model", "models", "provider"), "registry", "a plugins.Registry")
        check_callable(clock, "clock", none=False)
        if isinstance(allow_hosts, str):
            raise refused("allow_hosts", "a list of names", allow_hosts, "; put it in a list")
        if database is not None and not isinstance(database, str | os.PathLike):
            raise refused("database", "the path of a file", database)
        self._host = host
        self._port = port
        self._speed = speed
        self._database = None if database is None else Path(database)
        self._link_seconds = link_seconds
        self._balance = budget.amount(balance, "balance") or Decimal(0)
        self._reshape = tiny if media == "tiny" else _unchanged
        self._registry = registry
        self._clock = clock
        self._retry_delays = [finite_seconds(delay, speed) for delay in retry_delays]
        self._webhooks_anywhere = webhooks_anywhere
        self._unlisted_models = unlisted_models
        self.allow_hosts: Sequence[str] = [host_name(name) for name in allow_hosts]
        self.faults: Faults = Faults() if faults is None else faults
        self._running: _Running | None = None
        self._lock = threading.Lock()

    # ------------------------------------------------------------------- starting and stopping

    def start(self) -> Sandbox:
        """Start the server, once; returns itself as soon as requests are answered."""
        with self._lock:
            if self._running is None:
                self._running = self._run()
                atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Stop at once: connections are closed, nothing is waited for, no thread is left."""
        with self._lock:
            running, self._running = self._running, None
        atexit.unregister(self.stop)
        if running is not None and running.process == os.getpid():
            running.stop()

    def serve_forever(self, started: Callable[[Sandbox], object] | None = None) -> None:
        """Serve until the process gets SIGINT or SIGTERM. For the main thread of a program.

        ``started`` is called with the running sandbox once a signal would end it quietly.
        """
        stop = threading.Event()
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.getsignal(number) for number in signals}
        for number in signals:
            signal.signal(number, lambda *_: stop.set())
        try:
            self.start()
            if started is not None:
                started(self)
            stop.wait()
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------- what clients need

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self._started().url

    @property
    def everywhere(self) -> bool:
        """Whether it listens beyond this machine."""
        return self._started().everywhere

    @property
    def key(self) -> str:
        """An API key that may do everything."""
        service = self._service
        return service.accounts.first_key(service.now())

    def create_key(
        self,
        name: str = "test",
        *,
        permissions: Mapping[str, bool] | None = None,
        ip_whitelist: Sequence[str] | None = None,
        spend_limit: Decimal | None = None,
        expires_at: str | None = None,
    ) -> str:
        """A further API key. ``expires_at`` is ISO 8601, ``spend_limit`` USD.

        Raises:
            ValueError: ``expires_at`` is no such time.
        """
        service = self._service
        row = service.accounts.create_key(
            service.now(),
            name=name,
            permissions=permissions,
            addresses=ip_whitelist,
            spend_limit=spend_limit,
            expires_at=None if expires_at is None else from_text(expires_at),
        )
        return str(row["key"])

    # ------------------------------------------------------------------- what tests need

    @property
    def balance(self) -> Decimal:
        """USD on the account. May be set."""
        return self._service.accounts.balance(self._service.now())

    @balance.setter
    def balance(self, amount: Decimal) -> None:
        self._service.accounts.set_balance(amount)

    @property
    def requests(self) -> Sequence[Seen]:
        """The requests seen, oldest first (the last ten thousand)."""
        return list(self._service.requests)

    @property
    def leaks(self) -> Sequence[Seen]:
        """Requests to links that carried an API key, which a client must never send there."""
        return leaks(self._service)

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """The webhook deliveries, oldest first."""
        return self._service.deliveries.all()

    def state(self, marker: str | None = None) -> dict[str, Any]:
        """What ``/_sandbox/state`` answers."""
        return snapshot(self._service, marker)

    def duplicates(self, marker: str) -> Mapping[str, int]:
        """How many tasks share a value of ``metadata[marker]``, for values that several have."""
        return duplicates(self._service, marker)

    def advance(self, seconds: float) -> None:
        """Move the manual clock, and wait for the deliveries that are due by then.

        Files take no time on a manual clock: they are all written before it moves.

        Raises:
            ConfigurationError: the sandbox runs on another clock.
        """
        if not isinstance(self._clock, ManualClock):
            raise ConfigurationError(
                "only a manual clock can be moved; give the sandbox clock=ManualClock()"
            )
        self.settle()
        self._clock.advance(seconds)
        self.settle()

    def settle(self, timeout: float = _SETTLING_SECONDS) -> None:
        """Wait until all files are written and all deliveries that are due have been tried.

        Raises:
            TimeoutError: that took longer than ``timeout`` seconds.
        """
        service = self._service
        deadline = time.monotonic() + timeout
        for row in service.tasks.without_media():
            making = service.media.make_all(shapes_from_json(row["shapes"]))
            wait([making], deadline - time.monotonic())
            if not making.done():
                raise TimeoutError(f"files were still being made after {timeout} s")
            service.media_done(row["id"], making)
        if not service.deliveries.settle(max(0.0, deadline - time.monotonic())):
            raise TimeoutError(f"webhooks were still being delivered after {timeout} s")

    def reset(self) -> None:
        """Forget tasks, files, webhooks, requests and faults; keys stay, the balance is as new."""
        service = self._service
        service.store.empty()
        service.accounts.reset(self._balance)
        service.requests.clear()
        self.faults.clear()

    # ------------------------------------------------------------------- within

    @property
    def _service(self) -> Service:
        return self._started().service

    def _started(self) -> _Running:
        running = self._running
        if running is None:
            raise ConfigurationError(
                "the sandbox is not running; call start(), or use it in a with statement"
            )
        return running

    def _run(self) -> _Running:
        folder = None if self._database is None else Path(f"{self._database}.media")
        temporary = folder is None
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="modelhunter-sandbox-"))
        try:
            sock = open_port(self._host, self._port)
            try:
                service = self._assemble(folder)
            except BaseException:
                sock.close()
                raise
        except BaseException:
            if temporary:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        address, port = sock.getsockname()[:2]
        everywhere = not ipaddress.ip_address(address).is_loopback
        host = _reachable(self._host)
        service.link_base = link_origin(f"{bracketed((self.allow_hosts or [host])[0])}:{port}")
        guard = Guard(frozenset((*self.allow_hosts, host.lower())), everywhere)
        running = _Running(
            url=f"http://{bracketed(host)}:{port}",
            everywhere=everywhere,
            service=service,
            listener=Listener(Front(App(service, self), service, guard), sock),
            folder=folder if temporary else None,
        )
        running.start()
        return running

    def _assemble(self, folder: Path) -> Service:
        uploads, results = folder / "uploads", folder / "results"
        try:
            for part in (uploads, results):
                part.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise ConfigurationError(
                f"the sandbox can't keep its files in {folder}: {error}; name another database"
            ) from error
        store = Store(self._database)
        secret = store.fact("secret") or secrets.token_hex(32)
        store.set_fact("secret", secret)
        service = Service(
            store=store,
            accounts=Accounts(store, self._balance),
            tasks=Tasks(store, self._link_seconds),
            media=MediaCache(results),
            links=Links(secret),
            faults=self.faults,
            deliveries=Deliveries(
                store,
                self._clock,
                lambda id_: full_task(
                    service, service.tasks.get(id_, service.now()), service.link_base
                ),
                retry_delays=self._retry_delays,
                anywhere=self._webhooks_anywhere,
            ),
            clock=self._clock,
            speed=self._speed,
            link_seconds=self._link_seconds,
            uploads=uploads,
            reshape=self._reshape,
            load_catalogue=self._catalogue,
            unlisted_models=self._unlisted_models,
        )
        return service

    def _catalogue(self) -> Catalogue:
        if self._registry is None:
            from modelhunter.plugins.registry import default_registry

            self._registry = default_registry()
        return self._registry


@define
class _Running:
    """What exists while a sandbox runs. ``folder`` is one to delete in the end."""

    url: str
    everywhere: bool
    service: Service
    listener: Listener
    folder: Path | None
    process: int = field(factory=os.getpid)

    def start(self) -> None:
        """Serve, and take up what an earlier run left unfinished."""
        service = self.service
        for row in service.tasks.without_media():
            service.start_media(row["id"], shapes_from_json(row["shapes"]))
        service.deliveries.start()
        self.listener.start()

    def stop(self) -> None:
        """End all threads and close the database."""
        self.listener.request_stop()
        self.service.deliveries.stop()
        self.service.media.close()
        self.listener.join()
        self.service.store.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _unchanged(shape: Shape) -> Shape:
    return shape


def _reachable(host: str) -> str:
    """The address under which this machine reaches a server that listens on ``host``."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
