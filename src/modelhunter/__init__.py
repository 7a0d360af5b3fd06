"""The Python SDK of ModelHunter.AI: many generative media models behind one client.

>>> from modelhunter import ModelHunter
>>> with ModelHunter() as mh:                                    # doctest: +SKIP
...     task = mh.generate("viduq3-turbo", prompt="A sunset over the ocean", duration=4)
...     task.download("sunset.mp4")

Names are imported when they are first used, so ``import modelhunter`` costs next to nothing.
"""

from modelhunter._version import __version__ as __version__
from modelhunter.runtime.lazy import lazily

TYPE_CHECKING = False  # type checkers take it for true; importing typing costs more than all else

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from modelhunter.api.models import ApiKey as ApiKey
    from modelhunter.api.models import Balance as Balance
    from modelhunter.api.models import ResultItem as ResultItem
    from modelhunter.api.models import TaskStatus as TaskStatus
    from modelhunter.api.models import Webhook as Webhook
    from modelhunter.api.models import WebhookEvent as WebhookEvent
    from modelhunter.api.models import WebhookEventType as WebhookEventType
    from modelhunter.client.aio.client import AsyncModelHunter as AsyncModelHunter
    from modelhunter.client.aio.task import AsyncTask as AsyncTask
    from modelhunter.client.blocking.client import ModelHunter as ModelHunter
    from modelhunter.client.blocking.task import Task as Task
    from modelhunter.errors import APIError as APIError
    from modelhunter.errors import BadRequest as BadRequest
    from modelhunter.errors import BadToken as BadToken
    from modelhunter.errors import ConfigurationError as ConfigurationError
    from modelhunter.errors import Conflict as Conflict
    from modelhunter.errors import ConnectFailed as ConnectFailed
    from modelhunter.errors import ConnectionLost as ConnectionLost
    from modelhunter.errors import DownloadFailed as DownloadFailed
    from modelhunter.errors import InsecureAddress as InsecureAddress
    from modelhunter.errors import InsufficientBalance as InsufficientBalance
    from modelhunter.errors import InvalidArgument as InvalidArgument
    from modelhunter.errors import InvalidInput as InvalidInput
    from modelhunter.errors import MissingKey as MissingKey
    from modelhunter.errors import ModelHunterError as ModelHunterError
    from modelhunter.errors import NoRecord as NoRecord
    from modelhunter.errors import NoResult as NoResult
    from modelhunter.errors import NotFound as NotFound
    from modelhunter.errors import OverBudget as OverBudget
    from modelhunter.errors import PermissionDenied as PermissionDenied
    from modelhunter.errors import PluginConflict as PluginConflict
    from modelhunter.errors import PluginError as PluginError
    from modelhunter.errors import RateLimited as RateLimited
    from modelhunter.errors import Refused as Refused
    from modelhunter.errors import ServerError as ServerError
    from modelhunter.errors import SubmissionUnknown as SubmissionUnknown
    from modelhunter.errors import TaskCancelled as TaskCancelled
    from modelhunter.errors import TaskError as TaskError
    from modelhunter.errors import TaskFailed as TaskFailed
    from modelhunter.errors import TimedOut as TimedOut
    from modelhunter.errors import TransportError as TransportError
    from modelhunter.errors import Unauthorized as Unauthorized
    from modelhunter.errors import UnexpectedResponse as UnexpectedResponse
    from modelhunter.errors import UnknownModel as UnknownModel
    from modelhunter.errors import UnknownName as UnknownName
    from modelhunter.errors import UnknownProvider as UnknownProvider
    from modelhunter.errors import Unprocessable as Unprocessable
    from modelhunter.errors import UnsafeLink as UnsafeLink
    from modelhunter.errors import Unsupported as Unsupported
    from modelhunter.errors import UploadFailed as UploadFailed
    from modelhunter.errors import WaitTimeout as WaitTimeout
    from modelhunter.errors import WriteFailed as WriteFailed
    from modelhunter.estimates import Estimate as Estimate
    from modelhunter.jobs.polling import Polling as Polling
    from modelhunter.jobs.prepared import Prepared as Prepared
    from modelhunter.plugins.catalogue import Model as Model
    from modelhunter.plugins.doubts import UnlistedModel as UnlistedModel
    from modelhunter.plugins.doubts import UnverifiedInput as UnverifiedInput
    from modelhunter.plugins.media import Media as Media
    from modelhunter.plugins.media import UploadedFile as UploadedFile
    from modelhunter.problem import Problem as Problem
    from modelhunter.runtime.retry import Retry as Retry
    from modelhunter.runtime.session import Timeouts as Timeouts
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            "modelhunter.api.models": (
                "ApiKey",
                "Balance",
                "ResultItem",
                "TaskStatus",
                "Webhook",
                "WebhookEvent",
                "WebhookEventType",
            ),
            "modelhunter.client.aio.client": ("AsyncModelHunter",),
            "modelhunter.client.aio.task": ("AsyncTask",),
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
                "InsecureAddress",
                "InsufficientBalance",
                "InvalidArgument",
                "InvalidInput",
                "MissingKey",
                "ModelHunterError",
                "NoRecord",
                "NoResult",
                "NotFound",
                "OverBudget",
                "PermissionDenied",
                "PluginConflict",
                "PluginError",
                "RateLimited",
                "Refused",
                "ServerError",
                "SubmissionUnknown",
                "TaskCancelled",
                "TaskError",
                "TaskFailed",
                "TimedOut",
                "TransportError",
                "Unauthorized",
                "UnexpectedResponse",
                "UnsafeLink",
                "UnknownModel",
                "UnknownName",
                "UnknownProvider",
                "Unprocessable",
                "Unsupported",
                "UploadFailed",
                "WaitTimeout",
                "WriteFailed",
            ),
            "modelhunter.estimates": ("Estimate",),
            "modelhunter.jobs.polling": ("Polling",),
            "modelhunter.jobs.prepared": ("Prepared",),
            "modelhunter.plugins.catalogue": ("Model",),
            "modelhunter.plugins.media": ("Media", "UploadedFile"),
            "modelhunter.plugins.doubts": ("UnlistedModel", "UnverifiedInput"),
            "modelhunter.problem": ("Problem",),
            "modelhunter.runtime.retry": ("Retry",),
            "modelhunter.runtime.session": ("Timeouts",),
        },
        here=("__version__",),
    )
