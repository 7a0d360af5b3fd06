"""Faults on demand: what goes wrong, where, how often, and a record of each time it did."""

from __future__ import annotations

import itertools
import random
import threading
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from attrs import Attribute, Factory, asdict, define, evolve, field, fields, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind = Literal[
    "latency",
    "drip",
    "drop",
    "status",
    "unreadable",
    "failed_task",
    "stuck_task",
    "expired_link",
    "wrong_size",
]
Content = Literal["html", "empty", "truncated", "envelope", "text"]
Phase = Literal["arrival", "task", "answer"]

PLACES: Mapping[str, tuple[str, ...]] = {
    "latency": ("before", "after"),
    "drip": ("body", "headers"),
    "drop": ("before", "after", "body"),
    "status": ("before", "after"),
    "unreadable": ("after", "before"),
    "failed_task": ("task",),
    "stuck_task": ("task",),
    "expired_link": ("before",),
    "wrong_size": ("after",),
}
"""Where each kind of fault can strike; the first is the usual one."""

OPERATIONS = (
    *("listTasks", "getTask", "cancelTask", "submit", "getBalance", "createWebhook"),
    *("createApiKey", "deleteApiKey", "createUploadUrl", "uploadContent", "completeUpload"),
    *("downloadFile", "downloadResult"),
)
"""The operations a fault can be aimed at: those of the API, and what is done over links."""

_REMEMBERED = 10_000


def _known_kind(_: Any, attribute: Attribute[Any], value: Any) -> None:
    if value not in PLACES:
        raise ValueError(f"there is no fault {value!r}; {attribute.name} is one of {[*PLACES]}")


def _usual_place(fault: Fault) -> str:
    return PLACES.get(fault.kind, ("",))[0]


def _fitting_place(fault: Fault, _: Attribute[Any], value: str) -> None:
    if value not in PLACES[fault.kind]:
        raise ValueError(f"{fault.kind} can't strike {value!r}; at is one of {PLACES[fault.kind]}")


def _known_content(_: Any, __: Attribute[Any], value: str) -> None:
    if value not in get_args(Content):
        raise ValueError(f"content {value!r} is unknown; it is one of {get_args(Content)}")


def _known_operation(_: Any, __: Attribute[Any], value: str | None) -> None:
    if value is not None and value not in OPERATIONS:
        raise ValueError(f"there is no operation {value!r}; it is one of {OPERATIONS}")


@frozen
class Fault:
    """One thing that goes wrong for the requests it matches.

    ``kind`` says what happens and ``at`` where:

    - ``latency``: wait ``seconds``, ``before`` the request is acted on or ``after``;
    - ``drip``: send one byte every ``seconds``, of the ``body`` (usual) or from the ``headers`` on;
    - ``drop``: close the connection ``before`` the request is read, ``after`` it was acted on
      (its effect stays), or in the ``body``, after ``size`` bytes (None: half of it);
    - ``status``: answer ``status`` (None: 503) with the error envelope, ``before`` acting or
      ``after``; with ``retry_after`` (seconds, or any text) where given;
    - ``unreadable``: answer with ``content``: ``html``, ``empty``, ``truncated`` (JSON cut in
      half), ``envelope`` (JSON of another shape) or ``text``; ``after`` acting (usual) or
      ``before``; with ``status`` where given;
    - ``failed_task``, ``stuck_task``: the task that the request creates fails with ``code`` and
      ``message``, or never ends;
    - ``expired_link``: a link is refused as if it had lapsed;
    - ``wrong_size``: the size in the task's result is off by ``size`` bytes (None: one).

    It matches by ``operation`` (``getTask``, ``submit``, ``downloadResult``, …), ``method`` and
    ``path`` (a shell pattern such as ``/api/v1/tasks/*``); what is None matches everything. It
    strikes ``times`` times (None: always), each time with ``probability``.

    Raises:
        ValueError: no such kind, place, operation or content.
    """

    kind: Kind = field(validator=_known_kind)
    at: str = field(default=Factory(_usual_place, takes_self=True), validator=_fitting_place)
    operation: str | None = field(default=None, validator=_known_operation, kw_only=True)
    method: str | None = field(default=None, kw_only=True)
    path: str | None = field(default=None, kw_only=True)
    times: int | None = field(default=1, kw_only=True)
    probability: float = field(default=1.0, kw_only=True)
    seconds: float = field(default=0.05, kw_only=True)
    status: int | None = field(default=None, kw_only=True)
    code: str | None = field(default=None, kw_only=True)
    message: str | None = field(default=None, kw_only=True)
    retry_after: float | str | None = field(default=None, kw_only=True)
    content: Content = field(default="html", validator=_known_content, kw_only=True)
    size: int | None = field(default=None, kw_only=True)

    @property
    def phase(self) -> Phase:
        """When it is looked at: as the request arrives, as a task is made, as it is answered."""
        if self.at == "before":
            return "arrival"
        return "task" if self.at == "task" else "answer"

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        """Whether a request is one that this fault is for."""
        return (
            self.operation in (None, operation)
            and (self.method is None or self.method.upper() == method)
            and (self.path is None or fnmatchcase(path, self.path))
        )


