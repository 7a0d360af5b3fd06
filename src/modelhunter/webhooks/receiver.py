"""An address of one's own that events can be sent to: a small server in a thread."""

from __future__ import annotations

import logging
import secrets as randomness
import threading
from collections import OrderedDict
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from modelhunter.runtime.argument_checks import check_callable, check_count, check_text
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.confirming import Accepted, accept_signed, name_by_task
from modelhunter.webhooks.errors import UnreadableEvent
from modelhunter.webhooks.foreign import foreign_event
from modelhunter.webhooks.headers import SIGNATURE, Headers, header
from modelhunter.webhooks.intake import Handler, Intake
from modelhunter.webhooks.listening import DeliveryServer
from modelhunter.webhooks.replays import ReplayGuard
from modelhunter.webhooks.signing import TOLERANCE, Secrets, keys_of
from modelhunter.webhooks.verifying import parse_unverified
from modelhunter.webhooks.wsgi_app import do

if TYPE_CHECKING:
    from types import TracebackType

    from modelhunter.api.models import WebhookEvent
    from modelhunter.webhooks.foreign import ReadJob

log: logging.Logger = logging.getLogger("modelhunter.webhooks")

_KEPT = 10_000
"""Events that are remembered for whoever asks for them after they came."""
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - these are recognised, not used


class Receiver:
    """Listens for events until it is closed; a context manager.

    Its address ends in a path that can't be guessed, and whoever knows it can send events to it
    that are not signed: they say that it is time to look at a task, not what has become of it.
    Read the task before you believe them. Signed ones are verified if there are ``secrets``.
    Hundreds may come at once, and a sender may be slow: what has not come whole after 20 seconds is
    let go, and what is for another path is refused at once.

    Args:
        host: the address to listen on: this machine only, or ``0.0.0.0`` for all of its networks.
        port: the port; 0 takes a free one.
        public_url: where the API reaches this receiver, if that is another address (a tunnel, a
            proxy); the path is added to it.
        path: the path, if it has to stay the same from run to run.
        secrets: of the registered webhooks that deliver here.
        on_event: called with each event once, in one of at most 16 threads of the receiver. If it
            raises, the sender gets 500 and sends the event again. What another API than
            ModelHunter's has sent (:meth:`learn`) is of the type ``task.changed``, and of its task
            nothing is there but the id.

    Raises:
        ConfigurationError: it can't listen there.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        public_url: str | None = None,
        path: str | None = None,
        secrets: Secrets | None = None,
        on_event: Handler | None = None,
    ) -> None:
        check_text(host, "host", "an address to listen on")
        check_count(port, "port", "the number of a port, from 0", none=False)
        check_text(public_url, "public_url", "an http or https address", none=True)
        check_callable(on_event, "on_event")
        secrets = unseen(secrets)
        self._keys = None if secrets is None else keys_of(secrets)
        self._on_event = on_event
        self._path = "/" + (randomness.token_urlsafe(18) if path is None else path.lstrip("/"))
        self._lock = threading.Lock()
        self._closed = False
        self._events: OrderedDict[str, WebhookEvent] = OrderedDict()
        self._waiting: dict[str, list[Future[WebhookEvent]]] = {}
        self._foreign: tuple[ReadJob, ...] = ()
        intake = Intake(self._take, self._accept, ReplayGuard())
        self._server = DeliveryServer(
            host, port, self._path, lambda body, headers: do(intake.take(body, headers))
        )
        self._origin = _origin(host, self._server.port)
        self.url: str = (public_url or self._origin).rstrip("/") + self._path
        """Where events go: give it as ``webhook_url``, or register it."""

    def expect(self, task_id: str) -> Future[WebhookEvent]:
        """The event of a task, now or later; done at once if it has been here already.

        Blocking programs call ``result(timeout)`` on it, others await
        ``asyncio.wrap_future(…)``. Cancel it when you don't want it any more; closing the
        receiver cancels it too, and after that it is cancelled from the start.
        """
        future: Future[WebhookEvent] = Future()
        with self._lock:
            event, closed = self._events.get(task_id), self._closed
            if event is None and not closed:
                self._waiting.setdefault(task_id, []).append(future)
        if event is not None:
            future.set_result(event)
        elif closed:
            _call_off(future)
        else:
            future.add_done_callback(lambda done: self._forget(task_id, done))
        return future

    def wait_for(self, task_id: str, timeout: float | None = None) -> WebhookEvent | None:
        """Wait for the event of a task, ``timeout`` seconds at most (None: for ever).

        None if it has not come by then, or the receiver has been closed.
        """
        future = self.expect(task_id)
        with suppress(TimeoutError, CancelledError):
            return future.result(timeout)
        return None if future.cancel() else future.result()

    def trust(self, secrets: Secrets) -> None:
        """Verify what is signed with these secrets from now on.

        For the secret that comes when :attr:`url` is registered, which can't be known before.
        """
        secrets = unseen(secrets)
        self._keys = keys_of(secrets)

    def learn(self, read: ReadJob) -> None:
        """Understand what another API delivers: ``read`` makes the id of its job of the JSON.

        Clients do this by themselves for models that run on an API of their provider's own
        (:attr:`modelhunter.plugins.Backend.event`).
        """
        with self._lock:
            if read not in self._foreign:
                self._foreign = (*self._foreign, read)

    def close(self) -> None:
        """Stop listening. Whoever still waits gets nothing."""
        self._server.close()
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, {}
        for future in chain.from_iterable(waiting.values()):
            _call_off(future)

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = vars(self).get("_origin", "that could not be set up")  # its constructor may fail
        return f"<Receiver {where}>"

    def _accept(self, body: bytes, headers: Headers) -> Accepted:
        if self._keys is not None and header(headers, SIGNATURE) is not None:
            return accept_signed(body, headers, self._keys, tolerance=TOLERANCE, now=None)
        try:
            event = parse_unverified(body)
        except UnreadableEvent:
            found = foreign_event(body, self._foreign)
            if found is None:
                raise
            return found
        return Accepted(event, name_by_task(event))

    def _take(self, event: WebhookEvent) -> None:
        task_id = event.data.task.id
        with self._lock:
            self._events[task_id] = event
            self._events.move_to_end(task_id)
            if len(self._events) > _KEPT:
                self._events.popitem(last=False)
            waiting = self._waiting.pop(task_id, [])
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(event)
        if self._on_event is not None:
            self._on_event(event)

    def _forget(self, task_id: str, future: Future[WebhookEvent]) -> None:
        with self._lock:
            left = [each for each in self._waiting.get(task_id, ()) if each is not future]
            if left:
                self._waiting[task_id] = left
            else:
                self._waiting.pop(task_id, None)


def _call_off(future: Future[WebhookEvent]) -> None:
    """Tell whoever waits for an event that it will not come."""
    if future.cancel():
        future.set_running_or_notify_cancel()


def _origin(host: str, port: int) -> str:
    if host in _EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
