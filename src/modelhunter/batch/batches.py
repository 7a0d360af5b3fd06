"""The batch that users hold: rows in, files out."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from modelhunter.batch.checking import check_rows
from modelhunter.batch.ledger import Ledger
from modelhunter.batch.naming import USUAL, check_name
from modelhunter.batch.rows import Defaults, Row, read_rows
from modelhunter.batch.runner import Runner, Settings
from modelhunter.batch.service import AsyncService, Service, ThreadService
from modelhunter.batch.stores import open_store
from modelhunter.errors import ConfigurationError
from modelhunter.jobs.budget import amount

if TYPE_CHECKING:
    from decimal import Decimal

    from modelhunter.batch.checking import Price
    from modelhunter.batch.ledger import Counts, LedgerJob
    from modelhunter.batch.runner import Event

Source = str | os.PathLike[str] | Iterable[Mapping[str, Any]]
"""Rows: a ``.jsonl``, ``.csv`` or ``.parquet`` file, or dicts."""

OnEvent = Callable[["Event"], object] | None


class BatchSettings(TypedDict, total=False):
    """What a batch may be told; :meth:`modelhunter.ModelHunter.batch` says what each means."""

    out: str | os.PathLike[str] | None
    name: str
    at_once: int
    budget: Decimal | int | float | str | None
    max_cost: Decimal | int | float | str | None
    lease: float | None
    recovery_pause: float
    webhook_url: str | None


class _Common:
    """What both batches are: a ledger, a folder, and settings."""

    def __init__(
        self,
        client: Any,
        ledger: str | os.PathLike[str] | Ledger,
        *,
        out: str | os.PathLike[str] | None = None,
        name: str = USUAL,
        at_once: int = 20,
        budget: Decimal | int | float | str | None = None,
        max_cost: Decimal | int | float | str | None = None,
        lease: float | None = None,
        recovery_pause: float = 15.0,
        webhook_url: str | None = None,
    ) -> None:
        check_name(name)
        given: object = at_once
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise ConfigurationError(f"at_once={at_once!r} is no number of jobs; give 1 or more")
        self._client = client
        kept = ledger if isinstance(ledger, Ledger) else Ledger(open_store(os.fspath(ledger)))
        self.ledger: Ledger = kept
        where = getattr(self.ledger.store, "path", None)
        if out is None and where is None:
            raise ConfigurationError("say where the files go: out='…'")
        folder = os.fspath(out) if out is not None else str(Path(where).parent)  # type: ignore[arg-type]
        self.settings: Settings = Settings(
            out=folder if "://" in folder else str(Path(folder).expanduser()),
            name=name,
            at_once=at_once,
            budget=amount(budget, "budget"),
            max_cost=amount(max_cost, "max_cost"),
            lease=lease,
            recovery_pause=recovery_pause,
            webhook_url=webhook_url,
        )

    def rows(self, source: Source, defaults: Defaults | None = None) -> tuple[list[Row], Price]:
        """Read and check rows, and price them; sends nothing and changes nothing.

        Raises:
            BadRows: with every mistake, by line. ConfigurationError: there is no such file.
        """
        rows = read_rows(source, defaults or Defaults())
        return rows, check_rows(self._registry(), rows, self.settings.max_cost)

    def add(self, source: Source, defaults: Defaults | None = None) -> int:
        """Read, check and add rows; returns how many the ledger did not have yet.

        Raises:
            BadRows: with every mistake, by line; nothing was added. LedgerError: a key stands for
            another job already.
        """
        rows, _ = self.rows(source, defaults)
        return self.ledger.add(rows)

    def retry(self, code: str | None = None) -> int:
        """Make failed jobs ready again, all or those with an error code; returns how many."""
        return self.ledger.retry(code)

    def counts(self) -> Counts:
        """How far the batch is."""
        return self.ledger.counts()

    def jobs(self) -> list[LedgerJob]:
        """All jobs with what became of them."""
        return self.ledger.jobs()

    def _registry(self) -> Any:
        return self._client.context.registry()

    def _runner(self, service: Service, on_event: OnEvent) -> Runner:
        if "://" not in self.settings.out:
            try:
                Path(self.settings.out).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(
                    f"the folder {self.settings.out} can't be made: {error.strerror}"
                ) from None
            if not os.access(self.settings.out, os.W_OK):
                raise ConfigurationError(f"the folder {self.settings.out} can't be written to")
        return Runner(self.ledger, service, self.settings, on_event)


class Batch(_Common):
    """Many jobs of a blocking client; see :meth:`modelhunter.ModelHunter.batch`."""

    def run(
        self,
        source: Source | None = None,
        defaults: Defaults | None = None,
        *,
        on_event: OnEvent = None,
    ) -> Counts:
        """Add rows (none: go on with those of the ledger), and work until nothing is left.

        ``on_event`` hears what happens to each job (:class:`Event`), in a thread of the batch's.

        Raises:
            BadRows: with every mistake, by line; nothing was sent. Stopped: no job would get
            through (no credit, a wrong key, a full disk). LedgerError: the ledger can't be used.
        """
        if source is not None:
            self.add(source, defaults)

        async def work() -> Counts:
            service = ThreadService(self._client, self.settings.at_once + 16)
            return await self._runner(service, on_event).run()

        counts: Counts = _in_a_loop_of_its_own(work)
        return counts


class AsyncBatch(_Common):
    """Many jobs of an async client; see :meth:`modelhunter.AsyncModelHunter.batch`."""

    async def run(
        self,
        source: Source | None = None,
        defaults: Defaults | None = None,
        *,
        on_event: OnEvent = None,
    ) -> Counts:
        """Add rows (none: go on with those of the ledger), and work until nothing is left.

        ``on_event`` hears what happens to each job (:class:`Event`).

        Raises:
            BadRows: with every mistake, by line; nothing was sent. Stopped: no job would get
            through (no credit, a wrong key, a full disk). LedgerError: the ledger can't be used.
        """
        if source is not None:
            await asyncio.to_thread(self.add, source, defaults)
        return await self._runner(AsyncService(self._client), on_event).run()


def _in_a_loop_of_its_own(work: Callable[[], Any]) -> Any:
    """Run a coroutine to its end, also where a loop runs in this thread already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work()))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="modelhunter-batch")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
