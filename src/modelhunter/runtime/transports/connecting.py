"""Connecting to whichever of a host's addresses answers first (RFC 8305, happy eyeballs)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.transports.names import Addresses

HEAD_START = 0.25
"""Seconds that an address has before the next is tried beside it (RFC 8305, section 5)."""
_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR}


def in_turns(found: Addresses) -> Addresses:
    """Addresses with their families in turns, so that a family that leads nowhere costs little."""
    by_family: dict[object, Addresses] = {}
    for one in found:
        by_family.setdefault(one[0], []).append(one)
    turns = chain.from_iterable(zip_longest(*by_family.values()))
    return [one for one in turns if one is not None]


def connect(
    found: Addresses,
    make: Callable[[int, int, int], socket.socket],
    remaining: Callable[[], float | None],
) -> socket.socket:
    """A connected socket that does not block.

    ``make`` makes a socket of a family, kind and protocol; ``remaining`` says how many seconds
    there are left (None: no limit), and raises when there are none.

    Raises:
        OSError: no address could be connected to.
    """
    waiting = in_turns(found)
    failure = OSError("the host has no address")
    winner: socket.socket | None = None
    with selectors.DefaultSelector() as trying:
        try:
            while winner is None and (waiting or trying.get_map()):
                seconds = remaining()
                if waiting:
                    seconds = HEAD_START if seconds is None else min(HEAD_START, seconds)
                    try:
                        _begin(waiting.pop(0), make, trying)
                    except OSError as error:
                        failure = error
                        continue
                for key, _ in trying.select(seconds):
                    sock = cast("socket.socket", key.fileobj)
                    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not number:
                        winner = sock
                        return winner
                    failure = OSError(number, os.strerror(number))
                    trying.unregister(sock)
                    sock.close()
        finally:
            for key in list(trying.get_map().values()):
                if key.fileobj is not winner:
                    cast("socket.socket", key.fileobj).close()
    raise failure


def _begin(
    one: tuple[object, ...],
    make: Callable[[int, int, int], socket.socket],
    trying: selectors.BaseSelector,
) -> None:
    """Begin to connect to one address; it is writable when that has ended."""
    family, kind, protocol, _, address = cast("tuple[int, int, int, str, tuple[str, int]]", one)
    sock = make(family, kind, protocol)
    try:
        sock.setblocking(False)
        number = sock.connect_ex(address)
        if number not in _UNDER_WAY:
            raise OSError(number, os.strerror(number))
        trying.register(sock, selectors.EVENT_WRITE)
    except BaseException:
        sock.close()
        raise
