"""What a client has uploaded already, by content."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.plugins.media import UploadedFile

    Key = tuple[bytes, str] | tuple[bytes, str, str]
    """The digest of a file's content, the MIME type it is uploaded as, and the provider to whose
    own API; without one it is to ModelHunter's."""

_MOST = 1000
_LIFETIME = 3600.0
"""Seconds. The documentation does not say for how long an upload is kept."""


class Uploads:
    """Remembers the last thousand uploads of a client, each for an hour; threads share it.

    It also knows which are under way, so that what several flows need at once is sent by one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._done: dict[Key, tuple[UploadedFile, float]] = {}
        self._begun: set[Key] = set()

    def begin(self, key: Key, now: float) -> tuple[UploadedFile | None, bool]:
        """The upload of this content, or else whether the caller shall send it.

        Whoever shall must call :meth:`end`. With neither, another flow is sending it: ask again
        in a while. ``now`` is in seconds on a clock that never goes back.
        """
        if self._process != os.getpid():
            # In a child of fork nobody goes on with the parent's uploads or lets go of its lock.
            self._lock, self._process, self._begun = threading.Lock(), os.getpid(), set()
        with self._lock:
            file, since = self._done.get(key, (None, now))
            if file is not None and now - since < _LIFETIME:
                return file, False
            if key in self._begun:
                return None, False
            self._begun.add(key)
            return None, True

    def end(self, key: Key, file: UploadedFile | None, now: float) -> None:
        """An upload has ended; ``file`` is what it made, None where it failed."""
        with self._lock:
            self._begun.discard(key)
            self._done.pop(key, None)
            if file is not None:
                self._done[key] = (file, now)
            if len(self._done) > _MOST:
                del self._done[next(iter(self._done))]
