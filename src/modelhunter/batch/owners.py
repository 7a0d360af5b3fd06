"""Who works on a ledger: an owner of leases, and whether one on this machine is still alive."""

from __future__ import annotations

import os
import secrets
import socket
from typing import IO, TYPE_CHECKING

from modelhunter.batch.stores import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter.batch.ledger import Ledger


class Owner:
    """One process that works on a ledger.

    Beside a SQLite file, which one machine has to itself, it holds a locked file for as long as it
    lives, however it ends; whoever comes next sees at once that a lease's owner is dead. Where
    machines share a database, a lease ends with its time.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.name: str = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._ledger = ledger
        self._folder = _folder(ledger)
        self._file: IO[bytes] | None = None
        if self._folder is not None:
            self._folder.mkdir(exist_ok=True)
            self._file = (self._folder / self.name).open("wb")
            _lock(self._file)

    def end_dead_leases(self) -> None:
        """Free the jobs of owners on this machine that are gone."""
        if self._folder is None:
            return
        for name in self._ledger.owners() - {self.name}:
            if not _is_locked(self._folder / name):
                self._ledger.let_go(name)
        for path in self._folder.iterdir():
            if path.name != self.name and not _is_locked(path):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give back what is leased, and stop being there."""
        self._ledger.let_go(self.name)
        if self._file is not None and self._folder is not None:
            self._file.close()
            (self._folder / self.name).unlink(missing_ok=True)


def _folder(ledger: Ledger) -> Path | None:
    store = ledger.store
    if not isinstance(store, SqliteStore):
        return None
    return store.path.with_name(f".{store.path.name}.owners")


def _is_locked(path: Path) -> bool:
    try:
        with path.open("r+b") as file:
            return not _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _lock(file: IO[bytes]) -> bool:
    """Lock a file for as long as it is open; False where another process has it locked."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
