"""An address of one's own that events can be sent to: a small server in a thread."""

from __future__ import annotations

import hmac
import logging
import secrets as randomness
import threading
from collections import OrderedDict
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from http import HTTPStatus
from itertools import chain
from socket import AF_INET6
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from modelhunter.errors import ConfigurationError
from modelhunter.webhooks.confirming import Accepted, accept_signed, name_by_task
from modelhunter.webhooks.headers import SIGNATURE, Headers, header
from modelhunter.webhooks.intake import MAX_BODY, Handler, Intake, answer
from modelhunter.webhooks.replays import ReplayGuard
from modelhunter.webhooks.signing import TOLERANCE, Secrets, keys_of
from modelhunter.webhooks.verifying import parse_unverified
from modelhunter.webhooks.wsgi_app import wsgi_app

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from modelhunter.api.models import WebhookEvent

log: logging.Logger = logging.getLogger("modelhunter.webhooks")

_KEPT = 10_000
"""Events that are remembered for whoever asks for them after they came."""
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - these are recognised, not used


class Receiver:
    """Listens for events until it is closed; a context manager.

    Its address ends in a path that can't be guessed, and whoever knows it can send events to it
    that are not signed: they say that it is time to look at a task, not what has become of it.
    Read the task before you believe them. Signed ones are verified if there are ``secrets``.

    Args:
        host: the address to listen on: this machine only, or ``0.0.0.0`` for all of its networks.
        port: the port; 0 takes a free one.
        public_url: where the API reaches this receiver, if that is another address (a tunnel, a
            proxy); the path is added to it.
        path: the path, if it has to stay the same from run to run.
        secrets: of the registered webhooks that deliver here.
        on_event: called with each event once, in a thread of the receiver. If it raises, the
            sender gets 500 and sends the event again.

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
        self._keys = None if secrets is None else keys_of(secrets)
        self._on_event = on_event
        self._path = "/" + (randomness.token_urlsafe(18) if path is None else path.lstrip("/"))
        self._lock = threading.Lock()
        self._closed = False
        self._events: OrderedDict[str, WebhookEvent] = OrderedDict()
        self._waiting: dict[str, list[Future[WebhookEvent]]] = {}
        intake = Intake(self._take, self._accept, ReplayGuard())
        self._server = _listen(host, port, _at_path(self._path, wsgi_app(intake, MAX_BODY)))
        self._origin = _origin(host, self._server.server_port)
        self.url: str = (public_url or self._origin).rstrip("/") + self._path
        """Where events go: give it as ``webhook_url``, or register it."""
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="modelhunter-receiver",
            daemon=True,
        ).start()

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
        self._keys = keys_of(secrets)

    def close(self) -> None:
        """Stop listening. Whoever still waits gets nothing."""
        self._server.shutdown()
        self._server.server_close()
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
        return f"<Receiver {self._origin}>"

    def _accept(self, body: bytes, headers: Headers) -> Accepted:
        if self._keys is not None and header(headers, SIGNATURE) is not None:
            return accept_signed(body, headers, self._keys, tolerance=TOLERANCE, now=None)
        event = parse_unverified(body)
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


def _at_path(path: str, app: WSGIApplication) -> WSGIApplication:
    def only_there(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["PATH_INFO"].encode("latin-1")
        if hmac.compare_digest(asked, path.encode()):
            return app(environ, start_response)
        body, headers = answer(HTTPStatus.NOT_FOUND)
        start_response("404 Not Found", headers)
        return [body]

    return only_there


def _listen(host: str, port: int, app: WSGIApplication) -> WSGIServer:
    kind = _Server6 if ":" in host else _Server
    try:
        server = kind((host, port), _Connection)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"can't listen on {host or 'all addresses'}, port {port}: {error}; give another port, "
            "or 0 for a free one"
        ) from error
    server.set_app(app)
    return server


def _origin(host: str, port: int) -> str:
    if host in _EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind, without asking the DNS for a name as the base class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection to the receiver broke", exc_info=True)


class _Server6(_Server):
    address_family = AF_INET6


class _Connection(WSGIRequestHandler):
    timeout = 10.0
    """Seconds that a sender may be silent."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the path in it is for those only who may send events."""
