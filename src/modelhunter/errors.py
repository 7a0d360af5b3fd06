"""Every error this library raises, under one root: :class:`ModelHunterError`.

Errors survive pickling, so a worker process can hand them to its parent; what belongs to one
process only (the client a task was bound to) is left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from modelhunter.estimates import Estimate
    from modelhunter.problem import Problem


class ModelHunterError(Exception):
    """The root of every error of this library.

    ``resume_token`` leads back to the task that the error is about, where it is about one.
    """

    resume_token: str | None = None

    def __str__(self) -> str:
        from modelhunter.printable import printable  # most errors are never shown

        return printable(super().__str__(), lines=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[ModelHunterError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = cls.__new__(cls)
    error.args = args
    for name, value in state.items():
        setattr(error, name, value)
    return error


# ------------------------------------------------------------------- before anything is sent


class ConfigurationError(ModelHunterError):
    """The client can't work as it was set up: no key, an unsafe address, a missing extra."""


class Unsendable(ModelHunterError, ValueError):
    """A call holds text that HTTP can't carry, or a value that would name another path.

    Nothing was sent.
    """


class InvalidArgument(ConfigurationError, TypeError, ValueError):
    """An argument is of another kind than is taken, or can't be meant so. Nothing was sent."""


class MissingKey(ConfigurationError):
    """A call to ModelHunter was to be made, and the client has no API key. Nothing was sent."""


class InsecureAddress(ConfigurationError):
    """An address to which a key would travel over the network unencrypted.

    ``address`` says which, and whose it is.
    """

    def __init__(
        self,
        address: str,
        why: str = (
            "would send the key over the network unencrypted; use https, or say allow_http=True "
            "if that is what you want"
        ),
    ) -> None:
        self.address = address
        self.why = why
        super().__init__(f"{address} {why}")


class InvalidInput(ModelHunterError, ValueError):
    """The inputs don't fit the model. Nothing was sent and nothing was charged.

    ``problems`` holds every problem found, each with its field, what was given and what is
    allowed; ``model`` and ``capability`` say what the inputs were checked against (capability is
    None where the inputs did not decide between several).
    """

    def __init__(
        self, problems: Sequence[Problem], *, model: str, capability: str | None = None
    ) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.model = model
        self.capability = capability
        against = f"{model} ({capability})" if capability else model
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"the inputs don't fit {against}; nothing was sent:{lines}")


class UnknownName(ModelHunterError, LookupError):
    """A model or provider that no installed plugin has; ``suggestions`` holds near names."""

    def __init__(self, message: str, *, name: str, suggestions: Sequence[str] = ()) -> None:
        self.name = name
        self.suggestions: tuple[str, ...] = tuple(suggestions)
        super().__init__(message)


class UnknownModel(UnknownName):
    """No installed plugin has a model of this name."""


class UnknownProvider(UnknownName):
    """No installed plugin brings a provider of this name."""


class PluginError(ModelHunterError):
    """A plugin could not be used: it failed to import, or it says something impossible."""


class PluginConflict(PluginError):
    """Two distributions claim the same provider or model name."""


class Refused(ModelHunterError):
    """A gate refuses the job; nothing was sent. Gates raise it with nothing but the ``reason``.

    ``by`` is the plugin whose gate it is.
    """

    def __init__(self, reason: str, *, by: str | None = None, job: str | None = None) -> None:
        self.reason = reason
        self.by = by
        whole = by is not None and job is not None
        super().__init__(f"{by} refuses {job}: {reason}. Nothing was sent" if whole else reason)


class BadToken(ModelHunterError, ValueError):
    """A resume token that can't be read."""


class Unsupported(ModelHunterError):
    """The API on which a task runs can't do this, such as cancelling."""


class OverBudget(ModelHunterError):
    """The job may cost more than ``max_cost`` or the client's budget allows. Nothing was sent.

    ``estimate`` is None where the model has no known price.
    """

    def __init__(self, message: str, *, estimate: Estimate | None, limit: Decimal) -> None:
        self.estimate = estimate
        self.limit = limit
        super().__init__(message)


# ------------------------------------------------------------------- while talking to the server


class TransportError(ModelHunterError):
    """The request got no usable answer from the network.

    ``delivered`` is ``"no"`` when the server can't have seen the whole request, ``"maybe"`` when
    it may have seen it and acted on it.
    """

    def __init__(self, message: str, *, delivered: Literal["no", "maybe"]) -> None:
        self.delivered = delivered
        super().__init__(message)


class ConnectFailed(TransportError):
    """No connection could be made: name not found, refused, TLS failed, connect timeout."""


class ConnectionLost(TransportError):
    """The connection broke while the request was sent or the answer was read."""


class TimedOut(TransportError, TimeoutError):
    """A read or the whole call took longer than allowed."""


class UnsafeLink(ModelHunterError):
    """A link or redirect that an answer gave, to where it must not lead; it was not followed.

    It is unencrypted though the API is not, has a password in it, or leads into this machine or
    its network, where the API is not itself.
    """


_RAW = 64 * 1024
"""Bytes of an unusable answer that an error keeps."""