@define
class Planted:
    """A fault in place: how often it has struck, and how often it still may."""

    id: str
    fault: Fault
    left: int | None
    struck: int = 0

    def to_wire(self) -> dict[str, Any]:
        """What the control endpoint shows of it."""
        return {"id": self.id, **asdict(self.fault), "left": self.left, "struck": self.struck}


@frozen
class Strike:
    """One time that a fault struck."""

    id: str
    kind: str
    at: str
    method: str
    path: str


class Faults:
    """The faults that are in place. ``chance`` returns numbers from 0 up to 1."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._planted: dict[str, Planted] = {}
        self._numbers = itertools.count(1)
        self._strikes: deque[Strike] = deque(maxlen=_REMEMBERED)

    def add(self, fault: Fault) -> str:
        """Put a fault in place; the id that comes back removes it again."""
        with self._lock:
            id_ = f"fault_{next(self._numbers)}"
            self._planted[id_] = Planted(id_, fault, fault.times)
            return id_

    def remove(self, id_: str) -> bool:
        """Take a fault out; False if there was none of this id."""
        with self._lock:
            return self._planted.pop(id_, None) is not None

    def clear(self) -> None:
        """Take all faults out and forget how often they struck."""
        with self._lock:
            self._planted.clear()
            self._strikes.clear()

    @property
    def planted(self) -> Sequence[Planted]:
        """The faults in place, those that are used up included."""
        with self._lock:
            return [evolve(planted) for planted in self._planted.values()]

    @property
    def strikes(self) -> Sequence[Strike]:
        """Each time a fault struck, oldest first (the last ten thousand)."""
        with self._lock:
            return list(self._strikes)

    def take(self, phase: Phase, operation: str | None, method: str, path: str) -> Sequence[Fault]:
        """The faults that strike this request in this phase, in the order they were put in."""
        if not self._planted:
            return ()
        with self._lock:
            return [
                planted.fault
                for planted in self._planted.values()
                if planted.fault.phase == phase
                and planted.fault.matches(operation, method, path)
                and self._strike(planted, method, path)
            ]

    def _strike(self, planted: Planted, method: str, path: str) -> bool:
        if planted.left == 0 or self._chance() >= planted.fault.probability:
            return False
        if planted.left is not None:
            planted.left -= 1
        planted.struck += 1
        fault = planted.fault
        self._strikes.append(Strike(planted.id, fault.kind, fault.at, method, path))
        return True


def fault_from(given: Mapping[str, Any]) -> Fault:
    """A fault from the JSON of the control endpoint.

    Raises:
        ValueError: an unknown member, or a value that a fault can't have.
    """
    known = [attribute.name for attribute in fields(Fault)]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"a fault has no {', '.join(unknown)}; it has {', '.join(known)}")
    if "kind" not in given:
        raise ValueError(f"a fault needs a kind, one of {[*PLACES]}")
    return Fault(**given)
