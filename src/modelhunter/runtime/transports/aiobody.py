"""Writing a request's body on an event loop; a file is read in threads."""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING, Any

from aiohttp.http_writer import StreamWriter

from modelhunter.runtime.message import FileContent
from modelhunter.runtime.shielded import outlast
from modelhunter.runtime.threads import in_thread
from modelhunter.runtime.transports.head import body_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.aioconnections import Connection

CHUNK = 64 * 1024


class Upload:
    """A body on its way, written beside the wait for an answer, which may come early.

    ``last`` is called before the last piece is written; ``trouble`` is what went wrong.
    ``is_whole`` says that all of it was written.
    """

    def __init__(self, request: Request, connection: Connection, last: Callable[[], None]) -> None:
        self._request = request
        self._connection = connection
        self._last = last
        self._reading: asyncio.Future[Any] | None = None
        self.trouble: Exception | None = None
        self.is_whole: bool = False
        self._writing = asyncio.create_task(self._write())

    async def stop(self) -> None:
        """End it, and wait until no thread reads the file, which may be sent again or closed next.

        Raises:
            CancelledError: that came meanwhile.
        """
        self._writing.cancel()
        cancelled = await outlast(self._writing)
        if self._reading is not None:
            cancelled = await outlast(self._reading) or cancelled
        if cancelled is not None:
            raise cancelled

    async def _write(self) -> None:
        try:
            await self._write_pieces()
            self.is_whole = True
            self._connection.protocol.start_timeout()
        except Exception as error:
            self.trouble = error
            self._connection.abort()

    async def _write_pieces(self) -> None:
        loop = asyncio.get_running_loop()
        writer = StreamWriter(self._connection.protocol, loop)
        body = self._request.body
        file = await self._in_thread(body.open) if isinstance(body, FileContent) else None
        size = body_size(self._request)
        position = 0
        while position < size:
            until = min(position + CHUNK, size)
            if file is None:
                piece = memoryview(body)[position:until]  # type: ignore[arg-type]
            else:
                piece = await self._in_thread(_read_all, file, until - position)
            if until == size:
                self._last()
            async with asyncio.timeout(self._request.read_timeout):
                await writer.write(piece)
            position = until

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self._reading = in_thread(function, *arguments)
        return await asyncio.shield(self._reading)


def _read_all(file: IO[bytes], size: int) -> bytes:
    pieces = []
    while size:
        piece = file.read(size)
        if not piece:
            raise OSError("the file ended before its end: it was changed while it was sent")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