class UnexpectedResponse(ModelHunterError):
    """An answer that is not what the API describes: not JSON, or with a field of the wrong type.

    ``path`` points at the offending place (``$.data[3].progress``) where there is one. ``raw`` is
    the body that came, or its first 64 kB, and ``headers`` what came with it; neither is shown.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        path: str | None = None,
        request_id: str | None = None,
        raw: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.path = path
        self.request_id = request_id
        self.raw: bytes = raw[:_RAW]
        self.headers: Mapping[str, str] = {} if headers is None else headers
        super().__init__(message)


class APIError(ModelHunterError):
    """The API answered with an error.

    ``status`` is the HTTP status, ``code`` the API's word (``TASK_NOT_FOUND``; None where the
    answer had none), ``message`` its sentence, ``details`` what it added, ``request_id`` what to
    quote to support, ``retry_after`` the seconds the server asked to wait, if it did. ``is_own``
    says whether the API itself answered, in its form of an error, and not a proxy or the like.
    ``body`` is the body as the description of that status has it, a model of the generated
    package; None where it describes none or something else came. ``headers`` came with it.
    Source: the documentation page "error handling".
    """

    advice: str = ""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        call: str = "",
        advice: str | None = None,
        is_own: bool | None = None,
    ) -> None:
        if advice is not None:
            self.advice = advice
        self.message = message
        self.status = status
        self.code = code
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after
        self.call = call
        self.is_own: bool = code is not None if is_own is None else is_own
        self.body: Any = None
        self.headers: Mapping[str, str] = {}
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        head = f"{self.call}: " if self.call else ""
        code = f" {self.code}" if self.code else ""
        text = f"{head}the API answered {self.status}{code}: {self.message}"
        if self.details and "field" in self.details:
            text += (
                f" (field {self.details['field']}: {self.details.get('reason', 'not accepted')})"
            )
        if self.advice:
            text += f". {self.advice}"
        return f"{text} [request {self.request_id}]" if self.request_id else text


class BadRequest(APIError):
    """400: the parameters are not acceptable."""


class Unauthorized(APIError):
    """401: the key is missing, malformed, unknown or past its date."""

    advice = "Check api_key= or the environment variable MODELHUNTER_KEY"


class InsufficientBalance(APIError):
    """402: the balance does not cover the job."""

    advice = "Top up the account, then submit again; this job was not started"


class PermissionDenied(APIError):
    """403: the key may not do this, or it was revoked or has expired."""


class NotFound(APIError):
    """404: there is no such task, model, provider or file."""


class Conflict(APIError):
    """409: the state of the resource does not allow this, such as cancelling a finished task."""


class Unprocessable(APIError):
    """422: the request is well-formed and breaks a rule of the business."""


class RateLimited(APIError):
    """429: too many requests; ``retry_after`` says how long to wait where the server says so."""


class ServerError(APIError):
    """5xx: the server or the provider behind it failed."""


BY_STATUS: Mapping[int, type[APIError]] = {
    400: BadRequest,
    401: Unauthorized,
    402: InsufficientBalance,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    422: Unprocessable,
    429: RateLimited,
}


def api_error_class(status: int) -> type[APIError]:
    """The class for an HTTP status; unknown ones map to their family."""
    known = BY_STATUS.get(status)
    if known is not None:
        return known
    return ServerError if status >= 500 else APIError


# ------------------------------------------------------------------- about one task


class TaskError(ModelHunterError):
    """The root of errors about one task; ``task`` is the task as it was last seen."""

    def __init__(self, message: str, *, task: Any) -> None:
        self.task = task
        self.resume_token: str | None = task.resume_token()
        super().__init__(message)


class TaskFailed(TaskError):
    """The task ended as ``failed``; ``code`` and ``reason`` are the provider's words."""

    def __init__(self, message: str, *, task: Any, code: str | None, reason: str | None) -> None:
        self.code = code
        self.reason = reason
        super().__init__(message, task=task)


class TaskCancelled(TaskError):
    """The task was cancelled before it finished."""


class WaitTimeout(TaskError, TimeoutError):
    """The task had not finished when the time given for waiting was over. It is still running.

    ``unfinished`` holds all such tasks where several were waited for.
    """

    def __init__(self, message: str, *, task: Any, unfinished: Sequence[Any] = ()) -> None:
        self.unfinished: tuple[Any, ...] = tuple(unfinished) or (task,)
        super().__init__(message, task=task)


class NoResult(TaskError):
    """The task has nothing to download (yet)."""


class SubmissionUnknown(ModelHunterError):
    """It can't be told whether a job was started; it was not sent again.

    ``token`` leads back to it, in any process: ``client.resume(token)`` looks for its task again,
    ``client.resume(token, resubmit=True)`` starts it once more if it still can't be found.
    """

    def __init__(self, message: str, *, token: str) -> None:
        self.token: str = token
        self.resume_token: str | None = token
        super().__init__(message)


class DownloadFailed(ModelHunterError):
    """A result could not be fetched, or not be put where it was to go.

    Nothing incomplete was left under its name, and nothing is lost: ``task`` can be downloaded
    again, in another process by ``resume_token``.
    """

    task: Any = None


class WriteFailed(DownloadFailed, OSError):
    """The disk, or an open file, did not take a result: it is full, there is no permission, ….

    ``errno``, ``strerror`` and ``filename`` are those of the system's error.
    """

    def __init__(self, message: str, cause: OSError) -> None:
        super().__init__(message)
        self.errno: int | None = cause.errno
        self.strerror: str | None = cause.strerror
        self.filename: Any = cause.filename

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        system = {name: getattr(self, name) for name in ("errno", "strerror", "filename")}
        return _rebuild, (type(self), self.args, self.__dict__ | system)


class NoRecord(ModelHunterError):
    """A file has no record of how it was made that can be read, or none that can be replayed."""


class UploadFailed(ModelHunterError):
    """A local file could not be uploaded."""
