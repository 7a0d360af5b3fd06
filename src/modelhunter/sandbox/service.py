"""The parts of one sandbox, and what its endpoints share."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import define, field, frozen

from modelhunter.runtime.decode import MISSING, WireError
from modelhunter.sandbox.answers import Refusal, refused_field
from modelhunter.sandbox.checking import Checker
from modelhunter.sandbox.clock import Clock, microseconds
from modelhunter.sandbox.links import link_origin
from modelhunter.sandbox.media.cache import Abandoned
from modelhunter.sandbox.media.shape import Shape, shapes_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from starlette.requests import Request

    from modelhunter.plugins.catalogue import Model, Provider
    from modelhunter.sandbox.accounts import Accounts
    from modelhunter.sandbox.faults import Faults
    from modelhunter.sandbox.links import Links
    from modelhunter.sandbox.media.cache import Made, MediaCache
    from modelhunter.sandbox.store import Row, Store
    from modelhunter.sandbox.tasks import Tasks
    from modelhunter.sandbox.webhooks import Deliveries

T = TypeVar("T")

_log = logging.getLogger("modelhunter.sandbox")

_REMEMBERED = 10_000
_PATIENCE = 2.0
"""Seconds that reading a task waits for a file that should be there by now."""


class Catalogue(Protocol):
    """What the sandbox asks of the registry of plugins."""

    def provider(self, name: str) -> Provider:
        """The provider of this name."""
        ...

    def model(self, name: str) -> tuple[Provider, Model]:
        """The model of this name, with its provider."""
        ...

    def models(self) -> list[tuple[Provider, Model]]:
        """Every model."""
        ...


@frozen(kw_only=True)
class Seen:
    """A request that the sandbox saw.

    ``at`` is when it was answered, by the sandbox's clock, in seconds since 1970. ``status`` is
    None where the connection was dropped before an answer. ``with_key`` says whether it carried an
    Authorization header, ``host`` is the host name it was sent to.
    """

    method: str
    path: str
    query: str
    host: str
    operation: str | None
    status: int | None
    with_key: bool
    request_id: str
    at: float


@define(kw_only=True)
class Service:
    """Everything that the endpoints of one sandbox work with.

    ``link_base`` is what links begin with where nobody asked for them, as in events. ``reshape``
    turns the shape that was asked for into the one that is made.
    """

    store: Store
    accounts: Accounts
    tasks: Tasks
    media: MediaCache
    links: Links
    faults: Faults
    deliveries: Deliveries
    clock: Clock
    speed: float
    link_seconds: float
    uploads: Path
    reshape: Callable[[Shape], Shape]
    load_catalogue: Callable[[], Catalogue]
    unlisted_models: bool = False
    link_base: str = ""
    checker: Checker = field(factory=Checker)
    requests: deque[Seen] = field(factory=lambda: deque(maxlen=_REMEMBERED))

    def now(self) -> int:
        """The sandbox's time, in microseconds."""
        return microseconds(self.clock())

    def link(self, origin: str, method: str, path: str, until: int) -> str:
        """A signed link, beginning with :attr:`link_base` or what :meth:`origin_for` says."""
        return origin + self.links.sign(method, path, until)

    def origin_for(self, request: Request) -> str:
        """Where links in the answer to a request lead: a way that its client knows."""
        host = request.headers.get("host")
        return self.link_base if host is None else link_origin(host)

    def authenticate(self, request: Request) -> Row:
        """The key of a request, or a refusal."""
        address = request.client.host if request.client else ""
        return self.accounts.authenticate(request.headers.get("authorization"), address, self.now())

    def start_media(self, task_id: str, shapes: Sequence[Shape]) -> None:
        """Make the files of a task; when they are there, the task knows their sizes."""
        future = self.media.make_all(shapes)
        future.add_done_callback(lambda done: self.media_done(task_id, done))

    def media_done(self, task_id: str, done: Future[list[Made]]) -> None:
        """The files of a task are there, or can't be made and it fails. Twice is no harm."""
        if done.cancelled() or isinstance(done.exception(), Abandoned):
            return
        error = done.exception()
        if error is None:
            sizes = [made.size_bytes for made in done.result()]
            self.tasks.media_written(task_id, sizes, self.now())
        else:
            message = f"The sandbox could not make the file: {error}"
            if self.tasks.media_failed(task_id, message):
                _log.error("the file of %s can't be made", task_id, exc_info=error)
        self.deliveries.wake(task_id)

    async def read_task(self, task_id: str) -> Row:
        """A task as it is now. Where only its files keep it from being over, wait a little."""
        task = self.tasks.get(task_id, self.now())
        if not _waits_for_files(task, self.now()):
            return task
        making = self.media.make_all(shapes_from_json(task["shapes"]))
        await asyncio.wait([asyncio.wrap_future(making)], timeout=_PATIENCE)
        if making.done():
            self.media_done(task_id, making)
        return self.tasks.get(task_id, self.now())


async def read_body(
    request: Request, decode: Callable[[Any], T], optional: Sequence[str] = ()
) -> T:
    """The body of a request, read by the generated decoder of its model, or a refusal.

    Decoders take null for absent, as answers may have it; in a request no member that is
    ``optional`` may be null.
    """
    value = parse_json(await request.body())
    if isinstance(value, dict):
        for name in optional:
            if value.get(name, MISSING) is None:
                raise refused_field("INVALID_PARAMETER", name, "must not be null")
    try:
        return decode(value)
    except WireError as error:
        field = ".".join(map(str, error.steps)) or "body"
        if error.value is MISSING:
            raise refused_field("MISSING_PARAMETER", field, "is required") from None
        reason = f"must be {error.expected}"
        raise refused_field("INVALID_PARAMETER", field, reason) from None


def parse_json(text: bytes) -> Any:
    """What strict JSON says, or a refusal.

    No ``NaN``, no ``1e999``, no half of a surrogate pair: none of them could be given back.
    """
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal("VALIDATION_ERROR", "the body is not JSON") from None
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _waits_for_files(task: Row, now: int) -> bool:
    return (
        task["status"] == "running"
        and task["outcome"] == "succeeded"
        and task["sizes"] is None
        and now >= task["finish_at"]
    )


def finite_seconds(seconds: float, speed: float) -> float:
    """How long something takes in a sandbox of this speed, which may be infinite."""
    return 0.0 if math.isinf(speed) else seconds / speed
