"""A small HTTP server for deliveries, which no sender can keep busy.

One thread reads all requests, so that a slow sender costs no thread, and hands those that are whole
to a bounded number of workers. What is not meant for its path is refused as soon as that is seen.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import queue
import socket
import threading
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from modelhunter.errors import ConfigurationError
from modelhunter.webhooks.intake import MAX_BODY, answer, length_of

if TYPE_CHECKING:
    from collections.abc import Callable

    RawHeaders = list[tuple[bytes, bytes]]
    Take = Callable[[bytes, RawHeaders], HTTPStatus]

log: logging.Logger = logging.getLogger("modelhunter.webhooks")

_FIRST_LINE_SECONDS = 5.0
_REQUEST_SECONDS = 20.0
"""How long a request may take to come in, from the first byte to the last."""
_LINGER_SECONDS = 1.0
_BACKLOG = 1024
_MOST_CONNECTIONS = 500
_MOST_WORKERS = 16
_LONGEST_HEAD = 32 * 1024


class DeliveryServer:
    """Listens on an address and answers POST requests to one path with what ``take`` says.

    ``take`` gets the body and the headers, and runs on a worker.

    Raises:
        ConfigurationError: it can't listen there.
    """

    def __init__(self, host: str, port: int, path: str, take: Take) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._path = path.encode()
        self._take = take
        self._workers = _Workers(_MOST_WORKERS)
        self._loop = asyncio.SelectorEventLoop()  # what watches a socket on every system
        self._connections: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self._closed = threading.Event()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._run, name="modelhunter-receiver", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer. What is being worked on is still answered, what is not whole is not."""
        if os.getpid() != self._process:  # a forked child has the socket, and no thread
            self._socket.close()
            return
        with suppress(RuntimeError):  # it was closed before, and the loop is gone
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._closed.wait()
        if not self._working:
            self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._listen_on()
        await self._stopped.wait()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        idle = self._connections - self._working
        for task in idle:
            task.cancel()
        await asyncio.gather(*idle, return_exceptions=True)
        self._workers.close()
        self._closed.set()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _listen_on(self) -> None:
        """Take connections as they come, unless closed or there are as many as there may be."""
        if not self._stopped.is_set() and len(self._connections) < _MOST_CONNECTIONS:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        """Take one connection; the system keeps the others waiting.

        Not awaited: what was taken while that is cancelled would be open for ever.
        """
        try:
            connection, _ = self._socket.accept()
        except BlockingIOError:  # it went away before it was taken
            return
        except OSError:  # or there are too many files
            self._loop.remove_reader(self._socket)
            self._loop.call_later(0.05, self._listen_on)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._connected(connection))
        self._connections.add(task)
        task.add_done_callback(partial(self._gone, connection))
        if len(self._connections) == _MOST_CONNECTIONS:
            self._loop.remove_reader(self._socket)

    def _gone(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        if task.cancelled():  # before it did anything
            connection.close()
        self._listen_on()

    async def _connected(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LONGEST_HEAD)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection)
        except OSError:
            connection.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.CancelledError):
            log.debug("a connection to the receiver broke", exc_info=True)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await self._request(reader)
        if isinstance(request, HTTPStatus):
            await _respond(writer, request)
        else:
            mine = asyncio.current_task()
            assert mine is not None  # noqa: S101 - a connection is a task
            self._working.add(mine)
            try:
                await _respond(writer, await self._workers.run(lambda: self._take(*request)))
            finally:
                self._working.discard(mine)
        await _linger(reader)

    async def _request(self, reader: asyncio.StreamReader) -> tuple[bytes, RawHeaders] | HTTPStatus:
        """A whole delivery, or how a request is answered that is none."""
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                return await self._read(reader)
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            return HTTPStatus.BAD_REQUEST

    async def _read(self, reader: asyncio.StreamReader) -> tuple[bytes, RawHeaders] | HTTPStatus:
        async with asyncio.timeout(_FIRST_LINE_SECONDS):
            method, target, _ = (await reader.readuntil(b"\n")).split()
        if not hmac.compare_digest(unquote_to_bytes(target.partition(b"?")[0]), self._path):
            return HTTPStatus.NOT_FOUND
        if method != b"POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        headers = await _read_headers(reader)
        lengths = {value for name, value in headers if name == b"content-length"}
        if not lengths:
            return HTTPStatus.LENGTH_REQUIRED
        length = length_of(lengths.pop().decode("latin-1"))
        if length is None or lengths:
            return HTTPStatus.BAD_REQUEST
        if length > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return await reader.readexactly(length), headers


async def _read_headers(reader: asyncio.StreamReader) -> RawHeaders:
    headers: RawHeaders = []
    size = 0
    while line := (await reader.readuntil(b"\n")).rstrip(b"\r\n"):
        size += len(line)
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip() or size > _LONGEST_HEAD:
            raise ValueError("no header, or too many")
        headers.append((name.lower(), value.strip()))
    return headers


async def _respond(writer: asyncio.StreamWriter, status: HTTPStatus) -> None:
    body, headers = answer(status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("Connection", "close"))]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _linger(reader: asyncio.StreamReader) -> None:
    """Read on for a moment: what is closed with something unread is reset, its answer lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while await reader.read(_LONGEST_HEAD):
                pass


class _Workers:
    """Threads that are made as they are needed, up to a number. They end with the program."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._jobs_left = 0

    async def run(self, work: Callable[[], HTTPStatus]) -> HTTPStatus:
        """Do this on one of the threads; await what it returns."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[HTTPStatus] = loop.create_future()

        def finish(status: HTTPStatus) -> None:
            if not done.cancelled():
                done.set_result(status)

        def job() -> None:
            try:
                status = work()
            except BaseException:
                log.exception("a delivery could not be dealt with")
                status = HTTPStatus.INTERNAL_SERVER_ERROR
            loop.call_soon_threadsafe(finish, status)

        self._put(job)
        return await done

    def close(self) -> None:
        """End the threads: at once where there is nothing to do, else when that is done."""
        with self._lock:
            idle = self._jobs_left == 0
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads if idle else ():
            thread.join()

    def _put(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._jobs_left += 1
            if len(self._threads) < min(self._jobs_left, self._most):
                name = f"modelhunter-receiver-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._queue.put(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            job()
            with self._lock:
                self._jobs_left -= 1


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
            sock.listen(_BACKLOG)
            sock.setblocking(False)
        except BaseException:
            sock.close()
            raise
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"can't listen on {host or 'all addresses'}, port {port}: {error}; give another port, "
            "or 0 for a free one"
        ) from error
    return sock
