"""What ``client.stream(call)`` gives: a block in which the items of an answer can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.answers import request_id_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping

    from modelhunter.runtime.message import Response
    from modelhunter.runtime.misfits import WireError
    from modelhunter.runtime.streams import Opened, Progress

T = TypeVar("T")


class _Head:
    """What is known of a stream once its answer has begun."""

    _opened: Opened | None = None

    @property
    def _response(self) -> Response:
        return self._begun.response

    @property
    def _begun(self) -> Opened:
        if self._opened is None:
            raise ConfigurationError("the stream is not open yet: use it in a `with` block")
        return self._opened

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, whose names are found whatever their case."""
        return self._response.headers

    @property
    def request_id(self) -> str | None:
        """What to quote to the API's support, where the answer has it."""
        return request_id_of(self._response.headers)

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that was read: ``last_event_id=`` leads on from there."""
        progress: Progress = self._begun.progress
        return progress.last_event_id

    @property
    def problems(self) -> tuple[WireError, ...]:
        """Where items were not what the description says, in a client that reads leniently."""
        return self._begun.progress.problems


class Stream(_Head, Generic[T]):
    """The items of an answer, each read when it is wanted; the end of the block closes it."""

    def __init__(self, steps: Generator[Any, None, None]) -> None:
        self._steps = steps

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        """The next item.

        Raises:
            TransportError: the connection broke or an item did not come in time;
            UnexpectedResponse: an item is not what the description says.
        """
        self._open()
        item: T = next(self._steps)
        return item

    def close(self) -> None:
        """Close the connection, whether all was read or not."""
        self._steps.close()

    def _open(self) -> None:
        if self._opened is None:
            self._opened = next(self._steps)


class AsyncStream(_Head, Generic[T]):
    """The same for ``async with`` and ``async for``."""

    def __init__(self, steps: AsyncGenerator[Any, None]) -> None:
        self._steps = steps

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """The next item; it raises what :class:`Stream` raises."""
        await self._open()
        item: T = await anext(self._steps)
        return item

    async def aclose(self) -> None:
        """Close the connection, whether all was read or not."""
        await self._steps.aclose()

    async def _open(self) -> None:
        if self._opened is None:
            self._opened = await anext(self._steps)
