"""What a task object shows, blocking or async."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from modelhunter.errors import ConfigurationError
from modelhunter.estimates import in_usd
from modelhunter.jobs.columns import NAMES, AsDataclass
from modelhunter.jobs.marker import MARKER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from modelhunter.api.models import ResultItem, TaskError, TaskStatus
    from modelhunter.api.models import Task as TaskState
    from modelhunter.jobs.tokens import SubmissionToken

FINAL = frozenset({"succeeded", "failed", "cancelled", "expired"})
"""The states in which a task stays. Source: the documentation page "task status"."""

UNREAD = "unread"
"""The status of a task that was given by its id and not read yet."""

NOTHING_CAME = frozenset({"failed", "cancelled"})
"""The final states that are not charged. The documentation does not say so: it is inferred."""


class TaskView:
    """What the API last said about a task."""

    __slots__ = ("_client", "estimated_seconds", "latest", "submission", "via")
    __dataclass_fields__: ClassVar[AsDataclass] = AsDataclass()
    __dataclass_params__: ClassVar[AsDataclass] = AsDataclass()

    def __init__(
        self,
        state: TaskState,
        client: Any,
        estimated_seconds: float | None = None,
        via: str | None = None,
        submission: SubmissionToken | None = None,
    ) -> None:
        self.latest: TaskState = state
        """What the API last said about it, as it came."""
        self._client = client
        self.estimated_seconds = estimated_seconds
        """Seconds the API expected it to take, where it said so on submission."""
        self.via = via
        """The provider on whose own API the task runs; None for ModelHunter's."""
        self.submission = submission
        """What it was submitted with; None where this process does not know, as the API tells
        nobody."""

    @property
    def id(self) -> str:
        """The task's id; with it any client of the account finds the task again."""
        return self.latest.id

    @property
    def status(self) -> TaskStatus | str:
        """Where the task stands.

        ``pending``, ``queued``, ``running``, ``succeeded``, ``failed``, ``cancelled`` or
        ``expired``; a word that is new to this library comes as it is.
        """
        return self.latest.status

    @property
    def done(self) -> bool:
        """Whether the task has reached a final state."""
        return self.latest.status in FINAL

    @property
    def type(self) -> str:
        """The kind of media it makes, such as ``video``, ``image``, ``audio`` or ``music``."""
        return self.latest.type

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.latest.provider

    @property
    def model(self) -> str:
        """The model's id."""
        return self.latest.model

    @property
    def progress(self) -> float | None:
        """Percentage done, where the API says."""
        return self.latest.progress

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD, where the API says."""
        return self.latest.cost

    @property
    def error(self) -> TaskError | None:
        """Why it failed."""
        return self.latest.error

    @property
    def outputs(self) -> Sequence[ResultItem]:
        """The generated files. Their links live 15 minutes; :meth:`download` renews them itself."""
        return self.latest.result or ()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was given as metadata on submission."""
        given = self.latest.metadata or {}
        return {name: value for name, value in given.items() if name != MARKER}

    def resume_token(self) -> str:
        """What another process or machine needs to go on with this task: ``client.resume(token)``.

        One line of JSON, without any secret.
        """
        from modelhunter.jobs import tokens  # costs a client that needs none nothing

        if self.via is None:
            return tokens.write(tokens.TaskToken(id=self.id))
        return tokens.write(
            tokens.TaskToken(
                id=self.id,
                via=self.via,
                model=self.model,
                type=str(self.type),
                since=self.created_at.isoformat(),
            )
        )

    @property
    def named(self) -> str:
        """The task's id and model, for messages."""
        return f"{self.id} ({self.model})" if self.model else self.id

    @property
    def way_back(self) -> str:
        """The expression that finds the task again, for messages."""
        if self.via is None:
            return f"client.tasks.get({self.id!r})"
        return f"client.resume({self.resume_token()!r})"

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return self.latest.created_at

    @property
    def started_at(self) -> datetime | None:
        """When the provider began."""
        return self.latest.started_at

    @property
    def completed_at(self) -> datetime | None:
        """When it reached a final state."""
        return self.latest.completed_at

    @property
    def status_in_short(self) -> str:
        """The status, and how far it is where the API says."""
        progress = "" if self.progress is None else f", {self.progress:g} %"
        return f"{self.status}{progress}"

    def to_dict(self) -> dict[str, Any]:
        """What a row of a table shows of it: times in UTC, the cost in USD."""
        row = {name: getattr(self, name) for name in NAMES}
        return {**row, "status": str(self.status), "type": str(self.type)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.model}: {self.status_in_short}>"

    def _repr_html_(self) -> str:
        from modelhunter.html_views import facts, media

        links = [media(output.url, output.format, str(self.type)) for output in self.outputs]
        rows: list[tuple[str, object]] = [
            ("status", self.status_in_short),
            ("model", self.model),
            ("created", f"{self.created_at:%Y-%m-%d %H:%M}"),
            ("cost", None if self.cost is None else in_usd(self.cost)),
            ("error", None if self.error is None else self.error.message),
        ]
        return facts(self.id, rows, below=links)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskView) and (other.id, other.via) == (self.id, self.via)

    def __hash__(self) -> int:
        return hash(self.id)

    def __copy__(self) -> Self:
        return type(self)(
            self.latest, self._client, self.estimated_seconds, self.via, self.submission
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        state = copy.deepcopy(self.latest, memo)
        return type(self)(state, self._client, self.estimated_seconds, self.via, self.submission)

    def __getstate__(
        self,
    ) -> tuple[TaskState, float | None, str | None, SubmissionToken | None]:
        """What survives pickling: everything but the client."""
        return self.latest, self.estimated_seconds, self.via, self.submission

    def __setstate__(
        self, state: tuple[TaskState, float | None, str | None, SubmissionToken | None]
    ) -> None:
        self.latest, self.estimated_seconds, self.via, self.submission = state
        self._client = None

    def _detached(self) -> NoReturn:
        raise ConfigurationError(
            f"task {self.id} came from another process and has no client; "
            f"get it from one of yours: {self.way_back}"
        )
