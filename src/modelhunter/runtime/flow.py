"""Flows: behaviour of several steps, written once for blocking and async programs.

A flow is a generator that yields what it needs done (an :class:`Exchange`, a :class:`Sleep`, …)
and is resumed with the outcome, or with the exception that came instead. It returns its result.
Flows call each other with ``yield from``. Two drivers run them: :mod:`.drivers.blocking` blocks,
:mod:`.drivers.asyncio` awaits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from concurrent.futures import Future

    from modelhunter.runtime.message import Request, Response

T = TypeVar("T")


@frozen
class Exchange:
    """Send a request; resumed with the :class:`Response`."""

    request: Request


@frozen
class Sleep:
    """Let this many seconds pass."""

    seconds: float


@frozen
class WaitFor:
    """Let this many seconds pass, or fewer until a future is done; resumed with whether it is."""

    future: Future[Any]
    seconds: float


@frozen
class Read:
    """Read some of a streamed body; resumed with bytes, empty at its end."""

    response: Response
    size: int
    deadline: float | None = None


@frozen
class Close:
    """Let go of a streamed body, read to its end or not."""

    response: Response


@frozen
class RunInThread:
    """Call a function that may block on the disk; resumed with what it returns."""

    function: Callable[[], Any]


@frozen
class Callback:
    """Call a user's function; an async driver awaits what it returns, if that can be awaited."""

    function: Callable[[Any], Any]
    value: Any


@frozen
class Await:
    """Call a function in the event loop's own thread; resumed with what its awaitable gives.

    Raises:
        NotAwaitable: the driver blocks. The function was not called.
    """

    function: Callable[[], Awaitable[Any]]


class NotAwaitable(TypeError):
    """A blocking program can't await."""


@frozen
class Gather:
    """Run flows side by side, at most so many at once; resumed with their results in order.

    The first that fails ends the others' turn and its exception resumes this flow.
    """

    flows: Sequence[Flow[Any]]
    at_most: int


@frozen
class Emit:
    """Hand a value to whoever iterates over this flow; resumed when the next one is wanted."""

    value: Any


Action = Exchange | Sleep | WaitFor | Read | Close | RunInThread | Callback | Await | Gather
"""What a driver does for a flow by itself."""

Step = Action | Emit

Flow = Generator[Step, Any, T]
