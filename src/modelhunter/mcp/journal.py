"""What a server has started: kept before it is sent, so that the same call never pays twice.

An agent repeats a call when an answer was lost, a host when it restarts its servers; several
servers may share a folder. So the journal is a SQLite file: a job's token is written there before
the job is sent, under a digest of what was asked for, and whoever asks for the same within the
window gets the job of that token.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (key TEXT PRIMARY KEY, token TEXT NOT NULL, task TEXT, at REAL);
CREATE TABLE IF NOT EXISTS files (task TEXT, place INTEGER, path TEXT, PRIMARY KEY (task, place));
"""


@frozen
class Entry:
    """A job: its token, its task where that is known, when it was written (epoch)."""

    token: str
    task: str | None
    at: float


def key_of(
    model: str, capability: str | None, inputs: Mapping[str, Any], files: Iterable[Path]
) -> str:
    """A digest of what a job is asked for with; local files count with what is in them."""
    contents = {str(path): _content(path) for path in files}
    asked = json.dumps([model, capability, inputs, contents], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


def _content(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # the job's own check says what is wrong with it
        return None


class Journal:
    """The journal in a file, which processes share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.executescript(_TABLES)
        path.chmod(0o600)  # tokens hold the inputs of jobs

    def find(self, key: str, since: float) -> Entry | None:
        """The job that was asked for with this since a moment."""
        query = "SELECT token, task, at FROM jobs WHERE key = ? AND at >= ?"
        with self._connected() as connection:
            row = connection.execute(query, (key, since)).fetchone()
        return None if row is None else Entry(*row)

    def claim(self, key: str, token: str, now: float, since: float) -> Entry | None:
        """Write down a job that is about to be sent, unless another process just did: its entry."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            query = "SELECT token, task, at FROM jobs WHERE key = ? AND at >= ?"
            row = connection.execute(query, (key, since)).fetchone()
            if row is not None:
                return Entry(*row)
            connection.execute(
                "INSERT OR REPLACE INTO jobs VALUES (?, ?, NULL, ?)", (key, token, now)
            )
        return None

    def started(self, token: str, task: str) -> None:
        """The job of a token came about as this task."""
        with self._connected() as connection:
            connection.execute("UPDATE jobs SET task = ? WHERE token = ?", (task, token))

    def forget(self, token: str) -> None:
        """The job of a token did not come about."""
        with self._connected() as connection:
            connection.execute("DELETE FROM jobs WHERE token = ?", (token,))

    def saved(self, task: str, paths: Iterable[Path]) -> None:
        """A task's files, in the order of its outputs."""
        rows = [(task, place, str(path)) for place, path in enumerate(paths)]
        with self._connected() as connection:
            connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def files(self, task: str) -> list[str]:
        """Where a task's files were saved."""
        query = "SELECT path FROM files WHERE task = ? ORDER BY place"
        with self._connected() as connection:
            return [path for (path,) in connection.execute(query, (task,))]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()
