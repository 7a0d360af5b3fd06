"""The Python SDK of ModelHunter.AI: many generative media models behind one client.

>>> from modelhunter import ModelHunter
>>> with ModelHunter() as mh:                                    # doctest: +SKIP
...     task = mh.generate("viduq3-turbo", prompt="A sunset over the ocean", duration=4)
...     task.download("sunset.mp4")

Names are imported when they are first used, so ``import modelhunter`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from modelhunter._version import __version__

if TYPE_CHECKING:
    from modelhunter.client.aio.client import AsyncModelHunter
    from modelhunter.client.aio.task import AsyncTask
    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.client.blocking.task import Task
    from modelhunter.errors import (
        APIError,
        BadRequest,
        BadToken,
        ConfigurationError,
        Conflict,
        ConnectFailed,
        ConnectionLost,
        DownloadFailed,
        InsufficientBalance,
        InvalidInput,
        ModelHunterError,
        NoResult,
        NotFound,
        OverBudget,
        PermissionDenied,
        PluginConflict,
        PluginError,
        RateLimited,
        ServerError,
        SubmissionUnknown,
        TaskCancelled,
        TaskError,
        TaskFailed,
        TimedOut,
        TransportError,
        Unauthorized,
        UnexpectedResponse,
        UnknownModel,
        UnknownProvider,
        Unprocessable,
        Unsupported,
        UploadFailed,
        WaitTimeout,
    )
    from modelhunter.estimates import Estimate
    from modelhunter.jobs.polling import Polling
    from modelhunter.plugins.media import Media, UploadedFile
    from modelhunter.runtime.retry import Retry
    from modelhunter.runtime.session import Timeouts

_HOMES = {
    "modelhunter.client.aio.client": ("AsyncModelHunter",),
    "modelhunter.client.aio.task": ("AsyncTask",),
    "modelhunter.jobs.polling": ("Polling",),
    "modelhunter.runtime.session": ("Timeouts",),
    "modelhunter.client.blocking.client": ("ModelHunter",),
    "modelhunter.client.blocking.task": ("Task",),
    "modelhunter.errors": (
        "APIError",
        "BadRequest",
        "BadToken",
        "ConfigurationError",
        "Conflict",
        "ConnectFailed",
        "ConnectionLost",
        "DownloadFailed",
        "InsufficientBalance",
        "InvalidInput",
        "ModelHunterError",
        "NoResult",
        "NotFound",
        "OverBudget",
        "PermissionDenied",
        "PluginConflict",
        "PluginError",
        "RateLimited",
        "ServerError",
        "SubmissionUnknown",
        "TaskCancelled",
        "TaskError",
        "TaskFailed",
        "TimedOut",
        "TransportError",
        "Unauthorized",
        "UnexpectedResponse",
        "UnknownModel",
        "UnknownProvider",
        "Unprocessable",
        "Unsupported",
        "UploadFailed",
        "WaitTimeout",
    ),
    "modelhunter.plugins.media": ("Media", "UploadedFile"),
    "modelhunter.estimates": ("Estimate",),
    "modelhunter.runtime.retry": ("Retry",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "APIError",
    "AsyncModelHunter",
    "AsyncTask",
    "BadRequest",
    "BadToken",
    "ConfigurationError",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "DownloadFailed",
    "Estimate",
    "InsufficientBalance",
    "InvalidInput",
    "Media",
    "ModelHunter",
    "ModelHunterError",
    "NoResult",
    "NotFound",
    "OverBudget",
    "PermissionDenied",
    "PluginConflict",
    "PluginError",
    "Polling",
    "RateLimited",
    "Retry",
    "ServerError",
    "SubmissionUnknown",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskFailed",
    "TimedOut",
    "Timeouts",
    "TransportError",
    "Unauthorized",
    "UnexpectedResponse",
    "UnknownModel",
    "UnknownProvider",
    "Unprocessable",
    "Unsupported",
    "UploadFailed",
    "UploadedFile",
    "WaitTimeout",
    "__version__",
]


def __getattr__(name: str) -> object:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
