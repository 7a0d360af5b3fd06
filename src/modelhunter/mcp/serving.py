"""Running the server: over stdin and stdout, or over HTTP."""

from __future__ import annotations

import hmac
import ipaddress
import signal
import socket
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from modelhunter.errors import ConfigurationError
from modelhunter.mcp.desk import WINDOW, Desk
from modelhunter.mcp.server import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from modelhunter import AsyncModelHunter
    from modelhunter.mcp.limits import Limits

TOKEN_VARIABLE = "MODELHUNTER_MCP_TOKEN"  # noqa: S105 - the name of a variable
PATH = "/mcp"


async def serve_stdio(
    client: AsyncModelHunter, out: Path, limits: Limits, *, window: float = WINDOW
) -> None:
    """Serve whoever started this process, until stdin ends."""
    desk = Desk(client, out, limits, window=window)
    try:
        await make_server(desk).run_stdio_async()
    finally:
        await desk.aclose()


async def serve_http(
    client: AsyncModelHunter,
    out: Path,
    limits: Limits,
    *,
    window: float = WINDOW,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    on_ready: Callable[[str], object],
) -> None:
    """Serve over streamable HTTP until the process is told to stop.

    ``on_ready`` is told the address. With a ``token`` every request carries it, as
    ``Authorization: Bearer …``; a server that listens beyond this machine must have one, since
    whoever reaches it can spend.

    Raises:
        ConfigurationError: it may not, or can't, listen there.
    """
    import uvicorn

    if not _is_loopback(host) and not token:
        raise ConfigurationError(
            f"whoever reaches {host} could spend your money: set {TOKEN_VARIABLE} to a secret that "
            "clients send as Authorization: Bearer …, or leave --host out"
        )
    desk = Desk(client, out, limits, window=window)
    app: Any = make_server(desk).streamable_http_app(streamable_http_path=PATH, host=host)
    if token:
        app = _Guarded(app, token)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="on")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(f"{host}:{port} can't be listened on: {error.strerror}") from None
    with listener:
        shown = f"[{host}]" if ":" in host else host
        server = uvicorn.Server(config)
        with _stopped_by_signals(server):
            on_ready(f"http://{shown}:{listener.getsockname()[1]}{PATH}")
            try:
                await server.serve([listener])
            finally:
                await desk.aclose()


@contextmanager
def _stopped_by_signals(server: Any) -> Iterator[None]:
    """End a server by Ctrl-C and SIGTERM, as a success; uvicorn raises the signal once more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.should_exit = True

    server.capture_signals = nullcontext
    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Guarded:
    """An app for those who know a secret."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, self._wanted):
            from starlette.responses import PlainTextResponse

            text = f"send Authorization: Bearer … with the server's {TOKEN_VARIABLE}"
            refusal = PlainTextResponse(text, 401, {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
