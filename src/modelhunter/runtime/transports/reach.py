"""Which of a host's addresses may be connected to.

Two things are promised by name and kept by address. What is called ``localhost`` is this machine,
as it may be spoken to unencrypted. And a link that an answer gave does not lead into this machine
or its network, unless the API that gave it is there itself.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from modelhunter.errors import InsecureAddress, UnsafeLink
from modelhunter.runtime.address import is_localhost

if TYPE_CHECKING:
    from collections.abc import Generator

    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.names import Addresses
    from modelhunter.runtime.transports.routes import Route


class Nearness(IntEnum):
    """How much of the world can't get to an address."""

    ANYWHERE = 0
    NETWORK = 1
    LINK = 2
    MACHINE = 3


def nearness(address: str) -> Nearness:
    """Where a numeric address is."""
    from ipaddress import ip_address

    number = ip_address(address.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    if number.is_loopback or number.is_unspecified:
        return Nearness.MACHINE
    if number.is_link_local:
        return Nearness.LINK
    return Nearness.ANYWHERE if number.is_global else Nearness.NETWORK


def addresses(request: Request, route: Route) -> Generator[tuple[str, int], Addresses, Addresses]:
    """The addresses to connect to for a request.

    It yields hosts and ports to be resolved, and is resumed with the addresses.

    Raises:
        InsecureAddress, UnsafeLink: there are none that may be connected to.
    """
    home = request.home
    if route.proxy is not None:
        said = _numeric(route.host)
        if home is not None and _is_near(said):
            _no_nearer(route, said, _numeric(home))
        return (yield route.proxy.host, route.proxy.port)
    found = _of_localhost(route, (yield route.host, route.port))
    if home is not None and _is_near(found):
        return _no_nearer(route, found, (yield home, 0))
    return found


def _of_localhost(route: Route, found: Addresses) -> Addresses:
    """Those of the addresses of a route's host that its name allows.

    Raises:
        InsecureAddress: it is called localhost and is elsewhere.
    """
    if route.secure or not is_localhost(route.host):
        return found
    here = [one for one in found if nearness(one[4][0]) is Nearness.MACHINE]
    if not here:
        raise InsecureAddress(
            f"http://{route.authority}",
            f"is called localhost and leads to {found[0][4][0]}, which is not this machine; "
            "nothing was sent. Use https and another name",
        )
    return here


def _is_near(found: Addresses) -> bool:
    """Whether any of a host's addresses is not for everyone."""
    return any(nearness(one[4][0]) for one in found)


def _no_nearer(route: Route, found: Addresses, home: Addresses) -> Addresses:
    """Those of the addresses that a link leads to which are as far away as the API at ``home``.

    Raises:
        UnsafeLink: there are none.
    """
    limit = max((nearness(one[4][0]) for one in home), default=Nearness.ANYWHERE)
    allowed = [one for one in found if nearness(one[4][0]) <= limit]
    if not allowed:
        raise UnsafeLink(
            f"a link to {route.authority} leads to {found[0][4][0]}, an address of this machine or "
            "its network, where the API that gave it is not; it was not followed"
        )
    return allowed


def _numeric(host: str) -> Addresses:
    """An address that is written as a number, as if it had been resolved."""
    from ipaddress import ip_address

    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return []
    return [(0, 0, 0, "", (host, 0))]
