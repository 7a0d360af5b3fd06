"""What the files of a batch are called: ``{index:04}-{model}-{key}.{ext}``."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from modelhunter.errors import ConfigurationError

if TYPE_CHECKING:
    from modelhunter.batch.ledger import LedgerJob

USUAL = "{index:04}-{model}-{key}.{ext}"
FIELDS = ("index", "model", "key", "capability", "ext")
_UNFIT = re.compile(r"[^\w.+@=-]+")


def check_name(template: str) -> None:
    """See that a template gives every job a file of its own.

    Raises:
        ConfigurationError: it has other fields, or none that tells jobs apart.
    """
    try:
        used = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        template.format(index=1, model="m", key="k", capability="c", ext="e")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"the name {template!r} can't be used ({error}); it may have "
            + ", ".join(f"{{{name}}}" for name in FIELDS)
        ) from None
    if not used & {"index", "key"}:
        raise ConfigurationError(
            f"the name {template!r} gives all files one name; put {{index}} or {{key}} in it"
        )
    if template.startswith(("/", "~")) or ".." in template.split("/"):
        raise ConfigurationError(f"the name {template!r} leads out of the folder of the batch")


def file_name(template: str, job: LedgerJob, ext: str) -> str:
    """The name of a job's file below the folder of the batch."""
    return template.format(
        index=job.seq,
        model=_fit(job.model),
        key=_fit(job.key),
        capability=_fit(job.capability or ""),
        ext=ext,
    )


def _fit(text: str) -> str:
    """A text as part of a file's name: without separators and what shells and systems dislike."""
    return _UNFIT.sub("-", text).strip(".-")[:80] or "-"
