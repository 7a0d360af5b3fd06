"""Where a ledger is kept: a SQLite file, or any database that SQLAlchemy reaches."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from modelhunter.errors import ConfigurationError, ModelHunterError

Execute = Callable[..., "Result"]
"""Runs one of :mod:`.statements` with its parameters."""


class LedgerError(ModelHunterError):
    """The ledger can't be used: locked by another program, not writable, or of a newer version."""


class Result(Protocol):
    """What a statement did."""

    @property
    def changed(self) -> int:
        """How many rows it changed."""
        ...

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that it gave, by column."""
        ...


class _Rows:
    def __init__(self, changed: int, rows: list[dict[str, Any]]) -> None:
        self.changed, self.rows = changed, rows


class Store(Protocol):
    """Runs statements in transactions, one after the other."""

    @property
    def alone(self) -> str | None:
        """A statement that keeps others from making the tables meanwhile, where that is needed."""
        ...

    def transaction(self) -> Any:
        """A context that gives an :data:`Execute`; what it did is kept, whole or not at all.

        Raises:
            LedgerError: the database does not take it.
        """
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


def open_store(where: str | Path) -> Store:
    """The store of a path, or of a database URL such as ``postgresql+psycopg://host/name``.

    Raises:
        LedgerError: it can't be opened; ConfigurationError: a package is missing for it.
    """
    text = str(where)
    if "://" not in text:
        return SqliteStore(Path(text).expanduser())
    if text.startswith("sqlite:///"):
        return SqliteStore(Path(text.removeprefix("sqlite:///")))
    return SqlAlchemyStore(text)


class SqliteStore:
    """One SQLite file, in WAL mode: others read while one writes, and what is committed stays.

    ``synchronous=FULL`` holds that also when the power goes.
    """

    alone = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            # A batch that nobody has any more lets go of its file.
            self._close = weakref.finalize(self, self._connection.close)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(f"the ledger {path} can't be opened: {error}") from None

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        """See :class:`Store`."""
        with self._lock, _told(self.path, sqlite3.Error):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._execute
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _execute(self, statement: str, **parameters: Any) -> Result:
        text = statement.replace("{now}", ":now").replace("{skip}", "").replace("{lock}", "")
        if "{now}" in statement:
            parameters["now"] = time.time()
        cursor = self._connection.execute(text, parameters)
        rows = [dict(row) for row in cursor.fetchall()] if cursor.description else []
        return _Rows(cursor.rowcount, rows)

    def close(self) -> None:
        """See :class:`Store`."""
        self._close()


class SqlAlchemyStore:
    """A database that SQLAlchemy reaches; PostgreSQL is what it is tested with."""

    def __init__(self, url: str) -> None:
        try:
            import sqlalchemy.exc
        except ImportError:
            raise ConfigurationError(
                "a ledger in a database needs SQLAlchemy: pip install 'modelhunter[batch]'"
            ) from None
        self._text = sqlalchemy.text
        self._error = sqlalchemy.exc.SQLAlchemyError
        try:
            self._engine = sqlalchemy.create_engine(url, pool_pre_ping=True)
            self._close = weakref.finalize(self, self._engine.dispose)
            self._shown = self._engine.url.render_as_string(hide_password=True)
        except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
            raise ConfigurationError(f"the ledger's address can't be used: {error}") from None
        dialect = self._engine.dialect.name
        self._now = "extract(epoch from clock_timestamp())" if dialect == "postgresql" else ":now"
        self.alone: str | None = (
            "SELECT pg_advisory_xact_lock(20261201)" if dialect == "postgresql" else None
        )
        locks = dialect in ("postgresql", "mysql", "mariadb", "oracle")
        self._lock = "FOR UPDATE" if locks else ""
        self._skip = "FOR UPDATE SKIP LOCKED" if locks else ""

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        """See :class:`Store`."""
        with _told(self._shown, self._error), self._engine.begin() as connection:

            def execute(statement: str, **parameters: Any) -> Result:
                text = statement.replace("{now}", self._now).replace("{skip}", self._skip)
                text = text.replace("{lock}", self._lock)
                if ":now" in text:
                    parameters["now"] = time.time()
                done = connection.execute(self._text(_typed(text, parameters)), parameters)
                rows = [dict(row) for row in done.mappings()] if done.returns_rows else []
                return _Rows(done.rowcount, rows)

            yield execute

    def close(self) -> None:
        """See :class:`Store`."""
        self._close()


def _typed(text: str, parameters: Mapping[str, Any]) -> str:
    """PostgreSQL can't tell the type of a parameter that is only compared with NULL."""
    return text.replace(":code IS NULL", "CAST(:code AS TEXT) IS NULL") if parameters else text


@contextmanager
def _told(where: object, kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        first = str(error).strip().split("\n")[0]
        raise LedgerError(
            f"the ledger {where} can't be used: {first}. What it has is kept; run the same command "
            "again once that is mended"
        ) from error
