"""The blocking transport, over urllib3."""

from __future__ import annotations

import os
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from modelhunter.runtime.codings import decoded, decoder_of
from modelhunter.runtime.message import FileContent, Request, Response
from modelhunter.runtime.transports import failures
from modelhunter.runtime.transports.proxies import proxy_for
from modelhunter.runtime.transports.sockets import (
    DeadlinePassed,
    Pool,
    SecurePool,
    current,
    tls_context,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.response import HTTPResponse

    from modelhunter.errors import TransportError

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
        current.deadline = request.deadline
        current.silence = request.read_timeout
        current.phase = "connecting"
        try:
            pool, absolute = self._pool(request.origin)
            body, headers = _body(request)
            raw = cast(
                "HTTPResponse",
                pool.urlopen(
                    request.method,
                    request.origin + request.target if absolute else request.target,
                    body=body,
                    headers=headers,
                    retries=_ONCE,
                    redirect=False,
                    assert_same_host=False,
                    timeout=_timeout(request.connect_timeout, request.read_timeout),
                    preload_content=False,
                    decode_content=False,
                ),
            )
            if request.stream:
                decoder = decoder_of(raw.headers.get("Content-Encoding"), raw.status)
                return Response(raw.status, raw.headers, stream=raw, decoder=decoder)
            return Response(raw.status, raw.headers, _whole(raw, request))
        except (HTTPError, OSError) as error:
            raise _failure(error, request) from failures.without_frames(error)
        finally:
            current.deadline = None

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        """Up to ``size`` bytes of a streamed body, empty at its end."""
        raw: HTTPResponse = response.stream
        decoder = response.decoder
        current.deadline = deadline
        current.phase = "sent"
        try:
            if decoder is None:
                return raw.read1(size)
            while not (piece := decoder.take(size)):
                if not (data := raw.read1(size)):
                    decoder.finish()
                    return b""
                decoder.feed(data)
            return piece
        except (HTTPError, OSError) as error:
            raise _failure(error, None) from failures.without_frames(error)
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
        else:
            # A thread of the parent may have held the lock at the moment of the fork.
            self._lock = threading.Lock()
        with self._lock:
            if self._closed:
                raise failures.closed()
            if os.getpid() != self._process:
                # The parent's connections are left alone: they are the parent's.
                self._process, self._managers, self._pools = os.getpid(), {}, {}
            proxy = proxy_for(origin)
            manager = self._managers.get(proxy)
            if manager is None:
                manager = self._managers[proxy] = _manager(proxy)
            pool = manager.connection_from_url(origin)
            self._pools[origin] = (pool, proxy is not None and origin.startswith("http://"))
            return self._pools[origin]


def _manager(proxy: str | None) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": _POOL_SIZE, "ssl_context": tls_context()}
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        user, _, address = urlsplit(proxy).netloc.rpartition("@")
        options["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=unquote(user) or None)
        manager = urllib3.ProxyManager(f"{urlsplit(proxy).scheme}://{address}", **options)
    manager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
    return manager


@lru_cache(maxsize=16)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    """One object for equal limits: urllib3 takes a copy for each request."""
    return urllib3.Timeout(connect=connect, read=read)


def _body(request: Request) -> tuple[Any, Mapping[str, str]]:
    if isinstance(request.body, FileContent):
        length = str(request.body.size)
        return request.body.open(), {**request.headers, "Content-Length": length}
    return request.body, request.headers


def _whole(raw: HTTPResponse, request: Request) -> bytes:
    length = raw.headers.get("Content-Length", "")
    if length.isdigit() and int(length) <= request.max_body:
        came = raw.read()
    else:
        came = raw.read(request.max_body + 1)
        if len(came) > request.max_body:
            raw.close()
            raise failures.too_large(request, raw.status)
        raw.release_conn()
    content = decoded(came, raw.headers.get("Content-Encoding"), raw.status, request.max_body)
    if content is None:
        raise failures.too_large(request, raw.status)
    return content


def _failure(error: Exception, request: Request | None) -> TransportError:
    """The error of ours that says how far a failed exchange came."""
    phase = current.phase
    if _caused_by(error, DeadlinePassed) or _overdue():
        return failures.overdue(request, phase)
    if phase == "connecting":
        return failures.not_connected(request, _reason(error))
    if _caused_by(error, (ReadTimeoutError, TimeoutError)):
        return failures.silent(request, phase)
    return failures.lost(request, phase, _reason(error))


def _overdue() -> bool:
    return current.deadline is not None and time.monotonic() >= current.deadline


def _caused_by(
    error: BaseException | None, kinds: type[BaseException] | tuple[type[BaseException], ...]
) -> bool:
    while error is not None:
        if isinstance(error, kinds):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    inner = failures.innermost(error)
    return str(inner).partition("object at")[0] or type(inner).__name__
