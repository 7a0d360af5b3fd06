"""Tasks, as users hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from modelhunter.api.models import ResultItem, TaskError, TaskStatus
from modelhunter.api.models import Task as TaskState
from modelhunter.client.settings import Polling
from modelhunter.errors import ConfigurationError
from modelhunter.flows import download, tasks

if TYPE_CHECKING:
    import os

    from modelhunter.client.sync import ModelHunter

FINAL = frozenset(
    {TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED}
)


class TaskView:
    """What the API last said about a task."""

    __slots__ = ("_client", "_state", "estimated_seconds")

    def __init__(self, state: TaskState, client: Any, estimated_seconds: float | None = None) -> None:
        self._state = state
        self._client = client
        self.estimated_seconds = estimated_seconds
        """Seconds the API expected it to take, where it said so on submission."""

    @property
    def id(self) -> str:
        """The task's id; with it any client of the account finds the task again."""
        return self._state.id

    @property
    def status(self) -> TaskStatus | str:
        """``pending``, ``queued``, ``running``, ``succeeded``, ``failed``, ``cancelled`` or
        ``expired``; a word that is new to this library comes as it is.
        """
        return self._state.status

    @property
    def done(self) -> bool:
        """Whether the task has reached a final state."""
        return self._state.status in FINAL

    @property
    def type(self) -> str:
        """The kind of media it makes: ``video``, ``image``, ``audio``, ``music``, …"""
        return self._state.type

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self._state.provider

    @property
    def model(self) -> str:
        """The model's id."""
        return self._state.model

    @property
    def progress(self) -> float | None:
        """Percentage done, where the API says."""
        return self._state.progress

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD, where the API says."""
        return self._state.cost

    @property
    def error(self) -> TaskError | None:
        """Why it failed."""
        return self._state.error

    @property
    def outputs(self) -> Sequence[ResultItem]:
        """The generated files. Their links live 15 minutes; :meth:`download` renews them itself."""
        return self._state.result or ()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was given as metadata on submission."""
        return self._state.metadata or {}

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return self._state.created_at

    @property
    def started_at(self) -> datetime | None:
        """When the provider began."""
        return self._state.started_at

    @property
    def completed_at(self) -> datetime | None:
        """When it reached a final state."""
        return self._state.completed_at

    def __repr__(self) -> str:
        progress = "" if self.progress is None else f", {self.progress:g} %"
        return f"<{type(self).__name__} {self.id} {self.model}: {self.status}{progress}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskView) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __getstate__(self) -> tuple[TaskState, float | None]:
        """What survives pickling: everything but the client."""
        return self._state, self.estimated_seconds

    def __setstate__(self, state: tuple[TaskState, float | None]) -> None:
        self._state, self.estimated_seconds = state
        self._client = None

    def _no_client(self) -> NoReturn:
        raise ConfigurationError(
            f"task {self.id} came from another process and has no client; "
            f"get it from one of yours: client.tasks.get({self.id!r})"
        )


class Task(TaskView):
    """A task of a blocking client."""

    __slots__ = ()

    @property
    def _mh(self) -> ModelHunter:
        if self._client is None:
            self._no_client()
        client: ModelHunter = self._client
        return client

    def refresh(self) -> Task:
        """Read the task again, which also renews its links; returns the task itself."""
        self._mh._run(tasks.refresh(self._mh._core, self))
        return self

    def wait(
        self,
        timeout: float | None = tasks.DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
    ) -> Task:
        """Wait until the task has finished; returns the task itself.

        Looks at once, then every 2 s, and every 5 s once 30 s have passed (``polling``, or the
        client's, says otherwise). ``timeout`` is in seconds, 20 minutes by default; None waits
        for ever. ``on_update`` is called whenever status or progress have changed.

        Raises:
            TaskFailed: it failed; TaskCancelled: it was cancelled; WaitTimeout: it has not
            finished in time, and is still running. Each carries the task.
        """
        self._mh._run(
            tasks.wait(
                self._mh._core, self, timeout=timeout, polling=polling, on_update=on_update
            )
        )
        return self

    def cancel(self) -> Task:
        """Cancel the task; returns the task itself. Cancelling it twice is no error.

        Raises:
            Conflict: it has finished already.
        """
        self._mh._run(tasks.cancel(self._mh._core, self))
        return self

    def download(
        self,
        to: str | os.PathLike[str] = ".",
        *,
        on_progress: Callable[[int, int | None], object] | None = None,
    ) -> list[Path]:
        """Download the outputs; returns the files written, in the order of :attr:`outputs`.

        ``to`` is a file name, or a folder (one that exists, or a name that ends with a slash) in
        which files are named after model and task. Missing folders are made. A file appears
        under its name only when it is complete. With several outputs a file name gets ``-2``,
        ``-3``, … from the second on. ``on_progress`` is called with the bytes written so far and
        the bytes in all (None where unknown).

        Raises:
            NoResult: there is nothing to download (yet); DownloadFailed: it could not be fetched.
        """
        return self._mh._run(download.outputs(self._mh._core, self, to, on_progress=on_progress))
