"""Clients of any API: what generated packages are called with.

``Client`` and ``AsyncClient`` send calls, with the retries, deadlines and errors of this library,
and read lists page by page. A generated package has its own pair, which know the address, the
security schemes and the paging of its API.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypedDict, TypeVar, overload

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.address import address, without_password
from modelhunter.runtime.address import headers as usual_headers
from modelhunter.runtime.argument_checks import refused
from modelhunter.runtime.auth import Auth, Credential
from modelhunter.runtime.clock import Clock, SystemClock
from modelhunter.runtime.generic_errors import read_error
from modelhunter.runtime.open_streams import AsyncStream, Stream
from modelhunter.runtime.paging import Pages, Paging, all_items, all_pages
from modelhunter.runtime.retry import Retry
from modelhunter.runtime.send import exchanged, send
from modelhunter.runtime.servers import Servers, is_described
from modelhunter.runtime.session import Session, Timeouts
from modelhunter.runtime.streams import StreamLimits, refuse_stream, streamed
from modelhunter.runtime.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from modelhunter.runtime.answers import Answer
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.drivers.asyncio import AsyncDriver
    from modelhunter.runtime.drivers.blocking import Driver

T = TypeVar("T")
AnyTransport = TypeVar("AnyTransport")


Reading = Literal["strict", "lenient"]


def _is_lenient(reading: Any) -> bool:
    if reading not in ("strict", "lenient"):
        raise refused("reading", '"strict" or "lenient"', reading)
    return bool(reading == "lenient")


class _Common(TypedDict, total=False):
    servers: Mapping[str, str] | None
    timeout: Timeouts | float | None
    retries: Retry | None
    headers: Mapping[str, str]
    allow_http: bool
    reading: Reading
    clock: Clock | None


class Options(_Common, total=False):
    """What a client can be given beside address and credentials; :class:`Client` explains it."""

    transport: Transport | None


class AsyncOptions(_Common, total=False):
    """The same for an async client."""

    transport: AsyncTransport | None


class _Base(ABC, Generic[AnyTransport]):
    """What both clients are made of. Nothing here waits."""

    _paging: Mapping[str, Paging]
    _session: Session

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | Credential | None = None,
        paging: Mapping[str, Paging] | None = None,
        described: Iterable[str] = (),
        servers: Mapping[str, str] | None = None,
        timeout: Timeouts | float | None = None,
        retries: Retry | None = None,
        headers: Mapping[str, str] | None = None,
        allow_http: bool = False,
        reading: Reading = "strict",
        transport: AnyTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Set up a client; nothing is sent yet.

        Args:
            base_url: where the API is.
            auth: one credential for every call, or all with the names of their schemes.
            paging: how lists come, by the id of the operation.
            described: base URLs that the API's description names. With one of these, operations
                that have a server of their own by the description go there.
            servers: addresses of such servers, by their addresses in the description.
            timeout: limits in seconds, or a number for the total of one call.
            retries: how often calls that may be repeated are sent again.
            headers: what goes with every call, beside the usual.
            allow_http: send credentials to an unencrypted address that is not on this machine.
            reading: what becomes of an answer that is not what the description says in a member
                or an item: ``strict`` refuses it, ``lenient`` keeps the value as it came (None
                where it is missing) and notes it in ``problems`` of :meth:`Client.exchange`.
            transport: what sends requests; by default urllib3, or aiohttp in the async client.
            clock: time and chance.

        Raises:
            ConfigurationError: the address is none, or credentials would travel in the open.
        """
        base_url = without_password(base_url)
        if isinstance(auth, Credential):
            auth = Auth({"auth": auth})
        in_the_open = allow_http or auth is None or not auth.credentials
        origin, base_path = address(base_url, "base_url", allow_http=in_the_open)
        if not isinstance(timeout, Timeouts):
            timeout = Timeouts() if timeout is None else Timeouts(total=float(timeout))
        self._paging = paging or {}
        self._session = Session(
            origin=origin,
            base_path=base_path,
            headers={**usual_headers(), **(headers or {})},
            timeouts=timeout,
            retry=retries or Retry(),
            clock=clock or SystemClock(),
            read_error=read_error,
            auth=auth,
            lenient=_is_lenient(reading),
            servers=Servers(
                given={
                    server: address(given, f"the address for {server}", allow_http=in_the_open)
                    for server, given in (servers or {}).items()
                },
                as_described=is_described(origin, base_path, described),
                allow_http=in_the_open,
            ),
        )
        self._connect(transport)

    @abstractmethod
    def _connect(self, transport: AnyTransport | None) -> None:
        """Make the driver that runs this client's flows."""

    def _pages(self, call: Call[T]) -> Pages[T]:
        paging = self._paging.get(call.operation.id)
        if paging is None:
            known = ", ".join(sorted(self._paging)) or "none"
            raise ConfigurationError(
                f"how {call.operation.id} goes on to its next page is not known (known: {known}); "
                "say it in an overlay file and generate the package with --overlay"
            )
        return Pages(call, paging, self._session)

    def __repr__(self) -> str:
        session = vars(self).get("_session")  # not there where the constructor failed
        where = "that could not be set up"
        if session is not None:
            where = f"{session.origin}{session.base_path}"
        return f"<{type(self).__name__} {where}>"


