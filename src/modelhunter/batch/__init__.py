"""Many jobs, each made once: a ledger in a database, and processes that work on it.

``mh.batch("clips/batch.db", out="clips").run("jobs.csv")`` makes every job of a file. Run again, it
goes on; rows that were added are made; nothing is sent twice, nothing that was paid for is lost.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from modelhunter.batch.batches import AsyncBatch as AsyncBatch
    from modelhunter.batch.batches import Batch as Batch
    from modelhunter.batch.checking import Price as Price
    from modelhunter.batch.ledger import Counts as Counts
    from modelhunter.batch.ledger import Ledger as Ledger
    from modelhunter.batch.ledger import LedgerJob as LedgerJob
    from modelhunter.batch.rows import BadRows as BadRows
    from modelhunter.batch.rows import Defaults as Defaults
    from modelhunter.batch.rows import Mistake as Mistake
    from modelhunter.batch.rows import Row as Row
    from modelhunter.batch.rows import read_rows as read_rows
    from modelhunter.batch.runner import Event as Event
    from modelhunter.batch.runner import Stopped as Stopped
    from modelhunter.batch.stores import LedgerError as LedgerError
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            "modelhunter.batch.batches": ("AsyncBatch", "Batch"),
            "modelhunter.batch.checking": ("Price",),
            "modelhunter.batch.ledger": ("Counts", "Ledger", "LedgerJob"),
            "modelhunter.batch.rows": ("BadRows", "Defaults", "Mistake", "Row", "read_rows"),
            "modelhunter.batch.runner": ("Event", "Stopped"),
            "modelhunter.batch.stores": ("LedgerError",),
        },
    )
