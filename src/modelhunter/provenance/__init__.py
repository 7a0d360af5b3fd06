"""How a file was made: a record beside it or in it, to be read, held against it and replayed.

A download writes one (``task.download(…, provenance="sidecar")`` or ``"embedded"``). :func:`verify`
says whether a file is still what was made, :func:`read` gives the :class:`Record`, and
``client.prepare(record)`` makes the same job ready once more.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from .record import Record as Record
    from .record import read_record as read_record
    from .record import record_of as record_of
    from .record import sidecar_of as sidecar_of
    from .verifying import Verification as Verification
    from .verifying import embed as embed
    from .verifying import read as read
    from .verifying import verify as verify
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            ".record": ("Record", "read_record", "record_of", "sidecar_of"),
            ".verifying": ("Verification", "embed", "read", "verify"),
        },
    )
