"""The blocking transport, over urllib3."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, cast

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import HTTPResponse

from modelhunter.errors import (
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    TimedOut,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.runtime.message import FileContent, Request, Response
from modelhunter.runtime.transports.sockets import (
    DeadlinePassed,
    Pool,
    SecurePool,
    current,
    tls_context,
)

_ONCE = urllib3.Retry(False)
_POOL_SIZE = 16
_BLOCK = 128 * 1024


class Urllib3Transport:
    """Sends requests over pooled connections; see :class:`modelhunter.runtime.transport.Transport`.

    Threads share it. A child process of ``fork`` gets connections of its own, so no answer can
    reach the wrong process. The proxy variables of the environment are respected.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._pools: dict[str, tuple[urllib3.HTTPConnectionPool, bool]] = {}
        self._closed = False

    def send(self, request: Request) -> Response:
        """Send a request and return its answer (the protocol says what it raises)."""
        pool, absolute = self._pool(request.origin)
        body, headers = _body(request)
        current.deadline = request.deadline
        current.phase = "connecting"
        try:
            raw = cast(
                HTTPResponse,
                pool.urlopen(
                    request.method,
                    request.origin + request.target if absolute else request.target,
                    body=body,
                    headers=headers,
                    retries=_ONCE,
                    redirect=False,
                    assert_same_host=False,
                    timeout=urllib3.Timeout(
                        connect=request.connect_timeout, read=request.read_timeout
                    ),
                    preload_content=False,
                ),
            )
            if request.stream:
                return Response(raw.status, raw.headers, stream=raw)
            return Response(raw.status, raw.headers, _whole(raw, request))
        except (HTTPError, OSError) as error:
            raise _failure(error, request) from error
        finally:
            current.deadline = None

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        raw: HTTPResponse = response.stream
        current.deadline = deadline
        current.phase = "sent"
        try:
            return raw.read1(size)
        except (HTTPError, OSError) as error:
            raise _failure(error, None) from error
        finally:
            current.deadline = None

    def close_stream(self, response: Response) -> None:
        """Let go of a streamed body."""
        raw: HTTPResponse = response.stream
        raw.close()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            managers, self._managers, self._pools = self._managers, {}, {}
        if os.getpid() == self._process:
            for manager in managers.values():
                manager.clear()

    def _pool(self, origin: str) -> tuple[urllib3.HTTPConnectionPool, bool]:
        """The origin's pool, and whether requests must name the whole URL (a plain proxy)."""
        if os.getpid() == self._process:
            found = self._pools.get(origin)
            if found is not None:
                return found
        with self._lock:
            if self._closed:
                raise ConfigurationError("this client is closed; make a new one")
            if os.getpid() != self._process:
                # The parent's connections are left alone: they are the parent's.
                self._process, self._managers, self._pools = os.getpid(), {}, {}
            proxy = _proxy_for(origin)
            manager = self._managers.get(proxy)
            if manager is None:
                manager = self._managers[proxy] = _manager(proxy)
            pool = manager.connection_from_url(origin)
            self._pools[origin] = (pool, proxy is not None and origin.startswith("http://"))
            return self._pools[origin]


def _manager(proxy: str | None) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": _POOL_SIZE, "ssl_context": tls_context()}
    manager = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
    return manager


def _proxy_for(origin: str) -> str | None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment, proxy_bypass_environment

    scheme, _, host = origin.partition("://")
    proxies = getproxies_environment()
    if proxy_bypass_environment(host, proxies):
        return None
    return proxies.get(scheme) or proxies.get("all")


def _body(request: Request) -> tuple[Any, dict[str, str]]:
    headers = dict(request.headers)
    if isinstance(request.body, FileContent):
        headers["Content-Length"] = str(request.body.size)
        return request.body.open(), headers
    return request.body, headers


def _whole(raw: HTTPResponse, request: Request) -> bytes:
    length = raw.headers.get("Content-Length")
    if length is not None and length.isdigit() and int(length) <= request.max_body:
        if "Content-Encoding" not in raw.headers:
            return raw.read()
    content = raw.read(request.max_body + 1)
    if len(content) <= request.max_body:
        raw.release_conn()
        return content
    raw.close()
    raise UnexpectedResponse(
        f"{request.method} {request.target.partition('?')[0]}: the answer ({raw.status}) is larger "
        f"than {request.max_body} bytes and was not read",
        status=raw.status,
    )


def _failure(error: Exception, request: Request | None) -> TransportError:
    """The error of ours that says how far a failed exchange came."""
    where = f"{request.method} {request.origin}" if request else "reading the answer"
    delivered = "maybe" if current.phase == "sent" else "no"
    if _caused_by(error, DeadlinePassed) or _overdue():
        return TimedOut(f"{where}: the deadline for the whole call passed", delivered=delivered)
    if isinstance(error, ReadTimeoutError | TimeoutError) and not isinstance(
        error, ConnectTimeoutError
    ):
        seconds = f" for {request.read_timeout:g} s" if request else ""
        return TimedOut(f"{where}: the server was silent{seconds}", delivered=delivered)
    if current.phase == "connecting" or isinstance(
        error, NewConnectionError | ConnectTimeoutError | ProxyError
    ):
        return ConnectFailed(f"{where}: no connection: {_reason(error)}", delivered="no")
    if isinstance(error, SSLError) and current.phase == "connecting":
        return ConnectFailed(f"{where}: TLS failed: {_reason(error)}", delivered="no")
    return ConnectionLost(f"{where}: the connection was lost: {_reason(error)}", delivered=delivered)


def _overdue() -> bool:
    return current.deadline is not None and time.monotonic() >= current.deadline


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    """What the innermost cause says; urllib3's own wrapping names objects and full URLs."""
    inner: BaseException = error
    while inner.__cause__ is not None or inner.__context__ is not None:
        inner = cast(BaseException, inner.__cause__ or inner.__context__)
    text = str(inner) or type(inner).__name__
    return text.partition("object at")[0] or type(inner).__name__
