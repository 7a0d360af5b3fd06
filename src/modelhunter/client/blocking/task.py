# Made from client/aio/task.py by codegen/shells.py: change that, then `nox -s codegen`.
"""Tasks of the blocking client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from modelhunter import flows
from modelhunter.jobs.polling import DEFAULT_WAIT
from modelhunter.jobs.task_base import TaskView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import IO

    from modelhunter.client.blocking.client import ModelHunter
    from modelhunter.jobs.polling import Polling
    from modelhunter.jobs.stand_ins import EventSource


class Task(TaskView):
    """A task of a blocking client."""

    __slots__ = ()

    @property
    def _mh(self) -> ModelHunter:
        if self._client is None:
            self._detached()
        client: ModelHunter = self._client
        return client

    def refresh(self) -> Task:
        """Read the task again, which also renews its links; returns the task itself."""
        self._mh.run(flows.tasks.refresh(self._mh.context, self))
        return self

    def wait(
        self,
        timeout: float | None = DEFAULT_WAIT,
        *,
        polling: Polling | None = None,
        on_update: Callable[[Task], object] | None = None,
        cancel_if_left: bool = False,
        webhook: EventSource | None = None,
    ) -> Task:
        """Wait until the task has finished; returns the task itself.

        Looks at once, then every 2 s, and every 5 s once 30 s have passed (``polling``, or the
        client's, says otherwise). ``timeout`` is in seconds, 20 minutes by default; None waits for
        ever. When the time is over one last look, of 2 s at most, decides. ``on_update`` is called
        whenever status or progress have changed. With ``cancel_if_left`` the task is cancelled when
        the wait ends before it does: when the time is over, or by Ctrl-C. Trouble with one look is
        not the end: it looks again. With a ``webhook`` to which the task's event is sent, it looks
        when that comes, and only every 30 s until then.

        Raises:
            TaskFailed: it failed; TaskCancelled: it was cancelled; WaitTimeout: it has not
            finished in time, and is still running. Each carries the task.
        """
        self._mh.run(
            flows.waiting.wait(
                self._mh.context,
                self,
                timeout=timeout,
                polling=polling,
                on_update=on_update,
                cancel=cancel_if_left,
                webhook=webhook,
            )
        )
        return self

    def cancel(self) -> Task:
        """Cancel the task; returns the task itself. Cancelling it twice is no error.

        Raises:
            Conflict: it has finished already.
        """
        self._mh.run(flows.tasks.cancel(self._mh.context, self))
        return self

    def download(
        self,
        to: str | os.PathLike[str] | IO[bytes] = ".",
        *,
        only: int | Sequence[int] | None = None,
        max_bytes: int | None = None,
        provenance: Literal["sidecar", "embedded"] | None = None,
        on_progress: Callable[[int, int | None], object] | None = None,
    ) -> list[Path]:
        """Download the outputs; returns the files written, in the order of :attr:`outputs`.

        ``to`` is a file name, or a folder (one that exists, or a name that ends with a slash) in
        which files are named after model and task; ``~`` is the home folder. Missing folders are
        made. A file appears under its name only when it is complete. With several outputs a file
        name gets ``-2``, ``-3``, … from the second on, and an ending of its own where the output
        is of another format than the first.

        It may also be an address that fsspec can write to, such as ``s3://bucket/folder/``, where
        files are put in the same way, or a file that is open for writing in binary mode, for one
        output. Nothing incomplete gets there either, and no path is returned for it. Under asyncio
        the open file may have coroutines for methods, as those of aiofiles and anyio have.

        ``only`` says which outputs, by their places in :attr:`outputs` (0 is the first).
        ``max_bytes`` is what one file may have at most; by default what the task says that it has,
        and 2 GiB where it says nothing. With ``provenance="sidecar"`` a record of how each file
        was made (:class:`modelhunter.provenance.Record`) is written beside it, as
        ``NAME.EXT.json``; with ``"embedded"`` it is also put into the file, where that is PNG,
        JPEG or MP4 and not signed. ``on_progress`` is called with the bytes that have come so
        far and the bytes in all (None where unknown).

        Raises:
            NoResult: there is nothing to download (yet); DownloadFailed: it could not be fetched
            or put there, or is not what is due; WriteFailed (which is a DownloadFailed and an
            OSError): the disk does not take it. Each carries the task. ConfigurationError: a
            package is missing for such an address.
        """
        return self._mh.run(
            flows.download.outputs(
                self._mh.context,
                self,
                to,
                only=only,
                max_bytes=max_bytes,
                provenance=provenance,
                on_progress=on_progress,
            )
        )
