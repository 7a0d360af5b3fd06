"""The sandbox's state: one SQLite database, in memory or in a file."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelhunter.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 2
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    permissions TEXT, addresses TEXT, spend_limit TEXT, spent TEXT NOT NULL DEFAULT '0',
    expires_at INTEGER, revoked_at INTEGER
);
CREATE TABLE tasks (
    created_at INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key_id TEXT NOT NULL,
    provider TEXT NOT NULL, model TEXT NOT NULL, capability TEXT NOT NULL, media TEXT NOT NULL,
    input TEXT NOT NULL, metadata TEXT, webhook_url TEXT, cost TEXT NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL, started_at INTEGER NOT NULL, finish_at INTEGER NOT NULL,
    outcome TEXT NOT NULL, error TEXT, cancelled_at INTEGER,
    shapes TEXT NOT NULL, sizes TEXT, links_until INTEGER NOT NULL,
    announced INTEGER NOT NULL
);
CREATE INDEX unpaid ON tasks (finish_at) WHERE outcome = 'failed' AND NOT refunded;
CREATE INDEX unannounced ON tasks (finish_at) WHERE NOT announced;
CREATE INDEX unfinished_media ON tasks (created_at) WHERE sizes IS NULL;
CREATE TABLE files (
    id TEXT PRIMARY KEY, filename TEXT NOT NULL, content_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, created_at INTEGER NOT NULL, upload_until INTEGER NOT NULL,
    stored_bytes INTEGER, completed_at INTEGER
);
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, task_id TEXT NOT NULL,
    webhook_id TEXT, url TEXT NOT NULL, body TEXT NOT NULL, due_at INTEGER,
    state TEXT NOT NULL DEFAULT 'waiting', attempts TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX due ON deliveries (due_at) WHERE state = 'waiting';
"""

Row = sqlite3.Row
Parameters = Sequence[Any] | Mapping[str, Any]


def keep_private(path: Path) -> None:
    """Make a file that its owner alone may read, or close to others one that is there already.

    Raises:
        ConfigurationError: there can be no such file.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be the sandbox's database ({error}); name another file"
        ) from error


class Store:
    """A database that any thread of the sandbox may use, one at a time.

    ``path`` is its file, None for one in memory. It holds keys and prompts: it is made so that
    its owner alone may read it, and one that others may read is closed to them.

    Raises:
        ConfigurationError: the file can't be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        if path is not None:
            keep_private(path)
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path,
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
        )
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare(path)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: Path | None) -> None:
        try:
            # One sandbox per file; the operating system keeps what was written when it is killed.
            # No write-ahead log: a forked child that exits would close it over our heads.
            self._connection.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=TRUNCATE; "
                "PRAGMA synchronous=OFF;"
            )
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._connection.executescript(
                    f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;"
                )
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"{path} can't be the sandbox's database ({error}); "
                "stop the other sandbox that uses it, or name another file"
            ) from error
        if version not in (0, _VERSION):
            raise ConfigurationError(
                f"{path} was written by another version of the sandbox; "
                "name another file, or delete this one"
            )

    def close(self) -> None:
        """Write everything out and let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside happens, or none of it; no other thread sees half of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def change(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement; how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, parameters).rowcount

    def insert(self, table: str, values: Mapping[str, Any]) -> None:
        """Add a row. Table and columns are names of this package, never of a request."""
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self.change(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608

    def rows(self, query: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, if there is one."""
        with self._lock:
            found: Row | None = self._connection.execute(query, parameters).fetchone()
            return found

    def only(self, query: str, parameters: Parameters = ()) -> Row:
        """The one row of a query that always finds one."""
        found = self.row(query, parameters)
        if found is None:
            raise LookupError(f"no row for {query}")
        return found

    def fact(self, name: str) -> str | None:
        """A single value that is kept by name."""
        found = self.row("SELECT value FROM facts WHERE name = ?", (name,))
        return None if found is None else found["value"]

    def set_fact(self, name: str, value: str) -> None:
        """Keep a single value by name."""
        self.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def empty(self) -> None:
        """Delete tasks, files, webhooks and deliveries; keys and facts stay."""
        with self.transaction():
            for table in ("tasks", "files", "webhooks", "deliveries"):
                self.change(f"DELETE FROM {table}")  # noqa: S608 - the names above