class Client(_Base[Transport]):
    """A blocking client of an API, as in ``with Client("https://api.example.com") as client:``.

    Threads share one client; a child of ``fork`` may go on using it.
    """

    _driver: Driver

    def send(self, call: Call[T], *, timeout: float | None = None) -> T:
        """Send a call and return what its answer says.

        ``timeout`` is the total in seconds for this call, retries included.

        Raises:
            APIError: the API refused; TransportError: there was no usable answer in time;
            UnexpectedResponse: the answer is not what the description says;
            ConfigurationError: a credential is missing. Nothing was sent.
        """
        refuse_stream(call)
        return self._driver.run(send(call, self._session, seconds=timeout))

    def exchange(self, call: Call[T], *, timeout: float | None = None) -> Answer[T]:
        """Send a call and return all of its answer: value, status, headers, request id, timing.

        It raises what :meth:`send` raises.
        """
        refuse_stream(call)
        return self._driver.run(exchanged(call, self._session, seconds=timeout))

    @overload
    def stream(
        self,
        call: Call[list[T]],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> Stream[T]: ...

    @overload
    def stream(
        self,
        call: Call[Any],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> Stream[Any]: ...

    def stream(
        self,
        call: Call[Any],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> Stream[Any]:
        """The items of an answer while they come, as in ``with client.stream(call) as items:``.

        Events, JSON lines and the parts of a multipart body are read as the description says. A
        stream of events with ids that breaks is opened again behind the last of them, where the
        call changes nothing.

        Args:
            call: what to send; it is sent when the block begins.
            timeout: seconds for the whole stream; None: as long as it lives.
            item_timeout: seconds to wait for each item; None: the client's limit on silence alone.
            last_event_id: the id of the event behind which a stream of events goes on.

        Raises:
            APIError, TransportError, UnexpectedResponse: as :meth:`send`, also while items are
            read.
        """
        limits = StreamLimits(total=timeout, item=item_timeout, last_event_id=last_event_id)
        return Stream(self._driver.iterate(streamed(call, self._session, limits)))

    def pages(self, call: Call[T]) -> Iterator[T]:
        """The pages of a list, from the one that ``call`` asks for to the last.

        Raises:
            ConfigurationError: how the list goes on is not known; and what :meth:`send` raises.
        """
        return self._driver.iterate(all_pages(self._pages(call)))

    def items(self, call: Call[Any]) -> Iterator[Any]:
        """The items of a list, page by page."""
        return self._driver.iterate(all_items(self._pages(call)))

    def close(self) -> None:
        """Close the connections."""
        self._driver.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _connect(self, transport: Transport | None) -> None:
        from modelhunter.runtime.drivers.blocking import Driver

        if transport is None:
            from modelhunter.runtime.transports.urllib3 import Urllib3Transport

            transport = Urllib3Transport()
        self._driver = Driver(transport, self._session.clock)


class AsyncClient(_Base[AsyncTransport]):
    """The async client of an API, as in ``async with AsyncClient(...) as client:``."""

    _driver: AsyncDriver

    async def send(self, call: Call[T], *, timeout: float | None = None) -> T:
        """Send a call and return what its answer says, as :meth:`Client.send` does."""
        refuse_stream(call)
        return await self._driver.run(send(call, self._session, seconds=timeout))

    async def exchange(self, call: Call[T], *, timeout: float | None = None) -> Answer[T]:
        """Send a call and return all of its answer, as :meth:`Client.exchange` does."""
        refuse_stream(call)
        return await self._driver.run(exchanged(call, self._session, seconds=timeout))

    @overload
    def stream(
        self,
        call: Call[list[T]],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> AsyncStream[T]: ...

    @overload
    def stream(
        self,
        call: Call[Any],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> AsyncStream[Any]: ...

    def stream(
        self,
        call: Call[Any],
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
        last_event_id: str | None = None,
    ) -> AsyncStream[Any]:
        """The items of an answer while they come, as :meth:`Client.stream` has them."""
        limits = StreamLimits(total=timeout, item=item_timeout, last_event_id=last_event_id)
        return AsyncStream(self._driver.iterate(streamed(call, self._session, limits)))

    def pages(self, call: Call[T]) -> AsyncIterator[T]:
        """The pages of a list, as :meth:`Client.pages` has them."""
        return self._driver.iterate(all_pages(self._pages(call)))

    def items(self, call: Call[Any]) -> AsyncIterator[Any]:
        """The items of a list, page by page."""
        return self._driver.iterate(all_items(self._pages(call)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._driver.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def _connect(self, transport: AsyncTransport | None) -> None:
        from modelhunter.runtime.drivers.asyncio import AsyncDriver

        if transport is None:
            from modelhunter.runtime.transports import load_aiohttp_transport

            transport = load_aiohttp_transport()()
        self._driver = AsyncDriver(transport, self._session.clock)
