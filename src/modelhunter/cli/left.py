"""Jobs that have not come to their end: a small file for each, as a way back from everything.

Even a command that is killed while it sends leaves one. A file lies in the user's state directory,
readable by nobody else (a token holds the job's inputs). Its first line is written before the job
is sent, another when its task is known; it is removed when that is known to be finished and
downloaded. Whoever works on a job holds a lock on its file, which ends with the process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from attrs import define, field, frozen

from modelhunter.cli import profiles
from modelhunter.cli.jobs import Wanted
from modelhunter.cli.link import Server
from modelhunter.client.settings import URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from modelhunter import Task
    from modelhunter.cli.link import Link
    from modelhunter.cli.screen import Screen
    from modelhunter.flows.recording import Provenance

_MOST_BYTES = 64 * 1024 * 1024
_ENDS_WITHOUT_A_FILE = ("failed", "cancelled")


def folder() -> Path:
    """Where such files are: ``$XDG_STATE_HOME/modelhunter/jobs``, or what stands for that."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(given):
        base = Path(given)
    elif sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        base = Path(os.environ["LOCALAPPDATA"])
    else:
        base = Path.home() / ".local" / "state"
    return base / "modelhunter" / "jobs"


@define
class Kept:
    """The file of the job that a command works on.

    As a context manager it is removed at its end, unless the job may still come to something.
    """

    screen: Screen
    link: Link
    wanted: Wanted
    path: Path | None = None
    _file: IO[bytes] | None = field(default=None, init=False)

    def begin(self, token: str) -> None:
        """Write down the token of a job that is about to be sent."""
        if self.link.one_off:
            return  # its server ends with this command
        facts = {
            "token": token,
            "to": _absolute(self.wanted.to),
            "force": self.wanted.force,
            "provenance": self.wanted.provenance,
            "base_url": self.link.server.base_url or os.environ.get(URL_VARIABLE) or None,
            "allow_http": self.link.server.allow_http,
            "profile": profiles.named(self.link.server.profile),
        }
        try:
            where = folder()
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = where / f"{time.time_ns()}-{os.getpid()}.job"
            self._file = open(self.path, "x+b", opener=_private)  # noqa: SIM115 - kept open
            _lock(self._file)
            self._write(facts)
        except (OSError, RuntimeError) as error:  # no home, a full disk, …
            self.screen.note(f"the job's token can't be kept in the state directory: {error}")

    def take_up(self) -> bool:
        """Hold the file of a job that was left; False where another command works on it."""
        if self.path is None:
            return False
        try:
            self._file = open(self.path, "r+b")  # noqa: SIM115 - kept open
        except OSError:
            return False
        if _lock(self._file):
            return True
        self._let_go()
        return False

    def leads_to(self, task: Task) -> None:
        """Write down which task the job has become."""
        with suppress(OSError):
            if self._file is not None:
                self._file.seek(0, os.SEEK_END)
                self._write({"task": task.resume_token()})

    def leave(self) -> None:
        """Let the file stay: the job goes on without this command."""
        self._let_go()
        self.path = None

    def _write(self, facts: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(facts).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.path is not None and not _may_go_on(error):
            with suppress(OSError):
                self.path.unlink()
        self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _may_go_on(error: BaseException | None) -> bool:
    """Whether a job of which a command ended like this may still come to something."""
    from modelhunter import errors
    from modelhunter.cli.failures import Stop

    if error is None:
        return False
    if isinstance(error, Stop):
        if error.task is None:
            return True
        return error.task.status not in _ENDS_WITHOUT_A_FILE and not (
            error.task.done and isinstance(error.error, errors.NoResult)
        )
    refused = isinstance(error, errors.ModelHunterError)
    return not refused or isinstance(error, errors.SubmissionUnknown)


@frozen
class Left:
    """A job that was left: the token that leads back to it, and what was to become of it."""

    path: Path
    token: str
    wanted: Wanted
    server: Server
    begun: float
    """Seconds since 1970."""


def found() -> list[Left]:
    """The jobs that were left, the newest first; those that a command works on now are none."""
    try:
        paths = sorted(folder().glob("*.job"), key=_begun, reverse=True)
    except (OSError, RuntimeError):
        return []
    return [left for path in paths if not _is_held(path) and (left := _read(path)) is not None]


def forget(name: str) -> None:
    """Remove the file of a job that has come to its end, by its token or its task's id."""
    for left in found():
        if name in _names(left.token) or name in _names(_first(left.path)):
            with suppress(OSError):
                left.path.unlink()


def _names(token: str) -> set[str]:
    """What a token may be asked for by: itself, its task's id, its submission's marker."""
    try:
        content = json.loads(token)
    except ValueError:
        return {token}
    found = {content.get("id"), content.get("marker")} if isinstance(content, dict) else set()
    return {token, *(name for name in found if isinstance(name, str))}


def _first(path: Path) -> str:
    lines = _lines(path)
    return next((line["token"] for line in lines if isinstance(line.get("token"), str)), "")


def _read(path: Path) -> Left | None:
    """What a file says; None where it says nothing, as one that was cut short."""
    facts: dict[str, Any] = {}
    for line in _lines(path):
        facts |= line
    token = facts.get("task", facts.get("token"))
    if not isinstance(token, str):
        return None
    base_url, to, profile = facts.get("base_url"), facts.get("to"), facts.get("profile")
    return Left(
        path,
        token,
        Wanted(
            to if isinstance(to, str) else ".",
            facts.get("force") is True,
            None,
            _provenance(facts.get("provenance")),
        ),
        Server(
            base_url if isinstance(base_url, str) else None,
            facts.get("allow_http") is True,
            profile=profile if isinstance(profile, str) else None,
        ),
        _begun(path),
    )


def _provenance(value: object) -> Provenance:
    return value if value in ("sidecar", "embedded") else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        with suppress(ValueError):
            facts = json.loads(line)
            if isinstance(facts, dict):
                yield facts


def _begun(path: Path) -> float:
    stamp = path.name.partition("-")[0]
    return int(stamp) / 1e9 if stamp.isascii() and stamp.isdigit() and len(stamp) < 25 else 0.0


def _absolute(to: str) -> str:
    """Where results go, for a command that is run elsewhere."""
    from modelhunter.flows.destinations import is_address, local_path

    if is_address(to):
        return to
    path = os.path.abspath(local_path(to))
    return path + os.sep if to.endswith(("/", os.sep)) or os.path.isdir(path) else path


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _is_held(path: Path) -> bool:
    try:
        with path.open("r+b") as file:
            return not _lock(file)
    except OSError:
        return True


def _lock(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; False where another process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows, where nothing tells who works on a job
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
