"""The mock of the API: a respx router that knows how the API speaks."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
import respx
from respx.models import AllMockedAssertionError

from modelhunter.client.settings import DEFAULT_BASE_URL, KEY_VARIABLE
from modelhunter.errors import UnexpectedResponse
from modelhunter.runtime import send
from modelhunter.testing import answers
from modelhunter.testing.lacking import lacking
from modelhunter.testing.mocker import NAME
from modelhunter.testing.virtual_clock import VirtualClock, in_charge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from respx.models import ResolvedRoute, Route

    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import Session

_PREFIX = "MODELHUNTER_"
_TASK = re.compile(r"/api/v1/tasks/([^/]+)")
_SUBMISSION = re.compile(r"/api/v1/([^/]+)/([^/]+)")
_NOT_PROVIDERS = {"tasks", "files", "api-keys"}


class ModelHunterMock(respx.MockRouter):
    """Catches every request of this library; relative paths are the API's.

    While it is active there is a key, the shell's ``MODELHUNTER_*`` variables are not seen, and
    nothing really sleeps (:attr:`clock`). Routes, patterns, side effects and call lists are
    respx's own. A request that no route answers fails the test, and the failure tells what was
    sent, what is mocked, and which answers could not be read.

    The methods below make answers, for ``route.mock(…)``, ``route % …`` and ``side_effect``.
    """

    key: str = "river_test_" + "0" * 32
    """The key that clients find."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"base_url": DEFAULT_BASE_URL, "using": NAME, **settings})
        self.clock: VirtualClock = VirtualClock()
        """What clients that were given no clock go by: ``clock.slept`` are their waits."""
        self._events: list[list[Any]] = []
        self._unmocked: list[str] = []
        self._jobs: dict[str, dict[str, Any]] = {}
        self._active = ExitStack()

    # ------------------------------------------------------------------- answers

    def task(
        self,
        id: str | None = None,  # noqa: A002 - as the API calls it
        status: str | None = None,
        *,
        provider: str | None = None,
        model: str | None = None,
        type: str | None = None,  # noqa: A002 - as the API calls it
        outputs: Sequence[str | Mapping[str, Any]] | None = None,
        error: str | Mapping[str, Any] | None = None,
        cost: float | None = None,
        progress: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        created_at: datetime | str | None = None,
        estimated_seconds: float | None = None,
    ) -> httpx.Response:
        """A task, for reading one, submitting a job, or cancelling.

        What is left out follows the request: the id that was asked for (after a submission
        ``task_1``, ``task_2``, …), the provider, model and metadata that were sent, the status
        ``succeeded`` (``pending`` after a submission, ``cancelled`` after a cancellation). A task
        that succeeded has an output. ``outputs`` are links, or what the API says of each;
        ``error`` is the message of a failure, or what the API says of it; ``cost`` is in USD.
        """
        said = {"message": error, "code": "PROVIDER_ERROR"} if isinstance(error, str) else error
        result = None if outputs is None else [_output(output) for output in outputs]
        return answers.task(
            {
                "id": id,
                "status": status or ("failed" if error is not None else None),
                "provider": provider,
                "model": model,
                "type": type,
                "result": result,
                "error": said,
                "cost": cost,
                "progress": progress,
                "metadata": metadata,
                "created_at": created_at,
                "estimated_seconds": estimated_seconds,
            }
        )

    def page(
        self,
        tasks: Iterable[httpx.Response | Mapping[str, Any]] = (),
        *,
        cursor: str | None = None,
        total: int | None = None,
    ) -> httpx.Response:
        """A page of the task list, of tasks made by :meth:`task` or given by their members.

        With a ``cursor`` another page follows. ``total`` is how many tasks there are in all.
        """
        return answers.page(tasks, cursor, total)

    def error(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> httpx.Response:
        """A refusal with an HTTP status, and the API's code for it unless another is given.

        ``retry_after`` are the seconds that the API asks to wait.
        """
        return answers.error(status, code, message, details, retry_after)

    def balance(self, amount: float, **members: Any) -> httpx.Response:
        """What the account can spend, in USD; ``members`` go with it as the API names them."""
        return answers.data({"balance": float(amount), "currency": "USD", **members})

    def upload_ticket(self, upload_url: str, file_id: str = "file_1") -> httpx.Response:
        """Where a file is to be uploaded: the answer to asking for an upload."""
        return answers.data({"upload_url": upload_url, "file_id": file_id})

    def file(self, url: str, file_id: str = "file_1") -> httpx.Response:
        """A file that was uploaded, by the address that jobs take: the end of an upload."""
        return answers.data({"id": file_id, "url": url})

    # ------------------------------------------------------------------- at work

    @property
    def journal(self) -> list[str]:
        """What was sent and what became of it; what happens over and over stands there once."""
        return [line if count == 1 else f"{line} ({count} times)" for line, count in self._events]

    def _note(self, line: str) -> None:
        if self._events and self._events[-1][0] == line:
            self._events[-1][1] += 1
        else:
            self._events.append([line, 1])

    def start(self) -> None:
        """Begin to catch requests."""
        super().start()
        self._active.enter_context(_environment({KEY_VARIABLE: self.key}))
        self._active.enter_context(in_charge(self.clock))
        self._active.enter_context(
            patch.object(send, "read_answer", self._reading(send.read_answer))
        )

    def stop(self, clear: bool = True, reset: bool = True, quiet: bool = False) -> None:
        """Stop catching requests.

        Raises:
            AssertionError: unless ``quiet``, where a route was not called, or something was sent
            that is not mocked.
        """
        unmocked = list(self._unmocked)
        self._active.close()
        super().stop(clear=clear, reset=reset, quiet=quiet)
        if unmocked and not quiet:
            raise AllMockedAssertionError(
                f"{unmocked[0]}\n(the program went on after this failure)"
            )

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.stop(quiet=exc_type is not None)

    def assert_all_called(self) -> None:
        """See that every route was called.

        Raises:
            AssertionError: some were not; it names them.
        """
        idle = [_named(route) for route in self.routes if not route.called]
        if idle:
            sent = "".join(f"\n  {line}" for line in self.journal) or "\n  (nothing)"
            raise AssertionError(f"mocked and never sent: {', '.join(idle)}. Sent was:{sent}")

    @contextmanager
    def resolver(self, request: httpx.Request) -> Iterator[ResolvedRoute]:
        """Around finding the answer to a request: fill it in, and note what happens."""
        sent = f"{request.method} {_address(request.url)}"
        try:
            with super().resolver(request) as resolved:
                yield resolved
                if isinstance(resolved.response, httpx.Response):
                    resolved.response = self._completed(request, resolved.response)
        except AllMockedAssertionError:
            text = self._told(f"{sent} was sent and is not mocked")
            self._unmocked.append(text)
            self._note(f"{sent}: not mocked")
            raise AllMockedAssertionError(text) from None
        except StopIteration:
            text = self._told(f"{sent} was sent once more than it has answers")
            self._unmocked.append(text)
            raise AllMockedAssertionError(text) from None
        except Exception as error:
            self._note(f"{sent}: {type(error).__name__}")
            raise
        answer = resolved.response
        status = answer.status_code if isinstance(answer, httpx.Response) else "passed through"
        self._note(f"{sent}: {status}")

    def _told(self, what: str) -> str:
        """A failure, with what there is that explains it."""
        routes = [f"  {_named(route)}" for route in self.routes] or ["  (nothing)"]
        lines = [f"{what}. Mocked are:", *routes]
        if self._events:
            lines += ["Before that:", *(f"  {line}" for line in self.journal)]
        return "\n".join(lines)

    def _completed(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """The answer with what the request says where the test left it open."""
        path = request.url.path
        if found := _TASK.fullmatch(path):
            job = self._jobs.setdefault(found[1], {})
            if request.method == "DELETE" and answer.is_success:
                job["status"] = "cancelled"
            return answers.completed(answer, {**job, "id": found[1]})
        submitted = _SUBMISSION.fullmatch(path)
        if request.method == "POST" and submitted and submitted[1] not in _NOT_PROVIDERS:
            return self._submitted(request, answer, *submitted.groups())
        return answer

    def _submitted(
        self, request: httpx.Request, answer: httpx.Response, provider: str, capability: str
    ) -> httpx.Response:
        sent = _json(request.content)
        job = {"provider": provider, "type": capability.rpartition("-")[2]}
        job |= {name: sent[name] for name in ("model", "metadata") if sent.get(name) is not None}
        known = {**job, "type": capability, "status": "pending", "id": self._next_id()}
        answer = answers.completed(answer, known)
        read = answer.read() if isinstance(answer.stream, httpx.ByteStream) else b""
        data = _json(read).get("data")
        if answer.is_success and isinstance(data, dict) and isinstance(data.get("id"), str):
            self._jobs[data["id"]] = job
        return answer

    def _next_id(self) -> str:
        number = len(self._jobs) + 1
        while f"task_{number}" in self._jobs:
            number += 1
        return f"task_{number}"

    def _reading(self, read_answer: Any) -> Any:
        def read(call: Call[Any], response: Response, session: Session) -> Any:
            try:
                return read_answer(call, response, session)
            except UnexpectedResponse as error:
                missing = lacking(call, response)
                more = f" (missing: {', '.join(missing)})" if len(missing) > 1 else ""
                self._note(f"{error}{more}")
                raise

        return read


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """These are the only variables of this library while this is entered."""
    before = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(_PREFIX)}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in [*os.environ]:
            if name.startswith(_PREFIX):
                del os.environ[name]
        os.environ.update(before)


def _output(output: str | Mapping[str, Any]) -> dict[str, Any]:
    return {"url": output} if isinstance(output, str) else dict(output)


def _json(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _address(url: httpx.URL) -> str:
    """An address as a test writes it: without the API's own origin."""
    return str(url).removeprefix(DEFAULT_BASE_URL)


def _named(route: Route) -> str:
    """A route as a test writes it, such as ``GET /api/v1/balance``."""
    parts = {part.key: getattr(part.value, "pattern", part.value) for part in route.pattern}
    method, scheme, host = (parts.pop(name, "") for name in ("method", "scheme", "host"))
    origin = f"{scheme}://{host}" if host else ""
    where = origin.removeprefix(DEFAULT_BASE_URL) + str(parts.pop("path", parts.pop("url", "")))
    return " ".join([str(method or "ANY"), where, *(f"{key}={parts[key]!r}" for key in parts)])
