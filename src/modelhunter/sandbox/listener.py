"""uvicorn on a thread of its own, with a way down to each connection and a quick end."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import weakref
from email.utils import formatdate
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from modelhunter.errors import ConfigurationError
from modelhunter.sandbox.front import TRANSPORT, Front

_KEEP_ALIVE_SECONDS = 60
_running: weakref.WeakSet[Listener] = weakref.WeakSet()


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 that shows its transport to the application and logs no requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.access_log = False
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {TRANSPORT: transport}
            await inner(scope, receive, send)

        self.app = app

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as uvicorn does, with the time on it as on every answer."""
        body = msg.encode("ascii")
        for event in (
            h11.Response(
                status_code=400,
                headers=[
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", str(len(body)).encode()),
                    (b"date", formatdate(usegmt=True).encode()),
                    (b"connection", b"close"),
                ],
                reason=b"Bad Request",
            ),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn's server, but it sleeps until it is told to stop, and then waits for nobody."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listening in server.sockets:
                loop.remove_reader(listening.fileno())
        # A connection that was just accepted is set up first; asyncio can't on a closed server.
        await _let_events_pass()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await _let_events_pass()  # connections learn that they are lost before tasks do
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)


async def _let_events_pass() -> None:
    """Let the loop do what is scheduled, and what that schedules in turn."""
    for _ in range(5):
        await asyncio.sleep(0)


class Listener:
    """Serves an application on a socket until it is stopped."""

    def __init__(self, app: Front, sock: socket.socket) -> None:
        self._app = app
        self._socket = sock
        self._server: _Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="modelhunter-sandbox", daemon=True)

    def start(self) -> None:
        """Begin to serve; returns when the first request can be answered."""
        _running.add(self)
        self._thread.start()
        self._ready.wait()

    def request_stop(self) -> None:
        """Begin to stop: close all connections and cancel what is being answered."""
        self._app.stopping = True
        if self._loop is not None and self._server is not None:
            self._loop.call_soon_threadsafe(self._server.stop.set)

    def join(self) -> None:
        """Wait until it has stopped."""
        self._thread.join()
        _running.discard(self)

    def close_in_child(self) -> None:
        """Let go of the port in a forked child, where no thread serves it."""
        self._socket.close()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._serve())

    async def _serve(self) -> None:
        config = uvicorn.Config(
            self._app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._server = server = _Server(config)
        serving = asyncio.create_task(server.serve([self._socket]))
        await asyncio.sleep(0)
        while not server.started and not serving.done():
            await asyncio.sleep(0)
        self._ready.set()
        await serving


def open_port(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ConfigurationError: the address can't be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(socket.SOMAXCONN)
        except BaseException:
            sock.close()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"the sandbox can't listen on {host}:{port}: {error}; "
            "name another port, or 0 for a free one"
        ) from error
    return sock


def _after_fork_in_child() -> None:
    for listener in list(_running):
        listener.close_in_child()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
