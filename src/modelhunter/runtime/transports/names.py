"""Host names to addresses."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Addresses = list[tuple[Any, ...]]
"""What :func:`socket.getaddrinfo` returns."""
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+){3}|.*:.*").fullmatch


def look_up(host: str, port: int, deliver: Callable[[Addresses | OSError], object]) -> None:
    """Ask the system for a host's addresses and hand them (or the error) to ``deliver``.

    The system's resolver knows no timeout, so it gets a thread of its own, in which ``deliver`` is
    called too; whoever asks need not wait for it, nor does the end of the program. Once the
    interpreter shuts down there are no more threads, and it is asked at once.
    """

    def ask() -> None:
        deliver(_ask(host, port))

    if _NUMBER(host):
        ask()
        return
    try:
        threading.Thread(target=ask, name="modelhunter-resolve", daemon=True).start()
    except RuntimeError:
        ask()


def _ask(host: str, port: int) -> Addresses | OSError:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "not a host name")
    except OSError as error:
        return error
