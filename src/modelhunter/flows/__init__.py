"""What takes several steps, written once: submitting, waiting, paging, uploading, downloading.

Each flow's module is imported when it is first used, so that making a client costs none of them.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from . import download as download
    from . import submit as submit
    from . import tasks as tasks
    from . import upload as upload
    from . import waiting as waiting
    from . import watch as watch
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {".": ("download", "submit", "tasks", "upload", "waiting", "watch")},
    )
