"""What takes several steps, written once: submitting, waiting, paging, uploading, downloading.

Each flow's module is imported when it is first used, so that making a client costs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.flows import download, submit, tasks, upload, waiting, watch

__all__ = ["download", "submit", "tasks", "upload", "waiting", "watch"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
