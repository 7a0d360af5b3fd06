"""Host names to addresses."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Addresses = list[tuple[Any, ...]]
"""What :func:`socket.getaddrinfo` returns."""


def look_up(host: str, port: int, deliver: Callable[[Addresses | socket.gaierror], object]) -> None:
    """Ask the system for a host's addresses and hand them (or the error) to ``deliver``.

    The system's resolver knows no timeout, so it gets a thread of its own, in which ``deliver`` is
    called too; whoever asks need not wait for it, nor does the end of the program.
    """

    def ask() -> None:
        try:
            outcome: Addresses | socket.gaierror = list(
                socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except socket.gaierror as error:
            outcome = error
        except UnicodeError:
            outcome = socket.gaierror(socket.EAI_NONAME, "not a host name")
        deliver(outcome)

    threading.Thread(target=ask, name="modelhunter-resolve", daemon=True).start()
